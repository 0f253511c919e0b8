//! Which hotfix is meant by a word, or by none.

use crate::engine::HotfixSummary;
use crate::model::HotfixId;
use crate::record::Record;

use super::super::archive::Archive;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::Workspace;

impl Workspace {
    /// Returns the hotfix that `words` mean: an id, the beginning of one, a slug or a branch; without words the only open one.
    /// Of what is carried without a hotfix only where no hotfix is open.
    /// One that is in an archive is meant where no other is.
    pub fn choose(
        &self,
        hotfixes: &[HotfixSummary],
        words: Option<&str>,
    ) -> Result<Option<HotfixId>, Fault> {
        choose(hotfixes, words, &self.known_archive())
    }

    /// Returns the rows of these hotfixes, open ones first, each with whether a run of it died here.
    pub(super) fn listed(&self, records: &[Record]) -> Vec<HotfixSummary> {
        let mut rows = summaries(records);
        let left = self.cut_off(records);
        for row in &mut rows {
            row.is_interrupted = left.contains(&row.id);
        }
        rows
    }
}

pub(super) fn summaries(records: &[Record]) -> Vec<HotfixSummary> {
    let mut rows: Vec<HotfixSummary> = records
        .iter()
        .filter_map(|record| {
            let opening = record.opening.as_ref()?;
            Some(HotfixSummary {
                id: record.hotfix.clone(),
                title: opening.title.clone(),
                branch: opening.branch.clone(),
                base: opening.base.clone(),
                playbook: opening.playbook.clone(),
                is_open: record.closed.is_none(),
                not_shared: record.not_shared,
                is_interrupted: false,
            })
        })
        .collect();
    rows.sort_by_key(|row| !row.is_open);
    rows
}

/// Returns a hotfix as one of several to choose from. Whoever comes back after a death knows by this which it was about.
fn named(row: &HotfixSummary) -> String {
    if row.is_interrupted {
        format!(
            "{} (a run of it was interrupted here: lanekeeper resume)",
            row.id
        )
    } else {
        row.id.to_string()
    }
}

fn choose(
    hotfixes: &[HotfixSummary],
    words: Option<&str>,
    archive: &Archive,
) -> Result<Option<HotfixId>, Fault> {
    let Some(words) = words else {
        let open = HotfixSummary::unnamed(hotfixes);
        return match open[..] {
            [] => Ok(None),
            [only] => Ok(Some(only.id.clone())),
            [..] => Err(
                Fault::new(FaultKind::User, format!("{} hotfixes are open", open.len())).hint(
                    format!(
                        "Name one with --hotfix: {}",
                        open.iter()
                            .map(|row| named(row))
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                ),
            ),
        };
    };
    let exact = hotfixes
        .iter()
        .find(|row| row.id.as_str() == words || row.branch.as_str() == words);
    let is_meant = |row: &&HotfixSummary| row.is_meant_by(words);
    let matching: Vec<&HotfixSummary> = exact.map_or_else(
        || hotfixes.iter().filter(is_meant).collect(),
        |row| vec![row],
    );
    if matching.is_empty() {
        let archived = archive.fitting(words);
        if archived.is_empty() {
            return Err(no_such_hotfix(words, hotfixes));
        }
        return the_one(words, archived.into_iter());
    }
    the_one(words, matching.into_iter().map(|row| &row.id))
}

/// Returns the only one that words fit.
fn the_one<'a>(
    words: &str,
    fitting: impl Iterator<Item = &'a HotfixId>,
) -> Result<Option<HotfixId>, Fault> {
    let fitting: Vec<&HotfixId> = fitting.collect();
    if let [only] = fitting[..] {
        return Ok(Some(only.clone()));
    }
    let names: Vec<&str> = fitting.iter().map(|id| id.as_str()).collect();
    Err(Fault::new(
        FaultKind::User,
        format!("`{words}` fits {} hotfixes", names.len()),
    )
    .hint(format!("Name one: {}", names.join(", "))))
}

pub(super) fn no_such_hotfix(words: &str, hotfixes: &[HotfixSummary]) -> Fault {
    let fault = Fault::new(FaultKind::User, format!("there is no hotfix `{words}`"));
    let nearest = hotfixes.iter().max_by(|a, b| {
        let near = |row: &HotfixSummary| strsim::jaro_winkler(row.id.as_str(), words);
        near(a).total_cmp(&near(b))
    });
    match nearest {
        Some(row) => fault.hint(format!(
            "Did you mean {}? `lanekeeper lanes` lists them all.",
            row.id
        )),
        None => fault.hint("No hotfix was started here yet: lanekeeper start SLUG --title TITLE"),
    }
}
