//! The facts of a scenario. Everything not said is as usual: all is seen, nothing conflicts, the hotfix is
//! open with an empty branch, me is Ana.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::LazyLock;
use std::time::Duration;

use lanekeeper::engine::*;
use lanekeeper::model::*;
use lanekeeper::playbook::Playbook;
use lanekeeper::playbook::Schema;
use lanekeeper::playbook::Work;
use lanekeeper::playbook::builtin;
use lanekeeper::playbook::resolve;
use lanekeeper::record::Actor;
use lanekeeper::record::Entry;
use lanekeeper::record::Event;
use lanekeeper::record::Record;

pub(super) const NOW: i64 = 1_775_990_000;
/// When what is stale was last seen.
pub(super) const EARLIER: EarlierTime = EarlierTime;

/// `Timestamp` cannot be made in a constant.
pub(super) struct EarlierTime;

impl EarlierTime {
    pub(super) fn at(&self) -> Timestamp {
        Timestamp::from_second(NOW - 1800)
    }

    pub(super) fn clock(&self) -> String {
        self.at().clock()
    }
}

pub(crate) struct World {
    playbook: String,
    project: Project,
    sandbox: Option<EnvironmentName>,
    policy: Option<lanekeeper::playbook::ConflictPolicy>,
    exclude_labels: Vec<String>,
    pub(super) record: Record,
    pub(super) seen: Observation,
}

fn parse<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse()
        .unwrap_or_else(|error| panic!("`{text}`: {error:?}"))
}

/// `f1` is the commit f1f1f1f1...
pub(super) fn commit(name: &str) -> CommitId {
    parse(&name.chars().cycle().take(40).collect::<String>())
}

fn person(id: &str) -> Person {
    let mut name = id.to_owned();
    name[..1].make_ascii_uppercase();
    Person {
        id: id.to_owned(),
        name: name.into(),
        login: None,
    }
}

fn known<T>(value: T) -> Seen<T> {
    Seen::known(value, Timestamp::from_second(NOW))
}

fn made(id: CommitId, subject: &str, by: &str, parents: Vec<CommitId>) -> Commit {
    let at = Timestamp::from_second(NOW - 7200);
    Commit {
        id,
        parents,
        author: person(by),
        authored_at: at,
        committed_at: at,
        message: subject.into(),
    }
}

fn lane(name: &str, branch: &str, layer: Layer, into: &[&str], seats: &[&str]) -> Lane {
    Lane {
        name: parse(name),
        branch: parse(branch),
        layer,
        merges_into: into.iter().map(|name| parse(name)).collect(),
        environment: (name == "production").then(|| parse("prod")),
        seats: seats.iter().map(|role| parse(role)).collect(),
        pattern: None,
    }
}

fn environment(name: &str, is_production: bool) -> Environment {
    Environment {
        name: parse(name),
        is_production,
        seats: if is_production {
            vec![parse("tech-lead"), parse("product-manager")]
        } else {
            Vec::new()
        },
        job: is_production.then(|| "deploy-prod-hotfix".to_owned()),
        apps: if is_production {
            vec![parse("portal"), parse("admin"), parse("api-gateway")]
        } else {
            Vec::new()
        },
        migrations: None,
        hotfix_sandbox: None,
        is_org: false,
    }
}

