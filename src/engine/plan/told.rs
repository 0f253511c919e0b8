//! What a new request of a target tells, and whom: what its reader would not expect, and who knows the fix already.

use crate::engine::ours::source_request;
use crate::model::LaneName;
use crate::playbook::Strategy;

use super::Desk;
use super::draft::Draft;
use super::riders::lines_of;
use super::riders::plural;
use super::target::New;

/// Returns whom to ask for a review: who may take a seat, and who knows the fix already.
pub(super) fn reviewers(desk: &Desk<'_>, lane: &LaneName) -> Vec<String> {
    let look = desk.look;
    let mut people = desk.reviewers(look.lane(lane).map_or(&[][..], |lane| &lane.seats));
    let Some(source) = source_request(look.book, look.record, look.requests()) else {
        return people;
    };
    let approved = source.approvals.iter().map(|approval| &approval.by);
    for person in std::iter::once(&source.author)
        .chain(approved)
        .chain(&source.reviewers)
    {
        if person.id != look.seen.me.id && !people.contains(&person.id) {
            people.push(person.id.clone());
        }
    }
    people
}

impl New<'_> {
    /// Says what a reader would not expect: how the commits were chosen, and which words their subjects lose.
    pub(super) fn tell_choice(&self, draft: &mut Draft) {
        match self.carry.strategy {
            Strategy::Pick => self.tell_picks(draft),
            Strategy::MergeLane => self.tell_along(draft),
            Strategy::MergeFix => {}
        }
    }

    /// A merged lane brings everything that the target lacks, not the fix alone.
    fn tell_along(&self, draft: &mut Draft) {
        let look = self.desk.look;
        let key = (self.step.id.clone(), self.lane.clone());
        let seen = look.seen.along.get(&key);
        let along = seen
            .and_then(crate::model::Seen::value)
            .map_or(&[][..], Vec::as_slice);
        if !along.is_empty() {
            draft.warn(format!(
                "{} comes whole: {} other change{} into {} besides the fix",
                self.carry.source,
                along.len(),
                plural(along.len()),
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

    fn tell_picks(&self, draft: &mut Draft) {
        let Some(fix) = self.desk.look.fix() else {
            return;
        };
        for line in &fix.picks.told {
            draft.warn(line.clone());
        }
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
