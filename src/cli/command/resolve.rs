//! `resolve`: the conflicts of one target shown, decided path by path or in an editor, tested, and finished by a plan.

use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::SignalKind;

use crate::cli::args::Resolve;
use crate::cli::carry::carry;
use crate::cli::carry::hear;
use crate::cli::exit::Exit;
use crate::cli::json::ResolveDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::cli::watch::Teller;
use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::Resolution;
use crate::engine::resolve::CheckNews;
use crate::engine::resolve::CheckRun;
use crate::engine::resolve::CheckedResolution;
use crate::engine::resolve::Choice;
use crate::engine::resolve::FileWork;
use crate::engine::resolve::Session as Resolving;
use crate::engine::resolve::Source;
use crate::engine::resolve::Take;
use crate::engine::resolve::Whole;
use crate::model::Bytes;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::Workspace;
use crate::ops::resolve::Finish;

pub(in crate::cli) async fn run(session: &Session, words: &Resolve) -> Result<Exit, Fault> {
    let (workspace, board, hotfix) = session.hotfix(words.on.hotfix.as_deref()).await?;
    if let (Some(head), Some(commit)) = (&words.head, &words.commit) {
        let intent = Intent::Resolve(Resolution {
            step: words.step.clone(),
            target: words.target.clone(),
            head: head.clone(),
            commit: commit.clone(),
            decided: words.decided.clone(),
        });
        return carry(session, &workspace, &board, &intent, &words.handling).await;
    }
    if words.drop {
        workspace.give_up_resolution(&hotfix, &words.step, &words.target)?;
    }
    let mut resolving = workspace
        .resolution(&board, &words.step, &words.target)
        .await?;
    let has_decided = decide(session, &workspace, &mut resolving, words).await?;
    if has_decided {
        workspace.keep_resolution(&resolving)?;
    }
    let is_open = !resolving.blockers().is_empty();
    let is_asked = words.finish || words.handling.dry_run || words.handling.yes;
    // Whoever wants to know what the checks say goes on when they have read it.
    let wants_end = is_asked || (has_decided && !words.test);
    if words.test
        && !is_open
        && let Some(exit) = test(session, &workspace, &board, &resolving, wants_end).await?
    {
        return Ok(exit);
    }
    if is_open || !wants_end || words.drop {
        return Ok(show(session, &board, &resolving));
    }
    match workspace.finish_resolution(&resolving).await? {
        Finish::Plan(intent) => carry(session, &workspace, &board, &intent, &words.handling).await,
        Finish::Round(resolving) => {
            workspace.keep_resolution(&resolving)?;
            Ok(show(session, &board, &resolving))
        }
    }
}

/// Shows how the resolution stands.
fn show(session: &Session, board: &Board, resolving: &Resolving) -> Exit {
    let is_open = !resolving.blockers().is_empty();
    let exit = if is_open { Exit::Conflicts } else { Exit::Done };
    let document = ResolveDocument::new(resolving, &[], exit as u8);
    let page = text::resolution(resolving, board.called());
    session.output.show(&page, &document);
    exit
}

/// Runs the project's checks on what is decided; returns how the command ends, unless it goes on to finish.
async fn test(
    session: &Session,
    workspace: &Workspace,
    board: &Board,
    resolving: &Resolving,
    wants_end: bool,
) -> Result<Option<Exit>, Fault> {
    let runs = match checked(session, workspace, resolving).await? {
        CheckedResolution::Checked(runs) => runs,
        CheckedResolution::Round(resolving) => {
            workspace.keep_resolution(&resolving)?;
            return Ok(Some(show(session, board, &resolving)));
        }
    };
    let output = &session.output;
    let has_failed = runs.iter().any(|run| run.end.is_bad());
    if wants_end && !has_failed {
        output.page(&text::checks(resolving, &runs, output.is_verbose()));
        return Ok(None);
    }
    Ok(Some(show_checks(session, board, resolving, &runs)))
}

/// Shows how the checks ended. As with a merge that they hold up, what failed is a refusal.
fn show_checks(session: &Session, board: &Board, resolving: &Resolving, runs: &[CheckRun]) -> Exit {
    let has_failed = runs.iter().any(|run| run.end.is_bad());
    let exit = if has_failed {
        Exit::Refused
    } else {
        Exit::Done
    };
    let output = &session.output;
    let page = text::checked(resolving, runs, board.called(), output.is_verbose());
    output.show(&page, &ResolveDocument::new(resolving, runs, exit as u8));
    exit
}

/// Runs the checks until a signal asks to stop: a command that is left behind would go on without us.
async fn checked(
    session: &Session,
    workspace: &Workspace,
    resolving: &Resolving,
) -> Result<CheckedResolution, Fault> {
    let mut interrupt = hear(SignalKind::interrupt())?;
    let mut terminate = hear(SignalKind::terminate())?;
    let mut hang_up = hear(SignalKind::hangup())?;
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        "by a signal".to_owned()
    };
    let teller = Teller::new(Arc::clone(&session.output));
    let mut tell = |news: CheckNews| teller.check(&news);
    workspace.check_resolution(resolving, &mut tell, stop).await
}

/// Does what the flags say, in the order: reuse, take, delete, file, tools. Tells whether anything was said.
async fn decide(
    session: &Session,
    workspace: &Workspace,
    resolving: &mut Resolving,
    words: &Resolve,
) -> Result<bool, Fault> {
    agree(words)?;
    if words.reuse {
        resolving.confirm_all();
    }
    for one in &words.take {
        take(resolving, one)?;
    }
    for path in &words.delete {
        let file = find(resolving, path)?;
        resolving.choose_whole(file, Whole::Delete);
    }
    if let (Some(path), Some(with)) = (&words.path, &words.with) {
        let file = find(resolving, path)?;
        resolving.write(file, read(session, with)?);
    }
    if words.edit || words.tool.is_some() {
        by_hand(session, workspace, resolving, words).await?;
    }
    Ok(words.reuse
        || words.edit
        || words.tool.is_some()
        || words.with.is_some()
        || !words.take.is_empty()
        || !words.delete.is_empty())
}

