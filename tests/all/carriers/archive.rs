//! Closed hotfixes in a yearly archive: one push, nothing lost, found by their ids. Each case has a year of its own, so that
//! none archives what another one closed.

use std::sync::Arc;

use lanekeeper::engine::Plan;
use lanekeeper::engine::Refusal;
use lanekeeper::git::MOST_HEADS;
use lanekeeper::git::NewLink;
use lanekeeper::git::Pushed;
use lanekeeper::git::RefUpdate;
use lanekeeper::model::CarrierKind;
use lanekeeper::model::CommitId;
use lanekeeper::model::EventId;
use lanekeeper::model::HotfixId;
use lanekeeper::model::Person;
use lanekeeper::model::RefName;
use lanekeeper::model::Timestamp;
use lanekeeper::ops::Silent;
use lanekeeper::ops::Workspace;
use lanekeeper::record::Actor;
use lanekeeper::record::Entry;
use lanekeeper::record::Event;
use lanekeeper::record::decode;
use lanekeeper::record::encode;
use lanekeeper::store::Journal;
use serde_json::Value;

use super::place::Place;
use crate::support::repository::script;
use crate::support::team::assert_done;

/// Makes an entry of this event that goes behind what is on record, whatever the clock of this machine says.
fn next(place: &Place, hotfix: &HotfixId, event: Event, at: &str) -> (CommitId, Entry) {
    let chains = place.ana.chains();
    let head = place.wait(chains.fetch(&place.record(hotfix)));
    let head = head.expect("the remote is there").expect("it was begun");
    let links = chains.read(&head, None).expect("a chain");
    let last = links.last().expect("an entry at least");
    let last = decode(&last.files, hotfix, last.parent.as_ref()).expect("an entry");
    let words = hotfix.as_str().replace('-', "");
    let id: EventId = format!("{words}{}", last.seq).parse().expect("an id");
    let at: Timestamp = at.parse().expect("a time");
    let entry = Entry::new(id, hotfix.clone(), last.actor.clone(), at, event);
    let entry = entry.and_then(|entry| entry.after(&head, &last));
    (head, entry.expect("within limits"))
}

/// Puts it on record, as somebody else's machine would.
fn append(place: &Place, hotfix: &HotfixId, event: Event, at: &str) {
    let (head, entry) = next(place, hotfix, event, at);
    let link = NewLink {
        author: entry.actor.person.clone(),
        at: entry.at,
        message: entry.message(),
        files: encode(&entry),
    };
    let chains = place.ana.chains();
    let built = chains.build(Some(&head), &link).expect("it is built");
    let pushed = place.wait(chains.push(&place.record(hotfix), &built, Some(&head)));
    assert_eq!(pushed.expect("the remote is there"), Pushed::Done);
}

fn opened(place: &Place, slug: &str) -> HotfixId {
    let hotfix = place.start(slug);
    place.act(&place.ana, &hotfix, "note \"one\"");
    hotfix
}

fn close(place: &Place, hotfix: &HotfixId, year: u16) {
    let note = "done".to_owned();
    let at = format!("{year}-05-01T12:00:00Z");
    append(place, hotfix, Event::Closed { note }, &at);
}

fn closed(place: &Place, slug: &str, year: u16) -> HotfixId {
    let hotfix = opened(place, slug);
    close(place, &hotfix, year);
    hotfix
}

fn planned(place: &Place, year: Option<u16>) -> Result<Plan, Refusal> {
    let planned = place.wait(place.ana.plan_archive(year));
    planned.expect("the remote is there")
}

fn archive(place: &Place, year: u16) {
    let plan = planned(place, Some(year)).expect("something is due");
    assert_done(&place.carry_out(&place.ana, &plan));
}

fn name(place: &Place, year: u16) -> RefName {
    let name = place.ana.chains().carrier().archive(year);
    name.expect("a ref")
}

/// Returns what the list of an archive says of each record.
fn list(place: &Place, year: u16) -> Vec<Value> {
    let text = place.git(&["show", &format!("{}:index.json", name(place, year))]);
    serde_json::from_str(&text).expect("a list")
}

fn refs(place: &Place) -> String {
    place.git(&["for-each-ref"])
}

/// Returns the hotfixes that a console lists after a look.
fn listed(place: &Place, who: &Workspace) -> Vec<HotfixId> {
    place.look(who, &place.hotfix);
    let listed = place.wait(who.hotfixes()).expect("readable");
    listed.into_iter().map(|row| row.id).collect()
}

fn is_pinned(place: &Place, who: &Workspace, hotfix: &HotfixId) -> bool {
    let journal = Journal::look(who.state_dir()).expect("a journal");
    let pins = journal.pins().expect("readable");
    pins.contains_key(&place.record(hotfix))
}

