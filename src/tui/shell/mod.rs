//! Waits: terminal guard, the loop, the only place that spawns.
