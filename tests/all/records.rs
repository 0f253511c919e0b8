//! Records: codec, fold, journal.
