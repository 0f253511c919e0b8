//! Which closed hotfixes are archived, and what of them is not: planned from all records, outside of any one hotfix's board.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use crate::engine::Call;
use crate::engine::Change;
use crate::engine::Debt;
use crate::engine::Fact;
use crate::engine::FactState;
use crate::engine::Intent;
use crate::engine::Level;
use crate::engine::Plan;
use crate::engine::Refusal;
use crate::engine::gathered;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::RefName;
use crate::model::plural;
use crate::record::Archived;
use crate::record::Record;
use crate::store::Error;
use crate::store::Journal;
use crate::store::OpenIntent;

use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::ledger::unusable;
use super::super::workspace::Workspace;
use super::Archive;

/// Records of one plan: its calls are read by people, and a push names each of them twice.
const MOST: usize = 300;

/// What was found of the records that are due.
#[derive(Default)]
struct Due {
    by_year: BTreeMap<u16, Vec<Archived>>,
    /// In a sentence each, in the order of the records.
    told: Vec<String>,
    /// What is owed of them to BUILD, and nobody is reminded of any more.
    owed: Vec<String>,
    /// Those that stay, with why.
    stays: Vec<String>,
    count: usize,
    /// Beyond what one plan takes.
    left: usize,
}

impl Workspace {
    /// Plans to archive the hotfixes that were closed in `year`, else before the present one. Nothing is changed.
    ///
    /// # Errors
    /// When the remote cannot be seen, or a record or the journal cannot be read.
    pub async fn plan_archive(&self, year: Option<u16>) -> Result<Result<Plan, Refusal>, Fault> {
        self.refresh().await?;
        let records = self.records().await?;
        let archive = self.archive().await?;
        let heads = self.record_heads().await?;
        let present = clock::now().year();
        let is_due = |closed: u16| match year {
            Some(year) => closed == year,
            None => closed < present,
        };
        let keepers = Keepers::look(self.state_dir())?;
        let mut due = Due::default();
        // The oldest first, as they go into the archive.
        for record in records.iter().rev() {
            let year = record.closed.as_ref().map(|closed| closed.at.year());
            let Some(year) = year.filter(|year| is_due(*year)) else {
                continue;
            };
            let head = heads.get(&record.hotfix);
            let is_wrong = self.alarms().contains_key(&record.hotfix);
            match keepers.why_not(record, head.filter(|_| !is_wrong))? {
                Some(why) => due.stays.push(format!("{} stays: {why}", record.hotfix)),
                None => due.take(year, record, head, &archive)?,
            }
        }
        let intent = Intent::Archive { year };
        if due.by_year.is_empty() {
            let is_this_years = |record: &&Record| {
                let closed = record.closed.as_ref();
                closed.is_some_and(|closed| closed.at.year() == present)
            };
            let this_years = records.iter().filter(is_this_years).count();
            return Ok(Err(nothing(&intent, year, present, due, this_years)));
        }
        due.owed = self.owed(&due).await;
        Ok(Ok(self.archiving(intent, due, &archive)?))
    }

    fn archiving(&self, intent: Intent, due: Due, archive: &Archive) -> Result<Plan, Fault> {
        let carrier = self.chains().carrier();
        let newest = due.by_year.values().flatten().map(|one| &one.hotfix).max();
        let newest = newest.cloned().ok_or_else(|| {
            Fault::new(FaultKind::Internal, "an archive needs at least one record")
        })?;
        let mut changes = Vec::new();
        let mut will_change = Vec::new();
        for (year, records) in due.by_year {
            let previous = archive.head(year).cloned();
            let (count, end) = (records.len(), plural(records.len()));
            let how = match &previous {
                None => format!("made anew, with {count} record{end}"),
                Some(at) => format!("{} -> {count} record{end} more", at.short()),
            };
            will_change.push(format!("{}{year:04}   {how}", carrier.archives()));
            will_change.push(format!(
                "{}*   {count} ref{end} taken away",
                carrier.hotfixes()
            ));
            let call = Call::Archive {
                year,
                previous,
                records,
            };
            changes.push(Change {
                call,
                expects: Vec::new(),
                step: None,
                target: None,
            });
        }
        let fact = |state: FactState| move |text: String| Fact { state, text };
        let mut facts: Vec<Fact> = due.told.into_iter().map(fact(FactState::Ok)).collect();
        facts.extend(due.owed.into_iter().map(fact(FactState::Warn)));
        facts.extend(due.stays.into_iter().map(fact(FactState::Warn)));
        if due.left > 0 {
            let text = format!("{} more are left for the next time", due.left);
            facts.push(fact(FactState::Warn)(text));
        }
        let plan = Plan {
            hotfix: newest,
            intent,
            step: None,
            target: None,
            title: format!("archive {} closed hotfix{}", due.count, plural_es(due.count)),
            // As the deletion of a branch of ours: nothing of it is lost.
            level: Level::L2,
            environment: None,
            changes,
            facts,
            will_change,
            will_not_change: vec![
                "the records themselves, branches, change requests, environments".to_owned(),
            ],
            way_back: "`log`, `report` and `export` read the archive; a record has its ref again once somebody pushes its head there"
                .to_owned(),
            made_at: clock::now(),
            since_boot: self.since_boot(),
            lasts: Plan::LASTS,
            settles: None,
            next: None,
            known: BTreeSet::new(),
            hash: String::new(),
        };
        Ok(plan.rehashed())
    }

