//! Performs effects: with the writes that it queues, the only place of the console that spawns. Reads may be left behind,
//! writes are awaited.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::engine::resolve::CheckNews;
use crate::model::HotfixId;
use crate::model::RefsMark;
use crate::ops::Asked;
use crate::tui::app::Effect;
use crate::tui::app::News;
use crate::tui::app::Trouble;

use super::browser;
use super::hands::Hands;
use super::mailbox::Mailbox;
use super::mailbox::RunWatcher;
use super::writes::Failing;
use super::writes::Writes;
use super::writes::settled;

/// Tasks under way.
pub(super) struct Performer {
    hands: Arc<dyn Hands>,
    mailbox: Mailbox,
    /// The present look; a newer one replaces it, since its answer would be dropped.
    look: Option<JoinHandle<()>>,
    /// Whether a look has answered: until then what was last seen is the best there is to show.
    has_looked: Arc<AtomicBool>,
    /// The present question whether colleagues did something; the next waits for its answer.
    listening: Option<JoinHandle<()>>,
    plan: Option<JoinHandle<()>>,
    /// The diff being made, and the sizes being counted; newer ones replace them.
    diff: Option<JoinHandle<()>>,
    measure: Option<JoinHandle<()>>,
    /// The checks of a resolution; newer ones replace them, and their programs end with them.
    checks: Option<JoinHandle<()>>,
    run: Option<(u64, Arc<AtomicBool>, JoinHandle<()>)>,
    /// What is kept on this machine, on its way to the others.
    sharing: Option<JoinHandle<()>>,
    /// Sessions and texts being kept.
    kept: Writes,
    /// Texts that are written faster than the disk takes them: of each only the newest is kept.
    drafts: Arc<Mutex<BTreeMap<String, Option<String>>>>,
    failing: Failing,
}

impl Performer {
    pub(super) fn new(hands: Arc<dyn Hands>, mailbox: Mailbox) -> Self {
        Self {
            hands,
            mailbox,
            look: None,
            has_looked: Arc::default(),
            listening: None,
            plan: None,
            diff: None,
            measure: None,
            checks: None,
            run: None,
            sharing: None,
            kept: Writes::default(),
            drafts: Arc::default(),
            failing: Failing::default(),
        }
    }

    /// Asks whether colleagues did something, or the refs that are shown have moved otherwise, unless the answer to the
    /// last question is still awaited.
    pub(super) fn listen(&mut self, hotfix: HotfixId, looks_at: String, shown: Option<RefsMark>) {
        if self
            .listening
            .as_ref()
            .is_some_and(|task| !task.is_finished())
        {
            return;
        }
        let hands = Arc::clone(&self.hands);
        let mailbox = self.mailbox.clone();
        self.listening = Some(tokio::spawn(async move {
            let Some(heard) = hands.listen(&hotfix, &looks_at).await else {
                return;
            };
            let has_moved = match &shown {
                Some(shown) => heard.has_moved || !hands.are_still(shown).await,
                None => heard.has_moved,
            };
            if has_moved {
                mailbox.refs_moved();
            }
            mailbox.put(News::Heard {
                hotfix,
                present: heard.present,
            });
        }));
    }

