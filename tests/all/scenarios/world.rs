//! The facts of a scenario. Everything not said is as usual: all is seen, nothing conflicts, the hotfix is
//! open with an empty branch, me is Ana.

mod recorded;
mod remote;
mod result;
mod words;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
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

use crate::support::seen::capabilities;

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
    auto_merge: Vec<LaneName>,
    /// Targets that a step has besides those of its playbook.
    more_targets: Vec<(StepId, LaneName)>,
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
            freezes: Vec::new(),
            remote: RemoteName::default(),
            overrides: OverrideRules::default(),
        };
        let mut world = Self {
            playbook: "build-run".into(),
            project,
            sandbox: None,
            policy: None,
            exclude_labels: Vec::new(),
            auto_merge: Vec::new(),
            more_targets: Vec::new(),
            record: Record::empty(parse("20260412-refund-7f3a9c")),
            seen: Observation {
                interrupted: Vec::new(),
                archived: None,
                rewritten: None,
                now,
                since_boot: Duration::ZERO,
                me: person("ana"),
                quiet_until: None,
                clock_offset: None,
                capabilities: Capabilities {
                    merge_methods: vec![
                        MergeMethod::Merge,
                        MergeMethod::Squash,
                        MergeMethod::Rebase,
                    ],
                    seats: Enforcement::Forge,
                    ..capabilities()
                },
                tips: known(BTreeMap::new()),
                fix: known(FixSight {
                    head: Some(commit("3a")),
                    merge_base: Some(commit("3a")),
                    span: None,
                    commits: Vec::new(),
                    contamination: Vec::new(),
                    not_in_run: Vec::new(),
                    changes_nothing: false,
                    landed: BTreeMap::new(),
                    picks: Picks::default(),
                }),
                edges: BTreeMap::new(),
                presence: BTreeMap::new(),
                unreached: known(BTreeSet::new()),
                dropped: BTreeSet::new(),
                taken_out: BTreeMap::new(),
                weighed: BTreeMap::new(),
                predictions: BTreeMap::new(),
                driven: BTreeMap::new(),
                prerequisites: BTreeMap::new(),
                undecided: BTreeMap::new(),
                attempts: BTreeMap::new(),
                along: BTreeMap::new(),
                requests: known(Vec::new()),
                unclosed: BTreeSet::new(),
                deployments: known(Vec::new()),
                locks: BTreeMap::new(),
                is_record_here: false,
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
            let more = self.more_targets.iter().filter(|(id, _)| id == &step.id);
            match &mut step.work {
                Work::Commits { sandbox } if self.sandbox.is_some() => {
                    sandbox.clone_from(&self.sandbox);
                }
                Work::Carry(carry) => {
                    carry.conflict = self.policy.unwrap_or(carry.conflict);
                    carry.exclude_labels.clone_from(&self.exclude_labels);
                    carry.auto_merge.clone_from(&self.auto_merge);
                    carry.targets.extend(more.map(|(_, lane)| lane.clone()));
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
                riders: Riders::default(),
                promotion: PredictionOutcome::Clean,
                fix_after: None,
            };
            self.seen.edges.insert(edge, known(sight));
        }
        for step in self.book().steps {
            if let Work::Carry(carry) = &step.work {
                for target in &carry.targets {
                    self.predict(&step.id, target, PredictionOutcome::Clean, Vec::new());
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
        // Nothing that was seen is later than the end.
        let ago = if matches!(event, Event::Closed { .. }) {
            0
        } else {
            3600
        };
        let at = Timestamp::from_second(NOW - ago);
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

    fn predict(
        &mut self,
        step: &StepId,
        target: &LaneName,
        outcome: PredictionOutcome,
        pending: Vec<CommitId>,
    ) {
        let prediction = Prediction {
            outcome,
            target_tip: self.lane_tip(target),
            tree: None,
            pending,
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
}
