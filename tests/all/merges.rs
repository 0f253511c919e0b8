//! The merge engine: batches, the short cut, objects that are thrown away, and merges that nobody waits for.

mod attributes;

use std::path::Path;
use std::path::PathBuf;

use lanekeeper::git::Cancel;
use lanekeeper::git::ConflictPolicy;
use lanekeeper::git::Error;
use lanekeeper::git::Forecast;
use lanekeeper::git::Pick;
use lanekeeper::git::PickOrder;
use lanekeeper::git::Repo;
use lanekeeper::git::UserClone;
use lanekeeper::model::CommitId;
use lanekeeper::model::Judge;
use lanekeeper::model::Person;
use lanekeeper::model::Timestamp;

use super::support::repository::World;
use super::support::repository::all_gits;
use super::support::repository::script;

fn beside(world: &World) -> Repo {
    let git = world.executable();
    let clone = UserClone::discover(&git, &world.clone()).expect("clone");
    Repo::beside(&git, &world.own(), &clone).expect("own repository")
}

fn forecasts(repo: &Repo, picks: &[Pick]) -> Vec<Forecast> {
    let mut answers = vec![None; picks.len()];
    repo.forecast(picks, &mut |index, forecast| {
        assert!(answers[index].is_none(), "each is told once");
        answers[index] = Some(forecast);
    })
    .expect("asked");
    answers.into_iter().map(|one| one.expect("told")).collect()
}

fn lines(count: usize) -> String {
    (0..count).map(|line| format!("line {line}\n")).collect()
}

/// Many files, and many commits on `main` that each change some of them; `old` is where all began.
fn many(world: &World, count: usize) -> Vec<CommitId> {
    for file in 0..6 {
        world.write(&format!("dir{}/file{file}", file % 3), lines(20));
    }
    world.commit("base");
    world.git(&["branch", "old"]);
    (0..count)
        .map(|step| {
            let file = step % 6;
            let path = format!("dir{}/file{file}", file % 3);
            let text =
                lines(20).replace(&format!("line {}\n", step % 20), &format!("new {step}\n"));
            match step % 7 {
                5 => world.write(&format!("dir{}/added{step}", step % 3), "added\n"),
                6 => world.write("dir0/file0", text.replace("line 3", "three")),
                _ => world.write(&path, text),
            }
            world.commit(&format!("change {step}"))
        })
        .collect()
}

/// What git itself makes of a pick: the tree, or none where it conflicts.
fn truth(world: &World, pick: &Pick) -> Option<String> {
    world.git(&["checkout", "-q", "-f", "--detach", pick.onto.as_str()]);
    let (is_clean, _) = world.try_git_in(
        &world.clone(),
        &[
            "cherry-pick",
            "--allow-empty",
            "--keep-redundant-commits",
            pick.commit.as_str(),
        ],
    );
    let tree = is_clean.then(|| world.git(&["rev-parse", "HEAD^{tree}"]));
    world.git(&["reset", "-q", "--hard"]);
    let (_, _) = world.try_git_in(&world.clone(), &["cherry-pick", "--quit"]);
    tree
}

#[test]
fn every_pick_of_a_batch_is_what_git_makes_of_it_whoever_answers() {
    for git in all_gits() {
        let world = World::with(&git);
        let commits = many(&world, 30);
        let old = world.id("old");
        let picks: Vec<Pick> = commits
            .iter()
            .map(|commit| Pick {
                commit: commit.clone(),
                onto: old.clone(),
            })
            .chain(
                commits
                    .iter()
                    .zip(commits.iter().skip(9))
                    .map(|(commit, onto)| Pick {
                        commit: commit.clone(),
                        onto: onto.clone(),
                    }),
            )
            .collect();
        let repo = beside(&world);
        let answers = forecasts(&repo, &picks);
        let mut judges = [0, 0];
        for (pick, answer) in picks.iter().zip(&answers) {
            let (tree, by) = match answer {
                Forecast::Clean { tree, by } | Forecast::Already { tree, by } => {
                    (Some(tree.to_string()), by)
                }
                Forecast::Conflict { by, .. } => (None, by),
                Forecast::Blocked { why } | Forecast::Unknown { why } => panic!("{why}"),
            };
            judges[usize::from(*by == Judge::Git)] += 1;
            assert_eq!(tree, truth(&world, pick), "{pick:?}");
        }
        assert!(judges[0] > 5 && judges[1] > 5, "both are asked: {judges:?}");
        // Another process reads the same from the shelf.
        assert_eq!(forecasts(&beside(&world), &picks), answers);
    }
}

