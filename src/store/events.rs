//! Events, pending and shared, and the heads that were seen of their chains: what a rewritten record is restored from.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::model::CommitId;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::model::RefName;
use crate::record::Entry;

use super::journal::Error;
use super::journal::Journal;
use super::seal::seal;
use super::signatures;

/// One row as it is kept.
struct Row {
    id: String,
    run: String,
    json: String,
    state: &'static str,
    oid: String,
}

impl Row {
    fn sum(&self) -> String {
        seal(&[&self.id, &self.run, &self.json, self.state, &self.oid])
    }

    fn pending(entry: &Entry) -> Result<Self, Error> {
        Ok(Self {
            id: entry.id.to_string(),
            run: entry.hotfix.to_string(),
            json: entry.to_line().to_owned(),
            state: "pending",
            oid: String::new(),
        })
    }

    fn shared(entry: &Entry, oid: &CommitId) -> Result<Self, Error> {
        Ok(Self {
            id: entry.id.to_string(),
            run: entry.hotfix.to_string(),
            json: entry.to_line().to_owned(),
            state: "shared",
            oid: oid.to_string(),
        })
    }

    /// Keeps the row, whatever was known of its event before.
    fn put(&self, connection: &Connection) -> rusqlite::Result<usize> {
        let Self {
            id,
            run,
            json,
            state,
            oid,
        } = self;
        connection.execute(
            "insert into events (id, run, json, state, oid, sum) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict (id) do update set json = ?3, state = ?4, oid = ?5, sum = ?6",
            params![id, run, json, state, oid, self.sum()],
        )
    }
}

impl Journal {
    /// Keeps an event that is to be appended; a second time changes nothing.
    pub fn put_event(&self, entry: &Entry) -> Result<(), Error> {
        let row = Row::pending(entry)?;
        self.write("keep an event", |connection| {
            let transaction = connection.transaction()?;
            let kept = transaction.execute(
                "insert into events (id, run, json, state, sum) values (?1, ?2, ?3, ?4, ?5)
                 on conflict (id) do nothing",
                params![row.id, row.run, row.json, row.state, row.sum()],
            )?;
            if kept > 0 {
                signatures::put(&transaction, entry)?;
            }
            transaction.commit()?;
            Ok(kept)
        })
    }

    /// Keeps events that were just made here and are told together, noted down as ours where they are to be signed. All or
    /// none: whoever goes on after a death would share the half that was kept, and nobody would miss the other.
    pub fn put_made(&self, entries: &[Entry], is_to_sign: bool) -> Result<(), Error> {
        let rows: Result<Vec<Row>, Error> = entries.iter().map(Row::pending).collect();
        let rows = rows?;
        self.write("keep events", |connection| {
            let transaction = connection.transaction()?;
            for (row, entry) in rows.iter().zip(entries) {
                row.put(&transaction)?;
                if is_to_sign {
                    signatures::put_to_sign(&transaction, entry)?;
                }
            }
            transaction.commit()?;
            Ok(rows.len())
        })
    }

