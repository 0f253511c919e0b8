//! What other processes of the machine could see of ours: command lines and environments, looked at each millisecond.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::Duration;

use super::look;
use crate::cli::project::Project;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);
/// A process is looked at so often: soon after it began it may still be what it was forked from.
const LOOKS: usize = 50;

/// Looks at all processes until it is ended.
pub(super) struct Sampler {
    over: Sender<()>,
    thread: JoinHandle<Seen>,
}

/// What was seen.
#[derive(Debug, Default)]
struct Seen {
    found: Vec<String>,
    /// How many looks there were at a child of the console in the project.
    children: usize,
}

impl Sampler {
    /// Begins to look, for what happens in a project.
    pub(super) fn start(project: &Project) -> Self {
        let place = project.path(".").into_os_string().into_encoded_bytes();
        let place = place.strip_suffix(b"/.").unwrap_or(&place).to_vec();
        let (over, is_over) = channel();
        let thread = std::thread::spawn(move || {
            let mut seen = Seen::default();
            let mut known = BTreeMap::new();
            while is_over.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                known = seen.look_at_all(&known, &place);
            }
            seen
        });
        Self { over, thread }
    }

    /// Ends after many commands, and returns where secrets were seen.
    pub(super) fn end(self) -> Vec<String> {
        let seen = self.seen();
        let has_proc = Path::new("/proc/self/cmdline").exists();
        assert!(!has_proc || seen.children > 0, "it saw no child of ours");
        seen.found
    }

    /// Ends after so little that a child may have come and gone between two looks.
    pub(super) fn end_of_little(self) -> Vec<String> {
        self.seen().found
    }

    fn seen(self) -> Seen {
        drop(self.over);
        self.thread.join().expect("it only looks")
    }
}

impl Seen {
    /// Looks once; returns how often each process that is there was looked at.
    fn look_at_all(
        &mut self,
        known: &BTreeMap<Vec<u8>, usize>,
        place: &[u8],
    ) -> BTreeMap<Vec<u8>, usize> {
        let mut now = BTreeMap::new();
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let name = entry.file_name().into_encoded_bytes();
            if !name.iter().all(u8::is_ascii_digit) {
                continue;
            }
            let times = known.get(&name).copied().unwrap_or_default();
            if times < LOOKS {
                self.look_at(&entry.path(), place);
            }
            now.insert(name, times + 1);
        }
        now
    }

    fn look_at(&mut self, process: &Path, place: &[u8]) {
        // Whoever is gone meanwhile, or is another person's, shows nothing.
        let read = |name: &str| fs::read(process.join(name)).unwrap_or_default();
        let words = read("cmdline");
        let program = words.split(|byte| *byte == 0).next().unwrap_or_default();
        // The console itself has what a person typed and has set; no program that it starts has any of it.
        let console = OsStr::new(env!("CARGO_BIN_EXE_lanekeeper")).as_bytes();
        if program.is_empty() || program == console {
            return;
        }
        let around = read("environ");
        if read("cmdline") != words {
            // It became another program between the two, whose environment this is.
            return;
        }
        let is_near = |text: &[u8]| text.windows(place.len()).any(|part| part == place);
        if !is_near(&words) && !is_near(&around) {
            return;
        }
        self.children += 1;
        let told = String::from_utf8_lossy(&words).replace('\0', " ");
        look(
            &told,
            &format!("the command line of {told}"),
            &mut self.found,
        );
        let around = String::from_utf8_lossy(&around);
        look(
            &around,
            &format!("the environment of {told}"),
            &mut self.found,
        );
    }
}
