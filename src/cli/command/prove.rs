//! `prove`: is it there, and does the next promotion keep it.

use std::sync::Arc;

use crate::cli::args::Prove as Words;
use crate::cli::exit::Exit;
use crate::cli::json::ProofRow;
use crate::cli::json::ProveDocument;
use crate::cli::session::Session;
use crate::cli::text;
use crate::model::Verdict;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::Ground;
use crate::ops::Promoted;
use crate::ops::PromotionProof;
use crate::ops::Proof;
use crate::ops::across;

use super::preflight::read_lines;

pub(in crate::cli) async fn run(session: &Session, words: &Words) -> Result<Exit, Fault> {
    let ground = Ground::open(&session.options, &session.environment).await?;
    if words.batch {
        return batch(session, ground).await;
    }
    let ground = ground.refresh().await?;
    let proofs = ground.prove(&words.revs, &words.places).await?;
    session.output.show(
        &text::proofs(&proofs, ground.doubt.as_deref()),
        &ProveDocument::new(&proofs, ground.doubt.clone()),
    );
    let exits = proofs.proofs.iter().map(exit);
    let after = proofs.promotions.iter().map(exit_after);
    Ok(exits.chain(after).fold(Exit::Done, Exit::worst))
}

async fn batch(session: &Session, ground: Ground) -> Result<Exit, Fault> {
    let lines = read_lines()?;
    let accepted = ground.accepted().await?;
    let output = Arc::clone(&session.output);
    let work = move || {
        let mut worst = Exit::Done;
        ground.prove_batch(&lines, &accepted, &mut |proof| {
            worst = worst.worst(exit(&proof));
            output.line(&ProofRow::new(&proof));
        });
        worst
    };
    let done = across(work).await;
    done.map_err(|error| Fault::caused(FaultKind::Internal, "the batch ended early", &error))
}

/// A promotion that loses the fix, or of which nobody can say that it does not, is no proof.
fn exit_after(promotion: &PromotionProof) -> Exit {
    match promotion.merge {
        _ if promotion.is_lost => Exit::Refused,
        _ if !promotion.is_at_risk => Exit::Done,
        Promoted::Conflict => Exit::Conflicts,
        Promoted::Clean | Promoted::Unknown => Exit::Fault,
    }
}

fn exit(proof: &Proof) -> Exit {
    match proof.verdict {
        _ if proof.holds() => Exit::Done,
        Verdict::Present => Exit::Done,
        Verdict::Absent | Verdict::Changed | Verdict::Pending => Exit::Refused,
        Verdict::Unknown => Exit::Fault,
    }
}
