//! Nothing lost, nothing done twice: what the journal and the shared record promise, on the real binary, real
//! repositories and real deaths.

mod appends;
mod disk;
mod import;
mod resume;
mod rewritten;
