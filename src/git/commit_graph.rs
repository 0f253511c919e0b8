//! Git's own commit-graph file: the parents of a hundred thousand commits in milliseconds, from our repository or from
//! the clone that lends us its objects.
//!
//! A file is a copy of what the objects say, so it is never trusted beyond that: its checksum is compared once, ids
//! must ascend, generations must be what they must be, and a commit counts only where its object is there. Whatever
//! is wrong with it, the history is read from git instead. Files of repositories with grafts or a cut-off history are
//! left alone, as git does. Replaced objects need no such care: neither the file nor our git looks at replacements.

use std::fmt::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use gix_commitgraph::File;

use super::command::failed;
use super::error::Error;
use super::graph::Draft;
use super::graph::Graph;
use super::laid_out::older_than;
use super::remote::is_blocked_by_lock;
use super::repo::Repo;

/// Which files had the right checksum, in our repository.
const CHECKED: &str = "graph-checked";
/// Longer than any git of ours may take to write one.
const LONGEST_WRITING: Duration = Duration::from_secs(600);
/// A chain of files is kept short by git itself.
const LONGEST_CHAIN: usize = 256;

/// What became of reading git's files.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The best graph there is; none where no file can be used.
    pub(super) graph: Option<Graph>,
    /// A file is there that is not right.
    pub(super) is_harmed: bool,
}

impl Repo {
    /// Reads the best commit-graph file there is. `width` is the length of ids in bytes.
    pub(super) fn read_commit_graph(&self, width: usize) -> Found {
        let own = self.dir().join("objects");
        let mut folders = vec![own.clone()];
        if let Ok(text) = std::fs::read_to_string(own.join("info/alternates")) {
            folders.extend(text.lines().map(PathBuf::from));
        }
        let mut found = Found::default();
        let mut candidates: Vec<Vec<File>> = Vec::new();
        for folder in folders.iter().filter(|one| !has_another_history(one)) {
            match open(folder, &folders) {
                Ok(files) => candidates.extend(files),
                Err(Harmed) => found.is_harmed |= !self.drop_ours(folder),
            }
        }
        candidates.retain(|files| {
            let mut files = files.iter();
            files.all(|file| file.object_hash().len_in_bytes() == width)
        });
        // The one that knows most leaves least to read from objects.
        let count = |files: &Vec<File>| files.iter().map(File::num_commits).sum::<u32>();
        candidates.sort_by_key(|files| std::cmp::Reverse(count(files)));
        for files in candidates {
            let place = files.last().map(|file| file.path().to_owned());
            match self.draw_from(files, width) {
                Some(graph) => {
                    found.graph = Some(graph);
                    return found;
                }
                None => found.is_harmed |= !place.is_some_and(|place| self.drop_ours(&place)),
            }
        }
        found
    }

    /// Removes a file of ours that is not right: git would build on it. What lies elsewhere is not ours to remove.
    fn drop_ours(&self, place: &Path) -> bool {
        let own = self.dir().join("objects");
        tracing::warn!(place = %place.display(), "a commit-graph file is damaged; history is read from git");
        if !place.starts_with(&own) {
            return false;
        }
        let file = std::fs::remove_file(own.join("info/commit-graph"));
        let chain = std::fs::remove_dir_all(own.join("info/commit-graphs"));
        file.is_ok() || chain.is_ok()
    }

    fn draw_from(&self, files: Vec<File>, width: usize) -> Option<Graph> {
        if !self.are_unharmed(&files) {
            return None;
        }
        let lengths: Vec<usize> = files
            .iter()
            .map(|file| usize::try_from(file.num_commits()).ok())
            .collect::<Option<_>>()?;
        let graph = gix_commitgraph::Graph::new(files).ok()?;
        let mut draft = Draft::new(width, lengths.iter().sum());
        let mut commits = graph.iter_commits();
        let mut start = 0;
        for length in lengths {
            for commit in commits.by_ref().take(length) {
                let mut is_whole = true;
                let parents = commit.iter_parents().map_while(|parent| {
                    is_whole &= parent.is_ok();
                    parent.ok().map(|position| position.0)
                });
                draft.push(commit.id().as_bytes(), commit.generation(), parents);
                if !is_whole {
                    return None;
                }
            }
            if !draft.end_run(start) {
                return None;
            }
            start += length;
        }
        draft.finish()
    }

