//! What may be wrong with a world, so that it is seen that a promise can be broken in it. Nothing of this is in the program:
//! each is a clock, a remote, a person or a number that the played world gives it.

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Who took over does not wait for calls of the driver before.
    NoDrain,
    /// A permit is good for longer than the drain lasts.
    PermitOutlivesDrain,
    /// The clocks stand still while their machine sleeps.
    ClocksStopInSleep,
    /// The remote moves a ref whatever is expected of it.
    NoCompareAndSwap,
    /// The person, or a script, does what nobody knows the outcome of once more without looking.
    RetriesOnUnknown,
    /// The state directory is gone after a death.
    LosesItsJournal,
    /// A console is back, and looks, before its last call has arrived.
    StartsBeforeItsCallArrived,
}

impl Flaw {
    pub(super) const ALL: [Self; 7] = [
        Self::PermitOutlivesDrain,
        Self::ClocksStopInSleep,
        Self::NoCompareAndSwap,
        Self::RetriesOnUnknown,
        Self::LosesItsJournal,
        Self::StartsBeforeItsCallArrived,
        Self::NoDrain,
    ];

    /// The seed to begin with: the first in which it was noticed when this was written, so that one world is enough as long
    /// as nothing else happens in it.
    pub(super) fn first(self) -> u64 {
        match self {
            Self::PermitOutlivesDrain | Self::ClocksStopInSleep => 8,
            Self::NoCompareAndSwap | Self::RetriesOnUnknown | Self::LosesItsJournal => 0,
            Self::StartsBeforeItsCallArrived => 28,
            Self::NoDrain => 142,
        }
    }
}
