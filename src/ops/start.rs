//! Words to a start order: the id is made here, so that the engine needs neither clock nor randomness.

use crate::engine::Board;
use crate::engine::FixSight;
use crate::engine::Intent;
use crate::engine::StartOrder;
use crate::git::Error;
use crate::model::BranchName;
use crate::model::Commit;
use crate::model::CommitId;
use crate::model::HotfixId;
use crate::model::LaneName;
use crate::model::Slug;
use crate::model::Timestamp;
use crate::playbook::Playbook;
use crate::record::Answer;

use super::clock;
use super::fault::Fault;
use super::fault::FaultKind;
use super::lane_names::find_lane;
use super::observe::Layers;
use super::observe::MOST_COMMITS;
use super::ranges;
use super::workspace::Workspace;

/// What an operator said about a new hotfix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartWords {
    pub slug: String,
    pub title: String,
    /// The project's default without one.
    pub playbook: Option<String>,
    /// The playbook's base without one.
    pub from: Option<String>,
    /// `A..B`: start from these commits instead of an empty branch.
    pub commits: Option<String>,
    /// Question id and answer.
    pub answers: Vec<(String, String)>,
    /// These commits, oldest first, as a printed intent names them.
    pub commit: Vec<String>,
    /// The id and the branch that a printed intent names; made here without.
    pub id: Option<HotfixId>,
    pub branch: Option<BranchName>,
    /// The answer to every question that has none.
    pub answer_rest: Option<String>,
}

impl Workspace {
    /// Looks with the wanted playbook and forms the intent. Nothing is changed.
    ///
    /// # Errors
    /// Names the word that does not fit and the nearest that does.
    pub async fn start(&self, words: &StartWords) -> Result<(Board, Intent), Fault> {
        let slug: Slug = words.slug.parse().map_err(|error| {
            Fault::caused(FaultKind::User, "the hotfix cannot be named so", &error)
                .hint("For example: lanekeeper start checkout-null --title \"Checkout fails\"")
        })?;
        if words.title.trim().is_empty() {
            return Err(Fault::new(FaultKind::User, "a hotfix needs a title")
                .hint("Say in one line what is broken: --title \"Checkout fails\""));
        }
        let mut board = self.look_with(words.playbook.as_deref()).await?;
        let from = self.starting_lane(&board, words.from.as_deref())?;
        let id = match &words.id {
            Some(id) => id.clone(),
            None => hotfix_id(&slug, clock::now()),
        };
        let branch = match &words.branch {
            Some(branch) => branch.clone(),
            None => branch_name(&board.book, &slug, &id)?,
        };
        refuse_second(&board, &id, &branch)?;
        if let Some(year) = self.known_archive().year_of(&id) {
            return Err(Fault::new(
                FaultKind::User,
                format!("the archive of {year} has a hotfix {id}"),
            )
            .hint("Leave --id out, or choose another one."));
        }
        let commits = match &words.commits {
            None => self.each(&words.commit).await?,
            Some(range) => self.range(range).await?,
        };
        let contamination = self.only_in_build(&board, &commits).await?;
        board.seen.fix = board.seen.fix.map(|fix| FixSight {
            contamination,
            ..fix
        });
        let order = StartOrder {
            slug: slug.to_string(),
            title: words.title.trim().to_owned(),
            branch,
            from,
            answers: answers(&board.book, words)?,
            commits,
            id,
        };
        Ok((board, Intent::Start(order)))
    }

    fn starting_lane(&self, board: &Board, from: Option<&str>) -> Result<LaneName, Fault> {
        let Some(from) = from else {
            return Ok(board.book.base.clone());
        };
        find_lane(board, from)
    }

    /// Returns those of the commits that are work of BUILD: as a fix they overtake the next version.
    async fn only_in_build(
        &self,
        board: &Board,
        commits: &[CommitId],
    ) -> Result<Vec<Commit>, Fault> {
        if commits.is_empty() {
            return Ok(Vec::new());
        }
        let tips = board.seen.tips.value();
        let layers = Layers::of(board.book.project.lanes.iter().map(|lane| {
            let branch = lane.branch_name();
            (lane, branch.and_then(|branch| tips?.get(&branch)))
        }));
        let ids = commits.to_vec();
        let outside = self.git(move |repo| {
            let picked = ids.iter().map(|id| repo.commit(id));
            let picked = picked.collect::<Result<Vec<Commit>, Error>>()?;
            let base = picked.first().and_then(|first| first.parents.first());
            let whole = base.zip(picked.last().map(|last| &last.id));
            layers.outside(repo, whole, &picked)
        });
        Ok(outside.await?.only_in_build)
    }

