//! Decisions that must be signed: which of them count, and what is said of the others. The notary is made up; real keys
//! are in `signatures`.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::forge::local::Notary;
use lanekeeper::model::Approval;
use lanekeeper::model::ChangeRequest;
use lanekeeper::model::Decision;
use lanekeeper::model::MergeMethod;
use lanekeeper::model::Project;
use lanekeeper::model::Seal;
use lanekeeper::model::Signed;
use lanekeeper::model::Subject;
use lanekeeper::model::Timestamp;

use super::contract::done;
use super::contract::refused;
use super::requests::new_request;
use super::world::CHAIN;
use super::world::Console;
use super::world::World;
use super::world::project;

/// Signs with a name in front of the text, and takes that of the author for good.
struct Stamps {
    with: Option<&'static str>,
    required: &'static [&'static str],
}

#[async_trait]
impl Notary for Stamps {
    fn is_required(&self, kind: &str) -> bool {
        self.required.contains(&kind)
    }

    async fn seal(&self, _: &str, text: String) -> Seal {
        match self.with {
            None => Seal::None,
            Some(name) => Seal::On {
                signature: format!("{name}@example.org {text}"),
                over: text,
            },
        }
    }

    async fn worth(&self, kind: &str, who: &str, _: Timestamp, seal: &Seal) -> Signed {
        match seal {
            Seal::None if self.is_required(kind) => Signed::Missing,
            Seal::None => Signed::No,
            Seal::Broken(why) => Signed::Bad(why.clone()),
            Seal::On { over, signature } if *signature == format!("{who} {over}") => {
                Signed::By("SHA256:key".to_owned())
            }
            Seal::On { .. } => Signed::Bad("somebody else's".to_owned()),
        }
    }
}

fn one_seat() -> Project {
    let mut project = project();
    project.lanes[0].seats.truncate(1);
    project.checks.clear();
    project
}

fn console(world: &World, who: &str, with: Option<&'static str>) -> Console {
    console_of(world, who, with, &["subject.decided"])
}

fn console_of(
    world: &World,
    who: &str,
    with: Option<&'static str>,
    required: &'static [&'static str],
) -> Console {
    world.console_with(who, &one_seat(), |options| {
        options.notary = Some(Arc::new(Stamps { with, required }));
    })
}

async fn look(console: &Console) -> ChangeRequest {
    console.fetch().await;
    let all = console.forge.requests(&RequestQuery::default()).await;
    all.expect("a list").remove(0)
}

async fn approve(console: &Console, request: &ChangeRequest) -> Written<Approval> {
    console.fetch().await;
    let subject = Subject::Request(request.id);
    let decided = console
        .forge
        .decide(&subject, &request.head, None, Decision::Approved, None);
    decided.await.expect("asked")
}

async fn merge(world: &World, console: &Console, request: &ChangeRequest) -> Written<()> {
    let order = MergeOrder {
        request: request.id,
        method: MergeMethod::Merge,
        head: request.head.clone(),
        onto: world.tip("main").expect("it is there"),
        subject: "Merge the fix".to_owned(),
    };
    match console.forge.merge(&order).await.expect("asked") {
        Written::Refused(why) => Written::Refused(why),
        Written::Done(_) | Written::AlreadyDone(_) => Written::Done(()),
        Written::Unknown(why) => Written::Unknown(why),
    }
}

#[tokio::test]
async fn an_unsigned_approval_fills_no_seat_where_it_must_be_signed_and_the_reason_is_shown() {
    let world = World::new();
    let ana = console(&world, "ana", Some("ana"));
    let request = new_request("hotfix/npe");
    let request = done(ana.forge.open_request(&request).await.expect("asked"));
    // Tia's console asks for no signature, as whoever writes by hand.
    let tia = console_of(&world, "tia", None, &[]);
    done(approve(&tia, &request).await);
    let seen = look(&ana).await;
    let [approval] = &seen.approvals[..] else {
        panic!("it is shown: {:?}", seen.approvals);
    };
    assert_eq!(approval.role, None);
    assert_eq!(approval.proof.signed, Signed::Missing);
    let why = approval.proof.void.as_deref().unwrap_or_default();
    assert!(
        why.contains("must be signed, and nobody signed it"),
        "{why}"
    );
    let merged = merge(&world, &ana, &request).await;
    refused(merged, "that of tia does not count");
    // With her key she says it again, and it counts.
    let tia = console(&world, "tia", Some("tia"));
    done(approve(&tia, &request).await);
    let seen = look(&ana).await;
    assert_eq!(seen.approvals.len(), 1);
    assert_eq!(seen.approvals[0].proof.signed.level(), 1);
    assert!(seen.approvals[0].role.is_some());
    assert!(matches!(
        approve(&tia, &request).await,
        Written::AlreadyDone(_)
    ));
    done(merge(&world, &ana, &request).await);
}

#[tokio::test]
async fn an_approval_with_somebody_elses_key_or_copied_from_its_place_fills_no_seat() {
    let world = World::new();
    let ana = console(&world, "ana", Some("ana"));
    let request = new_request("hotfix/npe");
    let request = done(ana.forge.open_request(&request).await.expect("asked"));
    // Ana writes in Tia's name, with the key that she has.
    let as_tia = console(&world, "tia", Some("ana"));
    done(approve(&as_tia, &request).await);
    let seen = look(&ana).await;
    let why = seen.approvals[0].proof.void.clone().unwrap_or_default();
    assert!(why.contains("somebody else's"), "{why}");
    refused(merge(&world, &ana, &request).await, "somebody else's");
    // Tia's own word, taken from another place of the chain: the same files in a commit after another one.
    let tia = console(&world, "tia", Some("tia"));
    done(approve(&tia, &request).await);
    let chain = |arguments: &[&str]| world.run(arguments, "origin.git");
    let tree = chain(&["rev-parse", &format!("{CHAIN}^{{tree}}")]);
    let before = chain(&["rev-parse", &format!("{CHAIN}~2")]);
    let copied = chain(&["commit-tree", &tree, "-p", &before, "-m", "copied"]);
    chain(&["update-ref", CHAIN, &copied]);
    let ben = world.console_with("ben", &one_seat(), |options| {
        options.notary = Some(Arc::new(Stamps {
            with: None,
            required: &["subject.decided"],
        }));
    });
    let seen = look(&ben).await;
    let [approval] = &seen.approvals[..] else {
        panic!("it is shown: {:?}", seen.approvals);
    };
    let why = approval.proof.void.as_deref().unwrap_or_default();
    assert!(why.contains("made for another place"), "{why}");
}

#[tokio::test]
async fn where_nothing_must_be_signed_a_wrong_signature_is_told_and_counts_like_none() {
    let world = World::new();
    let ana = console_of(&world, "ana", None, &[]);
    let request = new_request("hotfix/npe");
    let request = done(ana.forge.open_request(&request).await.expect("asked"));
    let as_tia = console_of(&world, "tia", Some("ana"), &[]);
    done(approve(&as_tia, &request).await);
    let seen = look(&ana).await;
    assert!(matches!(seen.approvals[0].proof.signed, Signed::Bad(_)));
    assert_eq!(seen.approvals[0].proof.void, None);
    done(merge(&world, &ana, &request).await);
    // The signature lies beside the event, where it does not hide it from older versions.
    let listed = world.run(
        &["ls-tree", "--name-only", &format!("{CHAIN}~1")],
        "origin.git",
    );
    let files: BTreeMap<&str, ()> = listed.lines().map(|name| (name, ())).collect();
    assert!(
        files.contains_key("event.json") && files.contains_key("event.sig"),
        "{listed}"
    );
}
