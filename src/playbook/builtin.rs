//! The playbooks that come with Lanekeeper.

use super::schema::Schema;

const FILES: [(&str, &str); 4] = [
    (
        "build-run.toml",
        include_str!("../../assets/playbooks/build-run.toml"),
    ),
    (
        "approve-and-backport.toml",
        include_str!("../../assets/playbooks/approve-and-backport.toml"),
    ),
    (
        "gitflow-sync.toml",
        include_str!("../../assets/playbooks/gitflow-sync.toml"),
    ),
    (
        "org-sync.toml",
        include_str!("../../assets/playbooks/org-sync.toml"),
    ),
];

/// Returns the built-in playbooks, the default one first.
pub fn builtin() -> [Schema; 4] {
    FILES.map(|(name, text)| {
        Schema::read(name, text).expect("the built-in playbooks are read by a test of this file")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_playbook_is_read() {
        for (name, text) in FILES {
            if let Err(mistakes) = Schema::read(name, text) {
                panic!("{mistakes:#?}");
            }
        }
    }
}
