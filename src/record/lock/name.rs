//! Which lock log is a deploy target's.

use sha2::Digest;
use sha2::Sha256;

use crate::model::EnvironmentName;
use crate::model::LockId;

/// Returns the lock of an environment of a project at a host (safety.md 3.1); every console of a team finds the same.
pub fn lock_id(host: &str, project: &str, environment: &EnvironmentName) -> LockId {
    // A zero byte parts them: no name holds one, so that no two targets run together into one text.
    let text = format!("{host}\0{project}\0{environment}");
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.parse().expect("sixteen hex digits")
}
