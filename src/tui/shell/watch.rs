//! Watches refs on disk, so that a change shows without waiting for the next poll.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use notify::EventKind;
use notify::RecommendedWatcher;
use notify::RecursiveMode;
use notify::Watcher as _;

use super::mailbox::Mailbox;

/// A running watch; ends when dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _watcher: RecommendedWatcher,
}

/// Begins to watch; none where the system cannot: then polling alone has to do.
pub(super) fn watch(paths: &[PathBuf], mailbox: Mailbox) -> Option<Watch> {
    let paths: Vec<PathBuf> = paths.iter().filter_map(|path| real(path)).collect();
    let watched = paths.clone();
    let heard = move |event: notify::Result<notify::Event>| {
        // Reading is no change; locks come and go around every change and say nothing of their own.
        let is_told = |path: &PathBuf| {
            let is_lock = path.extension().is_some_and(|end| end == "lock");
            !is_lock && watched.iter().any(|watched| path.starts_with(watched))
        };
        let is_change = event.is_ok_and(|event| {
            !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(is_told)
        });
        if is_change {
            mailbox.refs_moved();
        }
    };
    let mut watcher = notify::recommended_watcher(heard)
        .inspect_err(|error| tracing::warn!(%error, "cannot watch"))
        .ok()?;
    let mut is_watching = false;
    for (path, mode) in places(&paths) {
        match watcher.watch(path, mode) {
            Ok(()) => is_watching = true,
            Err(error) => tracing::warn!(%error, path = %path.display(), "cannot watch"),
        }
    }
    is_watching.then_some(Watch { _watcher: watcher })
}

/// Returns a path as events name it, whether or not there is anything at it yet; none where its folder is not.
fn real(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?.canonicalize().ok()?;
    Some(folder.join(path.file_name()?))
}

/// Returns where to listen: at the folders, whole, and at the folder around every file, since git puts a new file in the
/// place of the old one, which ends what watches the old one.
fn places(paths: &[PathBuf]) -> BTreeMap<&Path, RecursiveMode> {
    let mut places = BTreeMap::new();
    for path in paths {
        if path.is_dir() {
            places.insert(path.as_path(), RecursiveMode::Recursive);
        } else if let Some(folder) = path.parent() {
            places.entry(folder).or_insert(RecursiveMode::NonRecursive);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_is_heard_of_by_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("refs")).expect("a folder");
        std::fs::write(at("HEAD"), "x").expect("a file");
        let paths = [at("HEAD"), at("refs"), at("packed-refs")];
        let places: Vec<_> = places(&paths).into_iter().collect();
        let expected = [
            (folder.path(), RecursiveMode::NonRecursive),
            (&at("refs"), RecursiveMode::Recursive),
        ];
        assert_eq!(places, expected);
    }

    #[tokio::test]
    async fn a_file_that_is_put_in_the_place_of_another_is_heard_of_each_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let (packed, lock) = (
            folder.path().join("packed-refs"),
            folder.path().join("packed-refs.lock"),
        );
        let mailbox = Mailbox::default();
        let _watch = watch(std::slice::from_ref(&packed), mailbox.clone()).expect("it watches");
        // An event or two of a round may come late: they do not carry all rounds.
        for round in 0..9 {
            std::fs::write(&lock, round.to_string()).expect("a file");
            std::fs::rename(&lock, &packed).expect("it moves");
            let heard = tokio::time::timeout(Duration::from_secs(60), mailbox.rings()).await;
            assert!(heard.is_ok(), "round {round}");
        }
        assert!(mailbox.take_moved());
    }
}
