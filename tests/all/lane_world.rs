//! Makes observations for the lane graph by telling what happened: `world.commits("uat", 3).merge("uat", "preprod")`.

use std::collections::BTreeMap;

use lanekeeper::engine::EdgeSight;
use lanekeeper::engine::FixSight;
use lanekeeper::engine::Frozen;
use lanekeeper::engine::LaneHistory;
use lanekeeper::engine::Observation;
use lanekeeper::engine::Picks;
use lanekeeper::engine::lanes::LaneModel;
use lanekeeper::engine::lanes::model;
use lanekeeper::model::Edge;
use lanekeeper::model::PredictionOutcome;
use lanekeeper::model::Presence;
use lanekeeper::model::Rule;
use lanekeeper::model::Verdict;
use lanekeeper::model::*;
use lanekeeper::playbook::Playbook;
use lanekeeper::record::Acknowledged;
use lanekeeper::record::Opening;
use lanekeeper::record::Record;

/// 2026-04-12T09:00:00Z: the middle of a day, so that zones do not change the date.
const START: i64 = 1_775_984_400;
pub(crate) const HOTFIX: &str = "20260412-rounding-7f3a9c";

pub(crate) struct World {
    project: Project,
    chains: BTreeMap<LaneName, Vec<Commit>>,
    tags: BTreeMap<CommitId, Vec<String>>,
    fix: Vec<Commit>,
    base: Option<(LaneName, CommitId)>,
    opened: Timestamp,
    requests: Vec<ChangeRequest>,
    deployments: Vec<Deployment>,
    verdicts: BTreeMap<LaneName, Verdict>,
    has: BTreeMap<LaneName, Rule>,
    predictions: BTreeMap<(StepId, LaneName), Seen<Prediction>>,
    blind: BTreeMap<LaneName, String>,
    unknown: Option<String>,
    stale: Option<String>,
    frozen: Option<Frozen>,
    acknowledged: Vec<Acknowledged>,
    clock: i64,
    skew: i64,
    count: u64,
    edges: BTreeMap<Edge, EdgeSight>,
}

pub(crate) fn lane(name: &str) -> LaneName {
    name.parse().expect("test lane")
}

fn person(name: &str) -> Person {
    Person::from_email(name, &format!("{name}@example.org"))
}

/// Shifts clock times to UTC, so that the snapshots do not depend on the machine's zone.
pub(crate) fn in_utc(text: &str) -> String {
    let midnight = Timestamp::from_second(START - 9 * 3_600).clock();
    let minutes = |clock: &str| -> Option<i32> {
        let (hours, minutes) = clock.split_once(':')?;
        Some(hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?)
    };
    let offset = minutes(&midnight).expect("a clock");
    let letters: Vec<char> = text.chars().collect();
    let mut shifted = String::new();
    let mut at = 0;
    while at < letters.len() {
        let window: String = letters[at..(at + 5).min(letters.len())].iter().collect();
        match minutes(&window)
            .filter(|_| window.len() == 5 && window.is_char_boundary(2) && &window[2..3] == ":")
        {
            Some(local) => {
                let utc = (local - offset).rem_euclid(1_440);
                shifted.push_str(&format!("{:02}:{:02}", utc / 60, utc % 60));
                at += 5;
            }
            None => {
                shifted.push(letters[at]);
                at += 1;
            }
        }
    }
    shifted
}

impl World {
    pub(crate) fn build_run() -> Self {
        Self::new(&[
            ("integration", "build", &["uat"]),
            ("uat", "build", &["preprod"]),
            ("preprod", "run", &["production"]),
            ("production", "run", &[]),
        ])
    }

    pub(crate) fn empty() -> Self {
        let mut world = Self::build_run();
        for chain in world.chains.values_mut() {
            chain.clear();
        }
        world
    }

