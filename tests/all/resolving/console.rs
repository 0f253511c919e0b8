//! The conflict screen in a real pseudo terminal: decided, killed, taken up again, merged by a tool that has the
//! terminal meanwhile, finished.

use std::process::Command;

use rustix::process::Signal;

use super::super::cli::project::Project;
use super::super::screens_pty::Session;
use super::super::support::repository::script;
use super::rounds::BACKPORT;
use super::rounds::branch;
use super::rounds::two_picks;
use super::with;

/// The console of Ana, whose merge tool asks for a line.
fn console(project: &Project) -> Session {
    let tool = project.path("tool");
    if !tool.exists() {
        script(
            &tool,
            "echo 'the tool has the terminal'\n\
             read -r line\n\
             printf 'one\\n%s\\nthree\\n' \"$line\" > \"$1\"",
        );
        let own = format!(
            "[merge]\n\ttool = own\n[mergetool \"own\"]\n\tcmd = {} \\\"$MERGED\\\"\n\ttrustExitCode = true\n",
            tool.display()
        );
        std::fs::write(project.path("gitconfig"), own).expect("own folder");
    }
    let mut command: Command = project.binary("ana");
    command.env("GIT_CONFIG_GLOBAL", project.path("gitconfig"));
    command.env("LANG", "C.UTF-8");
    Session::of(&command)
}

/// Opens the conflicts and waits until so much is decided.
fn open(session: &mut Session, done: &str) {
    session.until("2 Checklist");
    session.until("conflicted path");
    session.send("c");
    session.until(done);
}

#[test]
fn a_killed_console_finds_its_decisions_and_a_merge_tool_gets_the_terminal_and_gives_it_back() {
    let project = two_picks();
    let mut session = console(&project);
    open(&mut session, "0 of 1 done");
    session.send("3");
    session.until("1 of 1 done");
    // Kept beside the screen: seen from outside before the console is killed.
    let kept = || {
        let words = with(&BACKPORT, &["--json"]);
        project.run("ana", &words).json()["done"] == 1
    };
    assert!((0..100).any(|_| kept()), "the decision is never kept");
    session.signal(Signal::KILL);
    session.ended();

    let team = std::fs::read_to_string(project.path("ana/lanekeeper.toml")).expect("the team's");
    let unit = "\n[[check]]\nname = \"unit\"\ncommand = [\"grep\", \"-q\", \"by hand\", \"cart.rs\"]\nlanes = [\"integration\"]\n";
    project.write("ana/lanekeeper.toml", &(team + unit));
    project.run("ana", &["trust", "--yes"]).ends(0);
    let mut session = console(&project);
    open(&mut session, "1 of 2 done");
    session.until("round 2/2");
    let raw = session.modes();
    session.send("M");
    session.until("the tool has the terminal");
    assert_eq!(session.modes(), session.modes_before);
    session.send("by hand\r");
    session.until("2 of 2 done");
    session.until("taken from your merge tool");
    assert_eq!(session.modes(), raw);
    session.send("t");
    session.until("checked:  unit passed");
    session.send("F");
    session.until("resolve 1 conflicted path for integration");
    session.send("\x03");
    session.until("2 of 2 done");
    session.send("q");
    session.until("2 of 2 decided, kept");
    session.send("q");
    assert_eq!(session.ended().0, 0);

    // What was decided on the screen is finished by words.
    project
        .run("ana", &with(&BACKPORT, &["--finish", "--yes"]))
        .ends(0);
    let file = format!("{}:cart.rs", branch(&project));
    let text = project.git("origin.git", &["show", &file]);
    assert_eq!(text, "one\nby hand\nthree");
}

#[test]
fn ctrl_c_at_the_question_after_checks_is_a_no() {
    let project = two_picks();
    let team = std::fs::read_to_string(project.path("ana/lanekeeper.toml")).expect("the team's");
    let unit = "\n[[check]]\nname = \"unit\"\ncommand = [\"true\"]\nlanes = [\"integration\"]\n";
    project.write("ana/lanekeeper.toml", &(team + unit));
    project.run("ana", &["trust", "--yes"]).ends(0);
    let before = project.git("origin.git", &["for-each-ref"]);
    // With checks before the question, and without.
    let finish = with(&BACKPORT, &["--take", "cart.rs=fix", "--finish"]);
    for words in [with(&finish, &["--test"]), finish] {
        let mut command = project.binary("ana");
        command.env("LANG", "C.UTF-8").args(&words);
        let mut session = Session::of(&command);
        session.until("Carry it out? [y/N]");
        session.send("\x03");
        let (code, _) = session.ended();
        let shown = String::from_utf8_lossy(session.bytes()).into_owned();
        assert_eq!(code, 3, "{shown}");
        assert!(shown.contains("Nothing was changed."), "{shown}");
        assert_eq!(project.git("origin.git", &["for-each-ref"]), before);
    }
}
