//! How a head came to its branch: when, and by whom; and which approvals were given to it.
//!
//! The `commit_id` of an approval does not tell what its author looked at. Where a branch is rebased, or its target is
//! merged into it, GitHub moves the approvals along to the new head and leaves their time as it was. So a yes is one for
//! the head only if it is not older than the head's arrival.

use serde::de::DeserializeOwned;

use crate::forge::Error;
use crate::forge::http::Ask;
use crate::model::Approval;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::Decision;
use crate::model::Person;
use crate::model::Timestamp;

use super::hub::Hub;
use super::wire;

/// Moves of one branch that are looked at: one page.
const MOST_MOVES: usize = 100;
/// More events of one request than anybody reads.
const MOST_EVENTS: usize = 1000;

/// How the head of a request came there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Arrival {
    /// When; none where nothing tells.
    at: Option<Timestamp>,
    /// Who pushed it; who wrote it, where GitHub does not tell who pushed.
    pub(super) by: Option<Person>,
    /// Where the branch was, newest first, and since when.
    earlier: Vec<(Timestamp, CommitId)>,
    /// GitHub's own list of moves tells all of it, so that reading again tells nothing else.
    is_told: bool,
}

impl Arrival {
    /// Reads it from the moves of a branch, newest first. Where the last of them does not lead to `head` the list is not
    /// complete yet, and only tells that the head came later.
    fn of_moves(moves: &[wire::Move], head: &CommitId) -> Self {
        let earlier = moves.iter().filter_map(|one| {
            let after = one.after.clone()?;
            Some((one.timestamp, after))
        });
        let earlier: Vec<(Timestamp, CommitId)> = earlier.collect();
        let last = moves.first();
        let is_told = last.is_some_and(|last| last.after.as_ref() == Some(head));
        Self {
            at: last.map(|last| last.timestamp),
            by: last
                .filter(|_| is_told)
                .and_then(|last| last.actor.as_ref())
                .map(wire::User::person),
            earlier,
            is_told,
        }
    }

    /// Adds what the events of the request tell of a forced push to `head`; tells whether they do.
    fn add_forced(&mut self, events: &[wire::RequestEvent], head: &CommitId) -> bool {
        let forced = events.iter().rfind(|one| {
            one.event == "head_ref_force_pushed" && one.commit_id.as_ref() == Some(head)
        });
        let Some(forced) = forced else {
            return false;
        };
        self.not_before(forced.created_at);
        self.by = forced.actor.as_ref().map(wire::User::person);
        forced.created_at.is_some()
    }

    fn not_before(&mut self, at: Option<Timestamp>) {
        self.at = self.at.max(at);
    }

    /// Binds each approval that GitHub shows at `head` to what was looked at: to the head that the branch had when it was
    /// given; and where that is not known, it counts for nothing and says why.
    pub(super) fn bind(&self, approvals: &mut [Approval], head: &CommitId) {
        let moved = approvals
            .iter_mut()
            .filter(|one| one.decision == Decision::Approved && one.head == *head)
            .filter(|one| self.at.is_none_or(|at| one.at < at));
        for approval in moved {
            let mut earlier = self.earlier.iter();
            let looked_at = earlier.find(|(since, _)| *since <= approval.at);
            match looked_at.filter(|(_, commit)| commit != head) {
                Some((_, commit)) => approval.head = commit.clone(),
                None => {
                    let why = if self.at.is_some() {
                        "was given before this head arrived"
                    } else {
                        "may be about an older head: GitHub does not tell when this one arrived"
                    };
                    approval.proof.void = Some(why.to_owned());
                }
            }
        }
    }
}

impl Hub {
    /// Returns how the head of a request came there. Of one that ended, only what was before its end counts.
    pub(super) async fn arrival(&self, pull: &wire::Pull) -> Result<Arrival, Error> {
        let (head, changed) = (&pull.head.sha, pull.updated_at);
        let known = self.known().arrivals.get(&pull.number).cloned();
        if let Some((of, since, arrival)) = known
            && (&of, since) == (head, changed)
        {
            return Ok(arrival);
        }
        let branch = format!("refs/heads/{}", pull.head.branch);
        let moves = self
            .get(&["activity"])
            .with("ref", &branch)
            .with("per_page", "100");
        let mut moves: Vec<wire::Move> = self.listed(&moves, MOST_MOVES).await?;
        if pull.state != "open" {
            let end = pull.merged_at.unwrap_or(changed);
            // It is deleted, or made again, in the very second of a merge at the earliest.
            moves.retain(|one| one.timestamp < end);
        }
        let mut arrival = Arrival::of_moves(&moves, head);
        if arrival.is_told && arrival.by.is_some() {
            let known = (head.clone(), changed, arrival.clone());
            self.known().arrivals.insert(pull.number, known);
            return Ok(arrival);
        }
        let number = pull.number.to_string();
        let events = self
            .get(&["issues", &number, "timeline"])
            .with("per_page", "100");
        let events: Vec<wire::RequestEvent> = self.listed(&events, MOST_EVENTS).await?;
        let is_forced = arrival.add_forced(&events, head);
        if is_forced && arrival.by.is_some() {
            return Ok(arrival);
        }
        let commit = self.get(&["commits", head.as_str()]);
        let commit: Option<wire::Commit> = self.http().find(&commit).await?;
        if let Some(commit) = commit {
            // Whoever makes a commit can set its date: it is the last resort.
            if !is_forced && !arrival.is_told {
                arrival.not_before(commit.commit.committer.date);
            }
            let maker = commit.author.or(commit.committer);
            arrival.by = arrival.by.or(maker.map(|user| user.person()));
        }
        Ok(arrival)
    }