    /// Tells whether the files have the checksums that they name. Asked once for each file: it takes longer than
    /// everything else.
    fn are_unharmed(&self, files: &[File]) -> bool {
        let mut names = String::new();
        for file in files {
            let Ok(meta) = file.path().metadata() else {
                return false;
            };
            let (seconds, nanos) = (meta.mtime(), meta.mtime_nsec());
            let (size, place) = (meta.len(), meta.ino());
            // Memory cannot run out while a line is written into it.
            let _always = writeln!(
                names,
                "{size} {place} {seconds} {nanos} {}",
                file.path().display()
            );
        }
        let list = self.dir().join(CHECKED);
        if std::fs::read_to_string(&list).is_ok_and(|known| known == names) {
            return true;
        }
        if !files.iter().all(|file| file.verify_checksum().is_ok()) {
            return false;
        }
        // Without it the checksum is only computed again.
        let _kept = std::fs::write(&list, names);
        true
    }

    /// Writes the commits that no file holds yet into a file of ours, so that the next process need not read them one
    /// by one. A second git at the same work finds the lock taken and leaves it at that, unless it is of one that died.
    pub fn write_commit_graph(&self) -> Result<(), Error> {
        let write = || {
            self.command("commit-graph")
                .args(["write", "--reachable", "--split", "--no-progress"])
                // It can be made again, and a damaged one is noticed: it need not wait for the disk.
                .before("core.fsync=none")
                .before("-c")
        };
        let output = write().output()?;
        if is_blocked_by_lock(&output) && self.clear_graph_locks()? {
            return write().success().map(drop);
        }
        if output.is_success() {
            Ok(())
        } else {
            Err(failed("commit-graph", &output))
        }
    }

    /// Removes the locks of a git that was killed at this work; tells whether there were any.
    fn clear_graph_locks(&self) -> Result<bool, Error> {
        let is_stale = older_than(self.dir(), LONGEST_WRITING)?;
        let info = self.dir().join("objects/info");
        let names = ["commit-graph.lock", "commit-graphs/commit-graph-chain.lock"];
        let locks = names.map(|name| info.join(name));
        let removed = locks
            .iter()
            .filter(|lock| is_stale(lock))
            .filter(|lock| std::fs::remove_file(lock).is_ok());
        Ok(removed.count() > 0)
    }
}

/// A file is there and is not what it should be.
struct Harmed;

/// Opens the file or the chain of files of an objects folder, if there is one. Links of a chain may lie in a folder that
/// it borrows from.
fn open(folder: &Path, folders: &[PathBuf]) -> Result<Option<Vec<File>>, Harmed> {
    let single = folder.join("info/commit-graph");
    let files = if single.is_file() {
        vec![File::at(single).map_err(|_| Harmed)?]
    } else {
        let chain = folder.join("info/commit-graphs/commit-graph-chain");
        let Ok(text) = std::fs::read_to_string(chain) else {
            return Ok(None);
        };
        let one = |name: &str| {
            let is_digit = |byte: u8| byte.is_ascii_hexdigit();
            let file = format!("info/commit-graphs/graph-{name}.graph");
            let mut places = folders.iter().map(|folder| folder.join(&file));
            let place = places.find(|place| name.bytes().all(is_digit) && place.is_file());
            place.and_then(|place| File::at(place).ok()).ok_or(Harmed)
        };
        let names = text.lines().take(LONGEST_CHAIN + 1);
        names.map(one).collect::<Result<Vec<File>, Harmed>>()?
    };
    let is_chain = files.iter().enumerate().all(|(index, file)| {
        usize::from(file.base_graph_count()) == index
            && file
                .iter_base_graph_ids()
                .zip(&files)
                .all(|(id, base)| id == base.checksum())
    });
    if is_chain && !files.is_empty() && files.len() <= LONGEST_CHAIN {
        Ok(Some(files))
    } else {
        Err(Harmed)
    }
}

/// Tells whether the repository around an objects folder sees another history than its objects tell.
fn has_another_history(objects: &Path) -> bool {
    objects.parent().is_some_and(|repository| {
        repository.join("shallow").exists() || repository.join("info/grafts").exists()
    })
}
