//! The bridge from tasks to work that blocks: git, files, locks. On the other side a thread of the pool does it, so that no
//! task waits for another.
//!
//! Where one thread does everything, so that a test can number its system calls and cut it off at each, it is done on the
//! spot. Nothing else goes on meanwhile: no clock runs out, nobody can cancel. Work that only ends when another task goes
//! on must not cross here then; that is why a lock that is taken is waited for elsewhere, and why a person is.

use std::cell::Cell;

use tokio::task::JoinError;

thread_local! {
    static IS_ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Lets this thread do by itself, from now on, what it would hand over. For a command whose calls are numbered, never for
/// a screen.
pub fn stay_on_this_thread() {
    IS_ALONE.set(true);
}

/// Tells whether this thread does everything.
pub(super) fn is_alone() -> bool {
    IS_ALONE.get()
}

/// Does work that blocks, and returns what came of it.
///
/// # Errors
/// Where the work panicked on its thread, or the runtime ended before it began.
pub async fn across<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    if is_alone() {
        return Ok(work());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the bridge that others cross"
    )]
    let elsewhere = tokio::task::spawn_blocking(work);
    elsewhere.await
}

/// Does work that blocks and that nobody waits for, as what is left of a task that was given up.
pub fn leave_across(work: impl FnOnce() + Send + 'static) {
    if is_alone() || tokio::runtime::Handle::try_current().is_err() {
        work();
        return;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the bridge that others cross"
    )]
    let _elsewhere = tokio::task::spawn_blocking(work);
}

/// Does two things beside each other, the first on a thread of its own; one after the other where one thread does
/// everything. An error in place of the first's answer means that it panicked.
pub(super) fn beside<A: Send, B>(
    first: impl FnOnce() -> A + Send,
    second: impl FnOnce() -> B,
) -> (std::thread::Result<A>, B) {
    if is_alone() {
        return (Ok(first()), second());
    }
    std::thread::scope(|scope| {
        let first = scope.spawn(first);
        let second = second();
        (first.join(), second)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who() -> std::thread::ThreadId {
        std::thread::current().id()
    }

    #[test]
    fn what_nobody_waits_for_is_done_elsewhere_and_where_nothing_runs_on_the_spot() {
        let (say, heard) = std::sync::mpsc::channel();
        let left = || {
            let say = say.clone();
            move || say.send(who()).expect("it is heard")
        };
        leave_across(left());
        assert_eq!(heard.recv().expect("it is done"), who());
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.build().expect("a runtime");
        let left = left();
        runtime.block_on(async { leave_across(left) });
        assert_ne!(heard.recv().expect("it is done"), who());
    }

    #[test]
    fn work_is_done_elsewhere_unless_one_thread_does_everything() {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.build().expect("a runtime");
        // A thread that says so says so to its end.
        let said = std::thread::spawn(move || {
            let is_here = || {
                let across = runtime.block_on(across(who)).expect("it ends");
                [across, beside(who, || ()).0.expect("it ends")].map(|thread| thread == who())
            };
            let before = is_here();
            stay_on_this_thread();
            (before, is_here())
        });
        assert_eq!(said.join().expect("it says so"), ([false; 2], [true; 2]));
    }
}
