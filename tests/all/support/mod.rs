//! Support: hermetic git, temporary repositories, makers.
