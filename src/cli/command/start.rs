//! `start`: opens a hotfix.

use crate::cli::args::Start;
use crate::cli::carry::carry;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::engine::Board;
use crate::engine::Intent;
use crate::engine::StartOrder;
use crate::ops::Fault;
use crate::ops::StartWords;
use crate::record::Answer;

pub(in crate::cli) async fn run(session: &Session, words: &Start) -> Result<Exit, Fault> {
    let workspace = session.open().await?;
    let start = StartWords {
        slug: words.slug.clone(),
        title: words.title.clone(),
        playbook: words.playbook.clone(),
        from: words.from.clone(),
        commits: words.commits.clone(),
        commit: words.commit.clone(),
        id: words.id.clone(),
        branch: words.branch.clone(),
        answers: words.answers.clone(),
        answer_rest: None,
    };
    let (board, mut intent) = workspace.start(&start).await?;
    if let Intent::Start(order) = &mut intent {
        ask_questions(session, &board, order);
    }
    carry(session, &workspace, &board, &intent, &words.handling).await
}

/// Asks a person what the playbook wants on record and nobody has said yet.
fn ask_questions(session: &Session, board: &Board, order: &mut StartOrder) {
    for question in board.book.questions.iter().filter(|one| one.is_required) {
        let is_answered = order
            .answers
            .iter()
            .any(|answer| answer.question == question.id);
        if is_answered {
            continue;
        }
        let said = session.output.ask(&question.text);
        if let Some(text) = said.filter(|text| !text.is_empty()) {
            let question = question.id.clone();
            order.answers.push(Answer { question, text });
        }
    }
}
