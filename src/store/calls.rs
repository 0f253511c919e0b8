//! Declared intents and their calls: durable before the first byte of a call leaves (safety.md 4.2).

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::Timestamp;

use super::journal::Error;
use super::journal::Journal;
use super::seal::seal;

/// How far a declared call has come (safety.md 4.2). Up to `Permitted` no byte of it has left this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntentState {
    /// Shown to a person; only here for completeness, since a plan that nobody wanted is not kept.
    Planned,
    /// In this journal.
    Durable,
    /// Its intent is on the shared record as well.
    Shared,
    /// The driver's seat of its target gave a permit for it; only dangerous calls need one.
    Permitted,
    Sending,
    Applied,
    NotApplied,
    /// Nobody can tell yet. It stays so until it is read back; it never times out into a guess.
    Unknown,
    /// Its outcome is on the record: nothing is left to do.
    Recorded,
}

impl IntentState {
    const ALL: [Self; 9] = [
        Self::Planned,
        Self::Durable,
        Self::Shared,
        Self::Permitted,
        Self::Sending,
        Self::Applied,
        Self::NotApplied,
        Self::Unknown,
        Self::Recorded,
    ];

    /// Returns the word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Durable => "durable",
            Self::Shared => "shared",
            Self::Permitted => "permitted",
            Self::Sending => "sending",
            Self::Applied => "applied",
            Self::NotApplied => "not_applied",
            Self::Unknown => "unknown",
            Self::Recorded => "recorded",
        }
    }

    /// Tells whether a byte of the call may have left this machine.
    pub fn has_begun(self) -> bool {
        match self {
            Self::Planned | Self::Durable | Self::Shared | Self::Permitted => false,
            Self::Sending | Self::Applied | Self::NotApplied | Self::Unknown | Self::Recorded => {
                true
            }
        }
    }
}

/// A declared call whose outcome is not on record yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIntent {
    pub intent: IntentId,
    pub hotfix: HotfixId,
    pub index: usize,
    /// The call as the one who declared it wrote it.
    pub call: String,
    pub state: IntentState,
    pub attempts: u32,
    pub updated_at: Timestamp,
}

/// One row as it is kept.
struct Row {
    intent: String,
    run: String,
    n: i64,
    call: String,
    state: String,
    attempts: u32,
    updated_at: String,
}

impl Row {
    fn sum(&self) -> String {
        seal(&[
            &self.intent,
            &self.run,
            &self.n.to_string(),
            &self.call,
            &self.state,
            &self.attempts.to_string(),
            &self.updated_at,
        ])
    }

    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(Self, Option<String>)> {
        let found = Self {
            intent: row.get(0)?,
            run: row.get(1)?,
            n: row.get(2)?,
            call: row.get(3)?,
            state: row.get(4)?,
            attempts: row.get(5)?,
            updated_at: row.get(6)?,
        };
        Ok((found, row.get(7)?))
    }

    fn write(&self, connection: &Connection) -> rusqlite::Result<usize> {
        connection.execute(
            "update intents set state = ?3, attempts = ?4, updated_at = ?5, sum = ?6
             where id = ?1 and n = ?2",
            params![
                self.intent,
                self.n,
                self.state,
                self.attempts,
                self.updated_at,
                self.sum()
            ],
        )
    }
}

const FIELDS: &str = "id, run, n, call, state, attempts, updated_at";

impl Journal {
    /// Declares the calls of an intent, in its words: all of them are durable when this returns.
    pub fn declare(
        &self,
        intent: &IntentId,
        hotfix: &HotfixId,
        words: &str,
        calls: &[String],
        at: Timestamp,
    ) -> Result<(), Error> {
        self.write("declare an intent", |connection| {
            let transaction = connection.transaction()?;
            transaction.execute(
                "insert into aims (id, words, sum) values (?1, ?2, ?3)",
                params![intent.as_str(), words, seal(&[intent.as_str(), words])],
            )?;
            for (index, call) in calls.iter().enumerate() {
                let row = Row {
                    intent: intent.to_string(),
                    run: hotfix.to_string(),
                    n: row_number(index),
                    call: call.clone(),
                    state: IntentState::Durable.word().to_owned(),
                    attempts: 0,
                    updated_at: at.to_string(),
                };
                transaction.execute(
                    "insert into intents (id, run, n, call, state, attempts, updated_at, sum)
                     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![
                        row.intent,
                        row.run,
                        row.n,
                        row.call,
                        row.state,
                        row.attempts,
                        row.updated_at,
                        row.sum()
                    ],
                )?;
            }
            transaction.commit()?;
            Ok(calls.len())
        })
    }

