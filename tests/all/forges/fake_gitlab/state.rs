//! What the fake keeps: people, merge requests, pipelines with their jobs, deployments.

use lanekeeper::model::Timestamp;
use serde_json::Value;
use serde_json::json;

use crate::forges::limits::Limits;
use crate::support::repository::World;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) username: &'static str,
}

impl User {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "username": self.username, "name": self.username, "state": "active", "locked": false,
            "avatar_url": null, "web_url": format!("https://gitlab.example/{}", self.username),
        })
    }
}

/// A merge request.
#[derive(Debug, Clone)]
pub(crate) struct Mr {
    pub(crate) iid: u64,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) from: String,
    pub(crate) into: String,
    pub(crate) state: &'static str,
    pub(crate) labels: Vec<String>,
    pub(crate) milestone: Option<u64>,
    pub(crate) author: User,
    pub(crate) reviewers: Vec<u64>,
    pub(crate) removes_source: bool,
    /// Heads with the times of their pushes, oldest first.
    pub(crate) versions: Vec<(String, String)>,
    /// Who approved, and when.
    pub(crate) approvals: Vec<(User, String)>,
    pub(crate) notes: Vec<(User, String, String)>,
    /// What GitLab wrote of its own: about whom, what, when.
    pub(crate) told: Vec<(User, &'static str, String)>,
    pub(crate) merged: Option<MergedMr>,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

impl Mr {
    pub(crate) fn head(&self) -> &str {
        self.versions.last().map_or("", |(head, _)| head)
    }

    /// Somebody approves; GitLab writes that down.
    pub(crate) fn approve(&mut self, user: User, at: String) {
        let told = (user.clone(), "approved this merge request", at.clone());
        self.told.push(told);
        self.approvals.push((user, at));
    }

    /// Somebody takes their approval back; tells whether there was one.
    pub(crate) fn unapprove(&mut self, login: &str, at: String) -> bool {
        let mut given = self.approvals.iter();
        let Some(place) = given.position(|(user, _)| user.username == login) else {
            return false;
        };
        let (user, _) = self.approvals.remove(place);
        self.told.push((user, "unapproved this merge request", at));
        true
    }

    pub(crate) fn is_draft(&self) -> bool {
        self.title.starts_with("Draft: ")
    }
}

/// How a merge request was merged.
#[derive(Debug, Clone)]
pub(crate) struct MergedMr {
    pub(crate) merge: String,
    pub(crate) squash: Option<String>,
    pub(crate) by: User,
    pub(crate) at: String,
}

/// A pipeline.
#[derive(Debug, Clone)]
pub(crate) struct Pipeline {
    pub(crate) id: u64,
    pub(crate) sha: String,
    pub(crate) branch: String,
    pub(crate) source: &'static str,
    pub(crate) user: User,
    pub(crate) at: String,
}

/// A job. The latest of a name in its pipeline counts.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) pipeline: u64,
    pub(crate) name: String,
    pub(crate) stage: &'static str,
    pub(crate) status: &'static str,
    pub(crate) allow_failure: bool,
    pub(crate) why: Option<&'static str>,
    pub(crate) at: String,
    pub(crate) trace: String,
    pub(crate) is_bridge: bool,
    pub(crate) environment: Option<&'static str>,
    /// Who pressed play; before that, whose pipeline it is.
    pub(crate) user: Option<User>,
}

/// A deployment of one job.
#[derive(Debug, Clone)]
pub(crate) struct Deployment {
    pub(crate) id: u64,
    pub(crate) job: u64,
    pub(crate) at: String,
    pub(crate) approvals: Vec<Vote>,
}

/// A decision about a deployment.
#[derive(Debug, Clone)]
pub(crate) struct Vote {
    pub(crate) user: User,
    pub(crate) status: String,
    pub(crate) comment: Option<String>,
    pub(crate) at: String,
    /// The rule that it counts for.
    pub(crate) rule: Option<usize>,
}

/// One approval rule of the protected environment.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) members: Vec<&'static str>,
}

/// Somebody who may start a job that deploys to production.
#[derive(Debug, Clone)]
pub(crate) enum Starter {
    /// Everybody whose role has this number, or more.
    Role(u64),
    Group(&'static str, Vec<&'static str>),
    Person(User),
}

/// What somebody else says of a commit.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) id: u64,
    pub(crate) sha: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) description: String,
    pub(crate) by: User,
    pub(crate) at: String,
}

/// How the deploy stage is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One job deploys all apps.
    Single,
    /// One job per app, each with a deployment.
    Matrix,
    /// One job with the deployment, then one per app.
    Gate,
}

/// The apps that are deployed.
pub(crate) const APPS: [&str; 3] = ["portal", "admin", "api-gateway"];

