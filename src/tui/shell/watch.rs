//! Watches refs on disk, so that a change shows without waiting for the next poll.

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
    let heard = move |event: notify::Result<notify::Event>| {
        let is_change = event.is_ok_and(|event| {
            // Reading is no change; locks come and go around every change and say nothing of their own.
            let is_lock = event
                .paths
                .iter()
                .all(|path| path.extension().is_some_and(|end| end == "lock"));
            !matches!(event.kind, EventKind::Access(_)) && !is_lock
        });
        if is_change {
            mailbox.refs_moved();
        }
    };
    let mut watcher = notify::recommended_watcher(heard)
        .inspect_err(|error| tracing::warn!(%error, "cannot watch"))
        .ok()?;
    let mut is_watching = false;
    for path in paths.iter().filter(|path| path.exists()) {
        // Refs are a tree; everything else is watched by its folder or file alone.
        let mode = if path.ends_with("refs") {
            RecursiveMode::Recursive
        } else {
            RecursiveMode::NonRecursive
        };
        match watcher.watch(path, mode) {
            Ok(()) => is_watching = true,
            Err(error) => tracing::warn!(%error, path = %path.display(), "cannot watch"),
        }
    }
    is_watching.then_some(Watch { _watcher: watcher })
}
