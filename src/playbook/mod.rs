//! What a hotfix is supposed to be: the file's shape (`schema`), the resolved form (`book`), the way from
//! one to the other with every mistake reported at once (`resolve`), and the built-in playbooks.
//!
//! A playbook is resolved against one project and its branches as last seen, so that every lane it names
//! exists. It knows nothing about one hotfix's progress: that is `engine`.

mod book;

pub use book::{
    Carry, CarryKind, Change, ConflictPolicy, Playbook, Question, Source, Step, Strategy, Work,
};
