//! The jobs of a run that runs again. Whether GitHub lists those that an attempt does not run again with it, under their own
//! numbers, under new ones, or not at all, is nowhere said; so the jobs of every attempt are read, and sorted out here.

use super::actions::Job;

/// Returns the jobs that stand in an attempt: its own, and of earlier ones those that it leaves as they ended. One that may
/// depend on a job that runs again is none of them before the run `has_ended`: it runs again too, and is not listed until then.
pub(super) fn standing(jobs: &[Job], attempt: u64, has_ended: bool) -> Vec<Job> {
    let of = |job: &Job| job.run_attempt.unwrap_or(attempt);
    let latest = |name: &str, before: u64| {
        let named = jobs.iter().filter(|job| job.name == name);
        named.map(of).filter(|one| *one < before).max()
    };
    let again: Vec<&Job> = jobs
        .iter()
        .filter(|job| {
            let runs_again = jobs
                .iter()
                .any(|own| own.name == job.name && of(own) >= attempt);
            runs_again && Some(of(job)) == latest(&job.name, attempt)
        })
        .collect();
    let may_depend = |job: &Job| {
        again
            .iter()
            .any(|one| one.completed_at.is_none() || one.completed_at <= job.started_at)
    };
    jobs.iter()
        .filter(|job| Some(of(job)) == latest(&job.name, attempt + 1))
        .filter(|job| {
            let stays = has_ended || !may_depend(job);
            of(job) >= attempt || (job.started_at.is_some() && stays)
        })
        .cloned()
        .collect()
}

/// Tells whether one job is another that ran again, and not the other as a later attempt took it over.
pub(super) fn ran_again(one: &Job, other: &Job) -> bool {
    if one.status != "completed" {
        return true;
    }
    match (one.started_at, other.completed_at) {
        (Some(began), Some(ended)) => began >= ended && one.started_at != other.started_at,
        // Nothing tells, and nothing may run twice.
        (None, _) | (_, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: u64, name: &str, attempt: u64, began: &str, ended: Option<&str>) -> Job {
        let at = |minute: &str| format!("2026-04-12T09:{minute}:07Z");
        let status = ended.map_or("in_progress", |_| "completed");
        let job = serde_json::json!({
            "id": id, "name": name, "run_attempt": attempt, "status": status,
            "started_at": at(began), "completed_at": ended.map(at),
        });
        serde_json::from_value(job).expect("a job")
    }

    fn shown(jobs: &[Job], attempt: u64) -> Vec<u64> {
        ids(&standing(jobs, attempt, false))
    }

    fn ids(standing: &[Job]) -> Vec<u64> {
        standing.iter().map(|job| job.id).collect()
    }

    fn first() -> Vec<Job> {
        vec![
            job(1, "gate", 1, "10", Some("11")),
            job(2, "portal", 1, "11", Some("15")),
            job(3, "api", 1, "11", Some("14")),
        ]
    }

    #[test]
    fn what_is_not_listed_again_and_depends_on_nothing_that_is_stands_as_it_ended() {
        let mut jobs = first();
        jobs.push(job(4, "api", 2, "20", None));
        assert_eq!(shown(&jobs, 2), [1, 2, 4]);
        assert_eq!(shown(&first(), 1), [1, 2, 3]);
    }

    #[test]
    fn what_comes_after_a_job_that_runs_again_is_not_there_yet() {
        let mut jobs = first();
        jobs.push(job(4, "gate", 2, "20", None));
        assert_eq!(shown(&jobs, 2), [4]);
    }

    #[test]
    fn what_came_one_after_the_other_and_did_not_run_again_is_there_once_the_run_is_over() {
        let jobs = [
            job(1, "portal", 1, "10", Some("12")),
            job(2, "api", 1, "12", Some("15")),
            job(3, "portal", 2, "20", Some("22")),
        ];
        assert_eq!(shown(&jobs, 2), [3]);
        assert_eq!(ids(&standing(&jobs, 2, true)), [2, 3]);
    }

    #[test]
    fn a_job_that_was_taken_over_under_another_number_did_not_run_again() {
        let mut jobs = first();
        jobs.push(job(4, "api", 2, "20", Some("24")));
        jobs.push(job(5, "portal", 2, "11", Some("15")));
        jobs.push(job(6, "gate", 2, "10", Some("11")));
        assert_eq!(shown(&jobs, 2), [4, 5, 6]);
        assert!(ran_again(&jobs[3], &jobs[2]));
        assert!(!ran_again(&jobs[4], &jobs[1]));
        assert!(ran_again(&job(7, "portal", 2, "11", None), &jobs[1]));
    }
}
