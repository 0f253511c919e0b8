//! Draws what `app` decided; same file names as there.

pub mod lanes;
