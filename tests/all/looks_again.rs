//! A look at an unchanged world asks git nothing; whatever changes is seen by the very next one.

use lanekeeper::engine::Board;
use lanekeeper::model::HotfixId;
use lanekeeper::model::LaneName;
use lanekeeper::model::Seen;
use lanekeeper::model::Verdict;
use lanekeeper::ops::Asked;

use crate::support::team::Team;
use crate::support::team::numbered;
use crate::support::team::open_in;

/// A look, and whether git was asked for it.
fn look(team: &Team, id: &HotfixId) -> (Board, bool) {
    let before = team.times_answered();
    let board = team.look(id);
    (board, team.times_answered() > before)
}

fn verdict(board: &Board, lane: &str) -> Option<Verdict> {
    let lane: LaneName = lane.parse().expect("a lane");
    Some(board.seen.presence.get(&lane)?.value()?.verdict)
}

/// What was seen, without when.
fn timeless(board: &Board) -> String {
    let seen = &board.seen;
    let lanes = (&seen.fix, &seen.edges, &seen.presence, &seen.predictions);
    let text = format!("{lanes:?} {:?} {:?}", seen.history, board.progress);
    let mut parts = text.split("at: Timestamp(");
    let mut told = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        told.push_str(part.split_once(')').map_or("", |(_, rest)| rest));
    }
    told
}

#[test]
fn an_unchanged_world_is_not_asked_about_again_and_looks_the_same() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    let (first, _) = look(&team, &id);
    for _ in 0..3 {
        let (again, is_asked) = look(&team, &id);
        assert!(!is_asked, "nothing changed");
        assert!(matches!(again.seen.frozen, Seen::Known { .. }));
        assert!(again.seen.history.at() == again.seen.tips.at());
        assert!(again.seen.now >= first.seen.now);
        assert_eq!(timeless(&again), timeless(&first));
    }
}

#[test]
fn a_commit_a_tag_a_record_and_a_request_are_each_seen_at_the_next_look() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    look(&team, &id);

    // A commit on another lane.
    team.world.switch("integration", Some("origin/integration"));
    let head = team
        .world
        .change("shop.txt", numbered(&[(3, "fixed")]), "By hand");
    team.world.git(&["push", "-q", "origin", "integration"]);
    let (board, is_asked) = look(&team, &id);
    assert!(is_asked);
    assert_eq!(verdict(&board, "integration"), Some(Verdict::Present));
    let history = board.seen.history.value().expect("seen");
    let lane: LaneName = "integration".parse().expect("a lane");
    assert_eq!(history.lanes[&lane][0].id, head);

    // A tag moves no branch.
    team.world.git(&["tag", "v2", head.as_str()]);
    team.world.git(&["push", "-q", "origin", "v2"]);
    let (board, is_asked) = look(&team, &id);
    assert!(is_asked);
    let history = board.seen.history.value().expect("seen");
    assert_eq!(history.tags[&head], ["v2"]);

    // A lane that goes back is a change like any other.
    team.world
        .git(&["push", "-q", "-f", "origin", "HEAD~1:integration"]);
    let (board, is_asked) = look(&team, &id);
    assert!(is_asked);
    assert_eq!(verdict(&board, "integration"), Some(Verdict::Absent));

    // A request and its record.
    team.act(&id, "do run");
    let (board, _) = look(&team, &id);
    assert_eq!(board.seen.requests.value().expect("seen").len(), 1);
    assert!(!look(&team, &id).1);
}

#[test]
fn a_remote_that_is_gone_makes_what_was_known_stale_and_asks_git_nothing() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    let (first, _) = look(&team, &id);
    let origin = team.world.origin();
    let away = origin.with_extension("away");
    std::fs::rename(&origin, &away).expect("moved away");
    let (board, is_asked) = look(&team, &id);
    assert!(!is_asked);
    assert!(matches!(board.seen.frozen, Seen::Stale { .. }));
    assert!(matches!(board.seen.history, Seen::Stale { .. }));
    assert_eq!(board.seen.history.value(), first.seen.history.value());
    std::fs::rename(&away, &origin).expect("back again");
    let (board, is_asked) = look(&team, &id);
    assert!(!is_asked);
    assert!(matches!(board.seen.history, Seen::Known { .. }));
}

#[test]
fn the_remote_says_whether_anything_moved_and_everything_lies_in_its_refs() {
    let team = Team::new();
    team.start("refund");
    let ask = || team.wait(team.workspace().ask_remote());
    ask();
    assert_eq!(ask(), Asked::Same);
    team.fix(&[(3, "fixed")], "Fix the refund");
    assert_eq!(ask(), Asked::Moved);
    assert_eq!(ask(), Asked::Same);
    assert!(team.workspace().is_all_in_refs(), "we are the forge");
    let origin = team.world.origin();
    std::fs::rename(&origin, origin.with_extension("away")).expect("moved away");
    assert_eq!(ask(), Asked::Unseen);
}

