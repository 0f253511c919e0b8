//! The project: asked once by its path, then known by its number, since paths get renamed. What it allows is kept for
//! [`Gitlab::capabilities`], which asks nobody.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tokio::sync::OnceCell;

use crate::forge::Error;
use crate::forge::Remark;
use crate::forge::http::Ask;
use crate::forge::http::Connection;
use crate::forge::http::HttpError;
use crate::model::Capabilities;
use crate::model::CommitId;
use crate::model::EnvironmentName;
use crate::model::HotfixId;
use crate::model::MergeMethod;
use crate::model::OwnerRules;
use crate::model::Person;
use crate::model::Starters;
use crate::model::Timestamp;

use super::asked::Asked;
use super::asked::counted;
use super::asked::enforcement;
use super::asked::no_second;
use super::deployments::Ended;
use super::deployments::Runs;
use super::details::Approved;
use super::host::GitlabOptions;
use super::pushes::Pushers;
use super::version;
use super::wire;

/// One project on one GitLab, with what was learnt about it.
pub(super) struct Gitlab {
    pub(super) options: GitlabOptions,
    id: OnceCell<String>,
    pub(super) me: OnceCell<Person>,
    learnt: Mutex<Learnt>,
    /// Deployments that will not change any more.
    pub(super) ended: Mutex<Ended>,
    /// What belongs to one go-live, under whatever number.
    pub(super) runs: Mutex<Runs>,
    /// Requests that were merged into lanes with seats, by number, as the latest list has them.
    pub(super) merged: Mutex<BTreeMap<u64, wire::Request>>,
    /// Who approved requests that were merged.
    pub(super) approved: Mutex<Approved>,
    /// Who pushed the heads of open requests, by the request's number.
    pub(super) pushers: Mutex<Pushers>,
    /// Which hotfix brought a commit to its branch, as the requests say.
    pub(super) hotfixes: Mutex<BTreeMap<CommitId, HotfixId>>,
}

/// What the project's settings say.
struct Learnt {
    version: String,
    is_community: bool,
    merge_methods: Vec<MergeMethod>,
    asked: BTreeMap<EnvironmentName, Asked>,
    starters: BTreeMap<EnvironmentName, Starters>,
    is_admin: bool,
}

impl Gitlab {
    pub(super) fn new(options: GitlabOptions) -> Self {
        Self {
            options,
            id: OnceCell::new(),
            me: OnceCell::new(),
            learnt: Mutex::new(Learnt {
                version: String::new(),
                is_community: false,
                // Before the first answer nothing is ruled out; GitLab refuses what it does not allow.
                merge_methods: vec![MergeMethod::Merge, MergeMethod::Squash],
                asked: BTreeMap::new(),
                starters: BTreeMap::new(),
                is_admin: false,
            }),
            ended: Mutex::default(),
            runs: Mutex::default(),
            merged: Mutex::default(),
            approved: Mutex::default(),
            pushers: Mutex::default(),
            hotfixes: Mutex::default(),
        }
    }

