//! Nothing changes the world without a confirmed plan, whatever keys, pastes and sizes come.