#[test]
fn the_chain_of_a_record_is_read_again_only_where_it_moved() {
    let team = Team::new();
    let one = team.start("refund");
    let other = team.start("login");
    let entries = |board: &Board| board.record.as_ref().map(|record| record.entries.len());
    // What is new of a record is kept by one look, and known by the next.
    team.look(&one);
    let before = entries(&team.look(&other));
    let read = team.workspace().times_read();
    for _ in 0..3 {
        assert_eq!(entries(&team.look(&other)), before);
    }
    assert_eq!(team.workspace().times_read(), read);
    team.act(&other, "note \"it is the session\"");
    assert!(entries(&team.look(&other)) > before);
    assert!(team.workspace().times_read() > read);
}

#[test]
fn when_the_remote_was_seen_is_written_down_once_a_minute() {
    let team = Team::new();
    let file = team.workspace().state_dir().join("seen");
    let ask = || team.wait(team.workspace().ask_remote());
    let is_left = || {
        ask();
        std::fs::write(&file, "as it was").expect("own folder");
        ask();
        std::fs::read_to_string(&file).is_ok_and(|text| text == "as it was")
    };
    // A minute may end between the two, and not twice in a row.
    assert!(is_left() || is_left());
}

#[test]
fn what_was_fetched_and_not_shown_is_not_taken_for_what_is() {
    let team = Team::new();
    let id = team.start("refund");
    let (world, clone) = (team.world.path(), team.world.clone());
    let other = team.wait(open_in(world, &clone, "state"));
    let ask = || team.wait(team.workspace().ask_remote());
    let are_still = |board: &Board| team.wait(team.workspace().are_still(&board.refs));
    let shown = team.look(&id);
    assert_eq!(ask(), Asked::Same);
    assert!(are_still(&shown));

    // Another process has the same copy of the remote: what it fetches is no news for ours.
    team.fix(&[(3, "fixed")], "Fix the refund");
    assert_eq!(team.wait(other.ask_remote()), Asked::Moved);
    assert_eq!(ask(), Asked::Same);
    assert!(!are_still(&shown));

    // Nor is what a look of ours fetched whose board was dropped, as that of a plan that was refused.
    let shown = team.look(&id);
    assert!(are_still(&shown));
    team.fix(&[(4, "fixed too")], "Fix the rest");
    let _dropped = team.look(&id);
    assert_eq!(ask(), Asked::Same);
    assert!(!are_still(&shown));

    // That somebody is here changes nothing of what a board shows.
    let shown = team.look(&id);
    let heard = team.wait(other.listen(&id, "step promote"));
    heard.expect("the remote is there");
    ask();
    assert!(are_still(&shown));
}

/// Returns the steps without the seconds at which things were seen: two looks may be of two.
fn untimed(board: &Board) -> String {
    let told = format!("{:?}", board.progress);
    let (first, rest) = told.split_once("Timestamp(").expect("something was seen");
    let rest = rest
        .split("Timestamp(")
        .filter_map(|part| part.split_once(')'));
    rest.fold(first.to_owned(), |untimed, (_, part)| untimed + part)
}

#[test]
fn what_a_command_reads_of_the_lanes_tells_the_same_of_the_steps_as_what_is_drawn() {
    let team = Team::new();
    let id = team.start("refund");
    team.fix(&[(3, "fixed")], "Fix the refund");
    let lane: LaneName = "preprod".parse().expect("a lane");
    let looks = |after: &str| {
        let drawn = team.look(&id);
        let wanted = team.workspace().look_at(|_| Ok(Some(id.clone())));
        let told = team.wait(wanted).expect("a look");
        assert_eq!(untimed(&told), untimed(&drawn), "after {after}");
        let history = told.seen.history.value().expect("seen");
        let all = drawn.seen.history.value().expect("seen");
        for (place, commit) in all.lanes[&lane].iter().enumerate() {
            assert_eq!(history.place(&lane, &commit.id), Some(place));
        }
        (history.lanes[&lane].len(), history.beyond[&lane].len())
    };
    for words in ["do run", "do run", "do promote", "do promote"] {
        team.act(&id, words);
        looks(words);
    }
    // Commits are read from the tip down to the merge of the hotfix, the rest in its order only.
    team.world.git(&["fetch", "-q", "origin"]);
    team.world.switch("preprod", Some("origin/preprod"));
    team.world.change("other.txt", "other\n", "Another change");
    team.world.git(&["push", "-q", "origin", "preprod"]);
    let (read, beyond) = looks("another change");
    assert_eq!(read, 2);
    assert!(beyond > 0);
}
