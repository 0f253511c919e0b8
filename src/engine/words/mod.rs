//! Intents as the words of the command line, and back. What is printed can be pasted into a shell.

mod print;
mod read;
mod shell;

pub use read::WordsError;
