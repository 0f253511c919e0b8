//! The kill sweep against a forge over HTTP: a GitLab whose ledger is its state.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;

use super::host::Develop;
use super::host::Host;
use super::hosted_acts::BACKPORT;
use super::hosted_acts::READY;
use super::hosted_acts::RESOLVE;
use super::hosted_acts::RETRY;
use super::hosted_acts::SOLO_NOTE;
use super::hosted_acts::SOLO_OPEN;
use super::hosted_acts::STORY;
use super::hosted_acts::UNDO;
use super::hosted_acts::before;
use super::kills::Ground;
use super::kills::World as Seen;
use super::kills::do_what_is_offered;
use super::kills::refs;
use super::kills::sweep;
use super::sample::Share;
use super::tell;
use super::trace;
use crate::crash::deadly_git;
use crate::crash::path_with;
use crate::forges::fake_gitlab::FakeGitlab;
use crate::forges::fake_gitlab::State;
use crate::forges::team_file::TeamFile;

pub(super) struct Stage {
    host: Host,
    state: Arc<Mutex<State>>,
    kept: Mutex<State>,
    act: usize,
    /// The words of the act, with the go-live's id in its place.
    said: Vec<String>,
}

impl Stage {
    /// Plays the story up to the act `at`, without harm.
    pub(super) fn before(at: usize) -> Self {
        let team = TeamFile {
            forge: Some("gitlab"),
            ..TeamFile::GITLAB
        };
        let mut text = team.text();
        if matches!(at, SOLO_OPEN | SOLO_NOTE) {
            let here = "[project]\nrecord_carrier = \"local\"\n";
            text = text.replacen("[project]\n", here, 1);
        }
        let develop = match at {
            RESOLVE | READY => Develop::Conflicts,
            _ => Develop::AsMain,
        };
        let mut state = State::new();
        state.has_ci = true;
        let kept = Mutex::new(state.clone());
        let state = Arc::new(Mutex::new(state));
        let people = ["dana", "lena", "pat"];
        let host = Host::new(&text, develop, people, |world, origin| {
            FakeGitlab::new(Arc::clone(world), origin, Arc::clone(&state))
        });
        let mut stage = Self {
            host,
            state,
            kept,
            act: 0,
            said: Vec::new(),
        };
        for act in before(at) {
            stage.come_to(act);
            let answer = stage.host.run(STORY[act].login, &stage.said);
            let has_conflicts = develop == Develop::Conflicts && act == BACKPORT;
            assert_eq!(
                answer.code,
                if has_conflicts { 4 } else { 0 },
                "{:?}: {}{}",
                stage.said,
                answer.out,
                answer.notes
            );
            if act == 0 {
                stage.host.push_fix();
            }
        }
        if at == UNDO {
            stage.come_to(BACKPORT);
            stage.die_before_it_is_told();
        }
        stage.come_to(at);
        *stage.kept.lock().unwrap() = stage.state.lock().unwrap().clone();
        stage
    }

    /// Begins the backport and dies when its branch and its request are there, and the record does not know it.
    fn die_before_it_is_told(&self) {
        let bin = self.host.world.path().join("bin");
        // The intent, the branch and what is told of it are pushed before.
        deadly_git(&bin, 4, "before");
        let mut command = self.host.binary("dana");
        command.args(&self.said).env("PATH", path_with(&bin));
        let output = command.output().expect("the binary runs");
        assert_eq!(output.status.signal(), Some(9), "it was not killed");
        let opened = self.state.lock().unwrap().mrs.len();
        assert_eq!(opened, 2, "the request of the backport is there");
    }

    /// Lets the forge do its part, and whoever approves look at the diff.
    fn come_to(&mut self, at: usize) {
        let act = &STORY[at];
        self.act = at;
        (act.before)(&mut self.state.lock().unwrap());
        let of = |word: &&str| match *word {
            "GO-LIVE" => self.go_live(),
            other => other.to_owned(),
        };
        self.said = act.words.iter().map(of).collect();
        if let [verb, id, ..] = self.said.as_slice()
            && verb == "approve"
        {
            self.host.run(act.login, &["diff", id]);
        }
    }

    /// Counts what the forge has.
    fn count(&self, seen: &mut Seen) {
        let state = self.state.lock().unwrap();
        for mr in &state.mrs {
            let draft = if mr.is_draft() { "draft " } else { "" };
            seen.count(format!("{draft}request {} into {}", mr.state, mr.into));
            mr.labels
                .iter()
                .for_each(|label| seen.count(format!("label {label}")));
            mr.reviewers.iter().for_each(|_| seen.count("reviewer"));
            for (_, text, _) in &mr.notes {
                seen.count("comment");
                if text.contains("note: mine") {
                    seen.count("the note in the copy of the record");
                }
            }
            mr.approvals.iter().for_each(|_| seen.count("approval"));
        }
        for job in &state.jobs {
            seen.count(format!("job {} {}", job.name, job.status));
        }
        for said in &state.said {
            seen.count(format!("status {} {}", said.name, said.status));
        }
        let votes = state.deployments.iter().flat_map(|one| &one.approvals);
        votes.for_each(|vote| seen.count(format!("vote of {}", vote.user.username)));
    }

