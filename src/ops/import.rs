//! A record that was taken away comes back: JSON lines or a git bundle, as `export` writes them.
//!
//! Guarantees: the file is verified as a chain before anything is planned; what the record holds already is left as it
//! is, so that importing twice adds nothing; an event that says something else than the one of the same id on the record
//! is refused. The plan shows what would be added; nothing is overwritten.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Fact;
use crate::engine::FactState;
use crate::engine::Intent;
use crate::engine::Level;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::git::across;
use crate::model::EventId;
use crate::model::HotfixId;
use crate::record::Entry;
use crate::record::verify;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::rewritten::seen;
use super::story::Unread;
use super::workspace::Workspace;

/// A record of tens of thousands of events is smaller; a larger file is something else.
const MOST: u64 = 256 * 1024 * 1024;

impl Workspace {
    /// Reads a file that `export` wrote, and plans what the record lacks of it. Nothing is changed.
    ///
    /// # Errors
    /// The file cannot be read, is no record, or not a whole one; each says where.
    pub async fn plan_import(&self, file: &Path) -> Result<Result<Plan, Refusal>, Fault> {
        let mut entries = self.read_export(file).await?;
        let hotfix = of_one_hotfix(file, &entries)?;
        verify(None, &entries).map_err(|error| {
            Fault::caused(
                FaultKind::User,
                format!("{} is not a whole record", file.display()),
                &error,
            )
        })?;
        Box::pin(self.signing().check(&mut entries)).await;
        self.refresh().await?;
        let wanted = format!("import {}", file.display());
        let story = self.story(&hotfix)?;
        if story.head()?.is_none()
            && let Some(year) = self.archive().await?.year_of(&hotfix)
        {
            return Ok(Err(archived(wanted, &hotfix, year)));
        }
        let pinned = self.pinned(&story.name);
        let dir = self.state_dir().to_owned();
        let read = across(move || seen(&story, &dir, story.told_head()?, pinned.as_ref()))
            .await
            .map_err(|error| {
                Fault::caused(
                    FaultKind::Internal,
                    "reading the record ended early",
                    &error,
                )
            })?;
        let (record, alarm) = read?;
        if let Some(alarm) = alarm {
            return Ok(Err(Refusal {
                wanted,
                reasons: vec![alarm.what],
                hint: Some("`lanekeeper restore` puts back what was seen here".into()),
            }));
        }
        let known = record.map_or_else(Vec::new, |record| record.entries);
        let since_boot = self.since_boot();
        Ok(planned(file, &wanted, &hotfix, &known, entries, since_boot))
    }

    async fn read_export(&self, file: &Path) -> Result<Vec<Entry>, Fault> {
        let unreadable = |error: &dyn std::error::Error| {
            Fault::caused(
                FaultKind::User,
                format!("cannot read {}", file.display()),
                error,
            )
            .hint("Name a file that `lanekeeper export` wrote.")
        };
        let size = std::fs::metadata(file)
            .map_err(|error| unreadable(&error))?
            .len();
        if size > MOST {
            return Err(Fault::new(
                FaultKind::User,
                format!("{} is too large to be a record", file.display()),
            ));
        }
        let bytes = std::fs::read(file).map_err(|error| unreadable(&error))?;
        if bytes.starts_with(b"# v") && bytes.get(..64).is_some_and(has_bundle_line) {
            return self.read_bundle(file).await;
        }
        let text = String::from_utf8(bytes).map_err(|error| unreadable(&error))?;
        let lines = text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(number, line)| {
                Entry::from_export_line(line).map_err(|error| {
                    Fault::caused(
                        FaultKind::User,
                        format!("{}:{} is no event", file.display(), number + 1),
                        &error,
                    )
                    .hint("Name a file that `lanekeeper export` wrote.")
                })
            })
            .collect()
    }

    async fn read_bundle(&self, file: &Path) -> Result<Vec<Entry>, Fault> {
        let path = std::path::absolute(file).map_err(|error| {
            Fault::caused(
                FaultKind::User,
                format!("cannot read {}", file.display()),
                &error,
            )
        })?;
        let heads = self.on_chains(move |chains| chains.unbundle(&path)).await?;
        let of_record = heads.into_iter().find_map(|(name, head)| {
            let (_, id) = name.as_str().rsplit_once("/hotfixes/")?;
            Some((id.parse::<HotfixId>().ok()?, head))
        });
        let Some((hotfix, head)) = of_record else {
            return Err(Fault::new(
                FaultKind::User,
                format!("{} holds no record of a hotfix", file.display()),
            )
            .hint("Name a file that `lanekeeper export` wrote."));
        };
        let chain = self.story(&hotfix)?.chain(Some(&head));
        let chain = chain.map_err(Unread::fault)?;
        Ok(chain.into_iter().map(|(entry, _)| entry).collect())
    }
}

