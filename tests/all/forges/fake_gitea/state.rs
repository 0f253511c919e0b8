//! What the fake remembers.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) login: &'static str,
    /// May push, merge and decide officially.
    pub(crate) may_write: bool,
}

impl User {
    /// Returns the address by which commits are theirs.
    pub(super) fn email(&self) -> String {
        format!("{}@example.org", self.login)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) id: i64,
    pub(crate) user: i64,
    pub(crate) state: String,
    pub(crate) body: String,
    pub(crate) commit: String,
    pub(crate) is_dismissed: bool,
    pub(crate) at: i64,
}

/// What becomes of a review while a push is being worked off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dismissal {
    Never,
    /// The answer to it says so already, and it is not called official.
    AtOnce,
    /// After the answer.
    JustAfter,
}

#[derive(Debug, Clone)]
pub(crate) struct Merge {
    pub(crate) commit: String,
    pub(crate) head: String,
    pub(crate) base: String,
    pub(crate) by: i64,
    pub(crate) at: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) from: String,
    pub(crate) into: String,
    pub(crate) author: i64,
    pub(crate) labels: Vec<i64>,
    pub(crate) milestone: Option<i64>,
    pub(crate) reviewers: Vec<i64>,
    pub(crate) is_closed: bool,
    pub(crate) merge: Option<Merge>,
    pub(crate) reviews: Vec<Review>,
    pub(crate) comments: Vec<(i64, String)>,
    /// Reads that still answer "not mergeable", because it is being computed.
    pub(crate) checking: usize,
    /// From another project.
    pub(crate) is_fork: bool,
    pub(crate) created: i64,
    pub(crate) updated: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Status {
    pub(crate) id: i64,
    pub(crate) context: String,
    pub(crate) status: String,
    pub(crate) description: String,
    pub(crate) url: String,
    pub(crate) at: i64,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Protection {
    pub(crate) approvals: usize,
    pub(crate) contexts: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) name: String,
    /// `waiting`, `running`, `success`, `failure`, `cancelled`, `skipped`.
    pub(crate) status: String,
    pub(crate) attempt: u64,
    pub(crate) log: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) workflow: String,
    pub(crate) commit: String,
    pub(crate) branch: String,
    pub(crate) by: i64,
    pub(crate) jobs: Vec<Job>,
    /// Jobs of earlier attempts, which are not listed any more.
    pub(crate) earlier: Vec<Job>,
    pub(crate) at: i64,
}

impl Run {
    pub(crate) fn status(&self) -> &str {
        let has = |word: &str| self.jobs.iter().any(|job| job.status == word);
        ["running", "waiting", "failure", "cancelled"]
            .into_iter()
            .find(|word| has(word))
            .unwrap_or("success")
    }
}

pub(crate) struct State {
    pub(crate) version: String,
    pub(crate) users: Vec<User>,
    pub(crate) pulls: Vec<Pull>,
    pub(crate) labels: Vec<(i64, String)>,
    /// Labels of the organisation.
    pub(crate) org_labels: Vec<(i64, String)>,
    pub(crate) statuses: BTreeMap<String, Vec<Status>>,
    pub(crate) protections: BTreeMap<String, Protection>,
    /// Workflows that `workflow_dispatch` starts, with their jobs.
    pub(crate) workflows: BTreeMap<String, Vec<&'static str>>,
    /// Where their files are, if not in the folder that this server looks into.
    pub(crate) workflow_folder: Option<&'static str>,
    pub(crate) runs: Vec<Run>,
    /// What a project does with a merged branch if nobody says.
    pub(crate) deletes_branches: bool,
    /// Counts reviews only where a rule of the branch asks for them, as Forgejo and older versions of Gitea do.
    pub(crate) needs_a_rule: bool,
    pub(crate) dismissal: Dismissal,
    /// Reads of a new or moved request that say "not mergeable" first.
    pub(crate) checking: usize,
    pub(crate) methods: BTreeSet<&'static str>,
    /// A merge moves the branch and is not written down, as by a server that dies in between.
    pub(crate) leaves_merges_open: bool,
    /// Actions are off.
    pub(crate) is_without_actions: bool,
    /// Tasks of runs that are older than it keeps.
    pub(crate) forgets_tasks: bool,
    /// Everybody administers the project, and so reads the rules of its branches.
    pub(crate) is_administered: bool,
    /// Branches whose rule takes no head that lacks a commit of them.
    pub(crate) blocks_outdated: BTreeSet<&'static str>,
    /// Branches whose rule waits for everybody who was asked for a review.
    pub(crate) blocks_asked: BTreeSet<&'static str>,
    /// Scopes that no token has: `write:issue`, `write:repository`.
    pub(crate) lacking: Vec<&'static str>,
    /// Looks at the runs before a started one is listed.
    pub(crate) delay: usize,
    last_id: i64,
}

impl State {
    pub(super) fn new(version: &str) -> Self {
        let user = |id, login, may_write| User {
            id,
            login,
            may_write,
        };
        Self {
            version: version.to_owned(),
            users: vec![
                user(11, "ana", true),
                user(12, "tia", true),
                user(13, "pia", true),
                user(14, "bob", true),
                user(15, "zoe", false),
                user(16, "sam", true),
            ],
            pulls: Vec::new(),
            labels: Vec::new(),
            org_labels: vec![(900, "hotfix".to_owned())],
            statuses: BTreeMap::new(),
            protections: BTreeMap::new(),
            workflows: BTreeMap::new(),
            workflow_folder: None,
            runs: Vec::new(),
            deletes_branches: true,
            needs_a_rule: false,
            dismissal: Dismissal::Never,
            checking: 1,
            methods: BTreeSet::from(["merge", "squash", "rebase"]),
            leaves_merges_open: false,
            is_without_actions: false,
            forgets_tasks: false,
            is_administered: false,
            blocks_outdated: BTreeSet::new(),
            blocks_asked: BTreeSet::new(),
            lacking: Vec::new(),
            delay: 0,
            last_id: 0,
        }
    }