    pub(crate) fn new(lanes: &[(&str, &str, &[&str])]) -> Self {
        let seat = |name: &str| name.parse::<Role>().expect("test role");
        let made = lanes.iter().map(|(name, layer, into)| Lane {
            name: lane(name),
            branch: name.parse().expect("test branch"),
            layer: if *layer == "run" {
                Layer::Run
            } else {
                Layer::Build
            },
            merges_into: into.iter().map(|name| lane(name)).collect(),
            environment: (*layer == "run").then(|| name.parse().expect("test environment")),
            seats: if ["production", "prod"].contains(name) {
                vec![seat("tech-lead"), seat("product-manager")]
            } else {
                Vec::new()
            },
            pattern: (*layer == "release").then(|| "release/*".parse().expect("test pattern")),
        });
        let project = Project {
            name: "acme/crm".into(),
            lanes: made.collect(),
            ..Project::default()
        };
        let mut world = Self {
            project,
            chains: BTreeMap::new(),
            tags: BTreeMap::new(),
            fix: Vec::new(),
            base: None,
            opened: Timestamp::from_second(START),
            requests: Vec::new(),
            deployments: Vec::new(),
            verdicts: BTreeMap::new(),
            has: BTreeMap::new(),
            predictions: BTreeMap::new(),
            blind: BTreeMap::new(),
            unknown: None,
            stale: None,
            frozen: None,
            acknowledged: Vec::new(),
            clock: START,
            skew: 0,
            count: 0,
            edges: BTreeMap::new(),
        };
        for (name, _, _) in lanes {
            world.commits(name, 1);
        }
        world
    }

    fn tick(&mut self) -> Timestamp {
        self.clock += 60;
        Timestamp::from_second(self.clock + self.skew)
    }

    fn commit(&mut self, parents: Vec<CommitId>, message: &str) -> Commit {
        self.count += 1;
        let at = self.tick();
        Commit {
            id: format!("{:040x}", self.count.wrapping_mul(0x9e37_79b9_7f4a_7c15))
                .chars()
                .rev()
                .collect::<String>()
                .parse()
                .expect("hex"),
            parents,
            author: person("ana"),
            authored_at: at,
            committed_at: at,
            message: message.into(),
        }
    }

    pub(crate) fn tip(&self, name: &str) -> Option<CommitId> {
        Some(self.chains.get(&lane(name))?.last()?.id.clone())
    }

    fn push(&mut self, name: &str, commit: Commit) {
        self.chains.entry(lane(name)).or_default().push(commit);
    }

    fn advance(&mut self, name: &str, other: Option<CommitId>, message: &str) -> CommitId {
        let parents = self.tip(name).into_iter().chain(other).collect();
        let commit = self.commit(parents, message);
        let id = commit.id.clone();
        self.push(name, commit);
        id
    }

    pub(crate) fn commits(&mut self, name: &str, count: usize) -> &mut Self {
        for _ in 0..count {
            self.advance(name, None, "work");
        }
        self
    }

    pub(crate) fn merge(&mut self, from: &str, into: &str) -> &mut Self {
        let other = self.tip(from);
        self.advance(into, other, "promote");
        if let Some(rule) = self.has.get(&lane(from)).copied() {
            self.has.insert(lane(into), rule);
        }
        self
    }

    pub(crate) fn tag(&mut self, name: &str, tag: &str) -> &mut Self {
        let tip = self.tip(name).expect("lane has commits");
        self.tags.entry(tip).or_default().push(tag.into());
        self
    }

    fn deployment(&mut self, name: &str, state: DeploymentState) -> &mut Self {
        let at = self.tick();
        let commit = self.tip(name).expect("lane has commits");
        self.deployments.insert(
            0,
            Deployment {
                id: (self.deployments.len() + 1)
                    .to_string()
                    .parse()
                    .expect("number"),
                environment: name.parse().expect("test environment"),
                commit,
                state,
                created_by: person("ben"),
                created_at: at,
                updated_at: at,
                seats: Vec::new(),
                approvals: Vec::new(),
                jobs: Vec::new(),
                hotfix: None,
            },
        );
        self
    }

    pub(crate) fn deploy(&mut self, name: &str) -> &mut Self {
        self.deployment(name, DeploymentState::Succeeded)
    }

    pub(crate) fn deploy_failed(&mut self, name: &str) -> &mut Self {
        self.deployment(name, DeploymentState::Failed)
    }

    pub(crate) fn deploy_waits(&mut self, name: &str) -> &mut Self {
        self.deployment(name, DeploymentState::Blocked)
    }

    pub(crate) fn cut(&mut self, name: &str) -> &mut Self {
        let tip = self.tip(name).expect("lane has commits");
        self.base = Some((lane(name), tip));
        self.opened = self.tick();
        self
    }

