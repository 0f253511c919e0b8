//! The local forge on real repositories.
