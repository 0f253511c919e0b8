//! What was not seen is not gone: a copy that the disk does not show, and one into which nothing was fetched.

use std::collections::BTreeMap;

use lanekeeper::git::Chains;
use lanekeeper::git::Error;
use lanekeeper::git::NewLink;
use lanekeeper::model::Carrier;

use super::at;
use super::ben;
use super::fetched;
use super::name;
use super::own;
use super::snapshot;
use super::wait;
use crate::support::repository::World;

#[test]
fn a_copy_that_the_disk_does_not_show_is_not_taken_for_a_broken_one() {
    let world = World::empty();
    world.write("app.txt", "one\n");
    world.commit("one");
    drop(fetched(&world));
    let config = world.own().join("config");
    let aside = world.own().join("config.aside");
    std::fs::rename(&config, &aside).expect("own folder");
    // Reading it fails, and not because it is not there.
    std::os::unix::fs::symlink("config", &config).expect("own folder");
    let before = snapshot(&world.own());
    assert!(matches!(
        own(&world, &world.clone()),
        Err(Error::Disk { .. })
    ));
    assert_eq!(snapshot(&world.own()), before, "it was made anew");
    std::fs::rename(&aside, &config).expect("own folder");
    let repo = own(&world, &world.clone()).expect("whole again");
    repo.resolve("main").expect("as it was fetched");
}

#[test]
fn what_a_copy_lacks_is_gone_only_after_a_fetch_into_it() {
    let world = World::empty();
    world.write("app.txt", "one\n");
    world.commit("one");
    world.push();
    let told = || {
        let repo = own(&world, &world.clone()).expect("own repository");
        let chains = Chains::within(&repo, Carrier::default());
        let told = chains.told(|chains| chains.head(&name("refs/lanekeeper/v1/hotfixes/x")));
        told.expect("readable")
    };
    assert_eq!(told(), (None, false));
    let away = world.path().join("away");
    std::fs::rename(world.origin(), &away).expect("own folder");
    let repo = own(&world, &world.clone()).expect("own repository");
    wait(repo.fetch()).expect_err("nobody answers");
    assert_eq!(told(), (None, false));
    std::fs::rename(&away, world.origin()).expect("own folder");
    wait(repo.fetch()).expect("the remote is there");
    assert_eq!(told(), (None, true));
    // Between two steps of whoever makes it anew there is nothing.
    let repo = own(&world, &world.clone()).expect("own repository");
    let chains = Chains::within(&repo, Carrier::default());
    std::fs::remove_dir_all(world.own()).expect("own folder");
    let told_then = chains.told(|chains| chains.head(&name("refs/lanekeeper/v1/hotfixes/x")));
    assert!(!matches!(told_then, Ok((_, true))), "{told_then:?}");
    assert_eq!(told(), (None, false));
}

#[test]
fn an_object_that_cannot_be_read_is_told_from_one_that_is_not_there() {
    let world = World::empty();
    let files = BTreeMap::from([("event.json".to_owned(), b"{}".to_vec())]);
    let link = NewLink {
        author: ben(),
        at: at(),
        message: "note".into(),
        files,
    };
    let made = own(&world, &world.clone()).expect("own repository");
    let head = made.chain_build(None, &link).expect("link");
    let (folder, file) = head.as_str().split_at(2);
    let path = world.own().join("objects").join(folder).join(file);
    // Another handle each time: what was read once is remembered.
    let read = || {
        let repo = own(&world, &world.clone()).expect("own repository");
        repo.chain_read(&head, None)
    };
    read().expect("as it was made");
    std::fs::remove_file(&path).expect("a file of its own");
    assert!(matches!(read(), Err(Error::NoSuchObject { .. })));
    std::fs::write(&path, "garbage").expect("own folder");
    assert!(matches!(read(), Err(Error::Unreadable { .. })));
}
