//! One file per command; prints text or JSON.