    /// Says of each hotfix that is due what BUILD still lacks of it, as far as one look at the lanes can tell.
    async fn owed(&self, due: &Due) -> Vec<String> {
        let board = match Box::pin(self.look_offline(None)).await {
            Ok(board) => board,
            Err(fault) => {
                return vec![format!(
                    "whether any is still owed to BUILD was not seen: {fault}"
                )];
            }
        };
        let archived: BTreeSet<&HotfixId> = due
            .by_year
            .values()
            .flatten()
            .map(|one| &one.hotfix)
            .collect();
        let debts = board.debt.iter();
        let debts = debts.filter(|debt| archived.contains(&debt.hotfix));
        let mut told: Vec<String> = debts.map(owed_words).collect();
        let left_out = board.debt_left_out;
        if left_out > 0 {
            told.push(format!(
                "whether {left_out} more hotfix{} owed to BUILD is not known: closed long ago or carried without a hotfix, which are not \
                 looked at, or git could not tell; `lanekeeper lanes --fixes` shows them",
                if left_out == 1 { " is" } else { "es are" }
            ));
        }
        told
    }

    /// Returns where the chains of the hotfixes end, as last fetched.
    async fn record_heads(&self) -> Result<BTreeMap<HotfixId, CommitId>, Fault> {
        let folder = self.chains().carrier().hotfixes();
        let lookup = folder.clone();
        let kept = self.on_chains(move |chains| chains.kept(&lookup)).await?;
        let one = |(name, head): (RefName, CommitId)| {
            let id = name.as_str().strip_prefix(&folder)?.parse().ok()?;
            Some((id, head))
        };
        Ok(kept.into_iter().filter_map(one).collect())
    }
}

impl Due {
    /// Takes a record in that nothing keeps from the archive.
    fn take(
        &mut self,
        year: u16,
        record: &Record,
        head: Option<&CommitId>,
        archive: &Archive,
    ) -> Result<(), Fault> {
        let Some(head) = head else {
            return Ok(());
        };
        let hotfix = &record.hotfix;
        if let Some(why) = archive.flaw(year) {
            let why = format!("the archive of {year} cannot be added to: {why}");
            self.stays.push(format!("{hotfix} stays: {why}"));
            return Ok(());
        }
        if self.count == MOST {
            self.left += 1;
            return Ok(());
        }
        let archived = Archived::of(record, head).map_err(|error| {
            let what = format!("cannot say what the record of {hotfix} is");
            Fault::caused(FaultKind::Internal, what, &error)
        })?;
        let (Some(archived), Some(closed)) = (archived, &record.closed) else {
            return Ok(());
        };
        let entries = match archived.entries {
            1 => "1 entry".to_owned(),
            count => format!("{count} entries"),
        };
        self.told.push(format!(
            "{hotfix} was closed {} by {}; {entries}",
            closed.at,
            closed.by.show()
        ));
        self.by_year.entry(year).or_default().push(archived);
        self.count += 1;
        Ok(())
    }
}

/// What this machine has of hotfixes that nobody else knows of.
struct Keepers {
    journal: Journal,
    open: Vec<OpenIntent>,
}

impl Keepers {
    fn look(dir: &Path) -> Result<Self, Fault> {
        let look = || -> Result<Self, Error> {
            let journal = Journal::look(dir)?;
            let open = journal.open_intents()?;
            Ok(Self { journal, open })
        };
        look().map_err(|error| unusable("cannot read the local journal", &error))
    }

    /// Says why a closed record stays where it is, if it does; `head` is where it can be relied on to end.
    fn why_not(&self, record: &Record, head: Option<&CommitId>) -> Result<Option<String>, Fault> {
        if head.is_none() {
            return Ok(Some(
                "its record is not what was seen here before".to_owned(),
            ));
        }
        if record.is_beyond_us {
            let why = "a newer version of Lanekeeper wrote a critical event into its record";
            return Ok(Some(why.to_owned()));
        }
        // Nothing is to be found out about an archive that never began.
        let is_open = |call: &OpenIntent| {
            call.hotfix == record.hotfix
                && (call.state.has_begun() || gathered(&call.call).is_none())
        };
        if self.open.iter().any(is_open) {
            let why = "an earlier run was interrupted: `lanekeeper resume` decides about it";
            return Ok(Some(why.to_owned()));
        }
        let pending = self.journal.pending(&record.hotfix);
        let pending = pending.map_err(|error| unusable("cannot read the local journal", &error))?;
        let why = match pending.len() {
            0 => None,
            1 => Some("an entry of it is kept here and not shared yet".to_owned()),
            count => Some(format!(
                "{count} entries of it are kept here and not shared yet"
            )),
        };
        Ok(why)
    }
}

/// Says that there is nothing to archive, or why it must not be.
fn nothing(
    intent: &Intent,
    year: Option<u16>,
    present: u16,
    due: Due,
    this_years: usize,
) -> Refusal {
    let mut reasons = due.stays;
    if reasons.is_empty() {
        reasons.push(match year {
            Some(year) => format!("nothing to do: no hotfix that was closed in {year} keeps a ref"),
            None => {
                format!("nothing to do: no hotfix that was closed before {present} keeps a ref")
            }
        });
    }
    let hint = format!(
        "{this_years} {} closed this year: lanekeeper archive --year {present}",
        if this_years == 1 { "was" } else { "were" }
    );
    Refusal {
        wanted: intent.to_string(),
        reasons,
        hint: (year.is_none() && this_years > 0).then_some(hint),
    }
}

/// Says what BUILD still lacks of a hotfix that is about to be archived.
fn owed_words(debt: &Debt) -> String {
    let missing = debt.missing.iter();
    let missing: Vec<String> = missing
        .map(|(lane, verdict)| format!("{lane} {}", verdict.word()))
        .collect();
    format!(
        "{} is still owed to BUILD ({}), and once it is archived nothing reminds of that any more",
        debt.hotfix,
        missing.join(", ")
    )
}

fn plural_es(count: usize) -> &'static str {
    if count == 1 { "" } else { "es" }
}
