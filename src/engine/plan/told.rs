//! What a new request of a target tells, and whom: what its reader would not expect, and who knows the fix already.

use crate::engine::FixSight;
use crate::engine::carried;
use crate::engine::ours::source_request;
use crate::engine::pick_words::in_no_run;
use crate::engine::pick_words::lacks;
use crate::engine::pick_words::taken_out_in;
use crate::engine::taken_out::reverted_by;
use crate::model::ConflictPath;
use crate::model::DriverCase;
use crate::model::LaneName;
use crate::model::Layer;
use crate::model::Milestone;
use crate::model::Person;
use crate::model::Unasked;
use crate::model::Untrusted;
use crate::model::Verdict;
use crate::model::plural;
use crate::playbook::Strategy;

use super::Desk;
use super::draft::Draft;
use super::riders::lines_of;
use super::riders::warn_frozen;
use super::target::New;

/// Returns what the fix is planned for, as its source request says.
pub(super) fn milestone(desk: &Desk<'_>) -> Option<Milestone> {
    let look = desk.look;
    source_request(look.book, look.record, look.requests())?
        .milestone
        .clone()
}

/// Returns whom to ask for a review: who may take a seat, and who knows the fix already.
pub(super) fn reviewers(
    desk: &Desk<'_>,
    lane: &LaneName,
    conflicts: &[ConflictPath],
) -> Vec<String> {
    let look = desk.look;
    let mut people = desk.reviewers(look.lane(lane).map_or(&[][..], |lane| &lane.seats));
    let source = source_request(look.book, look.record, look.requests());
    let knowing = source.into_iter().flat_map(|source| {
        let approved = source.approvals.iter().map(|approval| &approval.by);
        std::iter::once(&source.author)
            .chain(approved)
            .chain(&source.reviewers)
    });
    for person in knowing.chain(last_authors(desk, conflicts)) {
        let is_named = people.iter().any(|name| person.is_called(name));
        if person.id != look.seen.me.id && !is_named {
            people.push(person.account().to_owned());
        }
    }
    for account in owners(desk, conflicts) {
        let bare = |name: &str| name.trim_start_matches('@').to_lowercase();
        let is_named = people.iter().any(|name| bare(name) == bare(&account));
        if !look.seen.me.is_called(&account) && !is_named {
            people.push(account);
        }
    }
    people
}

/// Returns the accounts that own conflicted paths. A team cannot be asked as a person, a forge asks nobody by an
/// address that it never showed, and a plain remote knows addresses only.
fn owners(desk: &Desk<'_>, conflicts: &[ConflictPath]) -> Vec<String> {
    let has_accounts = desk.look.seen.me.login.is_some();
    let named = conflicts.iter().flat_map(|path| &path.owners);
    let account = |owner: &Untrusted| match owner.raw().strip_prefix('@') {
        Some(login) => {
            let is_person = !login.is_empty() && !login.contains(['/', '@']);
            (has_accounts && is_person).then(|| login.to_owned())
        }
        None => (!has_accounts && owner.raw().contains('@')).then(|| owner.raw().to_lowercase()),
    };
    named.filter_map(account).collect()
}

/// Returns who changed the conflicted paths last. Git knows a name only, and a forge takes none but its own people: so
/// only who is the one person of that name among those that the forge has shown.
fn last_authors<'a>(desk: &Desk<'a>, conflicts: &[ConflictPath]) -> Vec<&'a Person> {
    let requests = desk.look.requests().iter();
    let known: Vec<&Person> = requests
        .flat_map(|request| {
            let approved = request.approvals.iter().map(|approval| &approval.by);
            std::iter::once(&request.author)
                .chain(&request.reviewers)
                .chain(approved)
        })
        .collect();
    let names = conflicts.iter().flat_map(|path| path.last_authors.names());
    let person = |name: &Untrusted| {
        let mut found = known.iter().filter(|person| &person.name == name);
        let first = *found.next()?;
        found.all(|other| other.id == first.id).then_some(first)
    };
    names.filter_map(person).collect()
}

