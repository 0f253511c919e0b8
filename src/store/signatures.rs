//! Signatures of events, ours and others': made once, so that an append that is repeated after a crash is the same commit,
//! and kept, so that a record that is put back has them again. A row is one event's, with the very bytes it is for.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::model::HotfixId;
use crate::record::Entry;
use crate::record::Signature;

use super::journal::Error;
use super::journal::Journal;
use super::seal::seal;

/// Laid out beside the tables of every version: who does not know it loses nothing but signatures.
pub(super) const TABLE: &str = "
create table if not exists signatures (
    id text primary key, run text not null, own text not null, text text not null, over text not null,
    sum text not null);
";

/// Keeps the signature of an entry, if it has one, with the bytes that it is for.
pub(super) fn put(connection: &Connection, entry: &Entry) -> rusqlite::Result<usize> {
    let Some(signature) = &entry.signature else {
        return Ok(0);
    };
    let own = own(connection, entry)?.unwrap_or_default();
    put_row(
        connection,
        entry,
        &own,
        &signature.text,
        entry.signed_bytes(),
    )
}

/// Notes that an entry was made here and is to be signed.
pub(super) fn put_to_sign(connection: &Connection, entry: &Entry) -> rusqlite::Result<usize> {
    put_row(connection, entry, "own", "", "")
}

fn put_row(
    connection: &Connection,
    entry: &Entry,
    own: &str,
    text: &str,
    over: &str,
) -> rusqlite::Result<usize> {
    let (id, run) = (entry.id.as_str(), entry.hotfix.as_str());
    connection.execute(
        "insert into signatures (id, run, own, text, over, sum) values (?1, ?2, ?3, ?4, ?5, ?6)
         on conflict (id) do update set own = ?3, text = ?4, over = ?5, sum = ?6",
        params![id, run, own, text, over, seal(&[id, run, own, text, over])],
    )
}

fn own(connection: &Connection, entry: &Entry) -> rusqlite::Result<Option<String>> {
    let query = "select own from signatures where id = ?1";
    connection
        .query_row(query, [entry.id.as_str()], |row| row.get(0))
        .optional()
}

impl Journal {
    /// Notes that an entry was made here and is to be signed: what only says that it is ours, in a file that was imported,
    /// is never signed.
    pub fn sign_later(&self, entry: &Entry) -> Result<(), Error> {
        self.write("note that an entry is ours", |connection| {
            put_to_sign(connection, entry)
        })
    }

    /// Tells whether an entry was made here, to be signed.
    pub fn is_to_sign(&self, entry: &Entry) -> Result<bool, Error> {
        let own = self.read("read who made an entry", |connection| {
            own(connection, entry)
        })?;
        Ok(own.is_some_and(|own| own == "own"))
    }

    /// Keeps the signature that was just made for an entry at its place.
    pub fn keep_signature(&self, entry: &Entry) -> Result<(), Error> {
        self.write("keep a signature", |connection| put(connection, entry))
    }

    /// Gives entries of a hotfix the signatures that are kept for them.
    pub(super) fn with_signatures(
        &self,
        hotfix: &HotfixId,
        mut entries: Vec<Entry>,
    ) -> Result<Vec<Entry>, Error> {
        let mut kept = self.signatures(hotfix)?;
        for entry in &mut entries {
            if let Some((text, over)) = kept.remove(entry.id.as_str()) {
                let is_moved = over != entry.to_line();
                let over = is_moved.then_some(over);
                entry.signature = Some(Signature { text, over });
            }
        }
        Ok(entries)
    }

    /// Returns signatures and what they are for, by the id of their event.
    fn signatures(&self, hotfix: &HotfixId) -> Result<BTreeMap<String, (String, String)>, Error> {
        let rows: Vec<[String; 5]> = self.read("read signatures", |connection| {
            let table = "select 1 from sqlite_master where type = 'table' and name = 'signatures'";
            let is_there: Option<i64> = connection
                .query_row(table, [], |row| row.get(0))
                .optional()?;
            if is_there.is_none() {
                // The journal of an older version, opened to be read.
                return Ok(Vec::new());
            }
            let query = "select id, own, text, over, sum from signatures where run = ?1";
            let mut statement = connection.prepare_cached(query)?;
            let rows = statement.query_map([hotfix.as_str()], |row| {
                Ok([
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    row.get(3)?,
                    row.get(4)?,
                ])
            })?;
            rows.collect()
        })?;
        let mut all = BTreeMap::new();
        for [id, own, text, over, sum] in rows {
            if sum != seal(&[&id, hotfix.as_str(), &own, &text, &over]) {
                return Err(self.damaged("a signature"));
            }
            if !text.is_empty() {
                all.insert(id, (text, over));
            }
        }
        Ok(all)
    }
}
