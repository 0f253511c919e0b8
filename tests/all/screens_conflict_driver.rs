//! What a merge driver makes of a conflicted path, on the conflict screen: offered there, and taken by a key alone.

use lanekeeper::engine::resolve::Memory;
use lanekeeper::engine::resolve::Saved;
use lanekeeper::engine::resolve::Session;
use lanekeeper::engine::resolve::Whole;
use lanekeeper::model::DriverText;
use lanekeeper::model::Untrusted;

use super::screens::screen;
use super::screens_conflicts::opened;
use super::screens_conflicts::session;
use super::screens_conflicts::with;

const MADE: &str = "made by the driver\n";
const OFFERED: &str = "what the merge driver code makes of it, with 5";
const TAKEN: &str = "taken as the merge driver code made it";

/// A session in which a driver made something of the first path.
fn driven(target: &str) -> Session {
    let mut session = session(target);
    session.files[0].driver = Some(DriverText {
        name: Untrusted::new("code"),
        text: MADE.into(),
    });
    session
}

#[test]
fn what_a_driver_makes_is_offered_for_its_path_and_taken_by_its_key() {
    let mut console = with(driven("integration"), 120, 35);
    let shown = screen(&console, false);
    assert!(shown.contains(OFFERED), "{shown}");
    assert!(shown.contains("5 driver"), "{shown}");
    assert_eq!(opened(&console).count(), (4, 0), "nobody took it");
    console.keys("5");
    let shown = screen(&console, false);
    assert_eq!(opened(&console).count(), (4, 2));
    assert!(shown.contains("=== made by the merge driver"), "{shown}");
    assert!(shown.contains("made by the driver"), "{shown}");
    assert!(!shown.contains(OFFERED), "{shown}");
    console.keys("u");
    assert_eq!(opened(&console).count(), (4, 0));
    assert!(screen(&console, false).contains(OFFERED));
    // The next path has none.
    console.keys("N");
    let shown = screen(&console, false);
    assert!(!shown.contains(OFFERED), "{shown}");
    assert!(!shown.contains("5 driver"), "{shown}");
    console.keys("5");
    assert_eq!(opened(&console).count(), (4, 0));
    let reason = screen(&console, false);
    assert!(
        reason.contains("there is nothing that a trusted merge driver makes of it"),
        "{reason}"
    );
}

#[test]
fn what_a_driver_made_is_told_so_wherever_the_decision_comes_from_and_markers_in_it_are_refused() {
    let mut first = driven("uat");
    first.choose_driver(0);
    assert_eq!(first.files[0].decided().expect("decided").how, TAKEN);
    // Kept and found again, with the driver and without it.
    let saved = Saved::of(&first);
    for (mut again, words) in [(driven("uat"), TAKEN), (session("uat"), "edited")] {
        saved.restore(&mut again);
        assert_eq!(again.files[0].decided().expect("decided").how, words);
    }
    let mut memory = Memory::default();
    memory.learn(&first);
    let mut next = driven("integration");
    assert_eq!(memory.offer(&mut next), 1);
    let offered = next.files[0].whole.shown().expect("an offer");
    assert_eq!(next.files[0].words_of(offered), TAKEN);
    assert_eq!(next.count().1, 0, "it waits for a yes");
    // A path of which no driver made anything stays as it is.
    next.choose_driver(1);
    assert_eq!(next.files[1].whole.shown(), None);
    let mut marked = driven("uat");
    let text = "<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n";
    marked.files[0].driver = Some(DriverText {
        name: Untrusted::new("code"),
        text: text.into(),
    });
    marked.choose_driver(0);
    assert_eq!(
        marked.files[0].whole.decided(),
        Some(&Whole::Text(text.into()))
    );
    assert!(!marked.files[0].is_decided());
}
