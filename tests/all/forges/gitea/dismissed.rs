//! Approvals that a push takes along: the server works it off after the head has moved already.

use lanekeeper::forge::RequestQuery;
use lanekeeper::model::Decision;
use lanekeeper::model::Subject;

use crate::forges::contract::Stage;
use crate::forges::contract::Who;
use crate::forges::contract::done;
use crate::forges::contract::refused;
use crate::forges::fake_gitea::Dismissal;
use crate::forges::fake_gitea::FORGEJO;
use crate::forges::fake_gitea::GITEA;
use crate::forges::fake_gitea::GITEA_OLD;

use super::stage::GiteaStage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_that_a_push_takes_along_is_no_approval_and_is_given_again() {
    for version in [FORGEJO, GITEA, GITEA_OLD] {
        for dismissal in [Dismissal::AtOnce, Dismissal::JustAfter] {
            let stage = GiteaStage::new(version);
            let request = stage.opened().await;
            let subject = Subject::Request(request.id);
            let [role, _] = stage.seats();
            let lead = stage.forge(Who::Lead);
            let approve = async || {
                let yes = lead.decide(
                    &subject,
                    &request.head,
                    Some(&role),
                    Decision::Approved,
                    None,
                );
                yes.await.unwrap()
            };
            stage.fake.state().dismissal = dismissal;
            refused(
                approve().await,
                "still working off a push to hotfix/npe; say it again in a moment",
            );
            let seen = lead.requests(&RequestQuery::default()).await.unwrap();
            assert!(seen[0].approvals.is_empty(), "{:?}", seen[0].approvals);
            stage.fake.state().dismissal = Dismissal::Never;
            let yes = done(approve().await);
            assert_eq!(yes.head, request.head);
            let seen = lead.requests(&RequestQuery::default()).await.unwrap();
            assert_eq!(seen[0].approvals.len(), 1);
        }
    }
}