fn has_bundle_line(start: &[u8]) -> bool {
    start.starts_with(b"# v2 git bundle\n") || start.starts_with(b"# v3 git bundle\n")
}

fn of_one_hotfix(file: &Path, entries: &[Entry]) -> Result<HotfixId, Fault> {
    let hotfixes: BTreeSet<&HotfixId> = entries.iter().map(|entry| &entry.hotfix).collect();
    let mut hotfixes = hotfixes.into_iter();
    match (hotfixes.next(), hotfixes.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) => Err(Fault::new(
            FaultKind::User,
            format!("there is no event in {}", file.display()),
        )),
        (Some(one), Some(other)) => Err(Fault::new(
            FaultKind::User,
            format!("{} holds events of both {one} and {other}", file.display()),
        )),
    }
}

/// Says that the record is where nothing is added to it.
fn archived(wanted: String, hotfix: &HotfixId, year: u16) -> Refusal {
    Refusal {
        wanted,
        reasons: vec![format!(
            "nothing to do: the record of {hotfix} is in the archive of {year}"
        )],
        hint: Some(format!("`lanekeeper log {hotfix}` shows it")),
    }
}

/// Plans what the record lacks.
fn planned(
    file: &Path,
    wanted: &str,
    hotfix: &HotfixId,
    known: &[Entry],
    entries: Vec<Entry>,
    since_boot: Duration,
) -> Result<Plan, Refusal> {
    let there: BTreeMap<&EventId, &Entry> = known.iter().map(|entry| (&entry.id, entry)).collect();
    let refuse = |reasons: Vec<String>| Refusal {
        wanted: wanted.to_owned(),
        reasons,
        hint: None,
    };
    let other = entries.iter().filter(|entry| {
        there
            .get(&entry.id)
            .is_some_and(|known| !entry.says_the_same(known))
    });
    let other: Vec<String> = other
        .map(|entry| format!("event {} says something else on the record", entry.id))
        .collect();
    if !other.is_empty() {
        return Err(refuse(other));
    }
    let total = entries.len();
    let new: Vec<Entry> = entries
        .into_iter()
        .filter(|entry| !there.contains_key(&entry.id))
        .collect();
    if new.is_empty() {
        return Err(refuse(vec![format!(
            "nothing to do: the record holds all {total} events of it"
        )]));
    }
    let fact = |text: String| Fact {
        state: FactState::Ok,
        text,
    };
    let mut facts = vec![fact(format!(
        "{total} events verified; the record holds {} of them",
        total - new.len()
    ))];
    facts.extend(of_signatures(&new));
    facts.extend(
        new.iter()
            .map(|entry| fact(format!("{} {}", entry.at, entry.sentence()))),
    );
    let plan = Plan {
        hotfix: hotfix.clone(),
        intent: Intent::Import {
            file: file.display().to_string(),
        },
        step: None,
        target: None,
        title: format!(
            "add {} of {total} events to the record of {hotfix}",
            new.len()
        ),
        level: Level::L2,
        environment: None,
        changes: vec![Change {
            call: Call::Import { entries: new },
            expects: Vec::new(),
            step: None,
            target: None,
        }],
        facts,
        will_change: vec![format!("the record of {hotfix}")],
        will_not_change: vec!["branches, change requests, environments".to_owned()],
        way_back: "the record is append-only: a later entry can correct it".to_owned(),
        made_at: clock::now(),
        since_boot,
        lasts: Plan::LASTS,
        settles: None,
        next: None,
        known: BTreeSet::new(),
        hash: String::new(),
    };
    Ok(plan.rehashed())
}

/// Says how many of the events are signed, and which of them wrongly. They come in as what they are: a record that has
/// such entries must be restorable too, and shows them.
fn of_signatures(entries: &[Entry]) -> Vec<Fact> {
    let signed = entries.iter().filter(|entry| entry.signature.is_some());
    let signed = signed.count();
    let good = entries.iter().filter(|entry| entry.signed.level() > 0);
    let good = good.count();
    let flaws: Vec<Fact> = entries
        .iter()
        .filter_map(|entry| {
            let how = entry.signed.flaw(false)?;
            Some(Fact {
                state: FactState::Warn,
                text: format!("event {} {how}", entry.id),
            })
        })
        .collect();
    if signed == 0 && flaws.is_empty() {
        return flaws;
    }
    let told = Fact {
        state: FactState::Ok,
        text: format!("{signed} of them are signed, {good} by a key that is allowed to its author"),
    };
    std::iter::once(told).chain(flaws).collect()
}
