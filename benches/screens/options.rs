//! What to measure, from the arguments.

use std::path::PathBuf;

/// The arguments after `--`.
pub(super) struct Options {
    pub(super) repo: PathBuf,
    pub(super) lanes: Vec<String>,
    pub(super) runs: usize,
    pub(super) keys: usize,
    /// Seconds.
    pub(super) idle: u64,
    /// Whose branches are fetched while keys are given; then that is all that is measured.
    pub(super) load: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments; none without a repository, so that `cargo bench` alone does no harm.
    pub(super) fn from_arguments() -> Option<Self> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let after = |flag: &str| {
            let at = arguments.iter().position(|argument| argument == flag)?;
            arguments.get(at + 1).cloned()
        };
        let number = |flag: &str, default: usize| {
            after(flag).map_or(default, |text| text.parse().expect("a number"))
        };
        Some(Self {
            repo: PathBuf::from(after("--repo")?)
                .canonicalize()
                .expect("--repo is there"),
            lanes: after("--lanes")?.split(',').map(str::to_owned).collect(),
            runs: number("--runs", 5),
            keys: number("--keys", 200),
            idle: number("--idle", 20) as u64,
            load: after("--load").map(|path| {
                let path = PathBuf::from(path).canonicalize();
                path.expect("--load is there")
            }),
        })
    }
}
