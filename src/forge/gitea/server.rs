//! Which server this is and what it can do, learnt once.

use crate::forge::Remark;
use crate::forge::account::product;
use crate::model::MergeMethod;

use super::wire;

/// Items on a page if the server does not say.
const PAGE: usize = 50;

/// The version of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) is_forgejo: bool,
    /// Major and minor; none for a build without a number, which is taken for a new one.
    number: Option<(u32, u32)>,
    text: String,
}

impl Version {
    /// Reads `1.23.0+dev-4-gf46e7ea` (Gitea) and `17.0.0-dev-6+gitea-1.22.0` (Forgejo, which names the API that it keeps).
    pub(super) fn parse(text: &str) -> Self {
        let plain = text.split(['+', '-']).next().unwrap_or_default();
        let mut numbers = plain.split('.').map(str::parse::<u32>);
        let number = match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
            _ => None,
        };
        Self {
            is_forgejo: product(text) == "forgejo",
            number,
            text: plain.to_owned(),
        }
    }

    /// Returns `forgejo 11.0.1`.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.product(), self.text)
            .trim()
            .to_owned()
    }

    pub(super) fn product(&self) -> &'static str {
        if self.is_forgejo { "forgejo" } else { "gitea" }
    }

    fn is_since(&self, gitea: (u32, u32), forgejo: (u32, u32)) -> bool {
        let since = if self.is_forgejo { forgejo } else { gitea };
        self.number.is_none_or(|number| number >= since)
    }

    /// Tells whether workflow runs are listed.
    pub(super) fn has_runs(&self) -> bool {
        self.is_since((1, 25), (12, 0))
    }

    /// Tells whether the jobs of a run are listed.
    pub(super) fn has_jobs(&self) -> bool {
        self.is_since((1, 25), (16, 0))
    }

    /// Tells whether logs of jobs have an address. Gitea got it at a version in which some builds lack it: those answer 404.
    pub(super) fn has_logs(&self) -> bool {
        !self.is_forgejo || self.has_jobs()
    }

    /// Says why nothing of workflow runs can be seen, where this version has neither runs nor tasks.
    pub(super) fn no_flows(&self) -> Option<String> {
        if self.is_since((1, 22), (7, 0)) {
            return None;
        }
        let since = if self.is_forgejo {
            "Forgejo 7"
        } else {
            "Gitea 1.22"
        };
        Some(format!("it tells of no workflow runs ({since} does)"))
    }

    /// Says why a single job cannot be run again, where this version has no call for that.
    pub(super) fn no_job_retry(&self) -> Option<String> {
        if self.is_since((1, 26), (17, 0)) {
            return None;
        }
        let since = if self.is_forgejo {
            "Forgejo 17"
        } else {
            "Gitea 1.26"
        };
        Some(format!(
            "{} has no call to run a job again, {since} has: run it again on its page",
            self.name()
        ))
    }

    /// Tells whether a workflow can be started.
    pub(super) fn has_dispatch(&self) -> bool {
        self.is_since((1, 24), (7, 0))
    }
}

/// What helps where a go-live is done on the forge's page and cannot be seen here.
pub(super) const SKIP: &str =
    "start it on its page, and when it is live: lanekeeper skip deploy --reason R";

/// Says what this version cannot be asked for, and what becomes of it; `deploys` tells whether an environment has a job.
pub(super) fn examined(version: &Version, deploys: bool) -> Remark {
    let what = "version";
    let (starts, lists, reruns) = if version.is_forgejo {
        ("Forgejo 7", "Forgejo 12", "Forgejo 17")
    } else {
        ("Gitea 1.24", "Gitea 1.25", "Gitea 1.26")
    };
    if let Some(why) = version.no_flows() {
        let detail = format!(
            "{}: {why}: a go-live by a workflow can neither be started nor seen from here",
            version.name()
        );
        let hint = format!("Update it to {reruns}; until then {SKIP}");
        return if deploys {
            Remark::bad(what, detail, hint)
        } else {
            Remark::doubtful(what, detail, hint)
        };
    }
    let mut lacks = Vec::new();
    if !version.has_dispatch() {
        lacks.push(format!(
            "it cannot be asked to start a workflow ({starts} can): a go-live is started on its page"
        ));
    }
    if !version.has_runs() {
        lacks.push(format!(
            "it does not list workflow runs ({lists} does): they are put together from the latest tasks, and a log may be missing"
        ));
    }
    if version.has_runs() && !version.has_jobs() {
        lacks.push(
            "it does not list the jobs of a run (Forgejo 16 does): they are put together from the latest tasks, where those that no runner took yet are missing, and it hands out no log"
                .to_owned(),
        );
    }
    if version.no_job_retry().is_some() {
        lacks.push(format!(
            "it cannot be asked to run a job again ({reruns} can): that is done on its page"
        ));
    }
    if lacks.is_empty() {
        return Remark::good(what, version.name());
    }
    Remark::doubtful(
        what,
        format!("{}: {}", version.name(), lacks.join("; ")),
        format!("Update it to {reruns}, or do these on its page."),
    )
}

