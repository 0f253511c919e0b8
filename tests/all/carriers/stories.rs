//! The record of a hotfix: told by one, read by another, lost and put back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use lanekeeper::engine::HotfixSummary;
use lanekeeper::engine::Plan;
use lanekeeper::engine::Report;
use lanekeeper::model::BranchName;
use lanekeeper::model::CarrierKind;
use lanekeeper::model::HotfixId;
use lanekeeper::ops::Fault;
use lanekeeper::ops::Points;
use lanekeeper::ops::Workspace;
use lanekeeper::store::Journal;

use super::at_once::apart;
use super::kinds::append_as;
use super::place::Place;
use crate::support::team::assert_done;

pub(super) fn opened(place: &Place) {
    let name = place.record(&place.hotfix);
    assert!(place.at(&name).is_some(), "{name}");
    let kinds = place.git(&["log", "--reverse", "--format=%s", name.as_str()]);
    let is_opened = kinds.lines().any(|line| line.starts_with("hotfix.opened "));
    assert!(is_opened, "{kinds}");
    if !place.is_shared() {
        // Nothing of it is anywhere but here.
        let refs = place.world.git_in(&place.world.origin(), &["for-each-ref"]);
        assert!(!refs.contains(place.hotfix.as_str()), "{refs}");
    }
}

pub(super) fn told(place: &Place) {
    place.act(&place.ana, &place.hotfix, "note \"Support is told\"");
    let notes = place.notes(&place.other, &place.hotfix);
    assert_eq!(notes.last().map(String::as_str), Some("Support is told"));
}

pub(super) fn raced(place: &Place) {
    let plan = |who, words| place.plan(who, &place.hotfix, words).expect("a plan");
    let ours = plan(&place.ana, "note \"from one\"");
    let theirs = plan(&place.other, "note \"from the other\"");
    for (who, plan) in [(&place.other, &theirs), (&place.ana, &ours)] {
        for result in place.carry_out(who, plan) {
            assert_eq!((result.outcome.word(), result.why.as_str()), ("done", ""));
        }
    }
    for who in [&place.ana, &place.other] {
        let notes = place.notes(who, &place.hotfix);
        assert!(
            notes.ends_with(&["from the other".to_owned(), "from one".to_owned()]),
            "{notes:?}"
        );
    }
}

/// Between reading the record and pushing to it, somebody else is faster, twice (T7).
pub(super) fn outrun(place: &Place) {
    let plans = ["first ahead", "second ahead"].map(|text| {
        let words = format!("note \"{text}\"");
        place
            .plan(&place.other, &place.hotfix, &words)
            .expect("a plan")
    });
    let waiting = Mutex::new(VecDeque::from(plans));
    let built = Arc::new(AtomicUsize::new(0));
    let (other, counted) = (place.other.clone(), Arc::clone(&built));
    let between = move |moment: &'static str| {
        if moment != "the record is built" {
            return;
        }
        counted.fetch_add(1, Ordering::Relaxed);
        let next = waiting.lock().expect("one writer").pop_front();
        let Some(plan) = next else {
            return;
        };
        drop(beside(&other, plan));
    };
    let ana = place.ana.with_points(Points::heard_by(Arc::new(between)));
    let mine = place.plan(&ana, &place.hotfix, "note \"behind both\"");
    let results = place.carry_out(&ana, &mine.expect("a plan"));
    assert_eq!(results[0].why, "");
    let notes = place.notes(&place.other, &place.hotfix);
    let mut expected = vec!["behind both".to_owned()];
    let mut rounds = 1;
    if place.is_shared() {
        expected.splice(0..0, ["first ahead".to_owned(), "second ahead".to_owned()]);
        rounds = 3;
    }
    // On one machine nobody is faster: the journal has one writer, and the other is told to wait.
    assert_eq!(built.load(Ordering::Relaxed), rounds);
    assert!(notes.ends_with(&expected), "{notes:?}");
    let mine = notes.iter().filter(|text| *text == "behind both");
    assert_eq!(mine.count(), 1);
}

/// Somebody else opens a hotfix of the same branch between our look and our record, or between our record and the push of
/// the branch: theirs stays, ours is taken back.
pub(super) fn started_at_once(place: &Place) {
    if !place.is_shared() {
        return;
    }
    for (moment, slug) in [
        ("the record is fetched", "at-once-before"),
        ("a branch is built", "at-once-after"),
    ] {
        let ours = place.planned_start(&place.ana, slug);
        let theirs = place.planned_start(&place.other, slug);
        let (other, rival) = (place.other.clone(), theirs.hotfix.clone());
        let waiting = Mutex::new(Some(theirs));
        let between = move |reached: &'static str| {
            if reached != moment {
                return;
            }
            let next = waiting.lock().expect("one writer").take();
            let Some(plan) = next else {
                return;
            };
            let carried_out = beside(&other, plan);
            assert_done(&carried_out.expect("it is carried out").results);
        };
        let ana = place.ana.with_points(Points::heard_by(Arc::new(between)));
        let results = place.carry_out(&ana, &ours);
        let last = results.last().expect("a branch to push");
        assert_eq!(last.outcome.word(), "refused", "{}", last.why);
        assert!(last.why.contains(rival.as_str()), "{}", last.why);
        let branch = format!("hotfix/{slug}");
        for who in [&place.ana, &place.other] {
            let board = place.look(who, &ours.hotfix);
            let is_it = |row: &&HotfixSummary| row.is_open && row.branch.as_str() == branch;
            let open: Vec<&HotfixId> = board
                .hotfixes
                .iter()
                .filter(is_it)
                .map(|row| &row.id)
                .collect();
            assert_eq!(open, [&rival]);
            let closed = board.record.and_then(|record| record.closed);
            let note = closed.expect("it is withdrawn").note;
            assert!(note.contains(rival.as_str()), "{note}");
        }
    }
}

