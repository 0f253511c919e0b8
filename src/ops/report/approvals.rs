//! Who decided what of a hotfix, as the forge and the record have it.

use crate::engine::Board;
use crate::engine::Own;
use crate::model::Approval;
use crate::model::Decision;
use crate::model::Subject;
use crate::record::Record;

use super::Draft;
use super::plain;

pub(super) fn approvals(draft: &mut Draft, board: &Board, record: &Record) {
    draft.section("Approvals");
    let own = Own::of(board);
    let on_requests = own
        .into_iter()
        .flat_map(Own::decisions)
        .map(|(request, approval)| (Subject::Request(request.id), approval));
    let on_deployments = own
        .into_iter()
        .flat_map(Own::deployments)
        .flat_map(|deployment| {
            let about = Subject::Deployment(deployment.id.clone());
            let all = deployment.approvals.iter();
            all.map(move |approval| (about.clone(), approval))
        });
    let on_record = record
        .approvals
        .iter()
        .map(|(subject, approval)| (subject.clone(), approval));
    let mut seen: Vec<(Subject, &Approval)> = Vec::new();
    for found in on_requests.chain(on_deployments).chain(on_record) {
        if !seen.contains(&found) {
            seen.push(found);
        }
    }
    seen.sort_by_key(|(_, approval)| approval.at);
    let rows: Vec<Vec<String>> = seen
        .iter()
        .map(|(about, approval)| {
            let decision = match approval.decision {
                Decision::Approved => "approved",
                Decision::Rejected => "**rejected**",
            };
            let comment = approval.comment.as_ref();
            vec![
                approval.at.to_string(),
                plain(&approval.by.show()),
                plain(&seats(board, about, approval)),
                about.to_string(),
                decision.to_owned(),
                format!("`{}`", approval.head),
                comment.map_or_else(String::new, |comment| plain(comment.raw())),
            ]
        })
        .collect();
    draft.table(
        &[
            "When", "Who", "Seat", "What", "Decision", "Commit", "Comment",
        ],
        &rows,
    );
}

/// Returns the seats that a decision took: the one that it names, else those that it counts in.
fn seats(board: &Board, about: &Subject, approval: &Approval) -> String {
    if let Some(role) = &approval.role {
        return role.to_string();
    }
    let steps = board.progress.iter().flat_map(|progress| &progress.steps);
    let mut roles: Vec<&str> = steps
        .flat_map(|step| &step.seats)
        .filter(|seat| {
            let is_its = seat.taken_by.as_ref() == Some(&approval.by);
            &seat.subject == about && is_its && seat.at == Some(approval.at)
        })
        .map(|seat| seat.role.as_str())
        .collect();
    roles.dedup();
    roles.join(" and ")
}
