//! The disk is full: what cannot be written down first is not sent (safety.md F12).

use crate::cli::project::Answer;
use crate::crash;

/// Runs the binary where no file may grow beyond `kib`: a full disk as far as the journal can tell.
fn with_little_room(project: &crate::cli::project::Project, kib: u32, words: &[&str]) -> Answer {
    let binary = project.binary("ana");
    let program = binary.get_program().to_owned();
    let mut shell = project.shell_command("ana");
    // In `sh` a block is 512 bytes. Without the trap the first write too much would end the process.
    shell
        .arg(format!("trap '' XFSZ; ulimit -f {}; exec \"$@\"", kib * 2))
        .arg("sh")
        .arg(program)
        .args(words);
    Answer::new(&shell.output().expect("sh runs"))
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    let project = crash::before(1);
    let before = project.git("origin.git", &["for-each-ref"]);
    for words in [&["do", "change", "--yes"][..], &["note", "told"]] {
        let answer = with_little_room(&project, 8, words);
        assert_eq!(answer.code, 1, "{}\n{}", answer.out, answer.notes);
        answer.says(&["journal", "Nothing was sent"]);
        assert_eq!(
            project.git("origin.git", &["for-each-ref"]),
            before,
            "{words:?}"
        );
    }
    // Looking needs no room.
    let answer = with_little_room(&project, 8, &["status"]);
    assert_eq!(answer.code, 0, "{}\n{}", answer.out, answer.notes);
    project.run("ana", &["do", "change", "--yes"]).ends(0);
}

#[test]
fn a_full_disk_here_is_not_taken_for_a_remote_that_takes_no_record() {
    let project = crash::before(1);
    // What the remote has is here: nothing of it has to be written.
    project.run("ana", &["status"]).ends(0);
    let answer = with_little_room(&project, 0, &["doctor"]);
    let answer = answer.says(&["cannot make a commit to probe with", "Free disk space"]);
    for word in ["takes no record", "carrier notes", "tracing-subscriber"] {
        assert!(
            !answer.out.contains(word) && !answer.notes.contains(word),
            "{word}\n{}\n{}",
            answer.out,
            answer.notes
        );
    }
}