    /// Returns where a branch was when it was deleted, if that is the last thing that happened to it and GitHub tells it.
    pub(super) async fn deleted_at(&self, branch: &BranchName) -> Result<Option<CommitId>, Error> {
        let moves = self
            .get(&["activity"])
            .with("ref", &format!("refs/heads/{branch}"))
            .with("per_page", "100");
        let moves: Vec<wire::Move> = self.listed(&moves, 1).await?;
        let last = moves.into_iter().next();
        Ok(last
            .filter(|one| one.activity_type == "branch_deletion")
            .and_then(|one| one.before))
    }

    /// Reads a list that older servers do not have and not every token may read; then it is empty.
    async fn listed<T: DeserializeOwned>(&self, ask: &Ask, most: usize) -> Result<Vec<T>, Error> {
        match self.http().read_list(ask, most).await {
            Ok(list) => Ok(list),
            Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(digit: &str) -> CommitId {
        digit.repeat(40).parse().expect("an id")
    }

    fn yes(at: i64) -> Approval {
        Approval {
            by: Person::from_account(7, "ben", ""),
            role: None,
            head: commit("b"),
            decision: Decision::Approved,
            at: Timestamp::from_second(at),
            comment: None,
            proof: Default::default(),
        }
    }

    /// Returns the head that a yes at `at`, which GitHub shows at `b`, was given to, or why it counts for nothing.
    fn bound(arrival: &Arrival, at: i64) -> String {
        let mut all = [yes(at)];
        arrival.bind(&mut all, &commit("b"));
        let [one] = all;
        match one.proof.void {
            Some(why) => why,
            None => one.head.short()[..1].to_owned(),
        }
    }

    fn moves(all: &[(&str, i64)]) -> Vec<wire::Move> {
        let moves = all.iter().map(|(digit, at)| {
            let timestamp = Timestamp::from_second(*at).to_string();
            let actor = serde_json::json!({"id": 9, "login": "pam"});
            let after = digit.repeat(40);
            let one = serde_json::json!({"after": after, "timestamp": timestamp, "actor": actor});
            serde_json::from_value(one).expect("a move")
        });
        moves.collect()
    }

    #[test]
    fn a_yes_is_for_the_head_that_the_branch_had_when_it_was_given() {
        let arrival = Arrival::of_moves(&moves(&[("b", 300), ("a", 200)]), &commit("b"));
        let by = arrival.by.as_ref().and_then(|by| by.login.as_deref());
        assert_eq!(by, Some("pam"));
        assert_eq!(bound(&arrival, 300), "b");
        assert_eq!(bound(&arrival, 299), "a");
        assert!(bound(&arrival, 199).contains("before this head arrived"));
    }

    #[test]
    fn a_head_that_came_back_arrived_again() {
        let there = moves(&[("b", 400), ("a", 300), ("b", 200)]);
        let arrival = Arrival::of_moves(&there, &commit("b"));
        assert_eq!(bound(&arrival, 450), "b");
        assert_eq!(bound(&arrival, 350), "a");
        // What was really said to it the first time is asked for again.
        assert!(bound(&arrival, 250).contains("before this head arrived"));
    }

    #[test]
    fn a_list_that_lags_behind_tells_only_that_the_head_came_later() {
        let mut arrival = Arrival::of_moves(&moves(&[("a", 200)]), &commit("b"));
        assert!(!arrival.is_told && arrival.by.is_none());
        arrival.not_before(Some(Timestamp::from_second(100)));
        assert_eq!(bound(&arrival, 200), "b");
        assert!(bound(&arrival, 150).contains("before this head arrived"));
    }

    #[test]
    fn where_nothing_tells_when_it_arrived_no_yes_counts() {
        let why = bound(&Arrival::default(), 500);
        assert!(why.contains("does not tell when"), "{why}");
    }

    #[test]
    fn a_forced_push_to_the_head_tells_when_and_who() {
        let event = |digit: &str, at: &str| {
            let commit = digit.repeat(40);
            let user = serde_json::json!({"id": 9, "login": "pam"});
            let one = serde_json::json!({"event": "head_ref_force_pushed", "commit_id": commit, "created_at": at, "actor": user});
            serde_json::from_value::<wire::RequestEvent>(one).expect("an event")
        };
        let events = [
            event("a", "2026-04-12T09:31:07Z"),
            event("b", "2026-04-12T09:32:07Z"),
        ];
        let mut arrival = Arrival::default();
        assert!(arrival.add_forced(&events, &commit("b")));
        assert_eq!(arrival.at, events[1].created_at);
        assert!(arrival.by.is_some());
        assert!(!Arrival::default().add_forced(&events, &commit("c")));
    }
}
