//! Who merged a request, which not every list tells.

use lanekeeper::forge::Forge;
use lanekeeper::forge::RequestQuery;
use lanekeeper::model::Merged;

use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::done;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;
use crate::forges::fake_gitea::GITEA_ATTEMPTS;

use super::stage::GiteaStage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_sees_who_merged_and_it_is_asked_once() {
    for version in [FORGEJO, GITEA, GITEA_ATTEMPTS] {
        let stage = GiteaStage::new(version);
        stage.fake.state().protections.clear();
        let request = stage.opened().await;
        let order = stage.order(&request);
        done(stage.ana().merge(&order).await.unwrap());
        for who in [Who::Driver, Who::Lead] {
            let by = async || {
                let seen = stage.forge(who).requests(&RequestQuery::default()).await;
                let seen = seen.unwrap();
                let by = seen[0].merged().and_then(|Merged { by, .. }| by.clone());
                by.and_then(|person| person.login)
            };
            assert_eq!(by().await.as_deref(), Some("ana"), "{version}");
            let asked = || {
                let log = stage.server.log();
                let single = |path: &str| path.ends_with("/pulls/1");
                log.iter().filter(|one| single(&one.request.path)).count()
            };
            let before = asked();
            assert_eq!(by().await.as_deref(), Some("ana"), "{version}");
            assert_eq!(asked(), before, "{version}: it is remembered");
        }
    }
}
