//! Looking: records, project and playbook as last fetched, observed and derived into a board.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Board;
use crate::engine::Debt;
use crate::engine::HotfixSummary;
use crate::engine::Observation;
use crate::engine::derive;
use crate::git::Repo;
use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::Project;
use crate::model::RefName;
use crate::playbook::Playbook;
use crate::playbook::resolve;
use crate::record::Actor;
use crate::record::Record;

use super::super::backport;
use super::super::clock;
use super::super::fault::Fault;
use super::super::fault::FaultKind;
use super::super::observe;
use super::super::observe::Depth;
use super::super::observe::Look;
use super::super::story::Story;
use super::Workspace;
use super::choose::no_such_hotfix;
use super::choose::summaries;

impl Workspace {
    /// Looks at everything, the remote first. A remote that cannot be reached makes facts stale, not the look a failure.
    pub async fn look(&self, hotfix: Option<&HotfixId>) -> Result<Board, Fault> {
        if let Err(fault) = self.refresh().await {
            tracing::warn!(%fault, "the remote was not seen");
        }
        self.look_offline(hotfix).await
    }

    /// Looks at the hotfix that `choose` picks from the list (the lanes alone if it picks none), the remote first, and
    /// once only. For output in text: the lanes' history is read as far as steps depend on it, not for a drawing.
    pub async fn look_at(
        &self,
        choose: impl FnOnce(&[HotfixSummary]) -> Result<Option<HotfixId>, Fault>,
    ) -> Result<Board, Fault> {
        if let Err(fault) = self.refresh().await {
            tracing::warn!(%fault, "the remote was not seen");
        }
        let records = self.records().await?;
        let chosen = choose(&summaries(&records))?;
        self.board_from(records, chosen.as_ref(), None, Depth::Steps)
            .await
    }

    /// Looks at what was last fetched, without the network.
    pub async fn look_offline(&self, hotfix: Option<&HotfixId>) -> Result<Board, Fault> {
        self.board(hotfix, None).await
    }

    /// Looks with another playbook than the project's default, the remote first.
    pub(in crate::ops) async fn look_with(
        &self,
        hotfix: Option<&HotfixId>,
        playbook: Option<&str>,
    ) -> Result<Board, Fault> {
        self.refresh().await?;
        self.board(hotfix, playbook).await
    }

    pub(in crate::ops) async fn board(
        &self,
        hotfix: Option<&HotfixId>,
        playbook: Option<&str>,
    ) -> Result<Board, Fault> {
        let records = self.records().await?;
        self.board_from(records, hotfix, playbook, Depth::Drawing)
            .await
    }

    async fn board_from(
        &self,
        records: Vec<Record>,
        hotfix: Option<&HotfixId>,
        playbook: Option<&str>,
        depth: Depth,
    ) -> Result<Board, Fault> {
        let (_, project) = self.expanded().await?;
        let record = match hotfix {
            None => None,
            Some(id) => {
                let found = records.iter().find(|record| &record.hotfix == id);
                let missing = || no_such_hotfix(id.as_str(), &summaries(&records));
                Some(found.cloned().ok_or_else(missing)?)
            }
        };
        let wanted = record
            .as_ref()
            .and_then(|record| record.opening.as_ref())
            .map(|opening| opening.playbook.as_str());
        let book = match (&record, wanted) {
            (Some(record), Some(backport::PLAYBOOK)) => {
                let usual = self.book(&project, None)?;
                backport::book_of(record, &project, &usual)?
            }
            _ => self.book(&project, wanted.or(playbook))?,
        };
        self.board_seen(record, book, records, depth).await
    }

    /// Observes and derives for a record and a playbook in hand.
    pub(in crate::ops) async fn board_of(
        &self,
        record: Option<Record>,
        book: Playbook,
    ) -> Result<Board, Fault> {
        let records = self.records().await?;
        self.board_seen(record, book, records, Depth::Drawing).await
    }

    /// The same with every record in hand: each was read to find this one.
    async fn board_seen(
        &self,
        record: Option<Record>,
        book: Playbook,
        records: Vec<Record>,
        depth: Depth,
    ) -> Result<Board, Fault> {
        let (tips, _) = self.expanded().await?;
        let hotfixes = summaries(&records);
        let record = record.map(Arc::new);
        let book = Arc::new(book);
        let look = Look {
            repo: self.inner.repo.clone(),
            forge: Arc::clone(&self.inner.forge),
            book: Arc::clone(&book),
            record: record.clone(),
            me: self.inner.me.clone(),
            now: clock::now(),
            tips,
            sight: self.sight(),
            depth,
        };
        let for_debt = look.duplicate();
        let seen = observe::observe(look).await;
        let debt = self.debt(for_debt, records, &seen).await?;
        let record = record.map(Arc::unwrap_or_clone);
        let progress = record.as_ref().map(|record| derive(&book, record, &seen));
        let mut board = Board {
            book: Arc::unwrap_or_clone(book),
            record,
            seen,
            progress,
            hotfixes,
            debt,
        };
        self.tell_left_behind(&mut board);
        Ok(board)
    }

    /// Looks where every hotfix of the project is, for the debt clock.
    async fn debt(
        &self,
        look: Look,
        records: Vec<Record>,
        seen: &Observation,
    ) -> Result<Vec<Debt>, Fault> {
        let requests = seen.requests.value().cloned().unwrap_or_default();
        let work = move || observe::debt(&look, records, &requests);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Fault::caused(FaultKind::Internal, "the look ended early", &error))
    }

    /// Returns every hotfix of the project, open ones first, newest first.
    pub async fn hotfixes(&self) -> Result<Vec<HotfixSummary>, Fault> {
        Ok(summaries(&self.records().await?))
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

    /// Reads every record as last fetched, newest first.
    pub(in crate::ops) async fn records(&self) -> Result<Vec<Record>, Fault> {
        let prefix = format!("{}/hotfixes/", self.inner.settings.record_prefix);
        let lookup = prefix.clone();
        let refs = self.git(move |repo| repo.remote_refs(&lookup)).await?;
        let mut records = Vec::new();
        for (name, _) in refs {
            let Some(Ok(id)) = name
                .as_str()
                .strip_prefix(&prefix)
                .map(str::parse::<HotfixId>)
            else {
                continue;
            };
            let story = self.story(&id)?;
            let read = tokio::task::spawn_blocking(move || story.read())
                .await
                .map_err(|error| {
                    Fault::caused(FaultKind::Internal, "reading a record ended early", &error)
                })?;
            records.push(read?);
        }
        records.sort_by(|a, b| b.hotfix.cmp(&a.hotfix));
        Ok(records)
    }

    /// Returns the story of one hotfix, which may not have begun.
    pub(in crate::ops) fn story(&self, hotfix: &HotfixId) -> Result<Story, Fault> {
        let name: RefName = format!("{}/hotfixes/{hotfix}", self.inner.settings.record_prefix)
            .parse()
            .map_err(|error| {
                Fault::caused(FaultKind::Config, "the record prefix is not a ref", &error)
            })?;
        let actor = Actor {
            person: self.inner.me.clone(),
            device: self.inner.device.clone(),
        };
        Ok(Story {
            repo: self.inner.repo.clone(),
            name,
            hotfix: hotfix.clone(),
            actor,
        })
    }
}
