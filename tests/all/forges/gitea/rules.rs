//! Rules of protected branches that a hotfix cannot keep.

use lanekeeper::forge::Forge;

use crate::forges::contract::refused;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;

use super::stage::GiteaStage;
use super::stage::main_branch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_against_outdated_heads_is_told_by_doctor_and_by_the_refused_merge() {
    for version in [FORGEJO, GITEA] {
        let stage = GiteaStage::new(version);
        {
            let mut state = stage.fake.state();
            state.blocks_outdated.insert("main");
            state.blocks_asked.insert("main");
        }
        let branches = [main_branch()];
        let of_rule = async || -> Vec<bool> {
            let remarks = stage.ana().examine(&branches).await.unwrap();
            let of_main = remarks.iter().filter(|one| one.what == "rule of main");
            of_main.map(|one| one.is_bad).collect()
        };
        let unread = of_rule().await;
        assert!(unread.is_empty(), "only an administrator may read it");
        stage.fake.state().is_administered = true;
        assert_eq!(of_rule().await, [true, false]);

        stage.fake.edit("main", "other.txt", "meanwhile\n");
        let request = stage.opened().await;
        let order = stage.order(&request);
        for words in ["behind the base branch", "asking again does not help"] {
            refused(stage.ana().merge(&order).await.unwrap(), words);
        }
    }
}
