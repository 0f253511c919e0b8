//! A change request or a deployment as a scenario words it: `request 12 hotfix/refund -> preprod unit=passed`.

use std::time::Duration;

use lanekeeper::engine::*;
use lanekeeper::model::*;
use lanekeeper::record::Driver;
use lanekeeper::record::Lock;

use super::NOW;
use super::World;
use super::commit;
use super::known;
use super::parse;
use super::person;
use super::words::method;

impl World {
    pub(super) fn request(&mut self, id: &str, from: &str, into: &str, rest: &[&str]) {
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
                "of" => request.hotfix = Some(parse(value)),
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
                "changed" => {
                    request.updated_at = Timestamp::from_second(NOW - parse::<i64>(value));
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
                    // `failed#7`: job 7 says so.
                    let (value, job) = value.split_once('#').unwrap_or((value, ""));
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
                        job: (!job.is_empty()).then(|| parse(job)),
                    });
                }
                "yes" | "no" => request.approvals.push(approval(key, value, &request.head)),
                "merge" => {
                    request.mergeability = match value {
                        "checking" => Mergeability::Checking,
                        // As forges say it that name no path.
                        "no" => Mergeability::Conflicts(Vec::new()),
                        "conflict" => Mergeability::Conflicts(vec!["src/refund.rs".into()]),
                        other => Mergeability::Blocked(other.to_owned()),
                    }
                }
                other => panic!("request {id}: {other}"),
            }
        }
        self.usual_result(&request);
        let mut requests = self.seen.requests.value().cloned().unwrap_or_default();
        requests.push(request);
        self.seen.requests = known(requests);
    }

    /// These apps have a health check in the team's file.
    pub(super) fn health_checks(&mut self, apps: &[&str]) {
        self.project.apps.extend(apps.iter().map(|name| App {
            name: parse(name),
            deploy: Vec::new(),
            health: Some(Health {
                probe: HealthProbe::Command(vec!["./healthy".to_owned()]),
                attempts: 1,
                interval: Duration::from_secs(1),
                timeout: Duration::from_secs(1),
            }),
        }));
    }

    /// An environment has a driver's seat, and somebody, or nobody, has it; `taken-over` is me, a moment ago.
    pub(super) fn drives(&mut self, environment: &str, who: &str) {
        let at = |console: &str, person: Person| Driver {
            console: parse(console),
            person,
            device: "laptop".to_owned(),
        };
        let me = at("here", self.seen.me.clone());
        let driver = match who {
            "nobody" => None,
            "me" | "taken-over" => Some(me.clone()),
            other => Some(at("elsewhere", person(other))),
        };
        let sight = LockSight {
            id: parse("0123456789abcdef"),
            lock: Lock {
                driver,
                must_drain: who == "taken-over",
                ..Lock::default()
            },
            taken_over: None,
            me,
            silent: Duration::ZERO,
            mine_for: Duration::ZERO,
            refused: None,
            signed: Signed::default(),
            flaws: Vec::new(),
        };
        self.seen.locks.insert(parse(environment), known(sight));
    }

    pub(super) fn deployment(&mut self, id: &str, at: &str, state: &str, rest: &[&str]) {
        let then = Timestamp::from_second(NOW - 600);
        let mut deployment = Deployment {
            id: parse(id),
            environment: parse("prod"),
            commit: commit(at),
            state: golive(state),
            created_by: person("rob"),
            created_at: then,
            updated_at: then,
            seats: Vec::new(),
            approvals: Vec::new(),
            jobs: Vec::new(),
            hotfix: Some(self.record.hotfix.clone()),
            url: None,
            behind: None,
        };
        for word in rest {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            match key {
                "by" => deployment.created_by = person(value),
                "foreign" => deployment.hotfix = None,
                "behind" => {
                    deployment.behind = Some("pipeline 104: stage test is running".to_owned());
                }
                "page" => deployment.url = Some(value.to_owned()),
                // Begun after everything that is on record, a closing too.
                "later" => {
                    deployment.created_at = Timestamp::from_second(NOW + 60);
                    deployment.updated_at = deployment.created_at;
                }
                "yes" | "no" => deployment
                    .approvals
                    .push(approval(key, value, &deployment.commit)),
                app => {
                    // `running@lena`: who started it.
                    let (value, by) = value.split_once('@').unwrap_or((value, ""));
                    let (state, health) = value.split_once('+').unwrap_or((value, ""));
                    deployment.jobs.push(Job {
                        id: parse(&format!("{id}-{app}")),
                        name: format!("deploy-{app}"),
                        app: Some(parse(app)),
                        state: match state {
                            "ok" => JobState::Succeeded,
                            "failed" => JobState::Failed,
                            "cancelled" => JobState::Cancelled,
                            "skipped" => JobState::Skipped,
                            "queued" => JobState::Queued,
                            "running" => JobState::Running,
                            "manual" => JobState::Manual,
                            other => panic!("job {app}: {other}"),
                        },
                        since: then,
                        started_by: (!by.is_empty()).then(|| person(by)),
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
}

/// How a go-live stands, by a scenario's word.
pub(super) fn golive(state: &str) -> DeploymentState {
    match state {
        "blocked" => DeploymentState::Blocked,
        "approved" => DeploymentState::Approved,
        "rejected" => DeploymentState::Rejected,
        "running" => DeploymentState::Running,
        "succeeded" => DeploymentState::Succeeded,
        "failed" => DeploymentState::Failed,
        "cancelled" => DeploymentState::Cancelled,
        other => panic!("a go-live is not {other}"),
    }
}

/// `ben:tech-lead@f1`: who, in which seat, about which head.
fn approval(key: &str, text: &str, head: &CommitId) -> Approval {
    // `ana:tech-lead!`: the forge shows it, and it counts for nothing.
    let (text, is_void) = match text.strip_suffix('!') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let proof = Proof {
        void: is_void.then(|| "was given before this head arrived".to_owned()),
        ..Proof::default()
    };
    let (who, at) = text.split_once('@').unwrap_or((text, ""));
    let (who, role) = who.split_once(':').unwrap_or((who, ""));
    Approval {
        proof,
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
