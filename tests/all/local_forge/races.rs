//! Consoles that write at the same time: nothing is lost, there is one order.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lanekeeper::forge::Forge;
use lanekeeper::forge::MergeOrder;
use lanekeeper::forge::RequestQuery;
use lanekeeper::forge::Written;
use lanekeeper::forge::while_it_may;
use lanekeeper::model::CheckState;
use lanekeeper::model::MergeMethod;

use super::contract::done;
use super::deployments::Bell;
use super::requests::new_request;
use super::world::World;
use super::world::argv;
use super::world::project;
use crate::support::repository::first_git;
use crate::support::repository::script;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_opened_at_the_same_time_all_get_a_number_of_their_own() {
    const EACH: usize = 4;
    let world = World::new();
    for number in 0..2 * EACH {
        world.branch_off(&format!("fix/{number}"), "hotfix/npe");
    }
    let consoles = ["ana", "tia"].map(|person| world.console(person, &project()));
    let opened = consoles.each_ref().map(|console| async move {
        let mine = usize::from(console.forge.me().await.unwrap().id.starts_with("tia"));
        let mut ids = Vec::new();
        for number in 0..EACH {
            let new = new_request(&format!("fix/{}", 2 * number + mine));
            ids.push(done(console.forge.open_request(&new).await.unwrap()).id.0);
        }
        ids
    });
    let [first, second] = opened;
    let (first, second) = tokio::join!(first, second);
    let mut all: Vec<u64> = first.into_iter().chain(second).collect();
    all.sort_unstable();
    assert_eq!(all, (1..=2 * EACH as u64).collect::<Vec<_>>());
    assert_eq!(world.events(), 2 * EACH);
    let mut lists = Vec::new();
    for console in &consoles {
        console.fetch().await;
        let query = RequestQuery::default();
        lists.push(console.forge.requests(&query).await.unwrap());
    }
    assert_eq!(lists[0].len(), 2 * EACH);
    assert_eq!(lists[0], lists[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_open_the_same_request_one_adopts_the_others() {
    let world = World::new();
    let [ana, tia] = ["ana", "tia"].map(|person| world.console(person, &project()));
    let new = new_request("hotfix/npe");
    let (first, second) = tokio::join!(ana.forge.open_request(&new), tia.forge.open_request(&new));
    let both = [first.unwrap(), second.unwrap()];
    let made = both.iter().filter(|one| matches!(one, Written::Done(_)));
    let adopted = both
        .iter()
        .filter(|one| matches!(one, Written::AlreadyDone(_)));
    assert_eq!((made.count(), adopted.count()), (1, 1));
    assert_eq!(world.events(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_merge_the_same_request_one_merges() {
    let world = World::new();
    let mut project = project();
    project.checks.clear();
    project.lanes[0].seats.clear();
    let [ana, tia] = ["ana", "tia"].map(|person| world.console(person, &project));
    let opened = ana.forge.open_request(&new_request("hotfix/npe")).await;
    let request = done(opened.unwrap());
    let order = MergeOrder {
        request: request.id,
        method: MergeMethod::Merge,
        head: request.head,
        onto: world.tip("main").expect("it is there"),
        subject: "Merge the fix".to_owned(),
    };
    let (first, second) = tokio::join!(ana.forge.merge(&order), tia.forge.merge(&order));
    let mut commits = Vec::new();
    for written in [first.unwrap(), second.unwrap()] {
        match written {
            Written::Done(merged) | Written::AlreadyDone(merged) => commits.push(merged.commit),
            Written::Refused(why) | Written::Unknown(why) => panic!("{why}"),
        }
    }
    assert_eq!(commits[0], commits[1]);
    assert_eq!(world.tip("main"), commits.pop());
    assert_eq!(world.events(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_whose_permit_ran_out_while_the_remote_was_asked_is_not_pushed() {
    let world = World::new();
    let mut project = project();
    project.checks.clear();
    project.lanes[0].seats.clear();
    let ana = world.console("ana", &project);
    let opened = ana.forge.open_request(&new_request("hotfix/npe")).await;
    let request = done(opened.unwrap());
    let before = world.tip("main");
    let order = MergeOrder {
        request: request.id,
        method: MergeMethod::Merge,
        head: request.head,
        onto: before.clone().expect("it is there"),
        subject: "Merge the fix".to_owned(),
    };
    let late = while_it_may(Arc::new(|| false), ana.forge.merge(&order)).await;
    let Ok(Written::Refused(why)) = late else {
        panic!("{late:?}");
    };
    assert!(why.contains("nothing was sent"), "{why}");
    assert_eq!(world.tip("main"), before);
    done(
        while_it_may(Arc::new(|| true), ana.forge.merge(&order))
            .await
            .unwrap(),
    );
    assert_ne!(world.tip("main"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_whose_push_is_slow_is_cut_off_with_all_that_works_for_it() {
    let mut world = World::new();
    let (git, pids) = (world.path("slow-git"), world.path("pids"));
    // The one who pushes and whom it started both note who they are; neither would ever end.
    let body = format!(
        r#"case " $* " in
*" push "*refs/heads/main*)
    echo $$ >> '{pids}'
    sleep 600 &
    echo $! >> '{pids}'
    wait ;;
*) exec '{real}' "$@" ;;
esac"#,
        pids = pids.display(),
        real = first_git().display(),
    );
    script(&git, &body);
    world.use_git(git);
    let mut project = project();
    project.checks.clear();
    project.lanes[0].seats.clear();
    let ana = world.console_with("ana", &project, |options| {
        options.longest_write = Duration::from_secs(1);
    });
    let opened = ana.forge.open_request(&new_request("hotfix/npe")).await;
    let request = done(opened.unwrap());
    let before = world.tip("main");
    let order = MergeOrder {
        request: request.id,
        method: MergeMethod::Merge,
        head: request.head,
        onto: before.clone().expect("it is there"),
        subject: "Merge the fix".to_owned(),
    };
    // The permit is good for the first push alone.
    let has_left = AtomicBool::new(false);
    let may_leave = Arc::new(move || !has_left.swap(true, Ordering::SeqCst));
    let merged = while_it_may(may_leave, ana.forge.merge(&order)).await;
    let Ok(Written::Unknown(why)) = merged else {
        panic!("{merged:?}");
    };
    assert!(why.contains("no answer within 1 s"), "{why}");
    assert_eq!(world.tip("main"), before);
    let pids = std::fs::read_to_string(pids).expect("it was pushed");
    assert_eq!(pids.lines().count(), 2, "one push: {pids}");
    for pid in pids.lines() {
        assert!(has_ended(pid), "{pid} works on");
    }
}

/// Tells whether a process works no more. One whose parent is gone may not have been buried yet.
fn has_ended(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    !stat.is_ok_and(|stat| {
        let (_, rest) = stat.rsplit_once(')').expect("a name in brackets");
        !rest.trim_start().starts_with('Z')
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_ends_after_others_wrote_is_still_on_record() {
    let world = World::new();
    let mut project = project();
    let gate = world.path("gate");
    let script = format!(
        "echo begun; until test -f {}; do sleep 0.02; done",
        gate.display()
    );
    project.checks[0].command = Some(argv(&script));
    let [ana, tia] = ["ana", "tia"].map(|person| world.console(person, &project));
    let opened = ana.forge.open_request(&new_request("hotfix/npe")).await;
    let request = done(opened.unwrap());
    let heard = Arc::new(tokio::sync::Notify::new());
    let bell = Bell(Arc::clone(&heard));
    let others = async {
        heard.notified().await;
        for _ in 0..3 {
            done(tia.forge.comment(request.id, "meanwhile").await.unwrap());
        }
        std::fs::write(&gate, "").expect("the folder is ours");
    };
    let checked = ana.forge.run_checks(request.id, &request.head, &bell);
    let (checked, ()) = tokio::join!(checked, others);
    let checked = done(checked.unwrap());
    assert_eq!(checked.checks[0].state, CheckState::Passed);
    // Opened, check started, three comments, check finished.
    assert_eq!(world.events(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_lost_what_was_seen_stops_the_next_console() {
    let world = World::new();
    let ana = world.console("ana", &project());
    let opened = ana.forge.open_request(&new_request("hotfix/npe")).await;
    done(opened.unwrap());
    drop(ana);
    world.run(
        &[
            "-C",
            "origin.git",
            "update-ref",
            "-d",
            "refs/lanekeeper/v1/forge",
        ],
        "",
    );
    let later = world.console("ana", &project());
    later.fetch().await;
    let answer = later.forge.requests(&RequestQuery::default()).await;
    let why = answer.expect_err("what was seen is gone").to_string();
    assert!(why.contains("rewritten"), "{why}");
    let tried = later.forge.open_request(&new_request("hotfix/npe")).await;
    assert!(tried.is_err(), "nothing is written on top of it");
    // Who never saw the chain cannot know, and who says that it is right goes on.
    let tia = world.console("tia", &project());
    tia.fetch().await;
    assert!(tia.forge.requests(&RequestQuery::default()).await.is_ok());
    std::fs::remove_file(world.path("pin-ana")).expect("it was kept");
    let again = world.console("ana", &project());
    let opened = again.forge.open_request(&new_request("hotfix/npe")).await;
    done(opened.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_was_lost_says_nothing_about_the_chain() {
    let world = World::new();
    let ana = world.console("ana", &project());
    let opened = ana.forge.open_request(&new_request("hotfix/npe")).await;
    done(opened.unwrap());
    drop(ana);
    std::fs::remove_dir_all(world.path("own-ana")).expect("our folder");
    // Made anew, and the remote was not asked since.
    let later = world.console("ana", &project());
    let answer = later.forge.requests(&RequestQuery::default()).await;
    let why = answer.expect_err("nothing was seen");
    assert!(!why.to_string().contains("rewritten"), "{why}");
    later.fetch().await;
    let seen = later.forge.requests(&RequestQuery::default()).await;
    assert_eq!(seen.unwrap().len(), 1);
}
