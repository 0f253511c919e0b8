//! What a hotfix is supposed to be: the file's shape (`shape`, `keys`), the file as written with every
//! value's place (`page`, `schema`), the resolved form (`book`), the way from one to the other with every
//! mistake reported at once (`resolve`, `work`, `carry`), and the built-in playbooks.
//!
//! A playbook is resolved against one project and its branches as last seen, so that every lane it names
//! exists. It knows nothing about one hotfix's progress: that is `engine`. The reader of TOML with places
//! lives here because the lowest room that needs it is this one; `config` reads its files with it too.

mod book;
mod builtin;
mod carry;
mod check;
mod items;
mod keys;
mod mistake;
mod page;
mod resolve;
mod schema;
mod select;
mod shape;
mod template;
mod work;

pub use book::{
    Carry, CarryKind, Change, ConflictPolicy, PickUnit, Playbook, Question, Source, Step, Strategy,
    Work,
};
pub use builtin::builtin;
pub use items::step_of;
pub use keys::{ITEM, PLAYBOOK, STEP_CHANGES};
pub use mistake::{Mistake, Place, nearest, suggest};
pub use page::{At, Page, Table};
pub use resolve::resolve;
pub use schema::{
    Changes, ItemSchema, QuestionSchema, Schema, StepChanges, StepFields, StepSchema,
};
pub use shape::{Key, Kind, Section, duration};