    pub(crate) fn fix(&mut self, count: usize) -> &mut Self {
        for _ in 0..count {
            let before = self.fix.last().map(|commit| commit.id.clone());
            let parent = before.or_else(|| Some(self.base.clone()?.1));
            let commit = self.commit(parent.into_iter().collect(), "Round half even");
            self.fix.push(commit);
        }
        self
    }

    pub(crate) fn open(&mut self, id: u64, from: &str, into: &str) -> &mut Self {
        let at = self.tick();
        let from = if from == "hotfix" {
            "hotfix/rounding"
        } else {
            from
        };
        let fix = self.fix.last().map(|commit| commit.id.clone());
        let head = self.tip(from).or(fix).expect("there is something to merge");
        self.requests.push(ChangeRequest {
            id: RequestId(id),
            title: "Round half even".into(),
            body: Untrusted::default(),
            from: from.parse().expect("test branch"),
            into: into.parse().expect("test branch"),
            head,
            state: RequestState::Open,
            is_draft: false,
            milestone: None,
            labels: Vec::new(),
            author: person("ana"),
            last_pusher: None,
            reviewers: Vec::new(),
            opened_at: at,
            updated_at: at,
            mergeability: Mergeability::Clean,
            checks: Vec::new(),
            approvals: Vec::new(),
            hotfix: Some(HOTFIX.parse().expect("test id")),
            url: None,
        });
        self
    }

    fn request(&mut self, id: u64) -> &mut ChangeRequest {
        let found = self
            .requests
            .iter_mut()
            .find(|request| request.id == RequestId(id));
        found.expect("request was opened")
    }

    pub(crate) fn conflict(&mut self, id: u64) -> &mut Self {
        self.request(id).mergeability = Mergeability::Conflicts(vec!["src/refund.rs".into()]);
        self
    }

    pub(crate) fn draft(&mut self, id: u64) -> &mut Self {
        self.request(id).is_draft = true;
        self
    }

    pub(crate) fn approve(&mut self, id: u64, role: &str) -> &mut Self {
        let at = self.tick();
        let request = self.request(id);
        request.approvals.push(Approval {
            by: person("mia"),
            role: Some(role.parse().expect("test role")),
            head: request.head.clone(),
            decision: Decision::Approved,
            at,
            comment: None,
        });
        self
    }

    fn merged(&mut self, id: u64, is_squash: bool) -> &mut Self {
        let (head, into) = {
            let request = self.request(id);
            (request.head.clone(), request.into.as_str().to_owned())
        };
        let commit = self.advance(&into, (!is_squash).then(|| head.clone()), "land");
        let at = Timestamp::from_second(self.clock);
        self.request(id).state = RequestState::Merged(Merged {
            commit,
            head,
            by: Some(person("ben")),
            at,
            method: None,
        });
        let rule = if is_squash {
            Rule::MergeCommit
        } else {
            Rule::Ancestor
        };
        self.has.insert(lane(&into), rule);
        self
    }

    pub(crate) fn land(&mut self, id: u64) -> &mut Self {
        self.merged(id, false)
    }

    pub(crate) fn squash(&mut self, id: u64) -> &mut Self {
        self.merged(id, true)
    }

    pub(crate) fn pick(&mut self, name: &str) -> &mut Self {
        let picked = self.fix.last().expect("there is a fix").id.clone();
        self.advance(
            name,
            None,
            &format!("Round\n\n(cherry picked from commit {picked})"),
        );
        self.has.insert(lane(name), Rule::Trailer);
        self
    }

    pub(crate) fn revert(&mut self, name: &str) -> &mut Self {
        let picked = self.fix.last().expect("there is a fix").id.clone();
        self.advance(
            name,
            None,
            &format!("Revert\n\nThis reverts commit {picked}."),
        );
        self.has.remove(&lane(name));
        self
    }

    pub(crate) fn verdict(&mut self, name: &str, verdict: Verdict) -> &mut Self {
        self.verdicts.insert(lane(name), verdict);
        self
    }