    /// Returns the words in which an intent was declared; none where an older version declared it.
    pub fn words_of(&self, intent: &IntentId) -> Result<Option<String>, Error> {
        if !self.is_sealed() {
            return Ok(None);
        }
        let found: Option<(String, Option<String>)> =
            self.read("read an intent's words", |connection| {
                connection
                    .query_row(
                        "select words, sum from aims where id = ?1",
                        [intent.as_str()],
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )
                    .optional()
            })?;
        let Some((words, sum)) = found else {
            return Ok(None);
        };
        self.check("an intent's words", sum.as_deref(), || {
            seal(&[intent.as_str(), &words])
        })?;
        Ok(Some(words))
    }

    /// Sets how far a declared call has come; `Sending` counts as one more attempt.
    pub fn set_state(
        &self,
        intent: &IntentId,
        index: usize,
        state: IntentState,
        at: Timestamp,
    ) -> Result<(), Error> {
        let (query, n) = (
            format!("select {FIELDS}, sum from intents where id = ?1 and n = ?2"),
            row_number(index),
        );
        let changed = self.write_counted("set the state of a call", |connection| {
            let found = connection
                .query_row(&query, params![intent.as_str(), n], Row::read)
                .optional()?;
            let Some((mut row, _)) = found else {
                return Ok(0);
            };
            row.attempts += u32::from(state == IntentState::Sending);
            state.word().clone_into(&mut row.state);
            row.updated_at = at.to_string();
            row.write(connection)
        })?;
        if changed == 0 {
            let what = format!("call {index} of intent {intent}, which was never declared,");
            return Err(Error::Content { what });
        }
        Ok(())
    }

    /// Closes an intent whose process died: what is known of its calls is on the record.
    pub fn close(&self, intent: &IntentId, at: Timestamp) -> Result<(), Error> {
        self.move_all(intent, "state <> 'recorded'", IntentState::Recorded, at)
    }

    /// Says of every call of an intent that has not begun that the intent is on the shared record.
    pub fn set_shared(&self, intent: &IntentId, at: Timestamp) -> Result<(), Error> {
        self.move_all(intent, "state = 'durable'", IntentState::Shared, at)
    }

    fn move_all(
        &self,
        intent: &IntentId,
        condition: &str,
        state: IntentState,
        at: Timestamp,
    ) -> Result<(), Error> {
        let query =
            format!("select {FIELDS}, sum from intents where id = ?1 and {condition} order by n");
        self.write("set the state of an intent", |connection| {
            let transaction = connection.transaction()?;
            let rows: Vec<(Row, Option<String>)> = transaction
                .prepare_cached(&query)?
                .query_map([intent.as_str()], Row::read)?
                .collect::<rusqlite::Result<_>>()?;
            let count = rows.len();
            for (mut row, _) in rows {
                state.word().clone_into(&mut row.state);
                row.updated_at = at.to_string();
                row.write(&transaction)?;
            }
            transaction.commit()?;
            Ok(count)
        })
    }

    /// Returns the calls whose outcome is not on record yet, oldest intent first: after a start each of
    /// them is probed before anything else.
    pub fn open_intents(&self) -> Result<Vec<OpenIntent>, Error> {
        self.calls("state <> 'recorded'", None)
    }

    /// Returns the calls of an intent that are over.
    pub fn over(&self, intent: &IntentId) -> Result<Vec<OpenIntent>, Error> {
        self.calls("state = 'recorded' and id = ?1", Some(intent))
    }

    fn calls(&self, condition: &str, intent: Option<&IntentId>) -> Result<Vec<OpenIntent>, Error> {
        let sum = self.sum_column();
        let query = format!("select {FIELDS}, {sum} from intents where {condition} order by id, n");
        let rows: Vec<(Row, Option<String>)> = self.read("read intents", |connection| {
            let mut statement = connection.prepare_cached(&query)?;
            let intent = rusqlite::params_from_iter(intent.map(IntentId::as_str));
            let rows = statement.query_map(intent, Row::read)?;
            rows.collect()
        })?;
        let unreadable = |what: &str| self.damaged(what);
        rows.into_iter()
            .map(|(row, sum)| {
                self.check("a declared call", sum.as_deref(), || row.sum())?;
                Ok(OpenIntent {
                    intent: row
                        .intent
                        .parse()
                        .map_err(|_| unreadable("an intent's id"))?,
                    hotfix: row
                        .run
                        .parse()
                        .map_err(|_| unreadable("an intent's hotfix"))?,
                    index: usize::try_from(row.n).map_err(|_| unreadable("a call's number"))?,
                    call: row.call,
                    state: IntentState::ALL
                        .into_iter()
                        .find(|known| known.word() == row.state)
                        .ok_or_else(|| unreadable("an intent's state"))?,
                    attempts: row.attempts,
                    updated_at: row
                        .updated_at
                        .parse()
                        .map_err(|_| unreadable("an intent's time"))?,
                })
            })
            .collect()
    }
}

/// Returns the index as SQLite keeps numbers; no plan has so many calls that it would not fit.
fn row_number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
