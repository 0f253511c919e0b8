//! Who is measured.

use portable_pty::CommandBuilder;

use super::project::Project;

/// A program with a screen.
pub(super) struct Subject {
    pub(super) name: &'static str,
    program: String,
    /// Whether it is told the lanes as arguments.
    takes_lanes: bool,
    /// Keys that lead to the history.
    pub(super) opening_keys: &'static str,
    /// Keys that move the selection, given in turn.
    pub(super) keys: &'static [&'static str],
    pub(super) shows_ids: bool,
    /// Whether it is ours: it keeps a state folder and shows changes by itself.
    pub(super) has_state: bool,
}

/// Returns ourselves and the peers that are installed.
pub(super) fn all() -> Vec<Subject> {
    let down_and_up = &["j", "j", "j", "k", "j", "k", "k", "k"];
    let us = Subject {
        name: "lanekeeper",
        program: env!("CARGO_BIN_EXE_lanekeeper").to_owned(),
        takes_lanes: false,
        opening_keys: "",
        keys: down_and_up,
        shows_ids: true,
        has_state: true,
    };
    let events = Subject {
        name: "lanekeeper, event by event",
        program: us.program.clone(),
        keys: &["[", "[", "[", "]", "[", "]", "]", "]"],
        ..us
    };
    let tig = installed("tig").map(|program| Subject {
        name: "tig",
        program,
        takes_lanes: true,
        shows_ids: false,
        has_state: false,
        ..us
    });
    let gitui = installed("gitui").map(|program| Subject {
        name: "gitui, log tab",
        program,
        takes_lanes: false,
        opening_keys: "2",
        has_state: false,
        ..us
    });
    let mut all: Vec<Subject> = [tig, gitui].into_iter().flatten().collect();
    all.splice(0..0, [us, events]);
    all
}

#[expect(
    clippy::disallowed_methods,
    reason = "peers are looked for where a shell would"
)]
fn installed(name: &str) -> Option<String> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())?;
    found.to_str().map(str::to_owned)
}

impl Subject {
    /// Returns the command that starts it in the project.
    #[expect(
        clippy::disallowed_methods,
        reason = "git is found where a shell would find it"
    )]
    pub(super) fn command(&self, project: &Project) -> CommandBuilder {
        let mut command = CommandBuilder::new(&self.program);
        if self.takes_lanes {
            command.args(project.lanes());
        }
        command.env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", project.home());
        command.env("LANG", "C.UTF-8");
        command.env("TERM", "xterm-256color");
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.cwd(project.clone_dir());
        command
    }
}
