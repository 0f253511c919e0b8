//! A fake forge that stays, to try the console on by hand:
//!
//! ```text
//! LANEKEEPER_STAND=gitlab cargo test --test all a_forge_to_try_the_console_on -- --ignored --nocapture
//! ```
//!
//! It prints a folder; `FOLDER/as PERSON ARGUMENTS…` runs the binary as one of the three people. Jobs succeed after a few
//! looks; `hold` on its standard input lets them run on, `fail` lets one of those that run fail, `end` lets all succeed.
//! Ends when its standard input does (Ctrl-D).

use std::io::Write as _;

use super::Hosted;
use super::Which;
use crate::support::repository::script;

#[test]
#[ignore = "serves until its standard input ends; for trying the console by hand"]
fn a_forge_to_try_the_console_on() {
    #[expect(clippy::disallowed_methods, reason = "a test's own switch")]
    let named = std::env::var("LANEKEEPER_STAND").unwrap_or_default();
    let which = match named.as_str() {
        "github" => Which::Github,
        "gitea" => Which::Gitea,
        "forgejo" => Which::Forgejo,
        _ => Which::Gitlab,
    };
    let hosted = Hosted::with_people(which);
    let folder = hosted.project.path(".");
    let folder = folder.to_str().expect("UTF-8").trim_end_matches("/.");
    let binary = env!("CARGO_BIN_EXE_lanekeeper");
    script(
        &hosted.project.path("as"),
        &format!(
            "who=$1; shift; cd {folder}/$who && exec env -i TERM=\"$TERM\" PATH=\"$PATH\" HOME={folder}/home \
             XDG_STATE_HOME={folder}/$who-state XDG_CONFIG_HOME={folder}/$who-config GIT_CONFIG_NOSYSTEM=1 \
             LC_ALL=C.UTF-8 {binary} \"$@\""
        ),
    );
    let people = which.people().join(", ");
    let text = format!(
        "{folder}/as PERSON …   people: {people}   forge: {}\n",
        hosted.url()
    );
    std::io::stderr()
        .write_all(text.as_bytes())
        .expect("somebody reads");
    for line in std::io::stdin().lines() {
        match line.expect("standard input is text").trim() {
            "hold" => hosted.ci.hold(),
            "fail" => hosted.ci.fail_one(),
            "end" => hosted.ci.end(),
            _ => {
                let mut out = std::io::stderr();
                out.write_all(b"hold, fail or end\n")
                    .expect("somebody reads");
            }
        }
    }
}
