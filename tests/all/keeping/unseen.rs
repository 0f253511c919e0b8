//! What was not seen is not gone: the copy of the remote is lost while nobody can ask the remote.

use crate::cli::project::Project;

use super::name;
use super::offline::offline;
use super::with_notes;

/// Removes the copies of the remote, as whoever cleans up caches may; everything else of the state stays.
fn without_copies(project: &Project) {
    let states = std::fs::read_dir(project.path("state/lanekeeper")).expect("made by a run");
    let copies = states.map(|state| state.expect("readable").path().join("repo"));
    let copies: Vec<_> = copies.filter(|copy| copy.is_dir()).collect();
    assert!(!copies.is_empty(), "there was nothing to lose");
    for copy in copies {
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