    /// Returns a number that was not used before; also the time, in seconds.
    pub(super) fn next(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    pub(super) fn user(&self, id: i64) -> &User {
        let found = self.users.iter().find(|user| user.id == id);
        found.expect("only these people are here")
    }

    pub(crate) fn is_forgejo(&self) -> bool {
        self.version.contains("+gitea-")
    }

    /// Returns the folder for workflows that this server looks into before any other.
    pub(super) fn first_folder(&self) -> &'static str {
        if self.is_forgejo() {
            ".forgejo"
        } else {
            ".gitea"
        }
    }

    pub(super) fn has_runs(&self) -> bool {
        self.version != super::GITEA_OLD
    }

    /// Tells whether there are calls about single jobs.
    pub(super) fn has_jobs(&self) -> bool {
        self.has_runs() && self.version != super::FORGEJO_JOBLESS
    }

    /// Tells whether there is a call of Gitea's that runs a job again.
    pub(super) fn reruns_jobs(&self) -> bool {
        self.version == super::GITEA_RERUNS || self.has_attempts()
    }

    /// Tells whether lists of requests leave out who merged one.
    pub(super) fn hides_mergers(&self) -> bool {
        self.is_forgejo() || self.has_attempts()
    }

    /// Tells whether a job that runs again is another job.
    pub(super) fn has_attempts(&self) -> bool {
        self.version == super::GITEA_ATTEMPTS
    }

    /// Reports a status, as CI does.
    pub(crate) fn report(&mut self, commit: &str, context: &str, status: &str) {
        self.say(commit, context, status, "");
    }

    /// The same, with words.
    pub(crate) fn say(&mut self, commit: &str, context: &str, status: &str, words: &str) {
        let id = self.next();
        let all = self.statuses.entry(commit.to_owned()).or_default();
        all.push(Status {
            id,
            context: context.to_owned(),
            status: status.to_owned(),
            description: words.to_owned(),
            url: "https://ci.example/1".to_owned(),
            at: id,
        });
    }

    /// Starts a workflow on a commit, as a push does.
    pub(crate) fn run(
        &mut self,
        workflow: &str,
        jobs: &[&str],
        branch: &str,
        commit: &str,
        by: i64,
    ) -> u64 {
        let id = self.next().unsigned_abs();
        let jobs = jobs.iter().enumerate().map(|(place, name)| Job {
            id: id * 100 + u64::try_from(place).expect("few jobs"),
            name: (*name).to_owned(),
            status: "waiting".to_owned(),
            attempt: 1,
            log: String::new(),
        });
        self.runs.push(Run {
            id,
            workflow: workflow.to_owned(),
            commit: commit.to_owned(),
            branch: branch.to_owned(),
            by,
            jobs: jobs.collect(),
            earlier: Vec::new(),
            at: i64::try_from(id).expect("small"),
        });
        id
    }

    /// Lets every job of the runs of a commit end.
    pub(crate) fn finish(&mut self, commit: &str, status: &str) {
        for run in self.runs.iter_mut().filter(|run| run.commit == commit) {
            for job in &mut run.jobs {
                status.clone_into(&mut job.status);
            }
        }
    }

    /// Lets somebody run a job of a run again on its page: it waits for a runner, who takes it as another task.
    pub(crate) fn rerun_on_page(&mut self, run: usize, place: usize) {
        let made = self.next().unsigned_abs() * 100;
        let run = &mut self.runs[run];
        let job = &mut run.jobs[place];
        run.earlier.push(job.clone());
        job.id = made;
        job.attempt += 1;
        "waiting".clone_into(&mut job.status);
    }

    /// Somebody says yes to a head, on the page of a request.
    pub(crate) fn approve(&mut self, number: u64, login: &str, head: &str) {
        let at = self.next();
        let mut users = self.users.iter();
        let user = users.find(|user| user.login == login);
        let user = user.expect("a login of this server").id;
        self.pull(number).reviews.push(Review {
            id: at,
            user,
            state: "APPROVED".to_owned(),
            body: String::new(),
            commit: head.to_owned(),
            is_dismissed: false,
            at,
        });
    }

    /// Somebody's reviews of a request are dismissed; without a login everybody's.
    pub(crate) fn dismiss(&mut self, number: u64, login: Option<&str>) {
        let of = |user: &&User| login.is_none_or(|login| user.login == login);
        let users: Vec<i64> = self.users.iter().filter(of).map(|user| user.id).collect();
        for review in &mut self.pull(number).reviews {
            review.is_dismissed |= users.contains(&review.user);
        }
    }

    pub(crate) fn pull(&mut self, number: u64) -> &mut Pull {
        let found = self.pulls.iter_mut().find(|pull| pull.number == number);
        found.expect("the request is there")
    }
}

/// Returns a time of the fake as forges write it.
pub(super) fn written(seconds: i64) -> String {
    lanekeeper::model::Timestamp::from_second(1_700_000_000 + seconds).to_string()
}