pub(super) fn gathered(place: &Place) {
    let ids = ["gathered-1", "gathered-2"].map(|slug| closed(place, slug, 2011));
    let heads = ids
        .each_ref()
        .map(|id| place.at(&place.record(id)).expect("it has a ref"));
    let plan = planned(place, Some(2011)).expect("two are due");
    let told: String = plan.facts.iter().map(|fact| fact.text.as_str()).collect();
    let call = plan.changes[0].call.to_string();
    for (id, head) in ids.iter().zip(&heads) {
        assert!(told.contains(id.as_str()), "{told}");
        let words = format!("{id} at {}", head.short());
        assert!(call.contains(&words), "{call}");
    }
    assert_eq!(plan.changes.len(), 1);
    assert_done(&place.carry_out(&place.ana, &plan));
    for id in &ids {
        assert_eq!(place.at(&place.record(id)), None);
    }
    let archive_ref = name(place, 2011);
    let first = place.at(&archive_ref).expect("it was made");
    let parents = place.git(&["log", "-1", "--format=%P", archive_ref.as_str()]);
    let expected: Vec<&str> = heads.iter().map(CommitId::as_str).collect();
    assert_eq!(parents.split(' ').collect::<Vec<_>>(), expected);
    let subject = place.git(&["log", "-1", "--format=%s", archive_ref.as_str()]);
    let is_marked = matches!(place.kind, CarrierKind::Repository | CarrierKind::Branches);
    assert_eq!(subject.ends_with(" [skip ci]"), is_marked, "{subject}");
    for ((one, id), head) in list(place, 2011).iter().zip(&ids).zip(&heads) {
        assert_eq!(one["hotfix"], id.as_str());
        assert_eq!(one["head"], head.as_str());
        assert_eq!(one["closed"], "2011-05-01T12:00:00Z");
        let record = place.look(&place.other, id).record.expect("it is found");
        assert_eq!(one["entries"], record.entries.len());
        let digest = record.entries.last().expect("an entry").digest();
        assert_eq!(one["digest"], digest);
    }
    // Said again there is nothing of it; the next one goes behind.
    let nothing = planned(place, Some(2011)).expect_err("none is left");
    assert!(
        nothing.reasons[0].starts_with("nothing to do"),
        "{nothing:?}"
    );
    let third = closed(place, "gathered-3", 2011);
    archive(place, 2011);
    let second = format!("{archive_ref}^1");
    assert_eq!(place.git(&["rev-parse", &second]), first.as_str());
    let known: Vec<Value> = list(place, 2011)
        .iter()
        .map(|one| one["hotfix"].clone())
        .collect();
    assert_eq!(known, [ids[0].as_str(), ids[1].as_str(), third.as_str()]);
}

pub(super) fn read_again(place: &Place) {
    let id = closed(place, "read-again", 2012);
    let before = place.look(&place.ana, &id).record.expect("a record");
    let lines = place.wait(place.ana.export_lines(&id)).expect("lines");
    archive(place, 2012);
    let fresh = place.console(if place.is_shared() { "ben" } else { "ana" });
    for who in [&place.ana, &place.other, &fresh] {
        assert!(!listed(place, who).contains(&id), "it is read at each look");
        let board = place.look(who, &id);
        assert_eq!(board.seen.archived, Some(2012));
        assert_eq!(board.seen.rewritten, None);
        assert_eq!(board.record.expect("a record").entries, before.entries);
        assert_eq!(place.wait(who.export_lines(&id)).expect("lines"), lines);
        let others = place.wait(who.hotfixes()).expect("readable");
        for words in [id.as_str(), "read-again", &id.as_str()[..16]] {
            let chosen = who.choose(&others, Some(words));
            assert_eq!(chosen.expect("it is found").as_ref(), Some(&id), "{words}");
        }
        let refused = place.refusal(who, &id, "note \"more\"");
        assert!(refused.contains("in the archive of 2012"), "{refused}");
    }
    let file = place.world.path().join("read-again");
    let written = place.wait(place.ana.export_bundle(&id, &file));
    written.expect("it is written");
    let as_lines = place.world.path().join("read-again.jsonl");
    std::fs::write(&as_lines, &lines).expect("own folder");
    let all = refs(place);
    for file in [&file, &as_lines] {
        let planned = place.wait(place.other.plan_import(file));
        let refused = planned.expect("readable").expect_err("it is there");
        assert!(refused.reasons[0].contains("is in the archive of 2012"));
    }
    assert_eq!(refs(place), all);
}