    pub(super) fn http(&self) -> &Connection {
        &self.options.http
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.options.clock)()
    }

    pub(super) fn capabilities(&self) -> Capabilities {
        let learnt = lock(&self.learnt);
        let forge = format!("gitlab {}", learnt.version);
        Capabilities {
            forge: forge.trim_end().to_owned(),
            request_sign: '!',
            merge_methods: learnt.merge_methods.clone(),
            longest_body: 1 << 20,
            has_drafts: true,
            has_labels: true,
            has_statuses: true,
            owners: OwnerRules::Gitlab,
            approval_starts: false,
            approval_starts_in: counted(&learnt.asked),
            starts_jobs: true,
            starters: learnt.starters.values().cloned().collect(),
            seats: enforcement(&self.options.project, &learnt.asked),
            lifts_seats: false,
            approvals: BTreeMap::new(),
            merges_as_predicted: false,
            runs_checks: false,
            runs_deployments: false,
            keeps_comments: true,
            no_job_retry: None,
            retries_dependents: false,
            no_second_golive: no_second(&self.options.project, &learnt.asked),
        }
    }

    /// Keeps in mind what GitLab asks for in an environment.
    pub(super) fn note_asked(&self, environment: &EnvironmentName, asked: Asked) {
        lock(&self.learnt).asked.insert(environment.clone(), asked);
    }

    /// Returns what GitLab asks for in an environment, as far as it was seen.
    pub(super) fn asked_in(&self, environment: &EnvironmentName) -> Option<Asked> {
        lock(&self.learnt).asked.get(environment).cloned()
    }

    /// Keeps in mind who may start what goes to an environment; none where GitLab names nobody, or not to us.
    pub(super) fn note_starters(&self, environment: &EnvironmentName, starters: Option<Starters>) {
        let mut learnt = lock(&self.learnt);
        match starters {
            Some(starters) => learnt.starters.insert(environment.clone(), starters),
            None => learnt.starters.remove(environment),
        };
    }

    /// Returns who may start what goes to an environment, as far as it was seen.
    pub(super) fn starters_of(&self, environment: &EnvironmentName) -> Option<Starters> {
        lock(&self.learnt).starters.get(environment).cloned()
    }

    /// Keeps in mind that our account administers the instance.
    pub(super) fn note_admin(&self, is_admin: bool) {
        lock(&self.learnt).is_admin = is_admin;
    }

    /// Tells whether our account administers the instance, as far as it was seen.
    pub(super) fn is_admin(&self) -> bool {
        lock(&self.learnt).is_admin
    }

    /// Tells whether this is the edition that knows no approvals of deployments, as far as it says so.
    pub(super) fn is_community(&self) -> bool {
        lock(&self.learnt).is_community
    }

    /// Returns the project's number, as text for a path.
    pub(super) async fn id(&self) -> Result<&str, Error> {
        let id = self.id.get_or_try_init(|| self.learn()).await?;
        Ok(id)
    }

    async fn learn(&self) -> Result<String, Error> {
        let path = &self.options.path;
        let project: Option<wire::Project> =
            self.http().find(&Ask::get(&["projects", path])).await?;
        let Some(project) = project else {
            return Err(Error::NotFound {
                what: format!(
                    "the project `{path}` on {} (or your token may not see it)",
                    self.http().base().name()
                ),
            });
        };
        let id = project.id.to_string();
        let metadata = self.metadata().await?;
        let permissions = project.permissions.as_ref();
        let level = permissions.and_then(wire::Permissions::level);
        for environment in &self.options.project.environments {
            if environment.is_production || !environment.seats.is_empty() {
                self.protection(&id, &environment.name, level).await?;
            }
        }
        let mut learnt = lock(&self.learnt);
        learnt.version = version::short(&metadata.version);
        learnt.is_community = metadata.enterprise == Some(false);
        learnt.merge_methods = merge_methods(&project);
        Ok(id)
    }

    /// Asks for the instance's version, where it told that before 15.2 too; empty where it does not.
    async fn metadata(&self) -> Result<wire::Metadata, Error> {
        for place in ["metadata", "version"] {
            let read = self.http().read(&Ask::get(&[place])).await;
            let found: Option<wire::Metadata> = degraded(read)?;
            if let Some(found) = found.filter(|found| !found.version.is_empty()) {
                return Ok(found);
            }
        }
        Ok(wire::Metadata::default())
    }

    /// Says whether this GitLab is new enough.
    pub(super) fn examine_version(&self) -> Remark {
        version::examined(&lock(&self.learnt).version)
    }

    async fn path<'a>(&'a self, rest: &[&'a str]) -> Result<Vec<&'a str>, Error> {
        let mut path = vec!["projects", self.id().await?];
        path.extend(rest);
        Ok(path)
    }

    /// Asks for what is at `rest` below the project.
    pub(super) async fn get(&self, rest: &[&str]) -> Result<Ask, Error> {
        Ok(Ask::get(&self.path(rest).await?))
    }

    pub(super) async fn post(&self, rest: &[&str]) -> Result<Ask, Error> {
        Ok(Ask::post(&self.path(rest).await?))
    }

    pub(super) async fn put(&self, rest: &[&str]) -> Result<Ask, Error> {
        Ok(Ask::put(&self.path(rest).await?))
    }

    /// Returns where a branch is; none where it is not there.
    pub(super) async fn tip(&self, branch: &str) -> Result<Option<CommitId>, Error> {
        let ask = self.get(&["repository", "branches", branch]).await?;
        let found: Option<wire::Branch> = self.http().find(&ask).await?;
        Ok(found.and_then(|branch| branch.commit.id.parse().ok()))
    }
}

/// Returns none where a part of the API is not there for us: another tier, other rights.
pub(super) fn degraded<T>(read: Result<T, HttpError>) -> Result<Option<T>, Error> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.status(), Some(400 | 403 | 404)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Takes a lock; what a thread that panicked left behind is as good as before.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the methods that lead to what their names say. With fast-forward merges there is no merge commit.
fn merge_methods(project: &wire::Project) -> Vec<MergeMethod> {
    let plain = match project.merge_method.as_str() {
        "ff" => MergeMethod::Rebase,
        // `merge`, `rebase_merge` (a merge commit on a rebased branch), and words that are new.
        _ => MergeMethod::Merge,
    };
    match project.squash_option.as_str() {
        "never" => vec![plain],
        "always" => vec![MergeMethod::Squash],
        _ => vec![plain, MergeMethod::Squash],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_decides_how_requests_are_merged() {
        let of = |merge: &str, squash: &str| {
            merge_methods(&wire::Project {
                id: 1,
                merge_method: merge.to_owned(),
                squash_option: squash.to_owned(),
                permissions: None,
            })
        };
        assert_eq!(of("merge", "never"), [MergeMethod::Merge]);
        assert_eq!(
            of("ff", "default_off"),
            [MergeMethod::Rebase, MergeMethod::Squash]
        );
        assert_eq!(of("rebase_merge", "always"), [MergeMethod::Squash]);
        assert_eq!(of("", ""), [MergeMethod::Merge, MergeMethod::Squash]);
    }
}