    pub(crate) fn predict(&mut self, step: &str, name: &str, paths: &[&str]) -> &mut Self {
        let at = self.tick();
        let paths = paths.iter().map(|path| ConflictPath {
            path: (*path).into(),
            kind: ConflictKind::Content,
            blob: None,
            last_authors: Vec::new(),
            owners: Vec::new(),
        });
        let prediction = Prediction {
            outcome: PredictionOutcome::Conflict {
                paths: paths.collect(),
            },
            target_tip: self.tip(name).expect("lane has commits"),
            tree: None,
            is_approximate: false,
        };
        let key = (step.parse().expect("test step"), lane(name));
        self.predictions.insert(key, Seen::known(prediction, at));
        self
    }

    /// Lets a lane begin as a branch of another one.
    pub(crate) fn branch(&mut self, from: &str, name: &str) -> &mut Self {
        let chain = self.chains[&lane(from)].clone();
        self.chains.insert(lane(name), chain);
        self
    }

    /// Says that a person accepted what the fix has become in one file.
    pub(crate) fn acknowledge(&mut self, name: &str, path: &str) -> &mut Self {
        self.verdict(name, Verdict::Changed);
        let at = self.tick();
        self.acknowledged.push(Acknowledged {
            path: path.into(),
            blob: None,
            by: person("mia"),
            at,
            note: "moved to the ledger".into(),
        });
        self
    }

    /// Says that RUN validates what came from BUILD with the lane's tip.
    pub(crate) fn freeze(&mut self, name: &str, by: &str) -> &mut Self {
        let merge = self.chains[&lane(name)].last().expect("commits").clone();
        self.frozen = Some(Frozen {
            lane: lane(name),
            by: lane(by),
            merge,
        });
        self
    }

    fn changed_paths(&self, made: &Lane) -> Vec<PathVerdict> {
        if self.verdicts.get(&made.name) != Some(&Verdict::Changed) {
            return Vec::new();
        }
        let changed = |path: &Acknowledged| PathVerdict {
            path: path.path.clone(),
            verdict: Verdict::Changed,
            blob: path.blob.clone(),
        };
        self.acknowledged.iter().map(changed).collect()
    }

    pub(crate) fn wait(&mut self, seconds: i64) -> &mut Self {
        self.clock += seconds;
        self
    }

    pub(crate) fn skew(&mut self, seconds: i64) -> &mut Self {
        self.skew += seconds;
        self
    }

    pub(crate) fn forget(&mut self, why: &str) -> &mut Self {
        self.unknown = Some(why.into());
        self
    }

    pub(crate) fn stale(&mut self, why: &str) -> &mut Self {
        self.stale = Some(why.into());
        self
    }

    pub(crate) fn blind(&mut self, name: &str, why: &str) -> &mut Self {
        self.blind.insert(lane(name), why.into());
        self
    }

    fn seen<T>(&self, value: T) -> Seen<T> {
        let at = Timestamp::from_second(self.clock);
        match (&self.unknown, &self.stale) {
            (Some(why), _) => Seen::unknown(why),
            (None, Some(why)) => Seen::Stale {
                value,
                at,
                why: why.clone(),
            },
            (None, None) => Seen::known(value, at),
        }
    }

    fn presence(&self, made: &Lane) -> Seen<Presence> {
        if let Some(why) = self.blind.get(&made.name) {
            return Seen::unknown(why);
        }
        let Some(tip) = self.tip(made.name.as_str()) else {
            return Seen::unknown("branch not seen");
        };
        let rule = self.has.get(&made.name).copied();
        let verdict = if rule.is_some() {
            Verdict::Present
        } else {
            Verdict::Absent
        };
        self.seen(Presence {
            verdict: self.verdicts.get(&made.name).copied().unwrap_or(verdict),
            rule,
            tip,
            paths: self.changed_paths(made),
        })
    }

