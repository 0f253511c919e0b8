//! The hands: what command line and console both call. It opens the workspace, looks, carries plans out and
//! records around them. It decides nothing about a hotfix (that is `engine`) and prints nothing.

mod archive;
mod backport;
mod clock;
mod demo;
mod diff;
mod disk;
mod doctor;
mod drivers;
mod execute;
mod export;
mod fault;
mod fixes;
mod follow_up;
mod ground;
mod import;
mod inspect;
mod interrupted;
mod lane_names;
mod ledger;
mod login;
mod observe;
mod points;
mod preflight;
mod prerequisites;
mod presence;
mod prove;
mod ranges;
pub mod report;
mod requests;
pub mod resolve;
mod rewritten;
mod rival;
mod seat;
mod sharing;
mod sign;
mod start;
mod step_names;
mod story;
mod traces;
mod trust;
mod undescribed;
mod watcher;
mod workspace;

pub use crate::git::across;
pub use backport::{BackportPlan, BackportWords, Elsewhere, InPart};
pub use clock::{BootClock, Booted, now};
pub use demo::Demo;
pub use doctor::{Examined, ExaminedHealth, examine};
pub use fault::{Fault, FaultKind};
pub use fixes::{FixCell, FixRow, FixTable, FixTakenOut};
pub use ground::Ground;
pub use inspect::{SettingsFile, Survey};
pub use lane_names::check_lane;
pub use login::{
    Asker, Door, Kept, SignedIn, Storage, TokenOrigin, Tokens, known_hosts, logout, probe,
    reached_by, sign_in,
};
pub use points::{OnReached, Points};
pub use preflight::{Guard, Preflight, PreflightOutcome, PreflightWish};
pub use presence::Heard;
pub use prove::{Acceptances, Promoted, PromotionProof, Proof, Proofs};
pub use sharing::{HeldBack, Sharing};
pub use start::StartWords;
pub use step_names::{check_request, check_step};
pub use trust::{Accepted, TrustChange, WaitingForTrust};
pub use watcher::{Silent, Watcher};
pub use workspace::{Asked, LOOKED_BESIDE, OpenOptions, Workspace};
