//! Looking: records, project and playbook as last fetched, observed and derived into a board.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::engine::Board;
use crate::engine::HotfixSummary;
use crate::engine::Looked;
use crate::engine::derive;
use crate::engine::of_decisions;
use crate::engine::of_locks;
use crate::engine::of_signatures;
use crate::git::Repo;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Lane;
use crate::model::Project;
use crate::model::RecordPlace;
use crate::model::RefsMark;
use crate::playbook::Playbook;
use crate::playbook::resolve;
use crate::record::Record;

use super::super::backport;
use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::interrupted::tell;
use super::super::observe;
use super::super::observe::Depth;
use super::super::observe::Found;
use super::super::observe::Known;
use super::super::observe::Look;
use super::super::observe::Said;
use super::super::observe::Sight;
use super::super::rival::ahead;
use super::Workspace;
use super::choose::no_such_hotfix;
use super::choose::summaries;

/// Each hotfix beside a board takes a look of its own into every lane. Of more that are open the newest are looked at.
pub const LOOKED_BESIDE: usize = 12;

/// What the remote answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Something is new there, and was fetched.
    Moved,
    /// It has what was fetched before; a board may be of an older fetch.
    Same,
    /// It could not be asked.
    Unseen,
}

/// What was last seen of the remote: a look begins with it.
struct LastSeen {
    refs: RefsMark,
    sight: Sight,
    records: Vec<Record>,
    tips: BTreeMap<BranchName, CommitId>,
    /// With its patterns expanded.
    project: Project,
}

impl Workspace {
    /// Looks at everything, the remote first. A remote that cannot be reached makes facts stale, not the look a failure.
    pub async fn look(&self, hotfix: Option<&HotfixId>) -> Result<Board, Fault> {
        tokio::join!(self.ask_remote(), self.read_ahead());
        self.look_offline(hotfix).await
    }

    /// Looks at the hotfix that `choose` picks from the list (the lanes alone if it picks none), the remote first, and
    /// once only. For output in text: the lanes' history is read as far as steps depend on it, not for a drawing.
    pub async fn look_at(
        &self,
        choose: impl FnOnce(&[HotfixSummary]) -> Result<Option<HotfixId>, Fault>,
    ) -> Result<Board, Fault> {
        tokio::join!(self.ask_remote(), self.read_ahead());
        let last_seen = self.last_seen().await?;
        let chosen = choose(&self.listed(&last_seen.records))?;
        self.board_from(last_seen, chosen.as_ref(), Depth::Steps, None)
            .await
    }

    /// Looks at one hotfix more beside a board of this moment, as far as output in text needs it: what the forge said for
    /// that board is not asked again, and what is owed to BUILD is told there.
    pub async fn look_beside(&self, board: &Board, hotfix: &HotfixId) -> Result<Board, Fault> {
        let last_seen = self.last_seen().await?;
        self.board_from(last_seen, Some(hotfix), Depth::Steps, Some(board))
            .await
    }

    /// Sketches the lanes as last fetched: their newest commits and tags, and the hotfixes. Everything else is told not
    /// to have been looked at.
    pub async fn sketch(&self) -> Result<Board, Fault> {
        let last_seen = self.last_seen().await?;
        self.board_from(last_seen, None, Depth::Sketch, None).await
    }

    /// Reads what a look needs of the lanes as last fetched, while the remote is asked: most looks find them there.
    async fn read_ahead(&self) {
        let read = async {
            let (tips, project) = self.expanded().await?;
            let lanes = project.lanes.iter().filter_map(Lane::branch_name);
            let tips: Vec<CommitId> = lanes.filter_map(|lane| tips.get(&lane).cloned()).collect();
            self.git(move |repo| repo.prepare_lanes(&tips)).await
        };
        if let Err(fault) = read.await {
            tracing::debug!(%fault, "nothing was read ahead");
        }
    }

    /// Asks the remote and fetches what is new. That it could not be asked is told by every look that follows.
    pub async fn ask_remote(&self) -> Asked {
        let asked = match self.refresh().await {
            Ok(true) => Asked::Moved,
            Ok(false) => Asked::Same,
            Err(fault) => {
                tracing::warn!(%fault, "the remote was not seen");
                Asked::Unseen
            }
        };
        self.end_lost_runs().await;
        asked
    }

    /// Tells whether the refs, as last fetched, are still those that something was made from. Another process that has the
    /// same copy of the remote may have fetched, and so may a look of ours that nobody was shown.
    pub async fn are_still(&self, refs: &RefsMark) -> bool {
        self.refs().await.is_ok_and(|now| now == *refs)
    }

    async fn refs(&self) -> Result<RefsMark, Fault> {
        let project = self.inner.repo.clone();
        self.on_chains(move |chains| chains.mark(&project)).await
    }