impl Default for World {
    fn default() -> Self {
        let now = Timestamp::from_second(NOW);
        let mut roles = BTreeMap::new();
        roles.insert(parse("tech-lead"), vec!["ana".into(), "ben".into()]);
        roles.insert(parse("product-manager"), vec!["mia".into(), "ben".into()]);
        let project = Project {
            name: "shop".into(),
            lanes: vec![
                lane("integration", "integration", Layer::Build, &["uat"], &[]),
                lane("uat", "uat", Layer::Build, &["preprod"], &[]),
                lane(
                    "preprod",
                    "preprod",
                    Layer::Run,
                    &["production"],
                    &["tech-lead"],
                ),
                lane(
                    "production",
                    "main",
                    Layer::Run,
                    &[],
                    &["tech-lead", "product-manager"],
                ),
            ],
            environments: vec![environment("prod", true), environment("sandbox", false)],
            roles: Roles(roles),
            checks: vec![CheckRule {
                name: parse("unit"),
                command: Some(vec!["make".into(), "test".into()]),
                is_required: true,
                lanes: Vec::new(),
                timeout: Duration::from_secs(60),
            }],
            apps: Vec::new(),
            checklist: Vec::new(),
        };
        let mut world = Self {
            playbook: "build-run".into(),
            project,
            sandbox: None,
            policy: None,
            exclude_labels: Vec::new(),
            record: Record::empty(parse("20260412-refund-7f3a9c")),
            seen: Observation {
                interrupted: Vec::new(),
                rewritten: None,
                now,
                me: person("ana"),
                quiet_until: None,
                capabilities: Capabilities {
                    forge: "local".into(),
                    request_sign: '!',
                    merge_methods: vec![
                        MergeMethod::Merge,
                        MergeMethod::Squash,
                        MergeMethod::Rebase,
                    ],
                    has_drafts: true,
                    has_labels: true,
                    has_statuses: true,
                    owners: lanekeeper::model::OwnerRules::Github,
                    approval_starts: false,
                    starts_jobs: false,
                    seats: Enforcement::Forge,
                    runs_checks: true,
                    runs_deployments: true,
                    no_job_retry: None,
                },
                tips: known(BTreeMap::new()),
                fix: known(FixSight {
                    head: Some(commit("3a")),
                    merge_base: Some(commit("3a")),
                    commits: Vec::new(),
                    contamination: Vec::new(),
                    changes_nothing: false,
                    landed: BTreeMap::new(),
                    picks: Picks::default(),
                }),
                edges: BTreeMap::new(),
                presence: BTreeMap::new(),
                predictions: BTreeMap::new(),
                undecided: BTreeMap::new(),
                attempts: BTreeMap::new(),
                along: BTreeMap::new(),
                requests: known(Vec::new()),
                deployments: known(Vec::new()),
                locks: BTreeMap::new(),
                frozen: known(None),
                history: known(Arc::new(LaneHistory::default())),
            },
        };
        world.event(Event::Opened {
            title: "Refund rounding".into(),
            branch: parse("hotfix/refund"),
            base: parse("preprod"),
            base_tip: commit("3a"),
            playbook: "build-run".into(),
            answers: Vec::new(),
            commits: Vec::new(),
        });
        world.tip("hotfix/refund", Some("3a"));
        world.usual();
        world
    }
}

impl World {
    pub(super) fn book(&self) -> Playbook {
        static SCHEMAS: LazyLock<Vec<Schema>> = LazyLock::new(|| builtin().into_iter().collect());
        let schema = SCHEMAS
            .iter()
            .find(|schema| schema.id == self.playbook)
            .expect("a built-in playbook");
        let mut book = resolve(schema, &self.project).expect("resolves in the scenario's project");
        for step in &mut book.steps {
            match &mut step.work {
                Work::Commits { sandbox } if self.sandbox.is_some() => {
                    sandbox.clone_from(&self.sandbox);
                }
                Work::Carry(carry) => {
                    carry.conflict = self.policy.unwrap_or(carry.conflict);
                    carry.exclude_labels.clone_from(&self.exclude_labels);
                }
                _ => {}
            }
        }
        book
    }