    async fn each(&self, names: &[String]) -> Result<Vec<CommitId>, Fault> {
        let mut commits = Vec::new();
        for name in names {
            commits.push(self.resolve(name).await?);
        }
        Ok(commits)
    }

    /// Returns the commit of that name on the remote; `HEAD`, and whatever else only the clone has a name for, is the
    /// clone's, if it was pushed.
    pub(super) async fn resolve(&self, name: &str) -> Result<CommitId, Fault> {
        let (words, clone) = (name.to_owned(), self.user_clone().clone());
        let found = self
            .git(move |repo| {
                let pushed = repo.resolve(&words);
                match clone.resolve(&words) {
                    Ok(id) if pushed.is_err() && repo.commit(&id).is_ok() => Ok(id),
                    Ok(_) | Err(_) => pushed,
                }
            })
            .await;
        found.map_err(|fault| {
            Fault {
                kind: FaultKind::User,
                summary: format!("there is no commit `{name}` on the remote"),
                ..fault
            }
            .hint("Name a branch, tag or commit that was pushed.")
        })
    }

    /// Reads `A..B` (or one commit) into commits, oldest first.
    async fn range(&self, range: &str) -> Result<Vec<CommitId>, Fault> {
        let commits = match ranges::ends(range)? {
            None => vec![self.resolve(range).await?],
            Some((from, to)) => {
                let (exclude, to) = (self.resolve(from).await?, self.resolve(to).await?);
                let between = self
                    .git(move |repo| repo.between(&[exclude], &to, MOST_COMMITS + 1))
                    .await?;
                if between.len() > MOST_COMMITS {
                    return Err(Fault::new(
                        FaultKind::User,
                        format!(
                            "there are more than {MOST_COMMITS} commits in {range}: they are no fix"
                        ),
                    )
                    .hint("Write a shorter A..B, or the merge that brought them."));
                }
                between.into_iter().rev().map(|commit| commit.id).collect()
            }
        };
        if commits.is_empty() {
            return Err(
                Fault::new(FaultKind::User, format!("there are no commits in {range}"))
                    .hint("Write A..B with A older than B."),
            );
        }
        Ok(commits)
    }
}

/// A start that was interrupted after the record had begun leaves a hotfix without its branch: a second one of the
/// same name would share that branch with it.
fn refuse_second(board: &Board, id: &HotfixId, branch: &BranchName) -> Result<(), Fault> {
    let mut hotfixes = board.hotfixes.iter();
    let Some(row) = hotfixes.find(|row| &row.id == id || row.is_open && &row.branch == branch)
    else {
        return Ok(());
    };
    Err(Fault::new(
        FaultKind::User,
        format!(
            "there is a hotfix {} with the branch {}",
            row.id, row.branch
        ),
    )
    .hint(format!(
        "Carry on with it: lanekeeper next {}. For another fix choose another slug.",
        row.id
    )))
}

fn hotfix_id(slug: &Slug, now: Timestamp) -> HotfixId {
    let random = clock::fresh_id().random() & 0xff_ffff;
    format!("{}-{slug}-{random:06x}", now.compact_date())
        .parse()
        .expect("date, slug and hex digits are allowed in an id")
}

fn branch_name(book: &Playbook, slug: &Slug, id: &HotfixId) -> Result<BranchName, Fault> {
    let date = id.as_str().split('-').next().unwrap_or_default();
    let name = book
        .branch
        .replace("{slug}", slug.as_str())
        .replace("{date}", date)
        .replace("{id}", id.as_str());
    name.parse().map_err(|error| {
        Fault::caused(
            FaultKind::Config,
            "the playbook's branch pattern does not make a branch",
            &error,
        )
    })
}

fn answers(book: &Playbook, words: &StartWords) -> Result<Vec<Answer>, Fault> {
    for (id, _) in &words.answers {
        if !book
            .questions
            .iter()
            .any(|question| question.id.as_str() == id)
        {
            let known: Vec<&str> = book
                .questions
                .iter()
                .map(|question| question.id.as_str())
                .collect();
            return Err(Fault::new(
                FaultKind::User,
                format!("the playbook {} does not ask `{id}`", book.id),
            )
            .hint(format!("It asks: {}", known.join(", "))));
        }
    }
    Ok(book
        .questions
        .iter()
        .filter_map(|question| {
            let said = words
                .answers
                .iter()
                .find(|(id, _)| id == question.id.as_str())
                .map(|(_, text)| text);
            let text = said
                .or(words.answer_rest.as_ref())
                .or(question.default.as_ref())?;
            Some(Answer {
                question: question.id.clone(),
                text: text.clone(),
            })
        })
        .collect())
}