    fn go_live(&self) -> String {
        let list = self.host.run("lena", &["approvals", "--json"]).json();
        let groups = ["mine", "waiting", "seen", "foreign"].iter();
        let mut items = groups.flat_map(|group| {
            list["groups"][group]
                .as_array()
                .cloned()
                .unwrap_or_default()
        });
        let id = items.find_map(|item| {
            item["id"]
                .as_str()
                .filter(|id| id.starts_with("deployment:"))
                .map(str::to_owned)
        });
        id.unwrap_or_else(|| panic!("no go-live in {list}"))
    }
}

impl Ground for Stage {
    fn words(&self) -> String {
        format!(
            "{}: {}",
            STORY[self.act].login,
            STORY[self.act].words.join(" ")
        )
    }

    fn command(&self) -> Command {
        let mut command = self.host.binary(STORY[self.act].login);
        command.args(&self.said);
        command
    }

    fn code(&self) -> i32 {
        0
    }

    fn folder(&self) -> PathBuf {
        self.host.world.path().to_owned()
    }

    fn rewind(&self) {
        *self.state.lock().unwrap() = self.kept.lock().unwrap().clone();
    }

    fn recover(&self) -> String {
        let login = STORY[self.act].login;
        let mut said = String::new();
        let mut say = |words: &[&str]| self.host.say(login, words, &mut said);
        let words: Vec<&str> = self.said.iter().map(String::as_str).collect();
        match self.act {
            0 => {
                say(&words);
                // A hotfix that was opened without its branch: its first step pushes it.
                say(&["do", "implement", "--yes"]);
            }
            SOLO_NOTE => {
                // Who finds a note on record, and nothing cut off after it, does not say it again: that would be another one.
                let told = |words: &str| self.host.run(login, &[words, "--json"]).out;
                let is_over =
                    told("log").contains("mine") && !told("status").contains("interrupted");
                if !is_over {
                    say(&words);
                }
            }
            UNDO => do_what_is_offered(&mut say, "--undo"),
            RESOLVE | READY => {
                say(&words);
                do_what_is_offered(&mut say, "--continue");
            }
            _ => {
                say(&words);
            }
        }
        said
    }

    fn finish(&self) {
        // The same words open the request or finish its draft and, where that is done, merge it.
        if matches!(self.act, BACKPORT | READY) {
            let words = ["do", "backport", "--target", "develop", "--yes"];
            self.host.run("dana", &words);
        }
        // A copy that was cut off is brought up to date by the next plan.
        if matches!(self.act, SOLO_OPEN | SOLO_NOTE) {
            let words = ["note", "one more", "--yes"];
            self.host.run("dana", &words).ends(0);
        }
    }

    fn world(&self) -> Seen {
        let mut seen = Seen::default();
        self.count(&mut seen);
        self.host.see("dana", &mut seen);
        seen
    }

    fn sent(&self) -> String {
        let mut seen = Seen::default();
        self.count(&mut seen);
        format!("{}{seen:?}", refs(&self.host.world.origin()))
    }
}

fn survives(act: usize) {
    let share = Share::wanted();
    if let Some(why) = trace::why_not() {
        tell(&format!("skipped: {why}"));
        return;
    }
    sweep(&Stage::before(act), share);
}

/// Each of these runs the part of the day, or what `LANEKEEPER_SWEEP` names.
macro_rules! sweeps {
    ($($name:ident: $index:expr,)*) => {$(
        #[test]
        fn $name() {
            survives($index);
        }
    )*};
}

sweeps! {
    a_start_on_gitlab_survives_a_kill_at_any_call: 0,
    opening_a_request_on_gitlab_survives_a_kill_at_any_call: 1,
    a_comment_on_gitlab_survives_a_kill_at_any_call: 2,
    a_merge_on_gitlab_survives_a_kill_at_any_call: 3,
    an_approval_of_a_go_live_on_gitlab_survives_a_kill_at_any_call: 4,
    the_last_approval_of_a_go_live_on_gitlab_survives_a_kill_at_any_call: 5,
    the_start_of_a_go_live_on_gitlab_survives_a_kill_at_any_call: 6,
    a_backport_on_gitlab_survives_a_kill_at_any_call: 7,
    the_merge_of_a_backport_on_gitlab_survives_a_kill_at_any_call: 8,
    migrations_on_gitlab_survive_a_kill_at_any_call: 9,
    a_tick_on_gitlab_survives_a_kill_at_any_call: 10,
    another_try_of_a_failed_job_on_gitlab_survives_a_kill_at_any_call: RETRY,
    a_request_and_the_copy_of_the_record_on_gitlab_survive_a_kill_at_any_call: SOLO_OPEN,
    a_note_and_the_copy_of_the_record_on_gitlab_survive_a_kill_at_any_call: SOLO_NOTE,
    marking_a_request_ready_on_gitlab_survives_a_kill_at_any_call: READY,
    the_push_of_a_resolution_on_gitlab_survives_a_kill_at_any_call: RESOLVE,
    taking_a_backport_back_on_gitlab_survives_a_kill_at_any_call: UNDO,
}