#[test]
fn one_bad_pair_is_unknown_and_spoils_no_other() {
    for git in all_gits() {
        let world = World::with(&git);
        let commits = many(&world, 20);
        let old = world.id("old");
        let mut picks: Vec<Pick> = commits
            .iter()
            .map(|commit| Pick {
                commit: commit.clone(),
                onto: old.clone(),
            })
            .collect();
        let good = forecasts(&beside(&world), &picks);
        std::fs::remove_dir_all(world.own()).expect("forgotten");
        // A commit whose file is gone from the store: git stops at it.
        let broken = world.change("dir1/file1", lines(20).replace("line 9", "nine"), "broken");
        let rival = world.change("dir1/file1", lines(20).replace("line 9", "neuf"), "rival");
        let blob = world.git(&["rev-parse", &format!("{broken}:dir1/file1")]);
        let (folder, rest) = blob.split_at(2);
        let path = world.clone().join(".git/objects").join(folder).join(rest);
        std::fs::remove_file(path).expect("a loose object");
        let bad = Pick {
            commit: broken,
            onto: rival,
        };
        picks.insert(7, bad);
        let mut answers = forecasts(&beside(&world), &picks);
        let Forecast::Unknown { why } = answers.remove(7) else {
            panic!("its file is gone");
        };
        assert!(why.contains("merge-tree"), "{why}");
        assert_eq!(answers, good);
    }
}

#[test]
fn a_commit_of_three_parents_is_blocked_and_a_missing_one_unknown() {
    let world = World::empty();
    let base = world.change("a", "1\n", "base");
    for branch in ["b", "c", "d"] {
        world.switch(branch, Some("main"));
        world.change(branch, "x\n", branch);
    }
    world.git(&["merge", "-q", "-m", "three at once", "b", "c"]);
    let pick = |commit: CommitId| Pick {
        commit,
        onto: base.clone(),
    };
    let nobody = "0123456789012345678901234567890123456789"
        .parse()
        .expect("digits");
    let answers = forecasts(&beside(&world), &[pick(world.id("HEAD")), pick(nobody)]);
    assert!(matches!(&answers[0], Forecast::Blocked { why } if why.contains("3 parents")));
    assert!(matches!(&answers[1], Forecast::Unknown { .. }));
}

fn objects_below(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .map(|path| {
            if path.is_dir() {
                objects_below(&path)
            } else {
                1
            }
        })
        .sum()
}

#[test]
fn predictions_leave_no_objects_and_what_is_built_is_whole() {
    for git in all_gits() {
        let world = World::with(&git);
        world.write("a/b/file", lines(20));
        world.write("a/other", lines(3));
        let base = world.commit("base");
        world.switch("develop", Some("main"));
        let develop = world.change("a/b/file", lines(20).replace("line 2\n", "two\n"), "BUILD");
        world.switch("main", None);
        let fix = world.change("a/b/file", lines(20).replace("line 17\n", "x\n"), "fix");
        let repo = beside(&world);
        let loose = || objects_below(&world.own().join("objects"));
        let before = loose();
        repo.predict_pick(&fix, &base, &develop).expect("predicted");
        repo.presence(&base, &fix, &develop).expect("judged");
        assert_eq!(loose(), before, "nothing was used yet");
        // In another process, which knows the answer by its id only.
        drop(repo);
        let repo = beside(&world);
        repo.predict_pick(&fix, &base, &develop).expect("predicted");
        let order = PickOrder {
            onto: develop,
            commits: vec![fix],
            policy: ConflictPolicy::Fail,
            trailers: Vec::new(),
            committer: Person::from_email("Ben", "ben@example.org"),
            at: Timestamp::from_second(1_800_000_000),
        };
        let built = repo.build_picks(&order).expect("clean");
        drop(repo);
        world.git_in(
            &world.own(),
            &["rev-list", "--objects", built.head.as_str()],
        );
        let file = format!("{}:a/b/file", built.head);
        let text = world.git_in(&world.own(), &["cat-file", "-p", &file]);
        assert!(text.contains("two") && text.contains('x'));
        assert_eq!(thrown_away_for(&world), Vec::<PathBuf>::new());
    }
}

/// Returns the folders of throw-away objects beside this world's store; other tests have some at the same place.
fn thrown_away_for(world: &World) -> Vec<PathBuf> {
    let store = world.own().join("objects");
    let store = store.canonicalize().expect("a store").display().to_string();
    let place = beside(world).throw_away_place();
    let folders = std::fs::read_dir(place).expect("a place").flatten();
    let is_ours = |folder: &PathBuf| {
        let lent = std::fs::read_to_string(folder.join("objects/info/alternates"));
        lent.is_ok_and(|lent| lent.contains(&store))
    };
    folders.map(|entry| entry.path()).filter(is_ours).collect()
}

