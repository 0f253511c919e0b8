//! The words of a scenario: one line is one fact about the project, the branches, the look or the record.

use std::sync::Arc;

use lanekeeper::engine::*;
use lanekeeper::model::*;

use super::EARLIER;
use super::World;
use super::commit;
use super::environment;
use super::known;
use super::made;
use super::parse;
use super::person;

impl World {
    /// Takes in one line of facts.
    pub(crate) fn learn(&mut self, line: &str, place: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["playbook", id] => {
                self.playbook = (*id).to_owned();
                self.usual();
            }
            ["project", "two-lanes"] => self.two_lanes(),
            ["project", "gitflow"] => self.gitflow(),
            ["promotes", from, "->", into] => {
                let mut lanes = self.project.lanes.iter_mut();
                let lane = lanes.find(|one| one.name.as_str() == *from);
                lane.expect("a lane").merges_into = vec![parse(into)];
            }
            ["no-deployments"] => {
                let prod = &mut self.project.environments[0];
                prod.job = None;
                prod.apps.clear();
            }
            ["remote", name] => self.project.remote = parse(name),
            ["me", id] => self.seen.me = person(id),
            ["role", role, ids @ ..] => {
                let ids = ids.iter().map(ToString::to_string).collect();
                self.project.roles.0.insert(parse(role), ids);
            }
            ["seat", lane, role] => {
                let mut lanes = self.project.lanes.iter_mut();
                let lane = lanes.find(|one| one.name.as_str() == *lane);
                lane.expect("a lane").seats.push(parse(role));
            }
            ["freeze", name, lanes @ ..] => self.project.freezes.push(ChangeFreeze {
                name: (*name).to_owned(),
                lanes: lanes.iter().map(|lane| parse(lane)).collect(),
                from: Timestamp::from_second(self.seen.now.as_second() - 3_600),
                until: Timestamp::from_second(self.seen.now.as_second() + 3_600),
            }),
            ["org", name] => {
                let mut org = environment(name, false);
                org.is_org = true;
                org.hotfix_sandbox = None;
                self.project.environments.push(org);
                self.project.environments[0].hotfix_sandbox = Some(parse(name));
                self.project.environments[0].is_org = true;
            }
            ["hotfix-sandbox", name] => {
                self.project.environments[0].hotfix_sandbox = Some(parse(name));
            }
            ["no-checks"] => self.project.checks.clear(),
            ["work-in", name] => self.sandbox = Some(parse(name)),
            ["migrations"] => {
                self.project.environments[0].migrations = Some(vec!["migrate".into()]);
            }
            ["on-conflict", "empty-commit"] => {
                self.policy = Some(lanekeeper::playbook::ConflictPolicy::EmptyCommit);
            }
            ["on-conflict", "fail"] => {
                self.policy = Some(lanekeeper::playbook::ConflictPolicy::Fail);
            }
            ["on-conflict", "two-branch"] => {
                self.policy = Some(lanekeeper::playbook::ConflictPolicy::TwoBranch);
            }
            ["on-conflict", "local"] => {
                self.policy = Some(lanekeeper::playbook::ConflictPolicy::Local);
            }
            ["exclude-labels", labels @ ..] => {
                self.exclude_labels = labels.iter().map(|&label| label.to_owned()).collect();
            }
            ["auto-merge", lanes @ ..] => {
                self.auto_merge = lanes.iter().map(|lane| parse(lane)).collect();
            }
            ["carries", step, lane] => {
                self.more_targets.push((parse(step), parse(lane)));
                let clean = PredictionOutcome::Clean;
                self.predict(&parse(step), &parse(lane), clean, Vec::new());
            }
            ["forge", "methods", methods @ ..] => {
                self.seen.capabilities.merge_methods =
                    methods.iter().map(|word| method(word)).collect();
            }
            ["forge", "has-own-ci"] => self.seen.capabilities.runs_checks = false,
            ["forge", "retries-dependents"] => self.seen.capabilities.retries_dependents = true,
            ["forge", "runs-deployments"] => self.seen.capabilities.runs_deployments = false,
            ["forge", "starts-jobs"] => self.seen.capabilities.starts_jobs = true,
            // `group=ops` is `group ops`.
            ["forge", "lets", me, "start", names @ ..] => {
                let names = names
                    .iter()
                    .map(|name| Untrusted::new(name.replace('=', " ")));
                self.seen.capabilities.starters = vec![Starters {
                    environment: parse("prod"),
                    names: names.collect(),
                    has_me: match *me {
                        "me" => Some(true),
                        "others" => Some(false),
                        _ => None,
                    },
                }];
            }
            ["forge", "last-approval-starts"] => self.seen.capabilities.approval_starts = true,
            // It counts approvals, from whomever they are.
            ["forge", "counts", branch, count] => {
                let capabilities = &mut self.seen.capabilities;
                capabilities.seats = Enforcement::Console;
                capabilities.approvals.insert(parse(branch), parse(count));
            }
            // By how many seconds its clock is ahead of ours.
            ["forge", "clock", ahead] => self.seen.clock_offset = Some(parse(ahead)),
            ["forge", "no-drafts"] => self.seen.capabilities.has_drafts = false,
            ["fix", "gone"] => {
                self.fix(|fix| fix.head = None);
                self.tip("hotfix/refund", None);
            }
            ["fix", "empty"] => {
                let base = self
                    .seen
                    .tips
                    .value()
                    .and_then(|tips| tips.get(&parse("main")));
                let base = base.cloned().expect("a lane");
                self.fix(|fix| {
                    fix.head = Some(base.clone());
                    fix.commits.clear();
                    fix.landed.insert(parse("production"), base.clone());
                });
            }
            ["fix", commits @ ..] => {
                let last = commits.last().expect("a commit");
                self.tip("hotfix/refund", Some(last));
                self.fix(|fix| {
                    fix.head = Some(commit(last));
                    fix.commits = commits
                        .iter()
                        .map(|id| made(commit(id), "Round half even", "ana", Vec::new()))
                        .collect();
                });
            }
            ["message", id, words @ ..] => self.fix(|fix| {
                let mut commits = fix.commits.iter_mut();
                let found = commits.find(|one| one.id == commit(id));
                found.expect("a commit of the fix").message = words.join(" ").into();
            }),
            ["contaminated", ids @ ..] => self.fix(|fix| {
                fix.contamination = ids
                    .iter()
                    .map(|id| made(commit(id), "New wizard", "carl", Vec::new()))
                    .collect();
            }),
            ["tip", branch, at] => self.tip(branch, Some(at)),
            ["present", lane] => self.verdict(&parse(lane), Verdict::Present, Some(Rule::Ancestor)),
            ["present", lane, "tree"] => {
                self.verdict(&parse(lane), Verdict::Present, Some(Rule::Tree));
            }
            ["changed", lane, paths @ ..] => self.changed(lane, paths),
            ["unreached", lane] => self.unreached(lane),
            ["dropped", lane] => {
                self.seen.dropped.insert(parse(lane));
            }
            ["result", lane, at, verdict, rest @ ..] => self.result(lane, at, verdict, rest),
            ["request", id, from, "->", into, rest @ ..] => self.request(id, from, into, rest),
            ["deployment", id, at, state, rest @ ..] => self.deployment(id, at, state, rest),
            ["drives", environment, who] => self.drives(environment, who),
            ["health", apps @ ..] => self.health_checks(apps),
            ["riders", from, "->", into, ids @ ..] => self.edge(from, into, |edge| {
                let (ids, left_out) = riders(ids);
                let listed = ids.iter().enumerate().map(|(place, id)| Rider {
                    commit: made(commit(id), "Merge report", "carl", Vec::new()),
                    request: Some(RequestId(80 + place as u64)),
                });
                edge.riders = Riders {
                    listed: listed.collect(),
                    left_out,
                };
            }),
            ["keeps", from, "->", into] => {
                let tip = commit("ee");
                self.edge(from, into, |edge| {
                    edge.fix_after = Some(Presence {
                        verdict: Verdict::Present,
                        rule: Some(Rule::Tree),
                        tip,
                        paths: Vec::new(),
                    });
                });
            }
            ["loses", from, "->", into] => {
                let tip = commit("ee");
                self.edge(from, into, |edge| {
                    edge.fix_after = Some(Presence {
                        verdict: Verdict::Absent,
                        rule: Some(Rule::Tree),
                        tip,
                        paths: Vec::new(),
                    });
                });
            }
            ["changes", from, "->", into, paths @ ..] => {
                let after = Self::changed_in(commit("ee"), paths);
                self.edge(from, into, |edge| edge.fix_after = Some(after));
            }
            ["promotion", from, "->", into, "conflicts", paths @ ..] => {
                self.edge(from, into, |edge| {
                    edge.promotion = PredictionOutcome::Conflict {
                        paths: paths.iter().map(|path| conflict(path)).collect(),
                    };
                });
            }
            ["no", "job", "retry", why @ ..] => {
                self.seen.capabilities.no_job_retry = Some(why.join(" "));
            }
            ["no", "second", "golive", why @ ..] => {
                let prod = (parse("prod"), why.join(" "));
                self.seen.capabilities.no_second_golive = [prod].into();
            }
            ["accounts"] => self.seen.me.login = Some(self.seen.me.id.clone()),
            ["frozen"] => {
                self.seen.frozen = known(Some(Frozen {
                    lane: parse("preprod"),
                    by: parse("uat"),
                    merge: made(commit("cc"), "Merge uat", "carl", Vec::new()),
                }));
            }
            ["predict", step, lane, outcome, rest @ ..] => {
                let outcome = match *outcome {
                    "clean" => PredictionOutcome::Clean,
                    "already" => PredictionOutcome::Already,
                    "conflict" => PredictionOutcome::Conflict {
                        paths: rest
                            .iter()
                            .filter(|path| !path.starts_with("pending="))
                            .map(|path| conflict(path))
                            .collect(),
                    },
                    "blocked" => PredictionOutcome::Blocked {
                        why: rest.join(" "),
                    },
                    "unknown" => PredictionOutcome::Unknown {
                        why: rest.join(" "),
                    },
                    other => panic!("{place}: {other}"),
                };
                let pending = rest
                    .iter()
                    .filter_map(|word| word.strip_prefix("pending="))
                    .map(commit);
                self.predict(&parse(step), &parse(lane), outcome, pending.collect());
            }
            ["lacks", step, lane, ids @ ..] => {
                let missing = ids.iter();
                let missing = missing.map(|id| made(commit(id), "Round up", "carl", Vec::new()));
                let key = (parse(step), parse(lane));
                self.seen.prerequisites.insert(key, missing.collect());
            }
            ["undecided", branch, paths @ ..] => {
                let paths = paths.iter().map(|path| conflict(path)).collect();
                self.seen.undecided.insert(parse(branch), known(paths));
            }
            ["stale", what] => self.blind(what, true),
            ["unknown", what] => self.blind(what, false),
            ["unclosed", id] => {
                self.seen.unclosed.insert(parse(id));
            }
            ["history", lane, rest @ ..] => self.history(lane, rest),
            ["recorded", rest @ ..] => self.recorded(rest, line, place),
            // On this machine only; nothing may be recorded after it.
            ["kept", rest @ ..] => {
                self.recorded(rest, line, place);
                self.record.not_shared += 1;
            }
            // Its record is in the archive of a year.
            ["archived", year] => self.seen.archived = Some(parse(year)),
            _ => panic!("{place}: no fact or question: {line}"),
        }
    }

    /// `history production 5a=4a+f1 4a`: newest first, each with its parents.
    fn history(&mut self, lane: &str, commits: &[&str]) {
        let mut history = self.seen.history.value().cloned().unwrap_or_default();
        let chain = commits
            .iter()
            .map(|word| {
                let (word, reverted) = word.split_once('!').unwrap_or((word, ""));
                let (id, parents) = word.split_once('=').unwrap_or((word, ""));
                let parents = parents
                    .split('+')
                    .filter(|id| !id.is_empty())
                    .map(commit)
                    .collect();
                let subject = if reverted.is_empty() {
                    "History".to_owned()
                } else {
                    format!("Revert\n\nThis reverts commit {}.", commit(reverted))
                };
                made(commit(id), &subject, "carl", parents)
            })
            .collect();
        Arc::make_mut(&mut history).lanes.insert(parse(lane), chain);
        self.seen.history = known(history);
    }

    fn blind(&mut self, what: &str, is_stale: bool) {
        fn lose<T: Clone>(seen: &mut Seen<T>, is_stale: bool) {
            let why = "no route to host".to_owned();
            *seen = match seen.value().cloned() {
                Some(value) if is_stale => Seen::Stale {
                    value,
                    at: EARLIER.at(),
                    why,
                },
                _ => Seen::Unknown { why },
            };
        }
        match what {
            "remote" => {
                lose(&mut self.seen.tips, is_stale);
                lose(&mut self.seen.fix, is_stale);
                lose(&mut self.seen.requests, is_stale);
                lose(&mut self.seen.deployments, is_stale);
                lose(&mut self.seen.frozen, is_stale);
                for presence in self.seen.presence.values_mut() {
                    lose(presence, is_stale);
                }
                for edge in self.seen.edges.values_mut() {
                    lose(edge, is_stale);
                }
            }
            "tips" => lose(&mut self.seen.tips, is_stale),
            "fix" => lose(&mut self.seen.fix, is_stale),
            "requests" => lose(&mut self.seen.requests, is_stale),
            "deployments" => lose(&mut self.seen.deployments, is_stale),
            "frozen" => lose(&mut self.seen.frozen, is_stale),
            "presence" => {
                for presence in self.seen.presence.values_mut() {
                    lose(presence, is_stale);
                }
            }
            "predictions" => {
                for prediction in self.seen.predictions.values_mut() {
                    lose(prediction, is_stale);
                }
            }
            other => panic!("nothing to lose sight of: {other}"),
        }
    }
}

