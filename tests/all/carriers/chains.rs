//! Chains and pairs of refs, through the one door that a carrier is.

use std::collections::BTreeMap;

use lanekeeper::git::Error;
use lanekeeper::git::NewLink;
use lanekeeper::git::Pushed;
use lanekeeper::git::RefUpdate;
use lanekeeper::model::CarrierKind;
use lanekeeper::model::CommitId;
use lanekeeper::model::RefName;
use lanekeeper::ops::Workspace;

use super::place::Place;
use super::place::link;
use super::place::texts;
use crate::support::repository::script;

fn push(
    place: &Place,
    who: &Workspace,
    name: &RefName,
    head: &CommitId,
    seen: Option<&CommitId>,
) -> Pushed {
    let pushed = place.wait(who.chains().push(name, head, seen));
    pushed.expect("the remote is there")
}

fn push_all(place: &Place, who: &Workspace, updates: &[RefUpdate]) -> Vec<Pushed> {
    let pushed = place.wait(who.chains().push_all(updates));
    pushed.expect("the remote is there")
}

fn update(name: &RefName, new: Option<&CommitId>, expected: Option<&CommitId>) -> RefUpdate {
    RefUpdate {
        name: name.clone(),
        new: new.cloned(),
        expected: expected.cloned(),
        replaces: false,
    }
}

fn build(who: &Workspace, parent: Option<&CommitId>, text: &str) -> CommitId {
    let built = who.chains().build(parent, &link(text));
    built.expect("it is built")
}

fn fetch(place: &Place, who: &Workspace, name: &RefName) -> Option<CommitId> {
    let head = place.wait(who.chains().fetch(name));
    head.expect("the remote is there")
}

pub(super) fn made(place: &Place) {
    let prefix = place.ana.chains().carrier().prefix.to_string();
    let expected = match place.kind {
        CarrierKind::Refs | CarrierKind::Local => "refs/lanekeeper/v1",
        CarrierKind::Notes => "refs/notes/lanekeeper/v1",
        CarrierKind::Repository | CarrierKind::Branches => "refs/heads/lanekeeper-record/v1",
    };
    assert_eq!(prefix, expected);
    let (name, links) = place.chain(1);
    assert_eq!(place.at(&name).as_ref(), links.last());
    // And nowhere else.
    if place.records() != place.world.origin() {
        assert_eq!(place.world.remote_id(name.as_str()), None);
    }
}

pub(super) fn not_twice(place: &Place) {
    let (name, links) = place.chain(1);
    let other = build(&place.other, None, "another beginning");
    assert_eq!(
        push(place, &place.other, &name, &other, None),
        Pushed::Stale
    );
    assert_eq!(place.at(&name), Some(links[0].clone()));
}

pub(super) fn appended(place: &Place) {
    let (name, links) = place.chain(3);
    let next = build(&place.ana, links.last(), "the next");
    assert_eq!(
        push(place, &place.ana, &name, &next, links.last()),
        Pushed::Done
    );
    let head = fetch(place, &place.other, &name).expect("it is there");
    assert_eq!(head, next);
    let told = texts(place.other.chains(), &head);
    assert_eq!(told.len(), 4);
    assert_eq!(told[3], "the next");
}

pub(super) fn stale(place: &Place) {
    let (name, links) = place.chain(1);
    let base = fetch(place, &place.other, &name);
    assert_eq!(base.as_ref(), links.last());
    let ours = build(&place.ana, base.as_ref(), "ours");
    let theirs = build(&place.other, base.as_ref(), "theirs");
    assert_eq!(
        push(place, &place.ana, &name, &ours, base.as_ref()),
        Pushed::Done
    );
    assert_eq!(
        push(place, &place.other, &name, &theirs, base.as_ref()),
        Pushed::Stale
    );
    assert_eq!(place.at(&name), Some(ours));
}

pub(super) fn behind(place: &Place) {
    let (name, links) = place.chain(1);
    let won = build(&place.ana, links.last(), "won");
    assert_eq!(
        push(place, &place.ana, &name, &won, links.last()),
        Pushed::Done
    );
    let fresh = fetch(place, &place.other, &name);
    let behind = build(&place.other, fresh.as_ref(), "lost first");
    assert_eq!(
        push(place, &place.other, &name, &behind, fresh.as_ref()),
        Pushed::Done
    );
    assert_eq!(
        texts(place.other.chains(), &behind)[1..],
        ["won", "lost first"]
    );
}