/// Everything that the fake keeps.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) limits: Limits,
    pub(crate) users: Vec<User>,
    pub(crate) mergers: Vec<&'static str>,
    pub(crate) mrs: Vec<Mr>,
    pub(crate) pipelines: Vec<Pipeline>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) deployments: Vec<Deployment>,
    /// Statuses, every one that was ever set.
    pub(crate) said: Vec<Said>,
    pub(crate) rules: Vec<Rule>,
    /// Who may start what goes to production, where it is protected.
    pub(crate) starters: Vec<Starter>,
    /// How many people must approve a deployment where there are no rules, as older projects have it; 0 goes by the rules.
    pub(crate) count: usize,
    pub(crate) layout: Layout,
    pub(crate) version: &'static str,
    pub(crate) merge_method: &'static str,
    pub(crate) squash_option: &'static str,
    pub(crate) removes_source: bool,
    /// The role of whoever may merge, as a number; the others are developers at most.
    pub(crate) level: u64,
    /// Who is a maintainer by a group that was invited, which the project's own answer does not tell.
    pub(crate) invited: Vec<&'static str>,
    /// Who administers the instance.
    pub(crate) admins: Vec<&'static str>,
    pub(crate) authors_approve: bool,
    pub(crate) committers_approve: bool,
    /// Who pushed which head to which branch, as the events of the project tell it, oldest first.
    pub(crate) pushed: Vec<(User, String, String)>,
    pub(crate) protected: Vec<&'static str>,
    /// Deploy freezes: from when until when.
    pub(crate) freezes: Vec<[&'static str; 2]>,
    /// Says in its answers when somebody approved, as 18.4 and newer do; its notes say it in any case.
    pub(crate) dates_approvals: bool,
    /// Approvals that a merge needs.
    pub(crate) required_approvals: usize,
    pub(crate) needs_pipeline: bool,
    pub(crate) needs_threads: bool,
    /// Where the project is now; the old path leads to it.
    pub(crate) path: &'static str,
    /// A free instance: no rules, no protected environments.
    pub(crate) is_free: bool,
    /// A push to main makes its pipeline at once.
    pub(crate) has_ci: bool,
    /// So many reads of single requests say `checking`.
    pub(crate) checking: usize,
    /// So many reads after a merge say `locked`.
    pub(crate) locked: usize,
    next: u64,
    seconds: i64,
}

impl State {
    pub(crate) fn new() -> Self {
        let user = |id, username| User { id, username };
        let rule = |name, members: &[&'static str]| Rule {
            name,
            members: members.to_vec(),
        };
        Self {
            limits: Limits::gitlab(),
            users: vec![
                user(1, "dana"),
                user(11, "lena"),
                user(12, "pat"),
                user(13, "bo"),
                user(14, "sam"),
            ],
            mergers: vec!["dana", "lena"],
            mrs: Vec::new(),
            pipelines: Vec::new(),
            jobs: Vec::new(),
            deployments: Vec::new(),
            said: Vec::new(),
            rules: vec![
                rule("tech-leads", &["lena", "bo", "dana"]),
                rule("product-managers", &["pat", "bo"]),
            ],
            starters: vec![Starter::Role(40)],
            count: 0,
            layout: Layout::Matrix,
            version: "17.10.3-ee",
            merge_method: "merge",
            squash_option: "default_off",
            removes_source: true,
            level: 40,
            invited: Vec::new(),
            admins: Vec::new(),
            authors_approve: false,
            committers_approve: false,
            pushed: Vec::new(),
            protected: Vec::new(),
            freezes: Vec::new(),
            dates_approvals: true,
            required_approvals: 0,
            needs_pipeline: false,
            needs_threads: false,
            path: "acme/shop",
            is_free: false,
            has_ci: false,
            checking: 0,
            locked: 0,
            next: 100,
            seconds: 1_772_445_600,
        }
    }

    /// Returns the account of a token, `token-<username>` or `token-<username>-<number>`.
    pub(super) fn user_of(&self, token: Option<&str>) -> Option<User> {
        let name = token?.strip_prefix("token-")?.split('-').next()?;
        self.users
            .iter()
            .find(|user| user.username == name)
            .cloned()
    }

    /// Returns somebody's role as a number, by whichever way it came to them.
    pub(super) fn level_of(&self, user: &User) -> u64 {
        if self.invited.contains(&user.username) {
            return 40;
        }
        self.own_level_of(user)
    }

    /// Returns the role that somebody has in the project itself.
    pub(super) fn own_level_of(&self, user: &User) -> u64 {
        if self.mergers.contains(&user.username) {
            self.level
        } else {
            self.level.min(30)
        }
    }

    /// Returns a number that nothing has.
    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Returns a time later than every other.
    pub(crate) fn tick(&mut self) -> String {
        self.seconds += 1;
        Timestamp::from_second(self.seconds).to_string()
    }

    pub(super) fn mr(&mut self, iid: &str) -> Option<&mut Mr> {
        let iid: u64 = iid.parse().ok()?;
        self.mrs.iter_mut().find(|mr| mr.iid == iid)
    }

    /// Notes new heads of open requests, as GitLab does when a branch is pushed.
    pub(super) fn see_pushes(&mut self, world: &World) {
        if !self.mrs.iter().any(|mr| mr.state == "opened") {
            return;
        }
        let tips = super::repository::tips(world);
        for place in 0..self.mrs.len() {
            let mr = &self.mrs[place];
            let Some(tip) = tips.get(&mr.from).filter(|_| mr.state == "opened") else {
                continue;
            };
            if mr.head() != tip {
                let at = self.tick();
                let mr = &mut self.mrs[place];
                mr.versions.push((tip.clone(), at.clone()));
                mr.updated_at = at;
            }
        }
    }
}
