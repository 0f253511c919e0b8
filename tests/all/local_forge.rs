//! The local forge on real repositories.

#![expect(
    clippy::unwrap_used,
    reason = "test code outside of test functions may panic as well"
)]

mod deployments;
mod races;
mod requests;
mod signed;
mod world;

use async_trait::async_trait;

use lanekeeper::forge::Forge;
use lanekeeper::model::BranchName;
use lanekeeper::model::CommitId;
use lanekeeper::model::EnvironmentName;
use lanekeeper::model::Role;

use crate::forges::contract;
use crate::forges::contract::Deploys;
use crate::forges::contract::Stage;
use crate::forges::contract::Traits;
use crate::forges::contract::Who;

use world::Console;
use world::World;

struct LocalStage {
    world: World,
    consoles: [Console; 5],
}

impl LocalStage {
    fn console(&self, who: Who) -> &Console {
        let place = match who {
            Who::Driver => 0,
            Who::Lead => 1,
            Who::Manager => 2,
            Who::Both => 3,
            Who::Stranger => 4,
        };
        &self.consoles[place]
    }
}

#[async_trait]
impl Stage for LocalStage {
    fn forge(&self, who: Who) -> &dyn Forge {
        &self.console(who).forge
    }

    async fn refresh(&self) {
        for console in &self.consoles {
            console.fetch().await;
        }
    }

    fn from(&self) -> BranchName {
        world::branch("hotfix/npe")
    }

    fn into(&self) -> BranchName {
        world::branch("main")
    }

    fn seats(&self) -> [Role; 2] {
        ["tech-lead", "product-manager"].map(|role| role.parse().expect("static name"))
    }

    fn environment(&self) -> EnvironmentName {
        "production".parse().expect("static name")
    }

    fn tip(&self, branch: &BranchName) -> CommitId {
        self.world
            .tip(branch.as_str())
            .expect("the branch is there")
    }

    fn push(&self, branch: &BranchName) -> CommitId {
        let file = format!("{}.txt", branch.as_str().replace('/', "-"));
        self.world.commit(branch.as_str(), &file, "more\n")
    }

    fn parents(&self, commit: &CommitId) -> Vec<CommitId> {
        let arguments = ["show", "-s", "--format=%P", commit.as_str()];
        let parents = self.world.run(&arguments, "origin.git");
        parents
            .split(' ')
            .map(|id| id.parse().expect("git prints ids"))
            .collect()
    }

    fn traits(&self) -> Traits {
        Traits {
            runs_checks: true,
            guards_merges: true,
            has_seats: true,
            guards_target: true,
            deploys: Deploys::Console,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_forge_fulfils_the_contract() {
    let world = World::new();
    let project = world::project();
    let consoles =
        ["ana", "tia", "pia", "bob", "zoe"].map(|person| world.console(person, &project));
    contract::contract(&LocalStage { world, consoles }).await;
}
