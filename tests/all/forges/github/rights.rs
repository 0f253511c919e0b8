//! What a plan or a token leaves out of what GitHub tells.

use lanekeeper::forge::Forge as _;
use lanekeeper::forge::NewStatus;
use lanekeeper::forge::RequestQuery;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::CheckState;
use lanekeeper::model::Mergeability;

use crate::forges::contract::Stage as _;
use crate::forges::contract::Who;
use crate::forges::contract::done;
use crate::forges::fake_github::Workflow;
use crate::forges::message::Reply;
use crate::forges::server::Fault;

use super::requests::open;
use super::requests::ready;
use super::requests::see;
use super::stage::GithubStage;

#[tokio::test]
async fn a_private_repository_without_rules_in_its_plan_is_looked_at_and_merged_into() {
    let stage = GithubStage::new();
    stage.fake.state().is_free_private = true;
    let (opened, order) = ready(&stage).await;
    let seen = see(&stage, &opened).await;
    let unit = seen.checks.iter().find(|one| one.name.as_str() == "unit");
    let unit = unit.map(|one| (one.state, one.is_required));
    assert_eq!(unit, Some((CheckState::Passed, false)));
    done(stage.fresh(Who::Driver).merge(&order).await.unwrap());
}

#[tokio::test]
async fn rules_that_may_not_be_read_for_another_reason_are_not_taken_for_none() {
    let stage = GithubStage::new();
    let (opened, _) = ready(&stage).await;
    let no = Reply::json(
        403,
        &serde_json::json!({"message": "Resource not accessible by integration"}),
    );
    stage
        .server
        .trap("GET", "/rules/branches/", Fault::Instead(no));
    let query = RequestQuery {
        id: Some(opened.id),
        ..RequestQuery::default()
    };
    let looked = stage.fresh(Who::Lead).requests(&query).await;
    let words = looked.expect_err("it is not known").to_string();
    assert!(words.contains("not accessible"), "{words}");
}

#[tokio::test]
async fn without_check_runs_the_jobs_of_actions_tell_and_what_else_is_required_is_missing() {
    let stage = GithubStage::new();
    let (opened, _) = ready(&stage).await;
    let job = {
        let mut state = stage.fake.state();
        state.has_fine_tokens = true;
        let required = vec!["unit".to_owned(), "scan".to_owned()];
        state.required.insert("main".to_owned(), required);
        state.workflows.push(Workflow {
            file: "ci.yml".to_owned(),
            gates: Vec::new(),
            jobs: vec!["unit".to_owned()],
            can_be_dispatched: false,
        });
        let (from, head) = (opened.from.as_str(), opened.head.as_str());
        let run = state.start_run("ci.yml", from, head, "push", "dora");
        run * 100
    };
    let told = async || {
        let checks = see(&stage, &opened).await.checks;
        let shown = checks.iter().map(|one| {
            let job = one.job.as_ref().map_or("", |job| job.as_str());
            format!(
                "{} {} {} {job}",
                one.name,
                one.state.word(),
                one.is_required
            )
        });
        shown.collect::<Vec<_>>().join("; ")
    };
    let runs = format!("unit running true {job}; scan not run true ");
    assert_eq!(told().await, runs);
    stage
        .fake
        .state()
        .finish_runs(opened.head.as_str(), "success");
    let passed = format!("unit passed true {job}; scan not run true ");
    assert_eq!(told().await, passed);
}

#[tokio::test]
async fn who_may_not_read_a_protection_is_told_its_checks_all_the_same() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        let names = state.required.remove("main").expect("the stage has them");
        state.classic.insert("main".to_owned(), names);
    }
    let opened = open(&stage).await;
    let unit = |request: &ChangeRequest| {
        let check = request
            .checks
            .iter()
            .find(|one| one.name.as_str() == "unit");
        check.map(|one| (one.state, one.is_required))
    };
    assert_eq!(unit(&opened), Some((CheckState::Missing, true)));
    stage.pass_checks(&opened.head);
    let seen = see(&stage, &opened).await;
    assert_eq!(unit(&seen), Some((CheckState::Passed, true)));
    let said = stage.of(Who::Driver).examine(&[stage.main()]).await;
    let said = said.unwrap();
    let main = said.iter().find(|one| one.what == "branch main");
    let main = &main.expect("it is there").detail;
    assert!(main.contains("the checks unit"), "{main}");
    assert!(main.contains("only administrators may read"), "{main}");
}

#[tokio::test]
async fn a_check_of_the_same_name_by_another_app_is_not_the_required_one() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        state.required_apps.insert("unit".to_owned(), 3);
    }
    let opened = open(&stage).await;
    let told = async |app: u64| {
        stage.pass_checks(&opened.head);
        {
            let mut state = stage.fake.state();
            let made = state.checks.last_mut();
            made.expect("made just now").app = Some(app);
        }
        let checks = see(&stage, &opened).await.checks;
        let shown = checks.iter();
        let shown = shown.map(|one| format!("{} {}", one.state.word(), one.is_required));
        shown.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(told(4).await, "passed false; not run true");
    assert_eq!(told(3).await, "passed true");
}

#[tokio::test]
async fn what_a_person_says_under_the_name_of_an_apps_check_is_not_the_required_one() {
    let stage = GithubStage::new();
    {
        let mut state = stage.fake.state();
        state.required_apps.insert("unit".to_owned(), 3);
    }
    let opened = open(&stage).await;
    let status = NewStatus {
        commit: opened.head.clone(),
        name: "unit".parse().expect("a static name"),
        state: CheckState::Passed,
        text: "all is well".to_owned(),
    };
    done(stage.of(Who::Driver).set_status(&status).await.unwrap());
    let shown = async || {
        let checks = see(&stage, &opened).await.checks;
        let shown = checks.iter();
        let shown = shown.map(|one| format!("{} {}", one.state.word(), one.is_required));
        shown.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(shown().await, "passed false; not run true");
    {
        let mut state = stage.fake.state();
        let said = state.checks.last_mut();
        said.expect("said just now").app = Some(3);
    }
    assert_eq!(shown().await, "passed true");
}

#[tokio::test]
async fn a_team_that_is_asked_is_named_where_rules_keep_a_request_back() {
    let stage = GithubStage::new();
    let opened = open(&stage).await;
    stage.fake.state().pulls[0].teams = vec!["leads".to_owned()];
    let seen = see(&stage, &opened).await;
    let Mergeability::Blocked(why) = &seen.mergeability else {
        panic!("{:?}", seen.mergeability);
    };
    assert!(why.ends_with("it waits for team acme/leads"), "{why}");
    assert!(seen.reviewers.is_empty(), "a team is nobody's account");
}
