//! The console: what the screen means (app), how it is drawn (view), what waits (shell).

pub mod app;
pub mod shell;
pub mod view;
