//! File, environment and flags to settings, each value with its origin.