pub(super) fn raced(place: &Place) {
    let ids = ["raced-1", "raced-2"].map(|slug| closed(place, slug, 2013));
    let plan = planned(place, Some(2013)).expect("two are due");
    let text = "one more".to_owned();
    append(
        place,
        &ids[1],
        Event::NoteAdded { text },
        "2013-05-02T12:00:00Z",
    );
    let before = refs(place);
    let results = place.carry_out(&place.ana, &plan);
    assert_eq!(results[0].outcome.word(), "refused", "{results:?}");
    let why = &results[0].why;
    assert!(
        why.contains(ids[1].as_str()) && why.contains("plan again"),
        "{why}"
    );
    assert!(!why.contains(ids[0].as_str()), "{why}");
    assert_eq!(refs(place), before);
    // Two who archive at once: the second finds that it is done.
    let [mine, theirs] = [(); 2].map(|()| planned(place, Some(2013)).expect("two are due"));
    assert_done(&place.carry_out(&place.other, &theirs));
    let results = place.carry_out(&place.ana, &mine);
    assert_eq!(results[0].outcome.word(), "already", "{results:?}");
    assert_eq!(list(place, 2013).len(), 2);
}

pub(super) fn refused(place: &Place) {
    let id = closed(place, "refused-to-go", 2014);
    let plan = planned(place, Some(2014)).expect("one is due");
    let hook = place.records().join("hooks/update");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("own folder");
    script(
        &hook,
        "case $3 in *[!0]*) ;; *) echo 'records stay here' >&2; exit 1 ;; esac",
    );
    let before = refs(place);
    let results = place.carry_out(&place.ana, &plan);
    if place.is_shared() {
        assert_eq!(results[0].outcome.word(), "refused", "{results:?}");
        for words in [
            "a rule of the remote",
            "records stay here",
            "nothing was archived",
        ] {
            assert!(results[0].why.contains(words), "{results:?}");
        }
        assert_eq!(refs(place), before);
        std::fs::remove_file(&hook).expect("own file");
        archive(place, 2014);
    } else {
        // No hook of its store is ever run.
        assert_done(&results);
        std::fs::remove_file(&hook).expect("own file");
    }
    assert_eq!(place.at(&place.record(&id)), None);
}

/// A colleague who saw the hotfix while it was open, and nothing of it since, misses nothing.
pub(super) fn unalarmed(place: &Place) {
    let id = opened(place, "seen-open");
    place.look(&place.other, &id);
    assert!(is_pinned(place, &place.other, &id));
    close(place, &id, 2015);
    archive(place, 2015);
    for who in [&place.other, &place.ana] {
        let board = place.look(who, &id);
        assert_eq!(board.seen.rewritten, None);
        let progress = board.progress.expect("it is looked at");
        let found = progress.findings.iter().map(|one| one.text.as_str());
        let found: Vec<&str> = found.collect();
        assert!(!found.iter().any(|text| text.contains("gone")), "{found:?}");
        assert!(!is_pinned(place, who, &id), "each look would ask after it");
        assert!(!listed(place, who).contains(&id));
    }
    // What was seen of it stays here all the same.
    let journal = Journal::look(place.other.state_dir()).expect("a journal");
    let kept = journal.shared(&id).expect("readable");
    assert_eq!(
        kept.last().map(|entry| entry.kind.as_str()),
        Some("hotfix.closed")
    );
}

pub(super) fn by_year(place: &Place) {
    let old = [("long-ago", 2016), ("later", 2017)];
    let old = old.map(|(slug, year)| closed(place, slug, year));
    let new = opened(place, "of-this-year");
    place.act(&place.ana, &new, "close --note \"done\"");
    let open = opened(place, "still-open");
    let plan = planned(place, None).expect("two are due");
    let calls: Vec<String> = plan
        .changes
        .iter()
        .map(|change| change.call.to_string())
        .collect();
    assert_eq!(calls.len(), 2, "one archive a year: {calls:?}");
    assert!(
        calls[0].contains(old[0].as_str()) && calls[1].contains(old[1].as_str()),
        "{calls:?}"
    );
    assert_eq!(&plan.hotfix, old.iter().max().expect("two"));
    assert_done(&place.carry_out(&place.ana, &plan));
    for id in [&new, &open] {
        assert!(place.at(&place.record(id)).is_some(), "{id}");
    }
    let nothing = planned(place, None).expect_err("no other is old");
    assert!(
        nothing.reasons[0].starts_with("nothing to do"),
        "{nothing:?}"
    );
    let record = place.look(&place.ana, &new).record.expect("a record");
    let year = record.closed.expect("it is closed").at.year();
    let hint = nothing.hint.unwrap_or_default();
    assert!(hint.contains(&format!("--year {year}")), "{hint}");
    archive(place, year);
    assert_eq!(place.at(&place.record(&new)), None);
    assert!(place.at(&place.record(&open)).is_some());
}