    pub(crate) fn observation(&self) -> Observation {
        let newest_first = |chain: &Vec<Commit>| chain.iter().rev().cloned().collect();
        let history = LaneHistory {
            lanes: self
                .chains
                .iter()
                .map(|(name, chain)| (name.clone(), newest_first(chain)))
                .collect(),
            tags: self.tags.clone(),
        };
        Observation {
            interrupted: Vec::new(),
            rewritten: None,
            now: Timestamp::from_second(self.clock + 60),
            me: person("ana"),
            quiet_until: None,
            capabilities: Capabilities {
                forge: "local".into(),
                request_sign: '!',
                merge_methods: Vec::new(),
                has_drafts: true,
                has_labels: true,
                has_statuses: true,
                owners: lanekeeper::model::OwnerRules::Github,
                approval_starts: false,
                starts_jobs: false,
                seats: Enforcement::Console,
                runs_checks: true,
                runs_deployments: true,
                no_job_retry: None,
            },
            tips: self.seen(BTreeMap::new()),
            fix: self.seen(FixSight {
                head: self
                    .fix
                    .last()
                    .map(|commit| commit.id.clone())
                    .or_else(|| Some(self.base.clone()?.1)),
                merge_base: self.base.as_ref().map(|(_, tip)| tip.clone()),
                commits: self.fix.clone(),
                contamination: Vec::new(),
                changes_nothing: false,
                landed: BTreeMap::new(),
                picks: Picks::default(),
            }),
            edges: self
                .edges
                .iter()
                .map(|(edge, sight)| (edge.clone(), self.seen(sight.clone())))
                .collect(),
            presence: self
                .project
                .lanes
                .iter()
                .map(|made| (made.name.clone(), self.presence(made)))
                .collect(),
            predictions: self.predictions.clone(),
            undecided: BTreeMap::new(),
            attempts: BTreeMap::new(),
            along: BTreeMap::new(),
            requests: self.seen(self.requests.clone()),
            deployments: self.seen(self.deployments.clone()),
            locks: BTreeMap::new(),
            frozen: self.seen(self.frozen.clone()),
            history: self.seen(std::sync::Arc::new(history)),
        }
    }

    pub(crate) fn book(&self) -> Playbook {
        Playbook {
            id: "build-run".into(),
            title: "BUILD and RUN".into(),
            base: self.project.lanes.last().expect("lanes").name.clone(),
            project: self.project.clone(),
            branch: "hotfix/{slug}".into(),
            questions: Vec::new(),
            steps: Vec::new(),
            checklist: Vec::new(),
        }
    }

    pub(crate) fn record(&self) -> Option<Record> {
        let (base, base_tip) = self.base.clone()?;
        Some(Record {
            hotfix: HOTFIX.parse().expect("test id"),
            opening: Some(Opening {
                title: "Refund rounding".into(),
                branch: "hotfix/rounding".parse().expect("test branch"),
                base,
                base_tip,
                playbook: "build-run".into(),
                answers: Vec::new(),
                commits: Vec::new(),
                by: person("ana"),
                at: self.opened,
            }),
            snapshot: None,
            requests: BTreeMap::new(),
            merges: BTreeMap::new(),
            built: BTreeMap::new(),
            decided: BTreeMap::new(),
            acknowledged: self.acknowledged.clone(),
            abandoned: BTreeMap::new(),
            riders: BTreeMap::new(),
            deployments: BTreeMap::new(),
            approvals: Vec::new(),
            confirmed: BTreeMap::new(),
            skipped: BTreeMap::new(),
            ticks: BTreeMap::new(),
            notes: Vec::new(),
            effects: BTreeMap::new(),
            closed: None,
            is_beyond_us: false,
            entries: Vec::new(),
        })
    }

    /// Says what a promotion would do: how far ahead, the outcome, and what becomes of the fix.
    pub(crate) fn edge(
        &mut self,
        from: &str,
        into: &str,
        ahead: usize,
        promotion: PredictionOutcome,
        after: Option<Verdict>,
    ) -> &mut Self {
        let tips = [from, into].map(|name| self.tip(name).expect("lane has commits"));
        let [from_tip, into_tip] = tips;
        let sight = EdgeSight {
            fix_after: after.map(|verdict| Presence {
                verdict,
                rule: Some(Rule::Tree),
                tip: from_tip.clone(),
                paths: Vec::new(),
            }),
            from_tip,
            into_tip,
            ahead,
            behind: 0,
            riders: Vec::new(),
            promotion,
        };
        let edge = Edge {
            from: lane(from),
            into: lane(into),
        };
        self.edges.insert(edge, sight);
        self
    }

    pub(crate) fn model(&self) -> LaneModel {
        model(&self.book(), self.record().as_ref(), &self.observation())
    }
}