pub(super) fn pinned(place: &Place) {
    let name = place.record(&place.hotfix);
    for who in [&place.ana, &place.other] {
        place.look(who, &place.hotfix);
        let journal = Journal::look(who.state_dir()).expect("a journal");
        let pins = journal.pins().expect("readable");
        assert_eq!(pins.get(&name).cloned(), place.at(&name));
    }
}

/// Opens a hotfix, lets `harm` do something to its record where it is kept, and returns what the console says then. The
/// record is put back as it was.
fn alarm(place: &Place, slug: &str, harm: impl FnOnce(&str)) -> String {
    let hotfix = place.start(slug);
    place.act(&place.ana, &hotfix, "note \"one\"");
    let name = place.record(&hotfix);
    let before = place.at(&name).expect("it was opened");
    harm(name.as_str());
    let seen = place.look(&place.ana, &hotfix).seen.rewritten;
    let what = seen.expect("it is noticed").what;
    let refused = place.refusal(&place.ana, &hotfix, "note \"two\"");
    assert!(refused.contains(&what), "{refused}");
    place.git(&["update-ref", name.as_str(), before.as_str()]);
    assert_eq!(place.look(&place.ana, &hotfix).seen.rewritten, None);
    place.act(&place.ana, &hotfix, "note \"two\"");
    what
}

pub(super) fn rewritten(place: &Place) {
    let what = alarm(place, "rewritten", |name| {
        let tree = format!("{name}^{{tree}}");
        let parent = format!("{name}~2");
        let other = place.git(&["commit-tree", "-m", "x", "-p", &parent, &tree]);
        place.git(&["update-ref", name, &other]);
    });
    assert!(what.contains("last seen"), "{what}");
}

pub(super) fn deleted(place: &Place) {
    let what = alarm(place, "deleted", |name| {
        place.git(&["update-ref", "-d", name]);
    });
    assert!(what.contains("is gone from the remote"), "{what}");
}

/// It follows all that was read before, and yet it is not in order.
pub(super) fn said_twice(place: &Place) {
    let hotfix = place.start("said-twice");
    place.act(&place.ana, &hotfix, "note \"one\"");
    let name = place.record(&hotfix);
    let before = place.at(&name).expect("it was opened");
    let record = place.look(&place.ana, &hotfix).record.expect("it is there");
    let id = record.entries.last().expect("an entry").id.clone();
    let text = "again".to_owned();
    place.wait(append_as(&place.other, &hotfix, id, text));
    let seen = place.look(&place.ana, &hotfix).seen.rewritten;
    let what = seen.expect("it is noticed").what;
    assert!(what.contains("stands there twice"), "{what}");
    place.git(&["update-ref", name.as_str(), before.as_str()]);
    assert_eq!(place.notes(&place.ana, &hotfix), ["one"]);
}

pub(super) fn set_back(place: &Place) {
    let what = alarm(place, "set-back", |name| {
        place.git(&["update-ref", name, &format!("{name}~1")]);
    });
    assert!(what.contains("was rewritten"), "{what}");
}

pub(super) fn restored(place: &Place) {
    let hotfix = place.start("restored");
    for text in ["one", "two"] {
        place.act(&place.ana, &hotfix, &format!("note \"{text}\""));
    }
    let name = place.record(&hotfix);
    place.git(&["update-ref", "-d", name.as_str()]);
    place.act(&place.ana, &hotfix, "restore");
    assert!(place.at(&name).is_some());
    assert_eq!(place.notes(&place.other, &hotfix), ["one", "two"]);
    let board = place.look(&place.other, &hotfix);
    let entries = board.record.expect("a record").entries;
    assert_eq!(entries[0].kind, "alarm.raised");
}

