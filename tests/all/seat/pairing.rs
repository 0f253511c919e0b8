//! Two consoles on one hotfix: what one does the other hears, who is here, where they look, who is spoken to.

use lanekeeper::engine::Board;
use lanekeeper::engine::Level;
use lanekeeper::ops::Heard;
use lanekeeper::ops::Workspace;
use lanekeeper::tui::app::News;
use lanekeeper::tui::app::Options;
use lanekeeper::tui::app::Overlay;
use lanekeeper::tui::app::company;
use lanekeeper::tui::app::drivers;
use lanekeeper::tui::app::looks_at;

use super::crew::Crew;
use crate::screens::screens_console::Console;

fn listen(crew: &Crew, who: &Workspace, looks_at: &str) -> Heard {
    let heard = crew.team.wait(who.listen(&crew.hotfix, looks_at));
    heard.expect("the remote is there")
}

fn names(heard: &Heard) -> Vec<String> {
    let here = heard.present.iter().filter(|one| !one.is_away);
    here.map(|one| format!("{} {}", one.person.show(), one.looks_at))
        .collect()
}

fn board(crew: &Crew, who: &Workspace) -> Board {
    let looked = crew.team.wait(who.look(Some(&crew.hotfix)));
    looked.expect("a look")
}

#[test]
fn what_one_console_does_the_other_hears_by_listing_refs() {
    let crew = Crew::new();
    crew.look(&crew.ana);
    crew.look(&crew.ben);
    assert!(!listen(&crew, &crew.ana, "").has_moved);
    crew.act(&crew.ben, "note \"@ana can you look at the lanes?\"");
    assert!(listen(&crew, &crew.ana, "").has_moved);
    crew.look(&crew.ana);
    assert!(!listen(&crew, &crew.ana, "").has_moved);
}

#[test]
fn each_sees_who_else_is_here_and_where_they_look_until_they_leave() {
    let crew = Crew::new();
    assert_eq!(
        names(&listen(&crew, &crew.ana, "step promote")),
        Vec::<String>::new()
    );
    assert_eq!(names(&listen(&crew, &crew.ben, "")), ["Ana step promote"]);
    assert_eq!(names(&listen(&crew, &crew.ana, "step verify")), ["Ben "]);
    assert_eq!(names(&listen(&crew, &crew.ben, "")), ["Ana step verify"]);
    // Who is silent for long is away, though nobody said so.
    crew.pass(301);
    assert_eq!(names(&listen(&crew, &crew.ben, "")), Vec::<String>::new());
    assert_eq!(names(&listen(&crew, &crew.ana, "step verify")), ["Ben "]);
    assert_eq!(names(&listen(&crew, &crew.ben, "")), ["Ana step verify"]);
    crew.team.wait(crew.ana.leave());
    assert_eq!(listen(&crew, &crew.ben, "").present, Vec::new());
}

#[test]
fn whoever_is_alone_writes_once_and_then_only_listens() {
    let crew = Crew::new();
    listen(&crew, &crew.ana, "step promote");
    let before = crew.team.refs();
    for selected in ["step verify", "step run", ""] {
        crew.pass(3);
        listen(&crew, &crew.ana, selected);
    }
    assert_eq!(crew.team.refs(), before);
}

#[test]
fn a_driver_who_listens_stays_the_driver() {
    let crew = Crew::new();
    crew.act(&crew.ana, "drive");
    for _ in 0..3 {
        crew.pass(20);
        listen(&crew, &crew.ana, "");
    }
    let log = crew.log();
    let renewals = log.iter().filter(|line| line.ends_with("lock.renew"));
    assert_eq!(renewals.count(), 3, "{log:?}");
}

/// Opens a console's screen on a board.
fn screen(crew: &Crew, board: Board) -> Console {
    let options = Options {
        hotfix: Some(crew.hotfix.clone()),
        ..Options::default()
    };
    Console::with(options, board, 200, 60)
}

fn header(console: &Console) -> String {
    let lines = drivers(&console.app)
        .into_iter()
        .chain(company(&console.app));
    lines
        .map(|line| line.text())
        .collect::<Vec<_>>()
        .join(" | ")
}

#[test]
fn the_screen_tells_who_drives_what_colleagues_did_and_what_was_said_to_me() {
    let crew = Crew::new();
    let mut console = screen(&crew, board(&crew, &crew.ana));
    assert_eq!(header(&console), "");
    crew.act(&crew.ben, "drive");
    crew.act(&crew.ben, "note \"@ana the fix is in preprod\"");
    console.board = board(&crew, &crew.ana);
    console.news(News::RefsMoved);
    assert_eq!(
        header(&console),
        "Ben drives production (epoch 1) | 1 note for you"
    );
    let told: Vec<&str> = console
        .app
        .log
        .entries
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    let told = told.join("\n");
    assert!(
        told.contains("Ben: note: @ana the fix is in preprod"),
        "{told}"
    );
    assert!(told.contains("driver"), "{told}");
    let status = console.app.status.as_ref().expect("it is said aloud");
    assert!(
        status.text.starts_with("for you: Ben: note"),
        "{}",
        status.text
    );
    // An answer of mine takes the count back.
    crew.act(&crew.ana, "note \"@ben thanks\"");
    console.board = board(&crew, &crew.ana);
    console.news(News::RefsMoved);
    assert_eq!(header(&console), "Ben drives production (epoch 1)");
}

#[test]
fn following_moves_my_selection_with_theirs() {
    let crew = Crew::new();
    listen(&crew, &crew.ben, "step run");
    let mut console = screen(&crew, board(&crew, &crew.ana));
    let hear = |console: &mut Console| {
        let present = listen(&crew, &crew.ana, &looks_at(&console.app)).present;
        console.news(News::Heard {
            hotfix: crew.hotfix.clone(),
            present,
        });
    };
    hear(&mut console);
    assert_eq!(header(&console), "with Ben at step run");
    console.keys("F");
    assert_eq!(looks_at(&console.app), "step run");
    assert_eq!(header(&console), "follows Ben at step run");
    listen(&crew, &crew.ben, "step promote");
    hear(&mut console);
    assert_eq!(looks_at(&console.app), "step promote");
    crew.team.wait(crew.ben.leave());
    hear(&mut console);
    assert_eq!(header(&console), "");
    let status = console.app.status.as_ref().expect("it is said");
    assert!(status.text.contains("has left"), "{}", status.text);
}

#[test]
fn the_takeover_screen_says_what_it_cannot_do_and_asks_for_the_name() {
    let crew = Crew::new();
    crew.act(&crew.ana, "drive");
    crew.look(&crew.ben);
    crew.pass(90);
    let mut console = screen(&crew, board(&crew, &crew.ben));
    console.keys("R t");
    console.type_text("ana is offline");
    console.keys("Ctrl-S");
    let Some(Overlay::Plan(screen)) = console.app.overlays.last() else {
        panic!("{:?}", console.app.overlays);
    };
    let plan = &screen.plan;
    assert_eq!(plan.level, Level::L4);
    let facts: Vec<&str> = plan.facts.iter().map(|fact| fact.text.as_str()).collect();
    assert!(
        facts
            .join("\n")
            .contains("the forge's own pages ask no seat"),
        "{facts:?}"
    );
    let call = plan.changes[0].call.to_string();
    assert!(
        call.starts_with("lock.takeover production (lock "),
        "{call}"
    );
    assert!(call.ends_with(", epoch 2: \"ana is offline\""), "{call}");
}
