//! Makes observations for the lane graph by telling what happened: `world.commits("uat", 3).merge("uat", "preprod")`.

mod lane_events;
mod lane_sight;

use std::collections::BTreeMap;

use lanekeeper::engine::EdgeSight;
use lanekeeper::engine::Frozen;
use lanekeeper::model::Edge;
use lanekeeper::model::Rule;
use lanekeeper::model::Verdict;
use lanekeeper::model::*;
use lanekeeper::record::Acknowledged;

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
                // What is written with its date is in UTC already.
                let off = if shifted.ends_with('T') { 0 } else { offset };
                let utc = (local - off).rem_euclid(1_440);
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

    /// Takes the newest commit of a lane back.
    pub(crate) fn revert_newest(&mut self, name: &str) -> &mut Self {
        let newest = self.tip(name).expect("lane has commits");
        let message = format!("Reapply\n\nThis reverts commit {newest}.");
        self.advance(name, None, &message);
        self
    }

    /// Lets a lane begin as a branch of another one.
    pub(crate) fn branch(&mut self, from: &str, name: &str) -> &mut Self {
        let chain = self.chains[&lane(from)].clone();
        self.chains.insert(lane(name), chain);
        self
    }

    pub(crate) fn wait(&mut self, seconds: i64) -> &mut Self {
        self.clock += seconds;
        self
    }

    pub(crate) fn skew(&mut self, seconds: i64) -> &mut Self {
        self.skew += seconds;
        self
    }
}
