//! Declared intents and their calls: durable before the first byte of a call leaves (safety.md 4.2).

use rusqlite::params;

use crate::model::HotfixId;
use crate::model::IntentId;
use crate::model::Timestamp;

use super::journal::Error;
use super::journal::Journal;

/// How far a declared call has come (safety.md 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntentState {
    Planned,
    Durable,
    Sending,
    Applied,
    NotApplied,
    Unknown,
    /// Its outcome is in the shared record: nothing is left to do.
    Recorded,
}

impl IntentState {
    const ALL: [Self; 7] = [
        Self::Planned,
        Self::Durable,
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
            Self::Sending => "sending",
            Self::Applied => "applied",
            Self::NotApplied => "not_applied",
            Self::Unknown => "unknown",
            Self::Recorded => "recorded",
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

impl Journal {
    /// Declares the calls of an intent: all of them are durable when this returns.
    pub fn declare(
        &self,
        intent: &IntentId,
        hotfix: &HotfixId,
        calls: &[String],
        at: Timestamp,
    ) -> Result<(), Error> {
        self.write("declare an intent", |connection| {
            let transaction = connection.transaction()?;
            for (index, call) in calls.iter().enumerate() {
                transaction.execute(
                    "insert into intents (id, run, n, call, state, attempts, updated_at)
                     values (?1, ?2, ?3, ?4, 'durable', 0, ?5)",
                    params![
                        intent.as_str(),
                        hotfix.as_str(),
                        row_number(index),
                        call,
                        at.to_string()
                    ],
                )?;
            }
            transaction.commit()?;
            Ok(calls.len())
        })
    }

    /// Sets how far a declared call has come; `Sending` counts as one more attempt.
    pub fn set_state(
        &self,
        intent: &IntentId,
        index: usize,
        state: IntentState,
        at: Timestamp,
    ) -> Result<(), Error> {
        let attempt = i64::from(state == IntentState::Sending);
        let changed = self.write_counted("set the state of a call", |connection| {
            connection.execute(
                "update intents set state = ?3, attempts = attempts + ?4, updated_at = ?5
                 where id = ?1 and n = ?2",
                params![
                    intent.as_str(),
                    row_number(index),
                    state.word(),
                    attempt,
                    at.to_string()
                ],
            )
        })?;
        if changed == 0 {
            let what = format!("call {index} of intent {intent}, which was never declared,");
            return Err(Error::Content { what });
        }
        Ok(())
    }

    /// Returns the calls whose outcome is not on record yet, oldest intent first: after a start each of
    /// them is probed before anything else.
    pub fn open_intents(&self) -> Result<Vec<OpenIntent>, Error> {
        let rows: Vec<(String, String, i64, String, String, u32, String)> =
            self.read("read intents", |connection| {
                let mut statement = connection.prepare_cached(
                    "select id, run, n, call, state, attempts, updated_at from intents
                     where state <> 'recorded' order by id, n",
                )?;
                let rows = statement.query_map([], |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                        row.get(6)?,
                    ))
                })?;
                rows.collect()
            })?;
        let unreadable = |what: &str| Error::Content {
            what: what.to_owned(),
        };
        rows.into_iter()
            .map(|(intent, run, index, call, state, attempts, at)| {
                Ok(OpenIntent {
                    intent: intent.parse().map_err(|_| unreadable("an intent's id"))?,
                    hotfix: run.parse().map_err(|_| unreadable("an intent's hotfix"))?,
                    index: usize::try_from(index).map_err(|_| unreadable("a call's number"))?,
                    call,
                    state: IntentState::ALL
                        .into_iter()
                        .find(|known| known.word() == state)
                        .ok_or_else(|| unreadable("an intent's state"))?,
                    attempts,
                    updated_at: at.parse().map_err(|_| unreadable("an intent's time"))?,
                })
            })
            .collect()
    }
}

/// Returns the index as SQLite keeps numbers; no plan has so many calls that it would not fit.
fn row_number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}
