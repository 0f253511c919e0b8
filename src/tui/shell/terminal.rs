//! The guard of the terminal: raw mode, alternate screen, bracketed paste, focus events.
//!
//! Given back exactly once, whatever ends the console: a drop, an error, a signal, a panic of the thread that
//! draws. A second restore would erase the message of the first. A panic of a worker leaves the screen alone;
//! it becomes a failed job.

use std::io;
use std::io::Write;
use std::sync::Once;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::ThreadId;

use crossterm::cursor;
use crossterm::event;
use crossterm::execute;
use crossterm::style;
use crossterm::terminal;

/// Whether the terminal is ours now.
static IS_OURS: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// Presses, drags and the wheel, with places that may be beyond column 223. Not crossterm's own command: that asks for
/// every motion, in which a loop drowns.
const MOUSE_ON: &str = "\x1b[?1002h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l";

/// Takes the terminal, and the mouse if it is wanted.
pub(super) fn take(has_mouse: bool) -> io::Result<()> {
    terminal::enable_raw_mode()?;
    IS_OURS.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        terminal::EnterAlternateScreen,
        event::EnableBracketedPaste,
        event::EnableFocusChange,
        style::Print(if has_mouse { MOUSE_ON } else { "" }),
        cursor::Hide
    )
}

/// Gives the terminal back if it is ours; safe to call from anywhere, any number of times.
pub fn restore() {
    if !IS_OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    // Errors are ignored: there is nobody left to tell, and the remaining steps still help.
    let mut out = io::stdout();
    let _ = execute!(
        out,
        style::Print(MOUSE_OFF),
        event::DisableFocusChange,
        event::DisableBracketedPaste,
        terminal::LeaveAlternateScreen,
        cursor::Show
    );
    let _ = out.flush();
    // Keys typed at our screen must not run as commands of the shell.
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
    let _ = terminal::disable_raw_mode();
}

/// Puts the restore before the hook that prints the panic. Call from the thread that draws, after color-eyre's hook.
pub(super) fn guard_panics() {
    let drawing: ThreadId = std::thread::current().id();
    HOOK.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let is_on_screen = IS_OURS.load(Ordering::SeqCst);
            if is_on_screen && std::thread::current().id() != drawing {
                tracing::error!("a worker panicked: {info}");
                return;
            }
            restore();
            print(info);
        }));
    });
}

/// Owns the terminal until dropped.
#[derive(Debug)]
pub(super) struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}
