//! What people accepted of a commit that is CHANGED: on the record of the hotfix that was named, or where the very commit
//! was carried without one. An acceptance holds for the blobs that it names, whoever asks.

use crate::engine::ALONE;
use crate::engine::acknowledged;
use crate::engine::is_alone_of;
use crate::model::Presence;
use crate::record::Record;

use super::super::fault::Fault;
use super::super::ground::Ground;
use super::Subject;

/// The records of what was carried without a hotfix and accepted somewhere.
pub struct Acceptances(Vec<Record>);

impl Ground {
    /// Reads what was accepted of commits that were carried without a hotfix, as last fetched; nothing without a
    /// configuration.
    pub async fn accepted(&self) -> Result<Acceptances, Fault> {
        let Some(workspace) = &self.workspace else {
            return Ok(Acceptances(Vec::new()));
        };
        let mut records = workspace.records().await?;
        records.retain(|record| {
            record.hotfix.as_str().starts_with(ALONE) && !record.acknowledged.is_empty()
        });
        Ok(Acceptances(records))
    }
}

impl Acceptances {
    /// Gives a commit the records that are of it.
    pub(super) fn of(&self, subject: Subject) -> Subject {
        let records = self.0.iter();
        let own = records.filter(|record| is_alone_of(&record.hotfix, &subject.head));
        Subject {
            alone: own.cloned().collect(),
            ..subject
        }
    }
}

impl Subject {
    /// Says who accepted what it has become, and where; none where nobody did for these blobs.
    pub(super) fn accepted(&self, presence: &Presence) -> Option<String> {
        self.record.iter().chain(&self.alone).find_map(|record| {
            let accepted = acknowledged(record, presence)?;
            Some(format!(
                "acknowledged by {} in {}",
                accepted.by.show(),
                record.hotfix
            ))
        })
    }
}
