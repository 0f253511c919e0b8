//! Entries in, state out. Total and deterministic: every console that reads the same chain gets the same state.
//!
//! Our own writers check everything before they append, and the compare-and-swap keeps it true. An event that
//! does not fit all the same (written by hand) is set aside; it stays in the chain.

use crate::model::Approval;
use crate::model::CommitId;
use crate::model::Deployment;
use crate::model::DeploymentId;
use crate::model::DeploymentState;
use crate::model::HealthState;
use crate::model::Job;
use crate::model::JobState;
use crate::model::Merged;
use crate::model::Subject;
use crate::model::Untrusted;

use super::event::Entry;
use super::event::Event;
use super::event::Purpose;
use super::state::Comment;
use super::state::GoLive;
use super::state::JobRecord;
use super::state::Request;
use super::state::State;

/// The event does not fit the state that it came to.
struct Misfit;

impl State {
    /// Applies one entry, read from `commit`. An entry that was applied before changes nothing.
    pub(super) fn apply(&mut self, entry: &Entry, commit: &CommitId) {
        if !self.seen.insert(entry.id.clone()) {
            return;
        }
        let Some(event) = &entry.event else {
            self.is_beyond_us |= entry.is_critical;
            self.set_aside.push(entry.kind.clone());
            return;
        };
        if self.apply_event(entry, event, commit).is_err() {
            self.set_aside.push(entry.kind.clone());
        }
    }

    fn apply_event(&mut self, entry: &Entry, event: &Event, at: &CommitId) -> Result<(), Misfit> {
        match event {
            Event::RequestOpened { .. } => self.open(entry, event),
            Event::RequestEdited { .. }
            | Event::RequestCommented { .. }
            | Event::RequestMerged { .. } => self.change_request(entry, event),
            Event::Decided { subject, .. } => self.decide(entry, event, subject),
            Event::DeploymentCreated { .. } => self.create(entry, event),
            Event::DeploymentStarted { .. }
            | Event::DeploymentFinished { .. }
            | Event::DeploymentLost { .. } => self.change_deployment(entry, event),
            Event::JobStarted { .. } => self.start_job(entry, event),
            Event::JobFinished { .. } => self.finish_job(entry, event, at),
        }
    }

    fn open(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let Event::RequestOpened {
            request,
            from,
            into,
            head,
            onto,
            title,
            body,
            is_draft,
            labels,
            reviewers,
            hotfix,
        } = event
        else {
            return Err(Misfit);
        };
        if *request != self.next_request() {
            return Err(Misfit);
        }
        let request = Request {
            id: *request,
            from: from.clone(),
            into: into.clone(),
            title: title.clone(),
            body: body.clone(),
            is_draft: *is_draft,
            is_closed: false,
            merged: None,
            labels: labels.clone(),
            reviewers: reviewers.clone(),
            hotfix: hotfix.clone(),
            author: entry.by.clone(),
            opened_at: entry.at,
            updated_at: entry.at,
            onto: onto.clone(),
            heads: vec![head.clone()],
            decisions: Vec::new(),
            comments: Vec::new(),
        };
        self.requests.insert(request.id, request);
        Ok(())
    }

