//! Configuration files, valid and not.
