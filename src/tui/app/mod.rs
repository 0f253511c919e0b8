//! What the screen means: state, messages, update, keymap. Sync and pure.