    /// Marks one of our events as shared, at commit `oid`.
    pub fn mark_shared(&self, id: &EventId, oid: &CommitId) -> Result<(), Error> {
        self.write("mark an event as shared", |connection| {
            let found: Option<(String, String)> = connection
                .query_row(
                    "select run, json from events where id = ?1",
                    [id.as_str()],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()?;
            let Some((run, json)) = found else {
                return Ok(0);
            };
            Row {
                id: id.to_string(),
                run,
                json,
                state: "shared",
                oid: oid.to_string(),
            }
            .put(connection)
        })
    }

    /// Keeps an event that was read from the shared record at commit `oid`, ours or a colleague's.
    pub fn keep(&self, entry: &Entry, oid: &CommitId) -> Result<(), Error> {
        self.keep_all(std::slice::from_ref(&(entry.clone(), oid.clone())))
    }

    /// The same for many, all or none.
    pub fn keep_all(&self, entries: &[(Entry, CommitId)]) -> Result<(), Error> {
        let rows: Result<Vec<Row>, Error> = entries
            .iter()
            .map(|(entry, oid)| Row::shared(entry, oid))
            .collect();
        let rows = rows?;
        self.write("keep shared events", |connection| {
            let transaction = connection.transaction()?;
            for row in &rows {
                row.put(&transaction)?;
            }
            for (entry, _) in entries {
                signatures::put(&transaction, entry)?;
            }
            transaction.commit()?;
            Ok(rows.len())
        })
    }

    /// Keeps what was read of a chain, and its head as the one that later heads must follow; all or nothing.
    pub fn see(
        &self,
        name: &RefName,
        head: &CommitId,
        entries: &[(Entry, CommitId)],
    ) -> Result<(), Error> {
        let rows: Result<Vec<Row>, Error> = entries
            .iter()
            .map(|(entry, oid)| Row::shared(entry, oid))
            .collect();
        let rows = rows?;
        self.write("keep what was seen of a record", |connection| {
            let transaction = connection.transaction()?;
            for row in &rows {
                row.put(&transaction)?;
            }
            for (entry, _) in entries {
                signatures::put(&transaction, entry)?;
            }
            put_pin(&transaction, name, head)?;
            transaction.commit()?;
            Ok(rows.len())
        })
    }

    /// Gets ready to put events back on a record that lost them: they are pending again, behind `alarm`, and `head`, which
    /// the remote has now, is what later heads must follow. All or nothing, so that a death in between loses none.
    pub fn restore(
        &self,
        name: &RefName,
        head: Option<&CommitId>,
        alarm: &Entry,
        missing: &[Entry],
    ) -> Result<(), Error> {
        let rows: Result<Vec<Row>, Error> = std::iter::once(alarm)
            .chain(missing)
            .map(Row::pending)
            .collect();
        let rows = rows?;
        self.write("get ready to restore a record", |connection| {
            let transaction = connection.transaction()?;
            for row in &rows {
                // Taken out first: what is pending goes out in the order in which it came in.
                transaction.execute("delete from events where id = ?1", [&row.id])?;
                row.put(&transaction)?;
            }
            match head {
                Some(head) => put_pin(&transaction, name, head)?,
                None => transaction.execute("delete from heads where ref = ?1", [name.as_str()])?,
            };
            transaction.commit()?;
            Ok(rows.len())
        })
    }

    /// Takes back an event that was never shared and is not wanted any more.
    pub fn withdraw(&self, id: &EventId) -> Result<(), Error> {
        self.write("withdraw an event", |connection| {
            connection.execute(
                "delete from events where id = ?1 and state = 'pending'",
                [id.as_str()],
            )
        })
    }

    /// Returns the events of a hotfix that are not shared yet, in the order in which they were made.
    pub fn pending(&self, hotfix: &HotfixId) -> Result<Vec<Entry>, Error> {
        self.events_where("and state <> 'shared'", hotfix)
    }

    /// Returns the events of every hotfix that are not shared yet, each hotfix's in the order in which they were made.
    pub fn all_pending(&self) -> Result<BTreeMap<HotfixId, Vec<Entry>>, Error> {
        let query = "select distinct run from events where state <> 'shared'";
        let runs: Vec<String> = self.read("read events", |connection| {
            let mut statement = connection.prepare_cached(query)?;
            let runs = statement.query_map([], |row| row.get(0))?;
            runs.collect()
        })?;
        let mut all = BTreeMap::new();
        for run in runs {
            let hotfix: HotfixId = run.parse().map_err(|_| self.damaged("an event"))?;
            let pending = self.pending(&hotfix)?;
            all.insert(hotfix, pending);
        }
        Ok(all)
    }

    /// Returns every event of a hotfix that this machine ever saw: what a rewritten record is restored from.
    pub fn events(&self, hotfix: &HotfixId) -> Result<Vec<Entry>, Error> {
        self.events_where("", hotfix)
    }

    /// Returns what was seen of a hotfix on its record, ours and others'.
    pub fn shared(&self, hotfix: &HotfixId) -> Result<Vec<Entry>, Error> {
        self.events_where("and state = 'shared'", hotfix)
    }

    fn events_where(&self, condition: &str, hotfix: &HotfixId) -> Result<Vec<Entry>, Error> {
        let query = format!(
            "select id, json, state, coalesce(oid, ''), {} from events where run = ?1 {condition} order by n",
            self.sum_column()
        );
        let rows: Vec<([String; 4], Option<String>)> = self.read("read events", |connection| {
            let mut statement = connection.prepare_cached(&query)?;
            let rows = statement.query_map([hotfix.as_str()], |row| {
                Ok((
                    [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?],
                    row.get(4)?,
                ))
            })?;
            rows.collect()
        })?;
        let entries: Result<Vec<Entry>, Error> = rows
            .into_iter()
            .map(|([id, json, state, oid], sum)| {
                self.check("an event", sum.as_deref(), || {
                    seal(&[&id, hotfix.as_str(), &json, &state, &oid])
                })?;
                Ok(Entry::from_line(&json)?)
            })
            .collect();
        self.with_signatures(hotfix, entries?)
    }

    /// Remembers the last head seen of a chain.
    pub fn pin(&self, name: &RefName, head: &CommitId) -> Result<(), Error> {
        self.write("pin a head", |connection| put_pin(connection, name, head))
    }

    /// Forgets the heads that were seen of chains that have come to their end. What was read of them stays.
    pub fn unpin(&self, names: &[RefName]) -> Result<(), Error> {
        self.write("let go of pinned heads", |connection| {
            let transaction = connection.transaction()?;
            let mut count = 0;
            for name in names {
                count +=
                    transaction.execute("delete from heads where ref = ?1", [name.as_str()])?;
            }
            transaction.commit()?;
            Ok(count)
        })
    }

    /// Returns every head that was seen, by its chain.
    pub fn pins(&self) -> Result<BTreeMap<RefName, CommitId>, Error> {
        let query = format!("select ref, pinned, {} from heads", self.sum_column());
        let rows: Vec<(String, String, Option<String>)> =
            self.read("read the pinned heads", |connection| {
                let mut statement = connection.prepare_cached(&query)?;
                let rows =
                    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                rows.collect()
            })?;
        rows.into_iter()
            .map(|(name, head, sum)| {
                let what = format!("the pinned head of {name}");
                self.check(&what, sum.as_deref(), || seal(&[&name, &head]))?;
                match (name.parse(), head.parse()) {
                    (Ok(name), Ok(head)) => Ok((name, head)),
                    (Ok(_) | Err(_), Ok(_) | Err(_)) => Err(self.damaged(&what)),
                }
            })
            .collect()
    }

    /// Returns the last head seen of a chain.
    pub fn pinned(&self, name: &RefName) -> Result<Option<CommitId>, Error> {
        let query = format!(
            "select pinned, {} from heads where ref = ?1",
            self.sum_column()
        );
        let found: Option<(String, Option<String>)> =
            self.read("read a pinned head", |connection| {
                connection
                    .query_row(&query, [name.as_str()], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()
            })?;
        let Some((text, sum)) = found else {
            return Ok(None);
        };
        let what = format!("the pinned head of {name}");
        self.check(&what, sum.as_deref(), || seal(&[name.as_str(), &text]))?;
        text.parse().map(Some).map_err(|_| self.damaged(&what))
    }
}

fn put_pin(connection: &Connection, name: &RefName, head: &CommitId) -> rusqlite::Result<usize> {
    let sum = seal(&[name.as_str(), head.as_str()]);
    connection.execute(
        "insert into heads (ref, pinned, sum) values (?1, ?2, ?3)
         on conflict (ref) do update set pinned = ?2, sum = ?3",
        [name.as_str(), head.as_str(), &sum],
    )
}
