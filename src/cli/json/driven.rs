//! What the merge drivers of the clone have to do with a target, in documents.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Driven;
use crate::model::DriverCase;

/// What the merge drivers of this clone have to do with it; a forge runs none.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MergeDriverRow {
    /// The paths that a driver merges here.
    pub paths: Vec<DrivenRow>,
    /// `both-clean`, `only-forge-conflicts`, `only-driver-conflicts`, `both-conflict` or `unknown`; null where the
    /// drivers were not run.
    pub case: Option<&'static str>,
    pub why: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct DrivenRow {
    pub path: String,
    pub driver: String,
}

impl MergeDriverRow {
    pub(super) fn new(driven: &Driven) -> Self {
        let paths = driven.paths.iter().map(|(path, driver)| DrivenRow {
            path: path.clone(),
            driver: driver.clone(),
        });
        Self {
            paths: paths.collect(),
            case: driven.case.as_ref().map(DriverCase::word),
            why: match &driven.case {
                Some(DriverCase::Unknown { why }) => Some(why.clone()),
                Some(
                    DriverCase::BothClean
                    | DriverCase::OnlyForgeConflicts
                    | DriverCase::OnlyDriverConflicts
                    | DriverCase::BothConflict,
                )
                | None => None,
            },
        }
    }
}
