//! What the disks of this machine keep us from. An error that comes from there is ours, with the file system and what
//! helps: the remote has no part in it, and asking it once more changes nothing.

use std::error::Error as StdError;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use crate::git;

use super::fault::Fault;
use super::fault::FaultKind;

/// How git and the C library call what a disk refuses, where it is a git of ours that met it.
static SAID: [(&str, io::ErrorKind); 3] = [
    ("No space left on device", io::ErrorKind::StorageFull),
    ("Disk quota exceeded", io::ErrorKind::QuotaExceeded),
    ("Read-only file system", io::ErrorKind::ReadOnlyFilesystem),
];

/// Makes the fault for a repository of ours at `place` that cannot be used: the remote's, unless a disk of this machine
/// takes nothing more.
pub(super) fn unusable_repository(summary: &str, error: &git::Error, place: &Path) -> Fault {
    let refused = refusal(error).and_then(|(kind, path)| remedy(kind, path.unwrap_or(place)));
    match refused {
        Some(hint) => Fault::caused(FaultKind::Internal, summary, error).hint(hint),
        None => Fault::caused(FaultKind::Remote, summary, error),
    }
}

/// Returns what helps where a file system takes nothing more at `path`; none where something else is wrong.
pub(super) fn remedy(kind: io::ErrorKind, path: &Path) -> Option<String> {
    let (wrong, help) = match kind {
        io::ErrorKind::StorageFull => ("is full", "Free space there"),
        io::ErrorKind::QuotaExceeded => (
            "takes no more from you: your quota is used up",
            "Free some of it",
        ),
        io::ErrorKind::ReadOnlyFilesystem => ("is read-only", "Mount it for writing"),
        _ => return None,
    };
    Some(format!(
        "{} cannot be written: the file system at {} {wrong}. {help}, or set XDG_STATE_HOME to a folder on another one; \
         then try again.",
        path.display(),
        file_system(path).display()
    ))
}

/// Finds the refusal of a disk among the causes of an error, with the path where that is known.
fn refusal(error: &git::Error) -> Option<(io::ErrorKind, Option<&Path>)> {
    if let git::Error::Failed { why, .. }
    | git::Error::Unreachable { why, .. }
    | git::Error::Unreadable { why, .. } = error
    {
        // What the other side of a push says is of its disk, not of ours; one line of it may have such a break in it, too.
        let ours = why
            .split("; ")
            .take_while(|line| !line.starts_with("remote: "));
        let said = ours.flat_map(|line| SAID.iter().filter(|(words, _)| line.contains(*words)));
        return said.map(|(_, kind)| (*kind, None)).next();
    }
    let path = if let git::Error::Disk { path, .. } = error {
        Some(path.as_path())
    } else {
        None
    };
    kind_in(error).map(|kind| (kind, path))
}

/// Walks the causes of an error for one of a file system that takes nothing more.
fn kind_in(error: &(dyn StdError + 'static)) -> Option<io::ErrorKind> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if let Some(kind) = kind.filter(|kind| SAID.iter().any(|(_, refusal)| refusal == kind)) {
            return Some(kind);
        }
        cause = error.source();
    }
    None
}

/// Returns where the file system is mounted that has `path`, or would have it.
fn file_system(path: &Path) -> PathBuf {
    let real = path.ancestors().find_map(|one| one.canonicalize().ok());
    let real = real.unwrap_or_else(|| path.to_owned());
    let device = |one: &Path| one.metadata().ok().map(|found| found.dev());
    let own = device(&real);
    let within = real.ancestors().take_while(|one| device(one) == own);
    within.last().unwrap_or(&real).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "/proc/self/state/repo";

    fn fault(error: &git::Error) -> Fault {
        unusable_repository("cannot read the repository", error, Path::new(PLACE))
    }

    #[test]
    fn a_disk_that_takes_nothing_more_is_ours_and_said_with_path_file_system_and_remedy() {
        for (kind, words) in [
            (io::ErrorKind::StorageFull, "is full. Free space there"),
            (io::ErrorKind::QuotaExceeded, "your quota is used up"),
            (io::ErrorKind::ReadOnlyFilesystem, "Mount it for writing"),
        ] {
            let fault = fault(&git::Error::Disk {
                what: "write",
                path: "/proc/self/lanekeeper/pack".into(),
                source: kind.into(),
            });
            assert_eq!(fault.kind, FaultKind::Internal);
            let hint = fault.hint.expect("a hint");
            assert!(
                hint.starts_with("/proc/self/lanekeeper/pack cannot be written"),
                "{hint}"
            );
            assert!(hint.contains("the file system at /"), "{hint}");
            assert!(hint.contains(words), "{hint}");
        }
    }

    #[test]
    fn a_git_of_ours_that_says_so_is_believed_and_the_other_side_is_not() {
        let failed = |why: &str| git::Error::Failed {
            verb: "merge-tree".into(),
            why: why.into(),
        };
        let ours = fault(&failed(
            "error: unable to write file: No space left on device; fatal: no tree",
        ));
        assert_eq!(ours.kind, FaultKind::Internal);
        let hint = ours.hint.expect("a hint");
        assert!(hint.starts_with(PLACE), "{hint}");
        let fetching = fault(&git::Error::Unreachable {
            url: "https://example.org/a.git".into(),
            why: "fatal: write error: No space left on device".into(),
        });
        assert_eq!(fetching.kind, FaultKind::Internal);
        for why in [
            "remote: fatal: write error: No space left on device; error: failed to push",
            "fatal: bad object",
        ] {
            let fault = fault(&failed(why));
            assert_eq!(fault.kind, FaultKind::Remote, "{why}");
            assert_eq!(fault.hint, None, "{why}");
        }
    }

    #[test]
    fn any_other_error_of_a_file_stays_what_it_was() {
        let fault = fault(&git::Error::Disk {
            what: "read",
            path: PLACE.into(),
            source: io::ErrorKind::PermissionDenied.into(),
        });
        assert_eq!((fault.kind, fault.hint), (FaultKind::Remote, None));
    }

    #[test]
    fn a_file_system_is_named_by_where_it_is_mounted() {
        assert_eq!(
            file_system(Path::new("/no such folder/at all")),
            Path::new("/")
        );
    }
}