    /// Begins what can be done beside the loop; returns what only the loop itself can do.
    pub(super) fn begin(&mut self, effect: Effect) -> Option<Effect> {
        let hands = Arc::clone(&self.hands);
        let mailbox = self.mailbox.clone();
        match effect {
            Effect::Look {
                generation,
                hotfix,
                unless,
            } => {
                let has_looked = Arc::clone(&self.has_looked);
                let task = tokio::spawn(async move {
                    if has_looked.load(Ordering::Acquire) {
                        let asked = hands.ask_remote().await;
                        let is_same = match &unless {
                            Some(shown) => {
                                asked != Asked::Unseen
                                    && hands.is_all_in_refs()
                                    && hands.are_still(shown).await
                            }
                            None => false,
                        };
                        if is_same {
                            mailbox.put(News::Unmoved { generation });
                            return;
                        }
                        if asked == Asked::Moved
                            && let Some(board) = hands.sketch().await
                        {
                            let board = Box::new(board);
                            mailbox.put(News::Sketched { generation, board });
                        }
                    } else {
                        // The remote is asked meanwhile: what git says of the lanes is known when it has answered.
                        let shown = glimpse(&*hands, &mailbox, generation, hotfix.as_ref());
                        tokio::join!(shown, hands.ask_remote());
                    }
                    let outcome = hands.look_asked(hotfix.as_ref()).await;
                    has_looked.store(true, Ordering::Release);
                    let outcome = outcome.map(Box::new);
                    mailbox.put(News::Looked {
                        generation,
                        outcome,
                    });
                });
                replace(&mut self.look, task);
            }
            Effect::Plan {
                generation,
                hotfix,
                wish,
            } => {
                let task = tokio::spawn(async move {
                    let outcome = hands.plan(hotfix.as_ref(), &wish).await;
                    mailbox.put(News::Planned {
                        generation,
                        outcome,
                    });
                });
                replace(&mut self.plan, task);
            }
            Effect::Execute { run, plan, .. } => {
                let is_cancelled = Arc::new(AtomicBool::new(false));
                let watcher = RunWatcher {
                    run,
                    mailbox: mailbox.clone(),
                    is_cancelled: Arc::clone(&is_cancelled),
                };
                // A task of its own, so that a panic in it becomes a failed run and not a silent one.
                let work = tokio::spawn(async move { hands.execute(&plan, watcher).await });
                let task = tokio::spawn(async move {
                    let outcome = work.await.unwrap_or_else(|error| {
                        Err(Trouble {
                            summary: "carrying the plan out ended early".to_owned(),
                            chain: vec![error.to_string()],
                            hint: Some("look again before anything else".to_owned()),
                        })
                    });
                    mailbox.put(News::Finished { run, outcome });
                });
                self.run = Some((run, is_cancelled, task));
            }
            Effect::CancelRun { run } => {
                if let Some((id, is_cancelled, _)) = &self.run
                    && *id == run
                {
                    is_cancelled.store(true, Ordering::Release);
                }
            }
            Effect::ShareKept => {
                self.sharing = Some(tokio::spawn(async move {
                    let outcome = hands.share_kept().await;
                    mailbox.put(News::Shared { outcome });
                }));
            }
            Effect::SignIn { token, in_file } => {
                tokio::spawn(async move {
                    let outcome = hands.sign_in(token.expose(), in_file).await;
                    mailbox.put(News::SignedIn { outcome });
                });
            }
            Effect::FindRequests { commit } => {
                tokio::spawn(async move {
                    let outcome = hands.requests_of(&commit).await;
                    mailbox.put(News::RequestsFound { commit, outcome });
                });
            }
            Effect::ReadLog { job, offset } => {
                tokio::spawn(async move {
                    let outcome = hands.job_log(&job, offset).await;
                    mailbox.put_log(job, outcome);
                });
            }
            Effect::Browse { url } => {
                let outcome = browser::browse(hands.opener().as_deref(), &url);
                mailbox.put(News::Browsed { outcome });
            }
            Effect::OpenConflicts {
                generation,
                hotfix,
                step,
                target,
            } => {
                self.kept.read(async move {
                    let outcome = hands.conflicts(&hotfix, &step, &target).await;
                    mailbox.put(News::ConflictsOpened {
                        generation,
                        outcome: outcome.map(Box::new),
                    });
                });
            }
            Effect::KeepResolution { session } => {
                self.kept.add(async move {
                    if let Err(trouble) = hands.keep_resolution(&session).await {
                        mailbox.put(News::ConflictsUnkept { trouble });
                    }
                });
            }
            Effect::DropResolution {
                hotfix,
                step,
                target,
            } => {
                self.kept.add(async move {
                    if let Err(trouble) = hands.drop_resolution(&hotfix, &step, &target).await {
                        mailbox.put(News::ConflictsUnkept { trouble });
                    }
                });
            }
            Effect::CheckResolution {
                generation,
                session,
            } => {
                let heard = mailbox.clone();
                let task = tokio::spawn(async move {
                    let mut tell = move |news: CheckNews| match news {
                        // The last ones come with the end of the check.
                        CheckNews::Line(_) => {}
                        CheckNews::Began(_) | CheckNews::Ended(_) => {
                            heard.put(News::CheckTold { generation, news });
                        }
                    };
                    let outcome = hands.check_resolution(&session, &mut tell).await;
                    mailbox.put(News::ResolutionChecked {
                        generation,
                        outcome,
                    });
                });
                replace(&mut self.checks, task);
            }
            Effect::StopChecks => {
                if let Some(task) = self.checks.take() {
                    task.abort();
                }
            }
            Effect::OpenDiff {
                generation,
                compared,
            } => {
                let task = tokio::spawn(async move {
                    let outcome = hands.diff(&compared).await.map(Box::new);
                    mailbox.put(News::DiffOpened {
                        generation,
                        compared,
                        outcome,
                    });
                });
                replace(&mut self.diff, task);
            }
            Effect::KeepGlance { glance } => {
                self.kept.add(async move {
                    if let Err(trouble) = hands.keep_glance(&glance).await {
                        mailbox.put(News::GlanceUnkept { trouble });
                    }
                });
            }
            Effect::KeepDraft { key, text } => {
                self.drafts
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(key, text);
                let drafts = Arc::clone(&self.drafts);
                let failing = self.failing.clone();
                self.kept.add(async move {
                    // Taken whole: those that wait behind this one find nothing left to do.
                    let newest =
                        std::mem::take(&mut *drafts.lock().unwrap_or_else(PoisonError::into_inner));
                    for (key, text) in newest {
                        let outcome = hands.keep_draft(&key, text.as_deref()).await;
                        if let Some(trouble) = failing.to_say(outcome) {
                            mailbox.put(News::DraftUnkept { trouble });
                        }
                    }
                });
            }
            Effect::Measure { wanted } => {
                let task = tokio::spawn(async move {
                    let sizes = hands.measure(wanted).await;
                    mailbox.put(News::Measured { sizes });
                });
                replace(&mut self.measure, task);
            }
            Effect::Edit { .. }
            | Effect::EditConflict { .. }
            | Effect::Copy { .. }
            | Effect::Ring
            | Effect::Suspend
            | Effect::Redraw
            | Effect::Quit => return Some(effect),
        }
        None
    }