    /// Tells whether all that a look sees lies in refs of the remote: requests and deployments too, where we are the
    /// forge.
    pub fn is_all_in_refs(&self) -> bool {
        self.inner.forge.is_in_refs() && self.chains().carrier().place() != RecordPlace::Here
    }

    /// Looks at what was last fetched, without the network.
    pub async fn look_offline(&self, hotfix: Option<&HotfixId>) -> Result<Board, Fault> {
        let last_seen = self.last_seen().await?;
        self.board_from(last_seen, hotfix, Depth::Drawing, None)
            .await
    }

    /// Looks at the lanes alone with another playbook than the project's default, the remote first.
    pub(in crate::ops) async fn look_with(&self, playbook: Option<&str>) -> Result<Board, Fault> {
        self.refresh().await?;
        let last_seen = self.last_seen().await?;
        let book = self.book(&last_seen.project, playbook)?;
        Box::pin(self.board_seen(None, book, last_seen, Depth::Drawing, None)).await
    }

    async fn board_from(
        &self,
        last_seen: LastSeen,
        hotfix: Option<&HotfixId>,
        depth: Depth,
        beside: Option<&Board>,
    ) -> Result<Board, Fault> {
        let (records, project) = (&last_seen.records, &last_seen.project);
        let record = match hotfix {
            None => None,
            Some(id) => {
                let found = records.iter().find(|record| &record.hotfix == id);
                let found = match found {
                    Some(record) => Some(record.clone()),
                    None => self.archived(id).await?,
                };
                let missing = || no_such_hotfix(id.as_str(), &summaries(records));
                Some(found.ok_or_else(missing)?)
            }
        };
        let wanted = record
            .as_ref()
            .and_then(|record| record.opening.as_ref())
            .map(|opening| opening.playbook.as_str());
        let book = match (&record, wanted) {
            (Some(record), Some(backport::PLAYBOOK)) => {
                let usual = self.book(project, None)?;
                backport::book_of(record, project, &usual)?
            }
            _ => self.book(project, wanted)?,
        };
        Box::pin(self.board_seen(record, book, last_seen, depth, beside)).await
    }

    /// Observes and derives for a record and a playbook in hand.
    pub(in crate::ops) async fn board_of(
        &self,
        record: Option<Record>,
        book: Playbook,
    ) -> Result<Board, Fault> {
        let last_seen = self.last_seen().await?;
        Box::pin(self.board_seen(record, book, last_seen, Depth::Drawing, None)).await
    }

    /// The same with what was read to find this one.
    async fn board_seen(
        &self,
        record: Option<Record>,
        book: Playbook,
        last_seen: LastSeen,
        depth: Depth,
        beside: Option<&Board>,
    ) -> Result<Board, Fault> {
        let LastSeen {
            refs,
            sight,
            records,
            tips,
            project: _,
        } = last_seen;
        let rival = record.as_ref().and_then(|own| ahead(own, &records));
        let mut hotfixes = match depth {
            // The first picture waits for no journal.
            Depth::Sketch => summaries(&records),
            Depth::Drawing | Depth::Steps => self.listed(&records),
        };
        let mut decisions = observe::recorded_decisions(&records);
        let archived = self.archived_in(record.as_ref(), &records);
        if let (Some(_), Some(record)) = (archived, &record) {
            let record = std::slice::from_ref(record);
            hotfixes.extend(summaries(record));
            decisions.extend(observe::recorded_decisions(record));
        }
        let mut record = record;
        if let Some(record) = &mut record {
            // What is not shared yet is signed when it gets its place.
            let shared = record.shared().len();
            Box::pin(self.signing().check(&mut record.entries[..shared])).await;
        }
        let named = observe::named(records.iter().chain(&record));
        let record = record.map(Arc::new);
        let book = Arc::new(book);
        let drivers = match (&record, depth) {
            (Some(_), Depth::Drawing | Depth::Steps) => self.drivers().await,
            // Nothing is carried anywhere.
            (None, _) | (Some(_), Depth::Sketch) => None,
        };
        let look = Look {
            repo: self.inner.repo.clone(),
            forge: Arc::clone(&self.inner.forge),
            book: Arc::clone(&book),
            record: record.clone(),
            me: self.inner.me.clone(),
            now: clock::now(),
            since_boot: self.since_boot(),
            tips,
            sight,
            depth,
            drivers,
            named,
            ended: Arc::clone(&self.inner.ended),
        };
        let landed = observe::landed(&records);
        let (said, records, known) = match beside {
            Some(board) => (Some(Said::again(board)), Vec::new(), None),
            None => (None, records, self.known().clone()),
        };
        let Found {
            mut seen,
            debt,
            known,
            is_known,
        } = observe::observe(look, said, records, known).await;
        // Beside another board that was done there.
        if beside.is_none() {
            observe::seat_recorded(&mut seen, &decisions, self.forge().as_ref());
        }
        observe::decided_before(&self.inner.ended, &mut seen);
        let nameless = observe::nameless(&seen);
        if !nameless.is_empty() && depth != Depth::Sketch {
            let asked = self.git(move |repo| Ok(observe::whose(repo, &landed, &nameless)));
            observe::name(&mut seen, &asked.await?);
        }
        seen.archived = archived;
        seen.is_record_here = self.chains().carrier().place() == RecordPlace::Here;
        seen.locks = Box::pin(self.lock_sights(&seen.me)).await;
        if depth != Depth::Sketch {
            if !is_known {
                self.inner.answered.fetch_add(1, Ordering::Relaxed);
                self.inner.repo.rest();
            }
            if beside.is_none() {
                *self.known() = known;
            }
        }
        let record = record.map(Arc::unwrap_or_clone);
        if let Some(record) = &record {
            seen.rewritten = self.alarms().get(&record.hotfix).cloned();
        }
        let mut progress = record.as_ref().map(|record| derive(&book, record, &seen));
        let is_seen_otherwise = match (&record, &progress) {
            (Some(record), Some(progress)) if depth != Depth::Sketch => {
                let ended = &self.inner.ended;
                observe::decided(self.forge().as_ref(), ended, record, progress, &mut seen).await
            }
            (Some(_) | None, Some(_) | None) => false,
        };
        if is_seen_otherwise {
            progress = record.as_ref().map(|record| derive(&book, record, &seen));
        }
        let mut board = Board {
            book: Arc::unwrap_or_clone(book),
            record,
            seen,
            progress,
            hotfixes,
            debt: debt.debts,
            debt_left_out: debt.left_out,
            only_looks: self.why_only_looking(),
            looked: Looked::default(),
            refs,
        };
        board.looked = self.looked(&board.seen);
        self.tell_left_behind(&mut board, rival.as_ref());
        self.tell_kept(&mut board);
        if let (Some(record), Some(progress)) = (&board.record, &mut board.progress) {
            let found = of_signatures(record, self.signing().required());
            progress.findings.extend(found);
            progress.findings.extend(of_decisions(&board.seen));
            progress.findings.extend(of_locks(&board.seen));
        }
        if let Some(why) = board.only_looks.clone() {
            tell(&mut board, why);
        }
        self.tell_unread(&mut board);
        Ok(board)
    }

