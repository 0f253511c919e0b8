//! A folder of ours in the hands of a person: their merge tool on our stages, and what they wrote, taken back.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::model::Bytes;
use crate::model::ConflictSide;

use super::error::Error;
use super::laid_out::disk;
use super::objects::Kind;
use super::objects::parse_id;
use super::repo::Repo;
use super::worktree::Worktree;

/// Variables that would lead the tool's git away from our folder, or change what it does there.
const MISLEADING: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_EXTERNAL_DIFF",
    "GIT_CEILING_DIRECTORIES",
];

/// A path with its three versions, for a merge tool.
#[derive(Debug, Clone)]
pub struct ToolFile {
    pub path: String,
    pub base: Option<ConflictSide>,
    pub target: Option<ConflictSide>,
    pub fix: Option<ConflictSide>,
}

impl Repo {
    /// Runs `git mergetool` in a folder of ours, on this terminal, with these paths in conflict; returns those that it
    /// merged.
    ///
    /// The tool is the one of the person's own configuration: the folder belongs to our repository, whose configuration we write.
    pub fn merge_tool(
        &self,
        worktree: &Worktree,
        tool: Option<&str>,
        files: &[ToolFile],
    ) -> Result<Vec<String>, Error> {
        let mut index = Vec::new();
        for file in files {
            let sides = [&file.base, &file.target, &file.fix];
            let length = sides
                .into_iter()
                .flatten()
                .next()
                .map_or(40, |side| side.id.as_str().len());
            let nothing = "0".repeat(length);
            index.extend(format!("0 {nothing}\t{}\0", file.path).into_bytes());
            for (stage, side) in [(1, &file.base), (2, &file.target), (3, &file.fix)] {
                if let Some(side) = side {
                    let line = format!("{:o} {} {stage}\t{}\0", side.mode, side.id, file.path);
                    index
                        .write_all(line.as_bytes())
                        .map_err(disk("write", Path::new(&file.path)))?;
                }
            }
        }
        self.git()
            .around(worktree.path(), "update-index")
            .args(["-z", "--index-info"])
            .input(index)
            .success()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "a tool that talks to a person needs their terminal, which git::command never gives"
        )]
        let mut command = std::process::Command::new(self.git().path());
        for name in MISLEADING {
            command.env_remove(name);
        }
        command
            .current_dir(worktree.path())
            .args(["mergetool", "--no-prompt"])
            .stdin(Stdio::inherit());
        if let Some(tool) = tool {
            command.arg(format!("--tool={tool}"));
        }
        command.arg("--").args(files.iter().map(|file| &file.path));
        let status = command.status().map_err(|source| Error::Start {
            program: self.git().path().to_owned(),
            source,
        })?;
        let open = self.unmerged(worktree)?;
        let merged: Vec<String> = files
            .iter()
            .map(|file| file.path.clone())
            .filter(|path| !open.contains(path.as_bytes()))
            .collect();
        if merged.is_empty() && !status.success() {
            return Err(Error::Failed {
                verb: "mergetool".into(),
                why: format!("it ended with {status}"),
            });
        }
        Ok(merged)
    }

    /// Returns the paths that are still in conflict in a folder of ours: git takes one away once its tool succeeded.
    fn unmerged(&self, worktree: &Worktree) -> Result<BTreeSet<Vec<u8>>, Error> {
        let output = self
            .git()
            .around(worktree.path(), "ls-files")
            .args(["--unmerged", "-z"])
            .success()?;
        let entries = output.stdout.split(|byte| *byte == 0);
        Ok(entries
            .filter_map(|entry| {
                let tab = entry.iter().position(|byte| *byte == b'\t')?;
                Some(entry[tab + 1..].to_vec())
            })
            .collect())
    }

    /// Returns a file of a folder of ours as git would commit it; none if it was taken away.
    pub fn take_file(&self, worktree: &Worktree, path: &str) -> Result<Option<Bytes>, Error> {
        let file = worktree.path().join(path);
        let found = match file.symlink_metadata() {
            Ok(found) => found,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk("read", &file)(error)),
        };
        if !found.is_file() {
            return Err(Error::BadPath {
                path: path.to_owned(),
                why: "it is no plain file any more",
            });
        }
        let output = self
            .git()
            .around(worktree.path(), "hash-object")
            .args(["-w", "--path", path, "--", path])
            .success()?;
        let id = parse_id("hash-object", output.text().trim())?;
        let text = self.objects().read_as(Kind::Blob, &id)?;
        Ok(Some(Bytes(text)))
    }
}