    fn change_request(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let (Event::RequestEdited { request, .. }
        | Event::RequestCommented { request, .. }
        | Event::RequestMerged { request, .. }) = event
        else {
            return Err(Misfit);
        };
        let request = self.requests.get_mut(request).ok_or(Misfit)?;
        request.updated_at = entry.at;
        match event {
            Event::RequestEdited {
                request: _,
                head,
                title,
                body,
                is_draft,
                labels,
                reviewers,
                is_open,
            } => {
                if let Some(head) = head {
                    request.saw(head);
                }
                replace(&mut request.title, title);
                replace(&mut request.body, body);
                replace(&mut request.is_draft, is_draft);
                replace(&mut request.labels, labels);
                replace(&mut request.reviewers, reviewers);
                replace(&mut request.is_closed, &is_open.map(|is_open| !is_open));
            }
            Event::RequestCommented { request: _, text } => request.comments.push(Comment {
                by: entry.by.clone(),
                at: entry.at,
                text: Untrusted::new(text.as_str()),
            }),
            Event::RequestMerged {
                request: _,
                commit,
                head,
                onto: _,
                method,
            } => {
                if !request.is_open() {
                    return Err(Misfit);
                }
                request.saw(head);
                request.merged = Some(Merged {
                    commit: commit.clone(),
                    head: head.clone(),
                    by: Some(entry.by.clone()),
                    at: entry.at,
                    method: Some(*method),
                });
            }
            Event::RequestOpened { .. }
            | Event::Decided { .. }
            | Event::DeploymentCreated { .. }
            | Event::DeploymentStarted { .. }
            | Event::DeploymentFinished { .. }
            | Event::DeploymentLost { .. }
            | Event::JobStarted { .. }
            | Event::JobFinished { .. } => return Err(Misfit),
        }
        Ok(())
    }

    fn decide(&mut self, entry: &Entry, event: &Event, subject: &Subject) -> Result<(), Misfit> {
        let Event::Decided {
            subject: _,
            head,
            role,
            decision,
            comment,
        } = event
        else {
            return Err(Misfit);
        };
        let approval = Approval {
            by: entry.by.clone(),
            role: role.clone(),
            head: head.clone(),
            decision: *decision,
            at: entry.at,
            comment: comment.as_deref().map(Untrusted::new),
        };
        let decisions = match subject {
            Subject::Request(id) => {
                let request = self.requests.get_mut(id).ok_or(Misfit)?;
                request.saw(head);
                request.updated_at = entry.at;
                &mut request.decisions
            }
            Subject::Deployment(id) => {
                let golive = self.golive_mut(id)?;
                golive.deployment.updated_at = entry.at;
                &mut golive.deployment.approvals
            }
        };
        // One person, one seat: who decides again about the same head has changed their mind.
        decisions.retain(|earlier| earlier.by != approval.by || earlier.head != approval.head);
        decisions.push(approval);
        Ok(())
    }

    fn create(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let Event::DeploymentCreated {
            deployment,
            environment,
            commit,
            seats,
            hotfix,
        } = event
        else {
            return Err(Misfit);
        };
        if *deployment != self.next_deployment() {
            return Err(Misfit);
        }
        self.deployments.push(GoLive {
            deployment: Deployment {
                id: deployment.clone(),
                environment: environment.clone(),
                commit: commit.clone(),
                state: DeploymentState::Blocked,
                created_by: entry.by.clone(),
                created_at: entry.at,
                updated_at: entry.at,
                seats: seats.clone(),
                approvals: Vec::new(),
                jobs: Vec::new(),
                hotfix: hotfix.clone(),
            },
            jobs: Vec::new(),
            run: None,
            detail: String::new(),
        });
        Ok(())
    }

    fn change_deployment(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        match event {
            Event::DeploymentStarted {
                deployment,
                run,
                jobs,
            } => {
                let fits = jobs
                    .iter()
                    .enumerate()
                    .all(|(ahead, job)| job.job == self.next_job(ahead as u64));
                let golive = self.golive_mut(deployment)?;
                if !fits || golive.run.is_some() {
                    return Err(Misfit);
                }
                golive.run = Some((entry.by.clone(), run.clone(), entry.at));
                golive.jobs = jobs.iter().map(|job| job.job.clone()).collect();
                golive.deployment.state = DeploymentState::Running;
                golive.deployment.updated_at = entry.at;
                for job in jobs {
                    let record = JobRecord {
                        job: Job {
                            id: job.job.clone(),
                            name: job.app.to_string(),
                            app: Some(job.app.clone()),
                            state: JobState::Queued,
                            since: entry.at,
                            health: if job.has_health {
                                HealthState::Pending
                            } else {
                                HealthState::NotConfigured
                            },
                        },
                        purpose: Purpose::App {
                            deployment: deployment.clone(),
                        },
                        run: run.clone(),
                        detail: String::new(),
                        log: None,
                    };
                    self.jobs.insert(job.job.clone(), record);
                }
                Ok(())
            }
            Event::DeploymentFinished {
                deployment,
                state,
                detail,
            } => self.end_deployment(entry, deployment, *state, detail),
            Event::DeploymentLost { deployment, why } => {
                self.end_deployment(entry, deployment, DeploymentState::Failed, why)
            }
            Event::RequestOpened { .. }
            | Event::RequestEdited { .. }
            | Event::RequestCommented { .. }
            | Event::RequestMerged { .. }
            | Event::Decided { .. }
            | Event::DeploymentCreated { .. }
            | Event::JobStarted { .. }
            | Event::JobFinished { .. } => Err(Misfit),
        }
    }

