//! `drive`: the driver's seat of a deploy target.

use crate::cli::args::Drive;
use crate::cli::carry::carry;
use crate::cli::exit::Exit;
use crate::cli::session::Session;
use crate::engine::DriveWish;
use crate::engine::Intent;
use crate::ops::Fault;

pub(in crate::cli) async fn run(session: &Session, words: &Drive) -> Result<Exit, Fault> {
    let (workspace, board, _) = session.hotfix(words.on.hotfix.as_deref()).await?;
    let wish = match (words.release, words.take, &words.to) {
        (true, ..) => DriveWish::Release,
        (_, true, _) => DriveWish::TakeOver {
            reason: words.reason.clone().unwrap_or_default(),
        },
        (.., Some(to)) => DriveWish::HandOver { to: to.clone() },
        (false, false, None) => DriveWish::Take,
    };
    let intent = Intent::Drive {
        environment: words.environment.clone(),
        wish,
    };
    carry(session, &workspace, &board, &intent, &words.handling).await
}