    /// Fills in what is usual for the lanes there are.
    fn usual(&mut self) {
        for (place, lane) in self.project.lanes.clone().iter().enumerate() {
            let branch = lane.branch_name().expect("no patterns here");
            self.tip(branch.as_str(), Some(&format!("{}a", place + 1)));
            self.verdict(&lane.name.clone(), Verdict::Absent, None);
        }
        for edge in self.project.edges() {
            let sight = EdgeSight {
                from_tip: self.lane_tip(&edge.from),
                into_tip: self.lane_tip(&edge.into),
                ahead: 1,
                behind: 0,
                riders: Vec::new(),
                promotion: PredictionOutcome::Clean,
                fix_after: None,
            };
            self.seen.edges.insert(edge, known(sight));
        }
        for step in self.book().steps {
            if let Work::Carry(carry) = &step.work {
                for target in &carry.targets {
                    self.predict(&step.id, target, PredictionOutcome::Clean);
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        self.event_by("ana", event);
    }

    fn event_by(&mut self, who: &str, event: Event) {
        let actor = Actor {
            person: person(who),
            device: "laptop".into(),
        };
        let id = parse(&format!("01J{:023}", self.record.entries.len()));
        let at = Timestamp::from_second(NOW - 3600);
        let entry = Entry::new(id, self.record.hotfix.clone(), actor, at, event).expect("small");
        self.record.apply(entry);
    }

    fn lane_tip(&self, lane: &LaneName) -> CommitId {
        let branch = self
            .project
            .lane(lane)
            .and_then(Lane::branch_name)
            .expect("a lane");
        self.seen.tips.value().expect("tips")[&branch].clone()
    }

    fn tip(&mut self, branch: &str, at: Option<&str>) {
        let branch_text = branch;
        let mut tips = self.seen.tips.value().cloned().unwrap_or_default();
        match at {
            Some(at) => tips.insert(parse(branch), commit(at)),
            None => tips.remove(&parse::<BranchName>(branch)),
        };
        self.seen.tips = known(tips);
        for (edge, seen) in &mut self.seen.edges {
            let Some(mut sight) = seen.value().cloned() else {
                continue;
            };
            let is_at = |lane: &LaneName| {
                let branch = self.project.lane(lane).and_then(Lane::branch_name);
                branch.is_some_and(|name| name.as_str() == branch_text)
            };
            if let Some(at) = at {
                if is_at(&edge.from) {
                    sight.from_tip = commit(at);
                }
                if is_at(&edge.into) {
                    sight.into_tip = commit(at);
                }
            }
            *seen = known(sight);
        }
    }

    fn verdict(&mut self, lane: &LaneName, verdict: Verdict, rule: Option<Rule>) {
        let tip = self.lane_tip(lane);
        let presence = Presence {
            verdict,
            rule,
            tip,
            paths: Vec::new(),
        };
        self.seen.presence.insert(lane.clone(), known(presence));
    }

    fn predict(&mut self, step: &StepId, target: &LaneName, outcome: PredictionOutcome) {
        let prediction = Prediction {
            outcome,
            target_tip: self.lane_tip(target),
            tree: None,
            is_approximate: false,
        };
        self.seen
            .predictions
            .insert((step.clone(), target.clone()), known(prediction));
    }

    fn fix(&mut self, change: impl FnOnce(&mut FixSight)) {
        let mut fix = self.seen.fix.value().cloned().expect("fix");
        change(&mut fix);
        self.seen.fix = known(fix);
    }

    fn edge(&mut self, from: &str, into: &str, change: impl FnOnce(&mut EdgeSight)) {
        let edge = Edge {
            from: parse(from),
            into: parse(into),
        };
        let mut sight = self.seen.edges[&edge].value().cloned().expect("edge");
        sight.from_tip = self.lane_tip(&edge.from);
        sight.into_tip = self.lane_tip(&edge.into);
        change(&mut sight);
        self.seen.edges.insert(edge, known(sight));
    }

    /// Takes in one line of facts.
    pub(crate) fn learn(&mut self, line: &str, place: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["playbook", id] => {
                self.playbook = (*id).to_owned();
                self.usual();
            }
            ["project", "two-lanes"] => self.two_lanes(),
            ["project", "gitflow"] => self.gitflow(),
            ["no-deployments"] => {
                let prod = &mut self.project.environments[0];
                prod.job = None;
                prod.apps.clear();
            }
            ["me", id] => self.seen.me = person(id),
            ["role", role, ids @ ..] => {
                let ids = ids.iter().map(ToString::to_string).collect();
                self.project.roles.0.insert(parse(role), ids);
            }
            ["org", name] => {
                let mut org = environment(name, false);
                org.is_org = true;
                org.hotfix_sandbox = None;
                self.project.environments.push(org);
                self.project.environments[0].hotfix_sandbox = Some(parse(name));
                self.project.environments[0].is_org = true;
            }
            ["hotfix-sandbox", name] => {
                self.project.environments[0].hotfix_sandbox = Some(parse(name));
            }
            ["work-in", name] => self.sandbox = Some(parse(name)),
            ["migrations"] => {
                self.project.environments[0].migrations = Some(vec!["migrate".into()]);
            }
            ["on-conflict", "empty-commit"] => {
                self.policy = Some(lanekeeper::playbook::ConflictPolicy::EmptyCommit);
            }
            ["on-conflict", "fail"] => {
                self.policy = Some(lanekeeper::playbook::ConflictPolicy::Fail);
            }
            ["on-conflict", "two-branch"] => {
                self.policy = Some(lanekeeper::playbook::ConflictPolicy::TwoBranch);
            }
            ["on-conflict", "local"] => {
                self.policy = Some(lanekeeper::playbook::ConflictPolicy::Local);
            }
            ["exclude-labels", labels @ ..] => {
                self.exclude_labels = labels.iter().map(|&label| label.to_owned()).collect();
            }
            ["forge", "methods", methods @ ..] => {
                self.seen.capabilities.merge_methods =
                    methods.iter().map(|word| method(word)).collect();
            }
            ["forge", "has-own-ci"] => self.seen.capabilities.runs_checks = false,
            ["forge", "starts-jobs"] => self.seen.capabilities.starts_jobs = true,
            ["forge", "last-approval-starts"] => self.seen.capabilities.approval_starts = true,
            ["forge", "no-drafts"] => self.seen.capabilities.has_drafts = false,
            ["fix", "gone"] => {
                self.fix(|fix| fix.head = None);
                self.tip("hotfix/refund", None);
            }
            ["fix", commits @ ..] => {
                let last = commits.last().expect("a commit");
                self.tip("hotfix/refund", Some(last));
                self.fix(|fix| {
                    fix.head = Some(commit(last));
                    fix.commits = commits
                        .iter()
                        .map(|id| made(commit(id), "Round half even", "ana", Vec::new()))
                        .collect();
                });
            }
            ["contaminated", ids @ ..] => self.fix(|fix| {
                fix.contamination = ids
                    .iter()
                    .map(|id| made(commit(id), "New wizard", "carl", Vec::new()))
                    .collect();
            }),
            ["tip", branch, at] => self.tip(branch, Some(at)),
            ["present", lane] => self.verdict(&parse(lane), Verdict::Present, Some(Rule::Ancestor)),
            ["present", lane, "tree"] => {
                self.verdict(&parse(lane), Verdict::Present, Some(Rule::Tree));
            }
            ["changed", lane] => self.verdict(&parse(lane), Verdict::Changed, Some(Rule::Tree)),
            ["request", id, from, "->", into, rest @ ..] => self.request(id, from, into, rest),
            ["deployment", id, at, state, rest @ ..] => self.deployment(id, at, state, rest),
            ["riders", from, "->", into, ids @ ..] => self.edge(from, into, |edge| {
                edge.riders = ids
                    .iter()
                    .enumerate()
                    .map(|(place, id)| Rider {
                        commit: made(commit(id), "Merge report", "carl", Vec::new()),
                        request: Some(RequestId(80 + place as u64)),
                    })
                    .collect();
            }),
            ["keeps", from, "->", into] => {
                let tip = commit("ee");
                self.edge(from, into, |edge| {
                    edge.fix_after = Some(Presence {
                        verdict: Verdict::Present,
                        rule: Some(Rule::Tree),
                        tip,
                        paths: Vec::new(),
                    });
                });
            }
            ["promotion", from, "->", into, "conflicts", paths @ ..] => {
                self.edge(from, into, |edge| {
                    edge.promotion = PredictionOutcome::Conflict {
                        paths: paths.iter().map(|path| conflict(path)).collect(),
                    };
                });
            }
            ["no", "job", "retry", why @ ..] => {
                self.seen.capabilities.no_job_retry = Some(why.join(" "));
            }
            ["accounts"] => self.seen.me.login = Some(self.seen.me.id.clone()),
            ["frozen"] => {
                self.seen.frozen = known(Some(Frozen {
                    lane: parse("preprod"),
                    by: parse("uat"),
                    merge: made(commit("cc"), "Merge uat", "carl", Vec::new()),
                }));
            }
            ["predict", step, lane, outcome, rest @ ..] => {
                let outcome = match *outcome {
                    "clean" => PredictionOutcome::Clean,
                    "already" => PredictionOutcome::Already,
                    "conflict" => PredictionOutcome::Conflict {
                        paths: rest.iter().map(|path| conflict(path)).collect(),
                    },
                    "blocked" => PredictionOutcome::Blocked {
                        why: rest.join(" "),
                    },
                    "unknown" => PredictionOutcome::Unknown {
                        why: rest.join(" "),
                    },
                    other => panic!("{place}: {other}"),
                };
                self.predict(&parse(step), &parse(lane), outcome);
            }
            ["undecided", branch, paths @ ..] => {
                let paths = paths.iter().map(|path| conflict(path)).collect();
                self.seen.undecided.insert(parse(branch), known(paths));
            }
            ["stale", what] => self.blind(what, true),
            ["unknown", what] => self.blind(what, false),
            ["history", lane, rest @ ..] => self.history(lane, rest),
            ["recorded", rest @ ..] => self.recorded(rest, line, place),
            _ => panic!("{place}: no fact or question: {line}"),
        }
    }

    fn two_lanes(&mut self) {
        let seats = ["tech-lead"];
        self.project.lanes = vec![
            lane("develop", "develop", Layer::Build, &["production"], &[]),
            lane("production", "main", Layer::Run, &[], &seats),
        ];
        self.seen.presence.clear();
        self.seen.edges.clear();
        self.playbook = "approve-and-backport".into();
        self.usual();
    }

    fn gitflow(&mut self) {
        self.project.lanes = vec![
            lane(
                "integration",
                "integration",
                Layer::Build,
                &["production"],
                &[],
            ),
            lane(
                "release/4.1",
                "release/4.1",
                Layer::Build,
                &["production"],
                &[],
            ),
            lane(
                "release/4.2",
                "release/4.2",
                Layer::Build,
                &["production"],
                &[],
            ),
            lane("production", "main", Layer::Run, &[], &["tech-lead"]),
        ];
        for lane in &mut self.project.lanes[1..3] {
            lane.pattern = Some(parse("release/*"));
        }
        self.seen.presence.clear();
        self.seen.edges.clear();
        self.playbook = "gitflow-sync".into();
        self.usual();
    }

    fn request(&mut self, id: &str, from: &str, into: &str, rest: &[&str]) {
        let number: u64 = parse(id);
        let head = self
            .seen
            .tips
            .value()
            .and_then(|tips| tips.get(&parse::<BranchName>(from)).cloned())
            .unwrap_or_else(|| commit("99"));
        let then = Timestamp::from_second(NOW - 1200);
        let mut request = ChangeRequest {
            id: RequestId(number),
            title: "Refund rounding".into(),
            body: Untrusted::default(),
            from: parse(from),
            into: parse(into),
            head,
            state: RequestState::Open,
            is_draft: false,
            milestone: None,
            labels: Vec::new(),
            author: person("rob"),
            last_pusher: None,
            reviewers: Vec::new(),
            opened_at: then,
            updated_at: then,
            mergeability: Mergeability::Clean,
            checks: Vec::new(),
            approvals: Vec::new(),
            hotfix: Some(self.record.hotfix.clone()),
            url: None,
        };
        for word in rest {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match key {
                "head" => request.head = commit(value),
                "draft" => request.is_draft = true,
                "foreign" => request.hotfix = None,
                "key" => {
                    let marker = Marker::new(self.record.hotfix.clone(), value);
                    request.body = marker.line().into();
                }
                "by" => request.author = person(value),
                "labels" => request.labels = value.split(',').map(str::to_owned).collect(),
                "milestone" => {
                    request.milestone = Some(Milestone {
                        id: "7".into(),
                        title: value.into(),
                    });
                }
                "pusher" => request.last_pusher = Some(person(value)),
                "closed" => request.state = RequestState::Closed,
                "merged" => {
                    let (at, how) = value.split_once(':').unwrap_or((value, "merge"));
                    request.state = RequestState::Merged(Merged {
                        commit: commit(at),
                        head: request.head.clone(),
                        by: Some(person("rob")),
                        at: then,
                        method: Some(method(how)),
                    });
                }
                "unit" => {
                    let (state, head) = value.split_once('@').unwrap_or((value, ""));
                    request.checks.push(Check {
                        name: parse("unit"),
                        head: if head.is_empty() {
                            request.head.clone()
                        } else {
                            commit(head)
                        },
                        state: match state {
                            "passed" => CheckState::Passed,
                            "failed" => CheckState::Failed,
                            "running" => CheckState::Running,
                            "skipped" => CheckState::Skipped,
                            "cancelled" => CheckState::Cancelled,
                            other => panic!("{other}"),
                        },
                        is_required: true,
                        since: Timestamp::from_second(NOW - 240),
                        job: None,
                    });
                }
                "yes" | "no" => request.approvals.push(approval(key, value, &request.head)),
                "merge" => {
                    request.mergeability = match value {
                        "checking" => Mergeability::Checking,
                        "conflict" => Mergeability::Conflicts(vec!["src/refund.rs".into()]),
                        other => Mergeability::Blocked(other.to_owned()),
                    }
                }
                other => panic!("request {id}: {other}"),
            }
        }
        let mut requests = self.seen.requests.value().cloned().unwrap_or_default();
        requests.push(request);
        self.seen.requests = known(requests);
    }

    fn deployment(&mut self, id: &str, at: &str, state: &str, rest: &[&str]) {
        let then = Timestamp::from_second(NOW - 600);
        let mut deployment = Deployment {
            id: parse(id),
            environment: parse("prod"),
            commit: commit(at),
            state: match state {
                "blocked" => DeploymentState::Blocked,
                "approved" => DeploymentState::Approved,
                "rejected" => DeploymentState::Rejected,
                "running" => DeploymentState::Running,
                "succeeded" => DeploymentState::Succeeded,
                "failed" => DeploymentState::Failed,
                "cancelled" => DeploymentState::Cancelled,
                other => panic!("deployment {id}: {other}"),
            },
            created_by: person("rob"),
            created_at: then,
            updated_at: then,
            seats: Vec::new(),
            approvals: Vec::new(),
            jobs: Vec::new(),
            hotfix: Some(self.record.hotfix.clone()),
        };
        for word in rest {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match key {
                "by" => deployment.created_by = person(value),
                "foreign" => deployment.hotfix = None,
                "yes" | "no" => deployment
                    .approvals
                    .push(approval(key, value, &deployment.commit)),
                app => {
                    let (state, health) = value.split_once('+').unwrap_or((value, ""));
                    deployment.jobs.push(Job {
                        id: parse(&format!("{id}-{app}")),
                        name: format!("deploy-{app}"),
                        app: Some(parse(app)),
                        state: match state {
                            "ok" => JobState::Succeeded,
                            "failed" => JobState::Failed,
                            "cancelled" => JobState::Cancelled,
                            "running" => JobState::Running,
                            "manual" => JobState::Manual,
                            other => panic!("job {app}: {other}"),
                        },
                        since: then,
                        health: match health {
                            "" => HealthState::NotConfigured,
                            "pending" => HealthState::Pending,
                            "up" => HealthState::Healthy {
                                at: then,
                                detail: "200".into(),
                            },
                            "down" => HealthState::Unhealthy {
                                at: then,
                                why: "503".into(),
                            },
                            other => panic!("health {app}: {other}"),
                        },
                    });
                }
            }
        }
        let mut deployments = self.seen.deployments.value().cloned().unwrap_or_default();
        // The file tells them in the order in which they happened; the forge lists the newest first.
        deployments.insert(0, deployment);
        self.seen.deployments = known(deployments);
    }

    /// `history production 5a=4a+f1 4a`: newest first, each with its parents.
    fn history(&mut self, lane: &str, commits: &[&str]) {
        let mut history = self.seen.history.value().cloned().unwrap_or_default();
        let chain = commits
            .iter()
            .map(|word| {
                let (id, parents) = word.split_once('=').unwrap_or((word, ""));
                let parents = parents
                    .split('+')
                    .filter(|id| !id.is_empty())
                    .map(commit)
                    .collect();
                made(commit(id), "History", "carl", parents)
            })
            .collect();
        Arc::make_mut(&mut history).lanes.insert(parse(lane), chain);
        self.seen.history = known(history);
    }

    fn blind(&mut self, what: &str, is_stale: bool) {
        fn lose<T: Clone>(seen: &mut Seen<T>, is_stale: bool) {
            let why = "no route to host".to_owned();
            *seen = match seen.value().cloned() {
                Some(value) if is_stale => Seen::Stale {
                    value,
                    at: EARLIER.at(),
                    why,
                },
                _ => Seen::Unknown { why },
            };
        }
        match what {
            "remote" => {
                lose(&mut self.seen.tips, is_stale);
                lose(&mut self.seen.fix, is_stale);
                lose(&mut self.seen.requests, is_stale);
                lose(&mut self.seen.deployments, is_stale);
                lose(&mut self.seen.frozen, is_stale);
                for presence in self.seen.presence.values_mut() {
                    lose(presence, is_stale);
                }
                for edge in self.seen.edges.values_mut() {
                    lose(edge, is_stale);
                }
            }
            "tips" => lose(&mut self.seen.tips, is_stale),
            "fix" => lose(&mut self.seen.fix, is_stale),
            "requests" => lose(&mut self.seen.requests, is_stale),
            "deployments" => lose(&mut self.seen.deployments, is_stale),
            "frozen" => lose(&mut self.seen.frozen, is_stale),
            "presence" => {
                for presence in self.seen.presence.values_mut() {
                    lose(presence, is_stale);
                }
            }
            "predictions" => {
                for prediction in self.seen.predictions.values_mut() {
                    lose(prediction, is_stale);
                }
            }
            other => panic!("nothing to lose sight of: {other}"),
        }
    }

    fn recorded(&mut self, words: &[&str], line: &str, place: &str) {
        let text = || {
            line.split_once('"')
                .map_or("", |(_, text)| text.trim_end_matches('"'))
                .to_owned()
        };
        let spot = |word: &str| -> (StepId, Option<LaneName>) {
            match word.split_once('/') {
                Some((step, lane)) => (parse(step), Some(parse(lane))),
                None => (parse(word), None),
            }
        };
        let event = match words {
            ["request", at, id, from, "->", into] => {
                let (step, target) = spot(at);
                Event::RequestOpened {
                    step,
                    target,
                    request: parse(id),
                    from: parse(from),
                    into: parse(into),
                    head: commit("f1"),
                }
            }
            ["built", at, branch, head, paths @ ..] => {
                let (step, target) = spot(at);
                Event::TargetBuilt {
                    step,
                    target: target.expect("a target"),
                    branch: parse(branch),
                    head: commit(head),
                    onto: commit("1a"),
                    picks: vec![commit("f1")],
                    conflicts: paths
                        .iter()
                        .filter(|path| !path.starts_with("pending="))
                        .map(|path| conflict(path))
                        .collect(),
                    pending: paths
                        .iter()
                        .filter_map(|path| path.strip_prefix("pending="))
                        .map(commit)
                        .collect(),
                }
            }
            ["decided", at, path, head] => {
                let (step, target) = spot(at);
                Event::ConflictDecided {
                    step,
                    target: target.expect("a target"),
                    path: (*path).to_owned(),
                    head: commit(head),
                    note: "right as it is".into(),
                }
            }
            ["abandoned", at, ..] => {
                let (step, target) = spot(at);
                Event::TargetAbandoned {
                    step,
                    target: target.expect("a target"),
                    reason: text(),
                }
            }
            ["riders", step, from, into, ids @ ..] => Event::RidersAccepted {
                step: parse(step),
                from_tip: commit(from),
                into_tip: commit(into),
                riders: ids.iter().map(|id| commit(id)).collect(),
            },
            ["snapshot", ids @ ..] => Event::SnapshotTaken {
                head: commit(ids.last().expect("a commit")),
                base: commit("3a"),
                commits: ids.iter().map(|id| commit(id)).collect(),
            },
            ["confirmed", step, ..] => Event::StepConfirmed {
                step: parse(step),
                note: text(),
            },
            ["skipped", step, ..] => Event::StepSkipped {
                step: parse(step),
                reason: text(),
            },
            ["ticked", item, ..] => Event::Ticked {
                item: parse(item),
                note: text(),
            },
            ["unticked", item, ..] => Event::Unticked {
                item: parse(item),
                note: text(),
            },
            ["closed", ..] => Event::Closed { note: text() },
            ["declared", ..] => Event::IntentDeclared {
                intent: parse("01INTENT"),
                words: "do".into(),
                plan: "hash".into(),
                level: "L3".into(),
                calls: vec![text()],
            },
            ["unknown", ..] => Event::EffectUnknown {
                intent: parse("01INTENT"),
                call: text(),
                why: "timeout".into(),
            },
            ["critical"] => {
                self.record.is_beyond_us = true;
                return;
            }
            _ => panic!("{place}: no event: {line}"),
        };
        self.event(event);
    }
}

fn method(word: &str) -> MergeMethod {
    match word {
        "merge" => MergeMethod::Merge,
        "squash" => MergeMethod::Squash,
        "rebase" => MergeMethod::Rebase,
        other => panic!("no method: {other}"),
    }
}

/// `src/a.rs:content`, `src/a.rs:content:ana+@acme/pay` with who owns it.
fn conflict(text: &str) -> ConflictPath {
    let (path, rest) = text.split_once(':').unwrap_or((text, "content"));
    let (kind, owners) = rest.split_once(':').unwrap_or((rest, ""));
    let owners = owners.split('+').filter(|owner| !owner.is_empty());
    ConflictPath {
        path: path.to_owned(),
        kind: match kind {
            "content" => ConflictKind::Content,
            "binary" => ConflictKind::Binary,
            "modify-delete" => ConflictKind::ModifyDelete,
            other => panic!("no kind: {other}"),
        },
        blob: None,
        last_authors: vec!["Carl".into(), "Ana".into()],
        owners: owners.map(Into::into).collect(),
    }
}

/// `ben:tech-lead@f1`: who, in which seat, about which head.
fn approval(key: &str, text: &str, head: &CommitId) -> Approval {
    let (who, at) = text.split_once('@').unwrap_or((text, ""));
    let (who, role) = who.split_once(':').unwrap_or((who, ""));
    Approval {
        by: person(who),
        role: (!role.is_empty()).then(|| parse(role)),
        head: if at.is_empty() {
            head.clone()
        } else {
            commit(at)
        },
        decision: if key == "yes" {
            Decision::Approved
        } else {
            Decision::Rejected
        },
        at: Timestamp::from_second(NOW - 300),
        comment: (key == "no").then(|| "too risky".into()),
    }
}