/// Exports a record, takes it away, and imports it: where others see it by somebody who never saw it, else on a machine
/// that never had it.
fn comes_back(place: &Place, slug: &str, end: &str) {
    let hotfix = place.start(slug);
    place.act(&place.ana, &hotfix, "note \"one\"");
    let before = place.look(&place.ana, &hotfix).record.expect("a record");
    let file = place.world.path().join(format!("{slug}.{end}"));
    if end == "bundle" {
        let written = place.wait(place.ana.export_bundle(&hotfix, &file));
        written.expect("it is written");
    } else {
        let lines = place.wait(place.ana.export_lines(&hotfix));
        std::fs::write(&file, lines.expect("lines")).expect("own folder");
    }
    let name = place.record(&hotfix);
    let head = place.at(&name);
    if place.is_shared() {
        place.git(&["update-ref", "-d", name.as_str()]);
    }
    let importer = place.console("ben");
    let planned = place.wait(importer.plan_import(&file)).expect("readable");
    let results = place.carry_out(&importer, &planned.expect("something to do"));
    assert!(
        results.iter().all(|one| one.outcome.word() == "done"),
        "{results:?}"
    );
    let after = place.look(&importer, &hotfix).record.expect("a record");
    let ids = |record: &lanekeeper::record::Record| -> Vec<String> {
        let ids = record.entries.iter().map(|entry| entry.id.to_string());
        ids.collect()
    };
    assert_eq!(ids(&after), ids(&before));
    let there = importer.chains().head(&name).expect("readable");
    assert_eq!(there, head, "the same bytes make the same commits");
    let again = place.wait(importer.plan_import(&file)).expect("readable");
    assert!(again.is_err(), "there is nothing left to import");
}

pub(super) fn lines(place: &Place) {
    comes_back(place, "as-lines", "jsonl");
}

pub(super) fn bundle(place: &Place) {
    comes_back(place, "as-bundle", "bundle");
}

pub(super) fn heard(place: &Place) {
    let listen = |who| {
        let heard = place.wait(lanekeeper::ops::Workspace::listen(
            who,
            &place.hotfix,
            "step promote",
        ));
        heard.expect("the remote is there")
    };
    place.look(&place.ana, &place.hotfix);
    assert!(!listen(&place.ana).has_moved);
    // Another machine's console, where nobody else sees the record, has nothing to say here.
    place.act(&place.other, &place.hotfix, "note \"a sound\"");
    let (ours, theirs) = (place.ana.repo().dir(), place.other.repo().dir());
    // Two consoles on one clone have one copy, which is up to date already.
    assert_eq!(listen(&place.ana).has_moved, ours != theirs);
    place.look(&place.ana, &place.hotfix);
    assert!(!listen(&place.ana).has_moved);
    place.wait(place.ana.leave());
}

pub(super) fn presence(place: &Place) {
    let listen = |who: &lanekeeper::ops::Workspace, looks_at: &str| {
        let heard = place.wait(who.listen(&place.hotfix, looks_at));
        heard.expect("the remote is there").present
    };
    assert_eq!(listen(&place.ana, "step promote"), []);
    let seen = listen(&place.other, "");
    if place.is_shared() {
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(seen[0].looks_at, "step promote");
        assert_eq!(seen[0].person.show(), "Ana");
    } else {
        assert_eq!(seen, [], "who works alone meets nobody");
    }
    let hotfixes = place.wait(place.ana.hotfixes()).expect("readable");
    let ids: std::collections::BTreeSet<&HotfixId> = hotfixes.iter().map(|one| &one.id).collect();
    assert_eq!(ids.len(), hotfixes.len(), "presence is no hotfix");
    place.wait(place.ana.leave());
    assert_eq!(listen(&place.other, ""), []);
    place.wait(place.other.leave());
    let folder = place.ana.chains().carrier().presences();
    let left = place.git(&["for-each-ref", &folder]);
    assert_eq!(left, "", "who leaves leaves nothing");
}

pub(super) fn no_lanes(place: &Place) {
    let branches = place
        .world
        .git_in(&place.world.origin(), &["for-each-ref", "refs/heads"]);
    let is_in_branches = branches.contains("lanekeeper-record/");
    assert_eq!(is_in_branches, place.kind == CarrierKind::Branches);
    let is_record = |branch: &BranchName| branch.as_str().contains("lanekeeper-record");
    place.look(&place.ana, &place.hotfix);
    let tips = place.ana.repo().tips().expect("readable");
    assert!(tips.keys().any(|branch| branch.as_str() == "main"));
    assert!(!tips.keys().any(is_record), "{tips:?}");
    let survey = place.survey("ana");
    assert!(survey.iter().any(|branch| branch.as_str() == "main"));
    assert!(!survey.iter().any(is_record), "{survey:?}");
}

pub(super) fn forge_chain(place: &Place) {
    let of_forge = place.ana.chains().carrier().of_forge();
    let chain = of_forge.forge().expect("a ref");
    assert!(place.world.remote_id(chain.as_str()).is_some(), "{chain}");
    let subjects = place.world.git_in(
        &place.world.origin(),
        &["log", "--format=%s", chain.as_str()],
    );
    let is_marked = place.kind == CarrierKind::Branches;
    for subject in subjects.lines() {
        assert_eq!(subject.ends_with("[skip ci]"), is_marked, "{subject}");
    }
    if place.records() != place.world.origin() {
        assert_eq!(place.at(&chain), None);
    }
}

/// Carries a plan out as a console of its own does: on another thread, with another runtime.
fn beside(other: &Workspace, plan: Plan) -> Result<Report, Fault> {
    apart(other, plan).expect("it ends")
}
