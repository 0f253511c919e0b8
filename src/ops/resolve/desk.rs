//! A desk: a fresh folder outside of the clone, with the conflicted files as they stand, for an editor or a merge
//! tool. Which program runs is the person's own choice: their configuration or environment, never the clone's.

use std::path::PathBuf;

use crate::engine::resolve::Session;
use crate::engine::resolve::Whole;
use crate::git::DecidedContent;
use crate::git::DecidedEntry;
use crate::git::Repo;
use crate::git::ToolFile;
use crate::git::Worktree;
use crate::model::Bytes;
use crate::model::ConflictSide;

use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::workspace::Workspace;
use super::laid::Noted;

/// The folder; gone when it is dropped.
#[derive(Debug)]
pub struct Desk {
    repo: Repo,
    worktree: Worktree,
    /// Places in the session, paths, and what lies there before anybody worked.
    files: Vec<(usize, String, Bytes)>,
    _noted: Option<Noted>,
}

/// What a person made of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The place of the path in the session.
    pub file: usize,
    /// The text that was written, or that it goes away.
    pub whole: Whole,
}

impl Workspace {
    /// Lays the paths at `wanted` places of a session out in a fresh folder.
    pub async fn desk(&self, session: &Session, wanted: &[usize]) -> Result<Desk, Fault> {
        if wanted.is_empty() {
            return Err(Fault::new(
                FaultKind::User,
                "every path is decided: nothing is left to work on",
            )
            .hint("Name one to change what was decided: --path PATH; --drop begins anew."));
        }
        let about = &session.subject;
        let board = self.look_offline(Some(&about.hotfix)).await?;
        let (_, conflicted) = self.subject(&board, &about.step, &about.target).await?;
        let mut files = Vec::new();
        let mut drafts = Vec::new();
        for file in wanted.iter().copied() {
            let Some(work) = session.files.get(file) else {
                continue;
            };
            let path = work.file.path.clone();
            match work.draft(about.target.as_str(), &about.fix) {
                Some(text) => {
                    drafts.push(DecidedEntry {
                        path: path.clone(),
                        entry: Some((work.text_mode(), DecidedContent::Bytes(text.clone()))),
                    });
                    files.push((file, path, text));
                }
                // Where one side has no file, the other one is what there is to work on.
                None => {
                    let mut sides = [&work.file.target, &work.file.fix].into_iter().flatten();
                    if let Some(side) = sides.find(|side| side.is_file()) {
                        drafts.push(DecidedEntry {
                            path: path.clone(),
                            entry: Some((side.mode, DecidedContent::Id(side.id.clone()))),
                        });
                        files.push((file, path, Bytes::default()));
                    }
                }
            }
        }
        if files.is_empty() {
            return Err(Fault::new(
                FaultKind::User,
                "there is no text to edit: one side must be chosen as it is",
            )
            .hint("Say --take PATH=target, --take PATH=fix or --delete PATH."));
        }
        let worktree = self
            .git(move |repo| {
                let commit = repo.draft_commit(&conflicted, &drafts)?;
                repo.worktree(&commit)
            })
            .await?;
        let paths: Vec<&str> = files.iter().map(|(_, path, _)| path.as_str()).collect();
        let noted = self.note_desk(about, worktree.path(), &paths)?;
        Ok(Desk {
            repo: self.repo().clone(),
            worktree,
            files,
            _noted: noted,
        })
    }
}

impl Desk {
    /// Runs the person's editor on the files, on this terminal, and returns those that were changed.
    ///
    /// # Errors
    /// When the editor fails, or a file is gone or no plain file any more.
    pub fn edit(&self, command: &[String]) -> Result<Vec<Taken>, Fault> {
        let files = self.files.iter();
        let paths: Vec<PathBuf> = files
            .map(|(_, path, _)| self.worktree.path().join(path))
            .collect();
        run_editor(command, &paths)?;
        let taken = self.taken(|_| true)?;
        // Taking a path away is said in so many words; an editor may just have failed to write it.
        let gone = taken.iter().find(|one| one.whole == Whole::Delete);
        if let Some((_, path, _)) =
            gone.and_then(|gone| self.files.iter().find(|(file, _, _)| *file == gone.file))
        {
            return Err(Fault::new(
                FaultKind::User,
                format!("{path} is gone: everything stays as it was"),
            )
            .hint("To take the path away, decide that it is deleted."));
        }
        Ok(taken)
    }

    /// Runs the merge tool of the person's git configuration (or the one named) on this terminal, and returns what
    /// it left merged. A path that it could not merge stays open.
    ///
    /// # Errors
    /// When the tool merged nothing, or left something that is no plain file.
    pub fn merge_tool(&self, session: &Session, tool: Option<&str>) -> Result<Vec<Taken>, Fault> {
        let files: Vec<ToolFile> = self
            .files
            .iter()
            .filter_map(|(at, path, _)| {
                let file = &session.files.get(*at)?.file;
                // A folder has no place in the index.
                let side =
                    |side: &Option<ConflictSide>| side.clone().filter(|side| !side.is_folder());
                Some(ToolFile {
                    path: path.clone(),
                    base: side(&file.base),
                    target: side(&file.target),
                    fix: side(&file.fix),
                })
            })
            .collect();
        let merged = self
            .repo
            .merge_tool(&self.worktree, tool, &files)
            .map_err(|error| {
                Fault::caused(FaultKind::User, "the merge tool did not finish", &error).hint(
                    "Choose one with `git config --global merge.tool NAME`, or name it: --tool NAME. One that only this clone's own configuration has is not run.",
                )
            })?;
        self.taken(|path| merged.iter().any(|one| one == path))
    }

    /// Returns the files that were changed, of those that are wanted.
    fn taken(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Taken>, Fault> {
        let mut taken = Vec::new();
        for (file, path, before) in self.files.iter().filter(|(_, path, _)| is_wanted(path)) {
            let text = self.repo.take_file(&self.worktree, path).map_err(|error| {
                Fault::caused(FaultKind::User, format!("cannot take {path} back"), &error)
                    .hint("The resolution stays as it was.")
            })?;
            let whole = match text {
                Some(text) if &text == before => continue,
                Some(text) => Whole::Text(text),
                None => Whole::Delete,
            };
            taken.push(Taken { file: *file, whole });
        }
        Ok(taken)
    }
}

/// Runs the person's editor on files, on this terminal, and waits for it.
fn run_editor(command: &[String], files: &[PathBuf]) -> Result<(), Fault> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Fault::new(FaultKind::User, "no editor is set")
            .hint("Set EDITOR, or `editor` in your config.toml."));
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the person's own editor, from their own settings, on files of ours"
    )]
    let status = std::process::Command::new(program)
        .args(arguments)
        .args(files)
        .status()
        .map_err(|error| {
            Fault::caused(
                FaultKind::User,
                format!("cannot start the editor `{program}`"),
                &error,
            )
            .hint("Set EDITOR, or `editor` in your config.toml, to one that is there.")
        })?;
    if status.success() {
        Ok(())
    } else {
        Err(Fault::new(
            FaultKind::User,
            format!("the editor ended with {status}: everything stays as it was"),
        ))
    }
}
