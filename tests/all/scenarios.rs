//! Facts, events and an intent in; board, plan or refusal out.