    /// Tells of records that cannot be read and were never seen here, so that no list has them.
    fn tell_unread(&self, board: &mut Board) {
        let alarms = self.alarms().clone();
        for (id, alarm) in alarms {
            if !board.hotfixes.iter().any(|one| one.id == id) {
                tell(board, alarm.what);
            }
        }
    }

    /// Returns how many looks had to ask git about the lanes; the others found everything as it was.
    pub fn times_answered(&self) -> usize {
        self.inner.answered.load(Ordering::Relaxed)
    }

    fn known(&self) -> MutexGuard<'_, Option<Arc<Known>>> {
        let known = self.inner.known.lock();
        known.unwrap_or_else(PoisonError::into_inner)
    }

    /// Resolves a playbook (the project's default without a name) against the project as last seen.
    pub(in crate::ops) fn book(
        &self,
        project: &Project,
        name: Option<&str>,
    ) -> Result<Playbook, Fault> {
        let settings = &self.inner.settings;
        let name = name.unwrap_or(&settings.playbook);
        let Some(schema) = settings.book(name) else {
            let known: Vec<&str> = settings.books.iter().map(|book| book.id.as_str()).collect();
            return Err(
                Fault::new(FaultKind::User, format!("there is no playbook `{name}`"))
                    .hint(format!("Known: {}", known.join(", "))),
            );
        };
        resolve(schema, project).map_err(|mistakes| {
            let mut fault = Fault::new(
                FaultKind::Config,
                format!("the playbook `{name}` does not fit this project"),
            );
            fault.chain = mistakes.iter().map(ToString::to_string).collect();
            fault.hint("Run `lanekeeper config check`.")
        })
    }

    /// Returns the tips and the project with its patterns expanded, as last fetched.
    pub(in crate::ops) async fn expanded(
        &self,
    ) -> Result<(BTreeMap<BranchName, CommitId>, Project), Fault> {
        let tips = self.git(Repo::tips).await?;
        let project = self.inner.settings.project.expand(tips.keys());
        Ok((tips, project))
    }

    /// Reads what was last seen of the remote. Which refs they are, and when they were seen, before anything of them: they may
    /// be fetched meanwhile, and are never newer than we say.
    async fn last_seen(&self) -> Result<LastSeen, Fault> {
        let refs = self.refs().await?;
        let sight = self.sight();
        let records = self.records().await?;
        let (tips, project) = self.expanded().await?;
        Ok(LastSeen {
            refs,
            sight,
            records,
            tips,
            project,
        })
    }
}