    /// Ends: reads are dropped; a run is asked to stop and awaited for as long as leaving may take.
    pub(super) async fn end(self, patience: Duration) -> End {
        let reads = [
            self.look,
            self.listening,
            self.plan,
            self.diff,
            self.measure,
        ];
        for task in reads.into_iter().flatten() {
            task.abort();
        }
        let leaving = tokio::time::timeout(patience, self.hands.leave());
        let settling = async {
            if let Some(task) = self.checks {
                task.abort();
                // Its programs are ended by the time it is gone.
                let _gone = tokio::time::timeout(patience, task).await;
            }
            if tokio::time::timeout(patience, self.kept.end())
                .await
                .is_err()
            {
                tracing::warn!("left while a resolution was being kept");
            }
            if let Some((_, is_cancelled, task)) = self.run {
                is_cancelled.store(true, Ordering::Release);
                if tokio::time::timeout(patience, task).await.is_err() {
                    return End::CallUnderWay;
                }
            }
            End::Settled
        };
        // What does not land is still kept, and what landed is found there.
        let sharing = tokio::time::timeout(patience, settled(self.sharing));
        let (left, end, _shared) = tokio::join!(leaving, settling, sharing);
        if left.is_err() {
            tracing::debug!("others see us for a while longer");
        }
        end
    }
}

/// How everything ended that was under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Settled,
    /// A call that changes the world went on for longer than leaving may take; the journal settles it next time.
    CallUnderWay,
}

/// Shows what was last seen: first the lanes as they stand, then all of it.
async fn glimpse(hands: &dyn Hands, mailbox: &Mailbox, generation: u64, hotfix: Option<&HotfixId>) {
    if hotfix.is_none()
        && let Some(board) = hands.sketch().await
    {
        let board = Box::new(board);
        mailbox.put(News::Glimpsed { generation, board });
    }
    if let Some(board) = hands.glimpse(hotfix).await {
        let board = Box::new(board);
        mailbox.put(News::Glimpsed { generation, board });
    }
}

fn replace(slot: &mut Option<JoinHandle<()>>, task: JoinHandle<()>) {
    if let Some(old) = slot.replace(task) {
        old.abort();
    }
}
