//! What was not seen is not gone: the copy of the remote is lost while nobody can ask the remote.

use std::path::Path;
use std::path::PathBuf;

use crate::cli::project::Project;

use super::name;
use super::offline::offline;
use super::with_notes;

/// Returns the copies of the remote that the consoles have.
fn copies(project: &Project) -> Vec<PathBuf> {
    let states = std::fs::read_dir(project.path("state/lanekeeper")).expect("made by a run");
    let copies = states.map(|state| state.expect("readable").path().join("repo"));
    let copies: Vec<PathBuf> = copies.filter(|copy| copy.is_dir()).collect();
    assert!(!copies.is_empty(), "there was nothing to lose");
    copies
}

/// Removes them, as whoever cleans up caches may; everything else of the state stays.
fn without_copies(project: &Project) {
    for copy in copies(project) {
        std::fs::remove_dir_all(copy).expect("own folder");
    }
}

#[test]
fn a_copy_that_is_lost_while_the_remote_is_away_is_no_alarm_and_a_record_that_is_gone_still_is() {
    let (project, id) = with_notes(&["one"]);
    without_copies(&project);
    offline(&project, || {
        // The first look makes the copy anew, the second finds it there.
        for _look in 0..2 {
            let told = project.run("ana", &["status", &id]);
            let told = told.says(&["cannot see the remote"]);
            for alarm in ["is gone", "rewritten", "forge-head"] {
                let said = [&told.out, &told.notes];
                assert!(
                    !said.iter().any(|text| text.contains(alarm)),
                    "{alarm}: {} {}",
                    told.out,
                    told.notes
                );
            }
        }
    });
    project.git("origin.git", &["update-ref", "-d", &name(&id)]);
    project
        .run("ana", &["status", &id])
        .ends(0)
        .says(&["is gone from the remote"]);
}

#[test]
fn an_object_that_our_copy_cannot_read_is_no_alarm() {
    let (project, id) = with_notes(&["one", "two", "three"]);
    // What was made here lies in a file of its own.
    let older = project.git("origin.git", &["rev-parse", &format!("{}~2", name(&id))]);
    let object = format!("objects/{}/{}", &older[..2], &older[2..]);
    let ways: [fn(&Path); 3] = [
        |_removed| (),
        |path| std::fs::write(path, "garbage").expect("own folder"),
        |path| std::fs::create_dir(path).expect("own folder"),
    ];
    for harm in ways {
        without_copies(&project);
        project.run("ana", &["status", &id]).ends(0);
        for copy in copies(&project) {
            loosen(&project, &copy);
            let path = copy.join(&object);
            std::fs::remove_file(&path).expect("it lies in a file of its own");
            harm(&path);
        }
        let told = project.run("ana", &["status", &id]);
        let told = told.says(&["cannot read the record"]);
        let said = format!("{}{}", told.out, told.notes);
        assert!(!said.contains("last seen"), "{said}");
        assert!(!said.contains("lanekeeper restore"), "{said}");
    }
    without_copies(&project);
    project.run("ana", &["status", &id]).ends(0);
}

/// Puts every object of a copy into a file of its own, as the few of a small fetch are.
fn loosen(project: &Project, copy: &Path) {
    let copy = copy.display();
    let line = format!(
        "for pack in '{copy}'/objects/pack/*.pack; do test -e \"$pack\" || continue; \
         mv \"$pack\" '{copy}'/loosened && rm -f \"${{pack%.pack}}\".* && \
         git --git-dir='{copy}' unpack-objects -q < '{copy}'/loosened && \
         rm -f '{copy}'/loosened; done"
    );
    project.shell("ana", &line);
}

#[test]
fn a_record_that_nobody_can_read_does_not_stop_who_never_saw_it() {
    let (project, id) = with_notes(&["one"]);
    let tip = project.git("origin.git", &["rev-parse", "main"]);
    let other = "20260412-checkout-null-7f3a9c";
    project.git("origin.git", &["update-ref", &name(other), &tip]);
    project.run("ana", &["status", &id]).ends(0).says(&[
        "cannot read the record of",
        other,
        "never seen whole here",
    ]);
    project.run("ana", &["lanes"]).ends(0).says(&[&id]);
    project
        .run("ana", &["note", "two", "--hotfix", &id])
        .ends(0);
}