#[test]
fn what_a_killed_process_left_behind_is_swept() {
    let world = World::empty();
    let commits = many(&world, 7);
    let repo = beside(&world);
    let name = world.path().file_name().expect("a name").to_string_lossy();
    let left = repo
        .throw_away_place()
        .join(format!("merges-killed-{name}"));
    std::fs::create_dir_all(left.join("objects/aa")).expect("made");
    std::fs::write(left.join("lock"), "").expect("nobody holds it");
    let pick = Pick {
        commit: commits[5].clone(),
        onto: world.id("old"),
    };
    assert!(matches!(
        forecasts(&repo, &[pick])[..],
        [Forecast::Clean { by: Judge::Git, .. }]
    ));
    assert!(!left.exists());
    assert_eq!(thrown_away_for(&world).len(), 1, "what is used stays");
    drop(repo);
    assert_eq!(thrown_away_for(&world), Vec::<PathBuf>::new());
}

/// Asks with a git that never answers merges, cancels once it hangs, and asks again.
fn cancelled(world: &World, ask: impl Fn(&Repo) -> Result<(), Error> + Clone + Send + 'static) {
    let real = all_gits().remove(0);
    let bin = world.path().join("bin");
    std::fs::create_dir(&bin).expect("made");
    let body = format!(
        "case \"$*\" in *merge-tree*) echo $$ > '{}'; exec sleep 1000;; esac; exec '{}' \"$@\"",
        world.path().join("pid").display(),
        real.display()
    );
    script(&bin.join("git"), &body);
    let mut environment = world.environment();
    environment.git = Some(bin.join("git"));
    let git = lanekeeper::git::Git::find(environment).expect("the script says its version");
    let clone = UserClone::discover(&git, &world.clone()).expect("clone");
    let cancel = Cancel::default();
    let repo = Repo::beside(&git, &world.own(), &clone)
        .expect("own")
        .unless(&cancel);
    let asked = std::thread::spawn({
        let (repo, ask) = (repo.clone(), ask.clone());
        move || ask(&repo)
    });
    let file = world.path().join("pid");
    while std::fs::read_to_string(&file)
        .unwrap_or_default()
        .trim()
        .is_empty()
    {
        assert!(!asked.is_finished(), "it asked git for no merge");
        std::thread::yield_now();
    }
    drop(cancel.on_drop());
    let answer = asked.join().expect("no panic");
    assert!(matches!(answer, Err(Error::Cancelled)), "{answer:?}");
    let pid = std::fs::read_to_string(&file).expect("written");
    assert!(
        !Path::new("/proc").join(pid.trim()).join("exe").exists(),
        "it is gone"
    );
    let later = ask(&repo);
    assert!(matches!(later, Err(Error::Cancelled)), "{later:?}");
}

#[test]
fn a_cancelled_merge_kills_its_process_and_no_other_begins() {
    let world = World::empty();
    let commits = many(&world, 7);
    let pick = Pick {
        commit: commits[5].clone(),
        onto: world.id("old"),
    };
    cancelled(&world, move |repo| {
        repo.forecast(std::slice::from_ref(&pick), &mut |_, _| {})
    });
}

#[test]
fn a_cancelled_look_at_many_fixes_kills_its_merges_too() {
    let world = World::empty();
    let commits = many(&world, 8);
    // The later commit changed the same file, so that only a merge can tell.
    let (fix, tip) = (commits[1].clone(), commits[7].clone());
    cancelled(&world, move |repo| {
        let fixes = repo.heads(std::slice::from_ref(&fix))?;
        repo.presence_many(&fixes, std::slice::from_ref(&tip), &[])?;
        Ok(())
    });
}

#[test]
fn what_a_person_has_set_for_their_own_merges_changes_no_answer_and_runs_nothing() {
    for git in all_gits() {
        let world = World::with(&git);
        world.change("a", lines(9), "base");
        world.switch("rival", Some("main"));
        let rival = world.change("a", lines(9).replace("line 5", "five"), "the same line");
        world.switch("old", Some("main"));
        world.git(&["mv", "a", "b"]);
        let moved = world.commit("renamed");
        world.switch("main", None);
        let fix = world.change("a", lines(9).replace("line 5", "V"), "fix");
        let picks = [rival, moved].map(|onto| Pick {
            commit: fix.clone(),
            onto,
        });
        let ran = world.path().join("ran");
        let driver =
            |name: &str| format!("[merge \"{name}\"]\n\tdriver = touch '{}'\n", ran.display());
        for settings in [
            "[merge]\n\tdefault = union\n".to_owned(),
            format!("[merge]\n\tdefault = own\n{}", driver("own")),
            // A driver may have the name of a way to merge that git knows.
            driver("text"),
            "[merge]\n\trenames = false\n\trenormalize = true\n[diff]\n\trenames = false\n"
                .to_owned(),
        ] {
            std::fs::write(world.home().join("gitconfig"), &settings).expect("own home");
            let answers = forecasts(&beside(&world), &picks);
            let [Forecast::Conflict { .. }, Forecast::Clean { .. }] = &answers[..] else {
                panic!("{}: {settings}: {answers:?}", git.display());
            };
            assert!(!ran.exists(), "{settings}");
            // The next one shall not find what this one kept.
            std::fs::remove_dir_all(world.own()).expect("forgotten");
        }
    }
}
