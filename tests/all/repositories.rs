//! The git room on real repositories of every kind.
