//! What is seen of the world that was told: observation, playbook, record and model, and what is not seen.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use lanekeeper::engine::EdgeSight;
use lanekeeper::engine::FixSight;
use lanekeeper::engine::LaneHistory;
use lanekeeper::engine::Observation;
use lanekeeper::engine::Picks;
use lanekeeper::engine::Riders;
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

use crate::support::seen::capabilities;

use super::HOTFIX;
use super::World;
use super::lane;
use super::person;

impl World {
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
            last_authors: LastAuthors::default(),
            owners: Vec::new(),
        });
        let prediction = Prediction {
            outcome: PredictionOutcome::Conflict {
                paths: paths.collect(),
            },
            target_tip: self.tip(name).expect("lane has commits"),
            tree: None,
            pending: Vec::new(),
        };
        let key = (step.parse().expect("test step"), lane(name));
        self.predictions.insert(key, Seen::known(prediction, at));
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
            made: path.made.clone(),
            at: None,
        };
        self.acknowledged.iter().map(changed).collect()
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

    /// Nothing of the fix came into a lane whose files differ and that no story brought it to.
    fn unreached(&self) -> BTreeSet<LaneName> {
        let changed = self.verdicts.iter();
        let changed = changed.filter(|(_, verdict)| **verdict == Verdict::Changed);
        let names = changed.map(|(name, _)| name.clone());
        names.filter(|name| !self.has.contains_key(name)).collect()
    }

    pub(crate) fn observation(&self) -> Observation {
        let newest_first = |chain: &Vec<Commit>| chain.iter().rev().cloned().collect();
        let history = LaneHistory {
            lanes: self
                .chains
                .iter()
                .map(|(name, chain)| (name.clone(), newest_first(chain)))
                .collect(),
            beyond: BTreeMap::new(),
            tags: self.tags.clone(),
        };
        Observation {
            interrupted: Vec::new(),
            archived: None,
            rewritten: None,
            now: Timestamp::from_second(self.clock + 60),
            since_boot: std::time::Duration::ZERO,
            me: person("ana"),
            quiet_until: None,
            clock_offset: None,
            capabilities: Capabilities {
                // As GitHub writes numbers; the mock-ups do.
                request_sign: '#',
                merge_methods: Vec::new(),
                ..capabilities()
            },
            tips: self.seen(BTreeMap::new()),
            fix: self.seen(FixSight {
                head: self
                    .fix
                    .last()
                    .map(|commit| commit.id.clone())
                    .or_else(|| Some(self.base.clone()?.1)),
                merge_base: self.base.as_ref().map(|(_, tip)| tip.clone()),
                span: None,
                commits: self.fix.clone(),
                contamination: Vec::new(),
                not_in_run: Vec::new(),
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
            unreached: self.seen(self.unreached()),
            dropped: BTreeSet::new(),
            taken_out: BTreeMap::new(),
            weighed: BTreeMap::new(),
            predictions: self.predictions.clone(),
            driven: BTreeMap::new(),
            prerequisites: BTreeMap::new(),
            undecided: BTreeMap::new(),
            attempts: BTreeMap::new(),
            along: BTreeMap::new(),
            requests: self.seen(self.requests.clone()),
            unclosed: BTreeSet::new(),
            deployments: self.seen(self.deployments.clone()),
            locks: BTreeMap::new(),
            is_record_here: false,
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
            added: Vec::new(),
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
            not_shared: 0,
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
            riders: Riders::default(),
            promotion,
        };
        let edge = Edge {
            from: lane(from),
            into: lane(into),
        };
        self.edges.insert(edge, sight);
        self
    }

    /// Says how many commits of the lane that a promotion leads to are not in the one it leaves.
    pub(crate) fn behind(&mut self, from: &str, into: &str, behind: usize) -> &mut Self {
        let edge = Edge {
            from: lane(from),
            into: lane(into),
        };
        let sight = self.edges.get_mut(&edge).expect("the edge was told");
        sight.behind = behind;
        self
    }

    pub(crate) fn model(&self) -> LaneModel {
        model(&self.book(), self.record().as_ref(), &self.observation())
    }
}