pub(super) fn repeated(place: &Place) {
    let (name, links) = place.chain(1);
    let next = build(&place.ana, links.last(), "once");
    for expected in [Pushed::Done, Pushed::UpToDate] {
        assert_eq!(
            push(place, &place.ana, &name, &next, links.last()),
            expected
        );
    }
    assert_eq!(texts(place.ana.chains(), &next).len(), 2);
}

pub(super) fn deterministic(place: &Place) {
    let one = build(&place.ana, None, "the same");
    assert_eq!(build(&place.other, None, "the same"), one);
    assert_eq!(build(&place.ana, None, "the same"), one);
    assert_ne!(build(&place.ana, None, "another"), one);
}

pub(super) fn rewind(place: &Place) {
    let (name, links) = place.chain(2);
    let back = place
        .wait(place.ana.chains().push(&name, &links[0], links.last()))
        .expect_err("it would lose a link");
    assert!(matches!(back, Error::WouldRewind { .. }), "{back}");
    assert_eq!(place.at(&name).as_ref(), links.last());
}

pub(super) fn merged(place: &Place) {
    let (name, links) = place.chain(2);
    let tree = format!("{}^{{tree}}", links[1]);
    let merge = place.git(&[
        "commit-tree",
        "-m",
        "merge",
        "-p",
        links[0].as_str(),
        "-p",
        links[1].as_str(),
        &tree,
    ]);
    place.git(&["update-ref", name.as_str(), &merge]);
    let head = fetch(place, &place.ana, &name).expect("it is there");
    let read = place.ana.chains().read(&head, None);
    assert!(matches!(read, Err(Error::NotLinear { .. })), "{read:?}");
}

pub(super) fn rewritten(place: &Place) {
    let (name, links) = place.chain(2);
    let other = build(&place.ana, links.first(), "another second");
    let replaced = RefUpdate {
        replaces: true,
        ..update(&name, Some(&other), links.last())
    };
    assert_eq!(push_all(place, &place.ana, &[replaced]), [Pushed::Done]);
    let head = fetch(place, &place.other, &name).expect("it is there");
    let read = place.other.chains().read(&head, links.last());
    assert!(matches!(read, Err(Error::NotLinear { .. })), "{read:?}");
}

pub(super) fn together(place: &Place) {
    let (first, second) = (place.fresh(), place.fresh());
    let at = build(&place.ana, None, "both");
    let both = [
        update(&first, Some(&at), None),
        update(&second, Some(&at), None),
    ];
    assert_eq!(
        push_all(place, &place.ana, &both),
        [Pushed::Done, Pushed::Done]
    );
    assert_eq!(place.at(&first), place.at(&second));
    assert_eq!(place.at(&first), Some(at));
}

pub(super) fn or_none(place: &Place) {
    let (there, links) = place.chain(1);
    let new = place.fresh();
    let next = build(&place.other, None, "one of two");
    // The second believes that the chain is not there yet.
    let both = [
        update(&new, Some(&next), None),
        update(&there, Some(&next), None),
    ];
    let pushed = push_all(place, &place.other, &both);
    assert!(pushed.iter().all(|one| *one == Pushed::Stale), "{pushed:?}");
    assert_eq!(place.at(&new), None);
    assert_eq!(place.at(&there).as_ref(), links.last());
}

pub(super) fn gone_or_none(place: &Place) {
    let (there, links) = place.chain(2);
    let new = place.fresh();
    let pair = |expected: &CommitId| {
        [
            update(&there, None, Some(expected)),
            update(&new, Some(&links[0]), None),
        ]
    };
    let pushed = push_all(place, &place.ana, &pair(&links[0]));
    assert!(pushed.iter().all(|one| *one == Pushed::Stale), "{pushed:?}");
    assert_eq!(place.at(&there).as_ref(), links.last());
    assert_eq!(place.at(&new), None);
    let pushed = push_all(place, &place.ana, &pair(&links[1]));
    assert_eq!(pushed, [Pushed::Done, Pushed::Done]);
    assert_eq!(place.at(&there), None);
    assert_eq!(place.at(&new), Some(links[0].clone()));
}

pub(super) fn stale_delete(place: &Place) {
    let (name, links) = place.chain(1);
    let next = build(&place.ana, links.last(), "meanwhile");
    assert_eq!(
        push(place, &place.ana, &name, &next, links.last()),
        Pushed::Done
    );
    let gone = push_all(place, &place.other, &[update(&name, None, links.last())]);
    assert_eq!(gone, [Pushed::Stale]);
    assert_eq!(place.at(&name), Some(next));
}