/// `81 82 +10`: those that are listed, and how many more there are.
pub(super) fn riders<'a, 'b>(words: &'a [&'b str]) -> (&'a [&'b str], usize) {
    match words {
        [ids @ .., last] if last.starts_with('+') => (ids, parse(&last[1..])),
        ids => (ids, 0),
    }
}

pub(super) fn method(word: &str) -> MergeMethod {
    match word {
        "merge" => MergeMethod::Merge,
        "squash" => MergeMethod::Squash,
        "rebase" => MergeMethod::Rebase,
        other => panic!("no method: {other}"),
    }
}

/// `src/a.rs:content`, `src/a.rs:content:ana+@acme/pay` with who owns it.
pub(super) fn conflict(text: &str) -> ConflictPath {
    let (path, rest) = text.split_once(':').unwrap_or((text, "content"));
    let (kind, owners) = rest.split_once(':').unwrap_or((rest, ""));
    let owners = owners.split('+').filter(|owner| !owner.is_empty());
    ConflictPath {
        path: path.to_owned(),
        kind: match kind {
            "content" => ConflictKind::Content,
            "binary" => ConflictKind::Binary,
            "modify-delete" => ConflictKind::ModifyDelete,
            "type" => ConflictKind::Type,
            other => panic!("no kind: {other}"),
        },
        blob: None,
        last_authors: LastAuthors {
            target: Some("Carl".into()),
            fix: Some("Ana".into()),
        },
        owners: owners.map(Into::into).collect(),
    }
}