pub(super) fn kept_back(place: &Place) {
    let id = closed(place, "kept-back", 2018);
    let text = "not shared".to_owned();
    let (_, entry) = next(
        place,
        &id,
        Event::NoteAdded { text },
        "2018-05-02T12:00:00Z",
    );
    // The journal has one writer at a time.
    let with_journal = |work: &dyn Fn(&Journal)| {
        let journal = Journal::open(place.ana.state_dir()).expect("a journal");
        work(&journal);
    };
    with_journal(&|journal| journal.put_event(&entry).expect("written"));
    let stays = planned(place, Some(2018)).expect_err("an entry of it is here only");
    assert!(stays.reasons[0].contains("not shared yet"), "{stays:?}");
    with_journal(&|journal| journal.withdraw(&entry.id).expect("written"));
    archive(place, 2018);
    assert_eq!(place.at(&place.record(&id)), None);
}

/// Puts the records of so many hotfixes on the remote, closed long ago; more than anybody would start in a test.
fn many(place: &Place, count: usize) {
    let chains = place.ana.chains();
    let actor = Actor {
        person: Person::from_email("Ana", "ana@example.org"),
        device: "laptop".to_owned(),
    };
    let at: Timestamp = "2019-05-01T12:00:00Z".parse().expect("a time");
    let link = |entry: &Entry| NewLink {
        author: actor.person.clone(),
        at,
        message: entry.message(),
        files: encode(entry),
    };
    let one = |number: usize| {
        let hotfix: HotfixId = format!("20190501-many-{number:06}").parse().expect("an id");
        let entry = |id: &str, event: Event| {
            let id = format!("{id}{number}").parse().expect("an id");
            Entry::new(id, hotfix.clone(), actor.clone(), at, event).expect("small")
        };
        let text = "one".to_owned();
        let first = entry("A", Event::NoteAdded { text });
        let begun = chains.build(None, &link(&first)).expect("it is built");
        let note = "done".to_owned();
        let last = entry("B", Event::Closed { note }).after(&begun, &first);
        let last = last.expect("small");
        let head = chains
            .build(Some(&begun), &link(&last))
            .expect("it is built");
        RefUpdate {
            name: place.record(&hotfix),
            new: Some(head),
            expected: None,
            replaces: false,
        }
    };
    let updates: Vec<RefUpdate> = (0..count).map(one).collect();
    let pushed = place.wait(chains.push_all(&updates));
    let pushed = pushed.expect("the remote is there");
    assert!(pushed.iter().all(|one| *one == Pushed::Done), "{pushed:?}");
}

#[test]
fn more_than_one_commit_can_hold_are_gathered_in_one_push_and_doctor_says_when() {
    let place = Place::new(CarrierKind::Refs);
    let told = || {
        let examined = place.examine("ana").into_iter();
        let mut told = examined.filter(|one| one.what == "archive");
        told.next().map(|one| one.detail)
    };
    assert_eq!(told(), None);
    many(&place, MOST_HEADS + 1);
    let words = format!("{} closed hotfixes keep a ref", MOST_HEADS + 1);
    assert_eq!(told(), Some(words));
    archive(&place, 2019);
    let name = name(&place, 2019);
    let format = ["log", "-2", "--first-parent", "--format=%P", name.as_str()];
    let parents = place.git(&format);
    let counts = parents.lines().map(|line| line.split(' ').count());
    assert_eq!(counts.collect::<Vec<_>>(), [2, MOST_HEADS]);
    assert_eq!(list(&place, 2019).len(), MOST_HEADS + 1);
    let folder = place.ana.chains().carrier().hotfixes();
    let left = place.git(&["for-each-ref", &folder]);
    assert_eq!(left.lines().count(), 1, "{left}");
    assert_eq!(told(), None);
}

#[test]
fn what_was_archived_since_a_plan_is_said_to_be_in_the_archive_and_not_to_be_lost() {
    let place = Place::new(CarrierKind::Refs);
    let id = opened(&place, "archived-since");
    let plan = place.plan(&place.other, &id, "note \"late\"");
    let plan = plan.expect("it is open");
    close(&place, &id, 2020);
    archive(&place, 2020);
    let before = refs(&place);
    let said = match place.wait(place.other.execute(&plan, Arc::new(Silent))) {
        Ok(report) => format!("{:?}", report.results),
        Err(fault) => format!("{fault}; {:?}", fault.hint),
    };
    assert!(said.contains("is in the archive of 2020"), "{said}");
    assert!(!said.contains("restore"), "{said}");
    assert_eq!(refs(&place), before);
}