impl New<'_> {
    /// Says what a reader would not expect: how the commits were chosen, which words their subjects lose, what they stand on,
    /// and where the person's own git sees another merge.
    pub(super) fn tell_choice(&self, draft: &mut Draft) {
        for words in self.conflict_words() {
            draft.warn(words);
        }
        self.tell_frozen(draft);
        match self.carry.strategy {
            Strategy::Pick => self.tell_picks(draft),
            Strategy::MergeLane => self.tell_along(draft),
            Strategy::MergeFix => {}
        }
    }

    /// Says what may be behind a conflict, or take it away: earlier changes that the target lacks, and merge drivers.
    pub(super) fn conflict_words(&self) -> Vec<String> {
        let key = (self.step.id.clone(), self.lane.clone());
        let found = self.desk.look.seen.prerequisites.get(&key);
        let missing = found.filter(|_| !self.conflicts.is_empty());
        let missing = missing.into_iter().flatten();
        let told = missing.map(|commit| lacks(self.lane.as_str(), commit));
        told.chain(self.driven_words()).collect()
    }

    /// Says what the merge drivers of the clone have to do with it. That they change nothing is no news.
    fn driven_words(&self) -> Option<String> {
        let key = (self.step.id.clone(), self.lane.clone());
        let driven = self.desk.look.seen.driven.get(&key)?;
        let is_news = match &driven.case {
            Some(DriverCase::OnlyDriverConflicts) => true,
            Some(DriverCase::BothClean) => false,
            Some(
                DriverCase::OnlyForgeConflicts
                | DriverCase::BothConflict
                | DriverCase::Unknown { .. },
            )
            | None => !self.conflicts.is_empty(),
        };
        is_news.then(|| driven.words(Unasked::Trust))
    }

    /// Says which open request brings the same without a hotfix, where that is not this target's own.
    pub(super) fn tell_beside(&self, draft: &mut Draft) {
        let look = self.desk.look;
        let beside = look.requests().iter().find(|request| {
            request.into == self.into
                && request.is_open()
                && carried::is_alone(look, self.carry, request)
        });
        if let Some(request) = beside {
            draft.warn(format!(
                "change request {} brings the same into {} without a hotfix: one of the two is enough",
                request.id, self.lane
            ));
        }
    }

    /// What production has comes into the frozen lane as well, beside the next version.
    fn tell_frozen(&self, draft: &mut Draft) {
        if let Some(Some(frozen)) = self.desk.look.seen.frozen.value()
            && &frozen.lane == self.lane
        {
            warn_frozen(draft, frozen, "beside which this comes");
        }
    }

    /// A merged lane brings everything that the target lacks, not the fix alone.
    fn tell_along(&self, draft: &mut Draft) {
        let look = self.desk.look;
        let key = (self.step.id.clone(), self.lane.clone());
        let seen = look.seen.along.get(&key);
        let along = seen.and_then(crate::model::Seen::value);
        if let Some(along) = along.filter(|along| along.count() > 0) {
            draft.warn(format!(
                "{} comes whole: {} other change{} into {} besides the fix",
                self.carry.source,
                along.count(),
                plural(along.count()),
                self.lane
            ));
            for line in lines_of(along) {
                draft.warn(line);
            }
        }
        if let Some(Some(frozen)) = look.seen.frozen.value()
            && frozen.lane == self.carry.source
        {
            draft.warn(format!(
                "RUN is frozen: {} is being validated in {}, and comes along",
                frozen.by, frozen.lane
            ));
        }
    }

    /// Says of lanes of RUN, and of the target itself, that had the fix and have nothing of it left: it may not be wanted any
    /// more.
    fn tell_taken_out(&self, fix: &FixSight, draft: &mut Draft) {
        let look = self.desk.look;
        let lanes = look.project().lanes.iter();
        for lane in lanes.filter(|lane| lane.layer == Layer::Run || &lane.name == self.lane) {
            let presence = look.presence(&lane.name);
            let is_gone = presence.is_some_and(|presence| presence.verdict == Verdict::Absent);
            let had_it =
                fix.landed.contains_key(&lane.name) || look.seen.taken_out.contains_key(&lane.name);
            if is_gone && had_it {
                let by = reverted_by(look, &lane.name).map(|commit| &commit.id);
                draft.warn(taken_out_in(lane.name.as_str(), by));
            }
        }
    }

    fn tell_picks(&self, draft: &mut Draft) {
        let Some(fix) = self.desk.look.fix() else {
            return;
        };
        for line in &fix.picks.told {
            draft.warn(line.clone());
        }
        if let Some(words) = in_no_run(&fix.not_in_run) {
            draft.warn(words);
        }
        self.tell_taken_out(fix, draft);
        let known = fix.picks.whole.iter().chain(&fix.picks.single);
        let skipping = known
            .filter(|commit| self.commits.contains(&commit.id))
            .filter_map(|commit| Some((commit, commit.skips_ci()?)));
        for (commit, word) in skipping {
            draft.warn(format!(
                "`{word}` is taken out of the subject of {}: a backport must be tested",
                commit.id.short()
            ));
        }
    }
}