    /// Ends a deployment; jobs of it that did not end will not any more.
    fn end_deployment(
        &mut self,
        entry: &Entry,
        id: &DeploymentId,
        state: DeploymentState,
        detail: &str,
    ) -> Result<(), Misfit> {
        let is_end = match state {
            DeploymentState::Succeeded | DeploymentState::Failed | DeploymentState::Cancelled => {
                true
            }
            DeploymentState::Blocked
            | DeploymentState::Approved
            | DeploymentState::Rejected
            | DeploymentState::Running => false,
        };
        let golive = self.golive_mut(id)?;
        if !is_end || !golive.deployment.is_running() {
            return Err(Misfit);
        }
        golive.deployment.state = state;
        golive.deployment.updated_at = entry.at;
        golive.detail = detail.to_owned();
        for job in golive.jobs.clone() {
            if let Some(record) = self.jobs.get_mut(&job)
                && !record.has_ended()
            {
                record.job.state = JobState::Cancelled;
                record.job.since = entry.at;
            }
        }
        Ok(())
    }

    fn start_job(&mut self, entry: &Entry, event: &Event) -> Result<(), Misfit> {
        let Event::JobStarted {
            job,
            name,
            purpose,
            run,
        } = event
        else {
            return Err(Misfit);
        };
        if let Some(record) = self.jobs.get_mut(job) {
            // Jobs of a deployment are named when it is started.
            if record.job.state != JobState::Queued {
                return Err(Misfit);
            }
            record.job.state = JobState::Running;
            record.job.since = entry.at;
            return Ok(());
        }
        if *job != self.next_job(0) || matches!(purpose, Purpose::App { .. }) {
            return Err(Misfit);
        }
        let record = JobRecord {
            job: Job {
                id: job.clone(),
                name: name.clone(),
                app: None,
                state: JobState::Running,
                since: entry.at,
                health: HealthState::NotConfigured,
            },
            purpose: purpose.clone(),
            run: run.clone(),
            detail: String::new(),
            log: None,
        };
        self.jobs.insert(job.clone(), record);
        Ok(())
    }

    fn finish_job(&mut self, entry: &Entry, event: &Event, at: &CommitId) -> Result<(), Misfit> {
        let Event::JobFinished {
            job,
            state,
            health,
            detail,
            log,
        } = event
        else {
            return Err(Misfit);
        };
        let record = self.jobs.get_mut(job).ok_or(Misfit)?;
        if record.has_ended() {
            return Err(Misfit);
        }
        record.job.state = *state;
        record.job.since = entry.at;
        replace(&mut record.job.health, health);
        record.detail.clone_from(detail);
        record.log = log.clone().map(|digest| (at.clone(), digest));
        Ok(())
    }

    fn golive_mut(&mut self, id: &DeploymentId) -> Result<&mut GoLive, Misfit> {
        self.deployments
            .iter_mut()
            .find(|golive| &golive.deployment.id == id)
            .ok_or(Misfit)
    }
}

impl Request {
    /// Remembers a head, if it is not the last one remembered.
    fn saw(&mut self, head: &CommitId) {
        if self.last_head() != head {
            self.heads.push(head.clone());
        }
    }
}

