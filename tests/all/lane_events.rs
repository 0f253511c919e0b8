//! What happens beside the commits of the lanes: change requests, deployments, tags, what a person accepted.

use lanekeeper::engine::Frozen;
use lanekeeper::model::Rule;
use lanekeeper::model::Verdict;
use lanekeeper::model::*;
use lanekeeper::record::Acknowledged;

use super::HOTFIX;
use super::World;
use super::lane;
use super::person;

impl World {
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
                url: None,
                behind: None,
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

    /// A go-live whose command was ended half-way.
    pub(crate) fn deploy_cut_off(&mut self, name: &str) -> &mut Self {
        self.deployment(name, DeploymentState::Cancelled);
        let deployment = &mut self.deployments[0];
        deployment.jobs.push(Job {
            id: "job-1".parse().expect("test job"),
            name: "portal".into(),
            app: None,
            state: JobState::Cancelled,
            since: deployment.updated_at,
            started_by: None,
            health: HealthState::Pending,
        });
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
            proof: Default::default(),
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

    /// Says that a person accepted what the fix has become in one file.
    pub(crate) fn acknowledge(&mut self, name: &str, path: &str) -> &mut Self {
        self.verdict(name, Verdict::Changed);
        let at = self.tick();
        self.acknowledged.push(Acknowledged {
            path: path.into(),
            blob: None,
            made: None,
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
}