/// What was learnt of a server and of our project there.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) version: Version,
    pub(super) page: usize,
    pub(super) methods: Vec<MergeMethod>,
}

impl Known {
    pub(super) fn new(
        version: &wire::Version,
        limits: &wire::Limits,
        project: &wire::Project,
    ) -> Self {
        let methods = [
            (MergeMethod::Merge, project.allow_merge_commits),
            (MergeMethod::Squash, project.allow_squash_merge),
            (MergeMethod::Rebase, project.allow_rebase),
        ];
        Self {
            version: Version::parse(&version.version),
            page: match limits.max_response_items {
                0 => PAGE,
                most => most.min(PAGE),
            },
            methods: methods
                .into_iter()
                .filter(|(_, is_allowed)| *is_allowed)
                .map(|(method, _)| method)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_tells_the_two_apart_and_what_they_can_do() {
        let gitea = Version::parse("1.23.0+dev-444-gf46e7eae93");
        assert_eq!(gitea.name(), "gitea 1.23.0");
        assert!(!gitea.has_runs() && !gitea.has_dispatch());
        assert!(Version::parse("1.24.2").has_dispatch() && !Version::parse("1.24.2").has_runs());
        assert!(Version::parse("1.25.0").has_runs());
        let forgejo = Version::parse("17.0.0-dev-609-a14eb80977+gitea-1.22.0");
        assert_eq!(forgejo.name(), "forgejo 17.0.0");
        assert!(forgejo.has_runs() && forgejo.has_dispatch() && forgejo.has_jobs());
        let jobless = Version::parse("15.0.3+gitea-1.22.0");
        assert!(!jobless.has_jobs() && !jobless.has_logs() && forgejo.has_logs());
        let old = Version::parse("9.0.3+gitea-1.22.0");
        assert!(old.is_forgejo && !old.has_runs() && old.has_dispatch());
        assert!(Version::parse("development").has_runs());
        assert_eq!(forgejo.no_job_retry(), None);
        assert_eq!(
            Version::parse("1.25.0").no_job_retry().as_deref(),
            Some(
                "gitea 1.25.0 has no call to run a job again, Gitea 1.26 has: run it again on its page"
            )
        );
    }

    #[test]
    fn what_a_version_cannot_be_asked_for_is_told_and_a_new_one_lacks_nothing() {
        let of = |text: &str| {
            let remark = examined(&Version::parse(text), true);
            assert!(!remark.is_bad);
            let lacks = |word: &str| remark.detail.contains(word);
            [
                lacks("start a workflow"),
                lacks("list workflow runs"),
                lacks("run a job again"),
                remark.hint.is_some(),
            ]
        };
        assert_eq!(of("1.23.4"), [true; 4]);
        assert_eq!(of("1.24.2"), [false, true, true, true]);
        assert_eq!(of("1.25.0"), [false, false, true, true]);
        assert_eq!(of("1.26.0"), [false; 4]);
        assert_eq!(of("9.0.3+gitea-1.22.0"), [false, true, true, true]);
        assert_eq!(of("12.0.0+gitea-1.22.0"), [false, false, true, true]);
        assert_eq!(of("17.0.0+gitea-1.22.0"), [false; 4]);
        let jobs = |text: &str| {
            examined(&Version::parse(text), false)
                .detail
                .contains("the jobs of a run")
        };
        assert!(jobs("15.0.3+gitea-1.22.0") && !jobs("16.0.0+gitea-1.22.0") && !jobs("1.25.0"));
        assert_eq!(of("development"), [false; 4]);
    }

    /// Gitea 1.21 answers 404 to tasks, whether or not Actions are on.
    #[test]
    fn a_version_without_runs_and_tasks_cannot_bring_a_fix_to_production() {
        let old = Version::parse("1.21.0");
        let bad = examined(&old, true);
        assert!(bad.is_bad, "{bad:?}");
        assert!(bad.detail.contains("gitea 1.21.0"), "{bad:?}");
        assert!(bad.detail.contains("Gitea 1.22 does"), "{bad:?}");
        assert!(!bad.detail.contains("tasks"), "{bad:?}");
        let hint = bad.hint.unwrap_or_default();
        assert!(hint.contains("lanekeeper skip deploy"), "{hint}");
        let doubtful = examined(&old, false);
        assert!(!doubtful.is_bad && doubtful.hint.is_some());
        assert_eq!(Version::parse("1.22.0").no_flows(), None);
        assert_eq!(Version::parse("7.0.0+gitea-1.22.0").no_flows(), None);
    }
}