pub(super) fn batch(place: &Place) {
    let (name, links) = place.chain(20);
    assert_eq!(place.at(&name).as_ref(), links.last());
    let head = fetch(place, &place.other, &name).expect("it is there");
    let told = texts(place.other.chains(), &head);
    let expected: Vec<String> = (0..20).map(|number| format!("{name} {number}")).collect();
    assert_eq!(told, expected);
}

pub(super) fn bytes(place: &Place) {
    let name = place.fresh();
    let files = BTreeMap::from([
        ("event.json".to_owned(), b"{\"v\":1}".to_vec()),
        ("att/log".to_owned(), vec![0, 255, b'\r', b'\n', 27]),
        ("v1".to_owned(), Vec::new()),
    ]);
    let new = NewLink {
        files: files.clone(),
        ..link("")
    };
    let at = place.ana.chains().build(None, &new).expect("it is built");
    assert_eq!(push(place, &place.ana, &name, &at, None), Pushed::Done);
    let head = fetch(place, &place.other, &name).expect("it is there");
    let read = place.other.chains().read(&head, None).expect("a chain");
    assert_eq!(read[0].files, files);
    assert_eq!((&read[0].author, read[0].at), (&new.author, new.at));
}

pub(super) fn mark(place: &Place) {
    let (name, _) = place.chain(2);
    let record = place.record(&place.hotfix);
    for name in [&name, &record] {
        let subjects = place.git(&["log", "--format=%s", name.as_str()]);
        let is_marked = match place.kind {
            CarrierKind::Repository | CarrierKind::Branches => true,
            CarrierKind::Refs | CarrierKind::Notes | CarrierKind::Local => false,
        };
        for subject in subjects.lines() {
            assert_eq!(subject.ends_with(" [skip ci]"), is_marked, "{subject}");
        }
    }
}

/// A server that takes none was pushed to in every case before; here is one that takes some.
pub(super) fn options(place: &Place) {
    let seen = place.world.path().join("options");
    let hook = place.records().join("hooks/pre-receive");
    std::fs::create_dir_all(hook.parent().expect("a folder")).expect("own folder");
    script(
        &hook,
        &format!(
            "echo \"${{GIT_PUSH_OPTION_COUNT:-0}} $GIT_PUSH_OPTION_0\" > {}",
            seen.display()
        ),
    );
    place.git(&["config", "receive.advertisePushOptions", "true"]);
    // What a console knows of a server it asks it anew at the next start.
    let name = if place.is_shared() { "ben" } else { "ana" };
    let other = place.console(name);
    let at = build(&other, None, "with options");
    assert_eq!(push(place, &other, &place.fresh(), &at, None), Pushed::Done);
    let told = std::fs::read_to_string(&seen).unwrap_or_default();
    let expected = match place.kind {
        CarrierKind::Repository | CarrierKind::Branches => "1 ci.skip\n",
        CarrierKind::Refs | CarrierKind::Notes => "0 \n",
        // No hook of its store is ever run.
        CarrierKind::Local => "",
    };
    assert_eq!(told, expected);
    place.git(&["config", "--unset", "receive.advertisePushOptions"]);
    std::fs::remove_file(&hook).expect("own file");
}

pub(super) fn listed(place: &Place) {
    let (name, links) = place.chain(1);
    let listed = place.wait(place.other.chains().list());
    let listed = listed.expect("the remote is there");
    assert_eq!(listed.get(&name), links.last());
    let record = place.record(&place.hotfix);
    assert!(listed.contains_key(&record), "{listed:?}");
    let folder = place.ana.chains().carrier().folder();
    assert!(
        listed.keys().all(|name| name.as_str().starts_with(&folder)),
        "{listed:?}"
    );
}

pub(super) fn brought(place: &Place) {
    let (name, links) = place.chain(2);
    place.look(&place.other, &place.hotfix);
    let head = place.other.chains().head(&name).expect("readable");
    assert_eq!(head.as_ref(), links.last());
}

pub(super) fn forgotten(place: &Place) {
    let (name, _) = place.chain(1);
    assert!(fetch(place, &place.other, &name).is_some());
    place.git(&["update-ref", "-d", name.as_str()]);
    assert_eq!(fetch(place, &place.other, &name), None);
    let (name, _) = place.chain(1);
    place.look(&place.other, &place.hotfix);
    place.git(&["update-ref", "-d", name.as_str()]);
    place.look(&place.other, &place.hotfix);
    assert_eq!(place.other.chains().head(&name).expect("readable"), None);
}