fn replace<T: Clone>(field: &mut T, by: &Option<T>) {
    if let Some(value) = by {
        field.clone_from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::event::AppJob;
    use super::super::event::Run;
    use crate::model::Decision;
    use crate::model::JobId;
    use crate::model::MergeMethod;
    use crate::model::Person;
    use crate::model::RequestId;
    use crate::model::Timestamp;

    fn commit(digit: u64) -> CommitId {
        format!("{digit:040x}").parse().expect("static form")
    }

    fn person(name: &str) -> Person {
        Person::from_email(name, &format!("{name}@example.org"))
    }

    /// Folds events, each by its person, in order.
    fn fold(events: &[(&str, Event)]) -> State {
        let mut state = State::default();
        for (number, (by, event)) in (0_u64..).zip(events) {
            state.apply(&entry(number, by, event.clone()), &commit(1000 + number));
        }
        state
    }

    fn entry(number: u64, by: &str, event: Event) -> Entry {
        Entry {
            id: format!("01J{number:023}").parse().expect("static form"),
            by: person(by),
            device: "laptop".to_owned(),
            at: Timestamp::from_second(i64::try_from(number).expect("small")),
            kind: event.name().to_owned(),
            is_critical: false,
            event: Some(event),
        }
    }

    fn opened(number: u64) -> Event {
        Event::RequestOpened {
            request: RequestId(number),
            from: "hotfix/x".parse().expect("static name"),
            into: "main".parse().expect("static name"),
            head: commit(1),
            onto: commit(2),
            title: "Fix".to_owned(),
            body: String::new(),
            is_draft: true,
            labels: Vec::new(),
            reviewers: Vec::new(),
            hotfix: None,
        }
    }

    fn decided(decision: Decision, role: &str, head: u64) -> Event {
        Event::Decided {
            subject: Subject::Request(RequestId(1)),
            head: commit(head),
            role: Some(role.parse().expect("static name")),
            decision,
            comment: None,
        }
    }

    fn merged() -> Event {
        Event::RequestMerged {
            request: RequestId(1),
            commit: commit(9),
            head: commit(1),
            onto: commit(2),
            method: MergeMethod::Merge,
        }
    }

    fn run() -> Run {
        Run {
            device: "laptop".to_owned(),
            pid: 7,
            token: String::new(),
        }
    }

    fn job(number: u64) -> JobId {
        format!("job-{number}").parse().expect("static form")
    }

    fn created() -> Event {
        Event::DeploymentCreated {
            deployment: "1".parse().expect("static id"),
            environment: "production".parse().expect("static name"),
            commit: commit(9),
            seats: Vec::new(),
            hotfix: None,
        }
    }

    fn started() -> Event {
        let app = |number| AppJob {
            job: job(number),
            app: format!("app-{number}").parse().expect("static form"),
            has_health: number == 1,
        };
        Event::DeploymentStarted {
            deployment: "1".parse().expect("static id"),
            run: run(),
            jobs: vec![app(1), app(2)],
        }
    }

    fn finished(number: u64, state: JobState) -> Event {
        Event::JobFinished {
            job: job(number),
            state,
            health: None,
            detail: "exit code 0".to_owned(),
            log: Some("abc".to_owned()),
        }
    }

    #[test]
    fn an_entry_that_comes_twice_changes_nothing() {
        let mut state = fold(&[("ana", opened(1))]);
        let once = state.clone();
        state.apply(&entry(0, "ana", opened(1)), &commit(5));
        assert_eq!(state, once);
    }

    #[test]
    fn an_edit_changes_what_it_names_and_remembers_the_head() {
        let edit = Event::RequestEdited {
            request: RequestId(1),
            head: Some(commit(3)),
            title: None,
            body: None,
            is_draft: Some(false),
            labels: Some(vec!["hotfix".to_owned()]),
            reviewers: None,
            is_open: Some(false),
        };
        let state = fold(&[("ana", opened(1)), ("bob", edit)]);
        let request = &state.requests[&RequestId(1)];
        assert_eq!(request.title, "Fix");
        assert!(!request.is_draft && request.is_closed);
        assert_eq!(request.labels, ["hotfix"]);
        assert_eq!(request.heads, [commit(1), commit(3)]);
        assert_eq!(request.updated_at, Timestamp::from_second(1));
    }

    #[test]
    fn a_person_has_one_decision_per_head_and_the_last_one_counts() {
        let state = fold(&[
            ("ana", opened(1)),
            ("bob", decided(Decision::Rejected, "lead", 1)),
            ("bob", decided(Decision::Approved, "pm", 1)),
            ("bob", decided(Decision::Approved, "pm", 3)),
        ]);
        let decisions = &state.requests[&RequestId(1)].decisions;
        let heads: Vec<&CommitId> = decisions.iter().map(|decision| &decision.head).collect();
        assert_eq!(heads, [&commit(1), &commit(3)]);
        assert!(
            decisions
                .iter()
                .all(|decision| decision.decision == Decision::Approved)
        );
    }

    #[test]
    fn what_does_not_fit_is_set_aside() {
        let state = fold(&[
            ("ana", opened(2)),
            ("ana", opened(1)),
            ("ana", merged()),
            ("eve", merged()),
            ("eve", finished(4, JobState::Succeeded)),
            ("eve", started()),
        ]);
        assert_eq!(
            state.set_aside,
            [
                "request.opened",
                "request.merged",
                "job.finished",
                "deployment.started"
            ]
        );
        let merge = state.requests[&RequestId(1)].merged.as_ref();
        assert_eq!(
            merge.and_then(|merged| merged.by.clone()),
            Some(person("ana"))
        );
    }

    #[test]
    fn an_unknown_critical_kind_stops_writing_and_a_harmless_one_does_not() {
        let mut state = fold(&[("ana", opened(1))]);
        let unknown = |number, is_critical| Entry {
            event: None,
            is_critical,
            kind: "request.teleported".to_owned(),
            ..entry(number, "ana", opened(1))
        };
        state.apply(&unknown(5, false), &commit(5));
        assert!(!state.is_beyond_us);
        state.apply(&unknown(6, true), &commit(6));
        assert!(state.is_beyond_us);
        assert_eq!(state.set_aside.len(), 2);
    }

    #[test]
    fn a_deployment_starts_once_and_its_jobs_are_told_one_by_one() {
        let state = fold(&[
            ("ana", created()),
            ("ana", started()),
            ("bob", started()),
            ("ana", finished(1, JobState::Succeeded)),
        ]);
        assert_eq!(state.set_aside, ["deployment.started"]);
        let first = &state.jobs[&job(1)];
        assert_eq!(first.job.state, JobState::Succeeded);
        assert_eq!(first.job.health, HealthState::Pending);
        assert_eq!(first.log, Some((commit(1003), "abc".to_owned())));
        assert_eq!(state.jobs[&job(2)].job.health, HealthState::NotConfigured);
        assert_eq!(state.next_job(0), job(3));
    }

    #[test]
    fn a_lost_deployment_has_failed_and_its_jobs_are_cancelled() {
        let lost = Event::DeploymentLost {
            deployment: "1".parse().expect("static id"),
            why: "the console that ran it died".to_owned(),
        };
        let state = fold(&[
            ("ana", created()),
            ("ana", started()),
            ("ana", finished(1, JobState::Succeeded)),
            ("ana", lost.clone()),
            ("ana", lost),
        ]);
        let golive = &state.deployments[0];
        assert_eq!(golive.deployment.state, DeploymentState::Failed);
        assert_eq!(golive.detail, "the console that ran it died");
        assert_eq!(state.jobs[&job(1)].job.state, JobState::Succeeded);
        assert_eq!(state.jobs[&job(2)].job.state, JobState::Cancelled);
        assert_eq!(state.set_aside, ["deployment.lost"]);
    }
}