/// Refuses two different words about the same path or hunk: which of them is meant, nobody can tell.
fn agree(words: &Resolve) -> Result<(), Fault> {
    for (index, (place, source)) in words.take.iter().enumerate() {
        let mut later = words.take[index + 1..].iter();
        let is_other = later.any(|(other, theirs)| other == place && theirs != source);
        if is_other || words.delete.contains(place) {
            return Err(Fault::new(
                FaultKind::User,
                format!("two different things are said of {place}"),
            )
            .hint("Say one of them; nothing was decided."));
        }
    }
    Ok(())
}

/// Takes `PATH=SIDE`, or `PATH#HUNK=SIDE` for one hunk.
fn take(resolving: &mut Resolving, (place, source): &(String, Source)) -> Result<(), Fault> {
    let (path, hunk) = match place.rsplit_once('#') {
        // A path may hold the sign itself.
        Some((path, number)) if resolving.find(place).is_none() => {
            let number: usize = number.parse().map_err(|_| {
                Fault::new(
                    FaultKind::User,
                    format!("`{number}` is not the number of a hunk"),
                )
                .hint(format!("Hunks are counted from 1: --take {path}#1=SIDE."))
            })?;
            (path, Some(number))
        }
        Some(_) | None => (place.as_str(), None),
    };
    let file = find(resolving, path)?;
    let take = match source {
        Source::Sides(take) => take,
        Source::Driver if hunk.is_none() && resolving.files[file].driver.is_some() => {
            resolving.choose_driver(file);
            return Ok(());
        }
        Source::Driver => return Err(no_driver(&resolving.files[file], hunk)),
    };
    let work = &resolving.files[file];
    let count = work.hunks.len();
    if let Some(number) = hunk {
        if number == 0 || number > count {
            return Err(Fault::new(
                FaultKind::User,
                format!("{path} has {count} hunks, and no hunk {number}"),
            )
            .hint(if count == 0 {
                format!("Decide the whole of it: --take {path}=SIDE.")
            } else {
                format!("Name one of 1 to {count}: --take {path}#{count}=SIDE.")
            }));
        }
        resolving.choose(file, number - 1, Choice::Take(*take));
        return Ok(());
    }
    if work.is_text() {
        resolving.choose_all(file, &Choice::Take(*take));
        return Ok(());
    }
    let whole = match take {
        Take::Target => Whole::Target,
        Take::Fix => Whole::Fix,
        Take::Both | Take::BothFixFirst => {
            return Err(Fault::new(
                FaultKind::User,
                format!(
                    "{path} ({}) has no lines to put together",
                    work.file.kind.word()
                ),
            )
            .hint(format!(
                "Say --take {path}=target, --take {path}=fix or --delete {path}."
            )));
        }
    };
    resolving.choose_whole(file, whole);
    Ok(())
}

/// Says why a path, or a hunk of it, cannot be taken as a merge driver makes it.
fn no_driver(work: &FileWork, hunk: Option<usize>) -> Fault {
    let path = &work.file.path;
    if hunk.is_some() && work.driver.is_some() {
        let summary = "a merge driver merges whole files, no single hunks".to_owned();
        return Fault::new(FaultKind::User, summary).hint(format!("Say --take {path}=driver."));
    }
    let summary = format!("there is nothing that a merge driver makes of {path}");
    Fault::new(FaultKind::User, summary).hint(
        "It is offered where this clone configures a driver for the path, `lanekeeper trust` accepted it, and it ended well.",
    )
}

fn find(resolving: &Resolving, path: &str) -> Result<usize, Fault> {
    resolving.find(path).ok_or_else(|| {
        let known = resolving.files.iter();
        let known: Vec<&str> = known.map(|work| work.file.path.as_str()).collect();
        Fault::new(FaultKind::User, format!("{path} is not in conflict"))
            .hint(format!("In conflict: {}", known.join(", ")))
    })
}

fn read(session: &Session, file: &Path) -> Result<Bytes, Fault> {
    let file = session.options.dir.join(file);
    std::fs::read(&file).map(Bytes).map_err(|error| {
        Fault::caused(
            FaultKind::User,
            format!("cannot read {}", file.display()),
            &error,
        )
        .hint("Name a file with the decided text behind --with.")
    })
}

/// Opens what is open, or the path named, in the person's editor or merge tool, in a fresh folder.
async fn by_hand(
    session: &Session,
    workspace: &Workspace,
    resolving: &mut Resolving,
    words: &Resolve,
) -> Result<(), Fault> {
    if !session.output.is_interactive() && words.tool.is_none() && session.output.is_json() {
        return Err(Fault::new(
            FaultKind::User,
            "an editor needs a person and a terminal",
        ));
    }
    let wanted: Vec<usize> = match (&words.path, &words.with) {
        (Some(path), None) => vec![find(resolving, path)?],
        (Some(_) | None, _) => {
            let all = resolving.files.iter().enumerate();
            all.filter(|(_, work)| !work.is_decided())
                .map(|(at, _)| at)
                .collect()
        }
    };
    let desk = workspace.desk(resolving, &wanted).await?;
    let taken = match &words.tool {
        Some(name) => desk.merge_tool(resolving, (!name.is_empty()).then_some(name.as_str()))?,
        None => desk.edit(&workspace.settings().person.editor)?,
    };
    for one in taken {
        resolving.choose_whole(one.file, one.whole);
    }
    Ok(())
}
