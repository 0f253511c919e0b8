//! A diff and plans made by hand, where the engine would make others.

use lanekeeper::engine::Board;
use lanekeeper::engine::Intent;
use lanekeeper::engine::Level;
use lanekeeper::engine::Plan;
use lanekeeper::engine::plan;
use lanekeeper::model::CommitId;
use lanekeeper::model::Diff;
use lanekeeper::model::DiffFile;
use lanekeeper::model::DiffHunk;
use lanekeeper::model::DiffLine;
use lanekeeper::model::FileContent;
use lanekeeper::model::FileFate;
use lanekeeper::model::LineSide;
use lanekeeper::model::Untrusted;

/// A small diff that ends at that head.
pub(crate) fn sample_diff(head: &CommitId) -> Diff {
    let line = |side, old, new, text: &str| DiffLine {
        side,
        old,
        new,
        text: text.into(),
        is_unended: false,
    };
    let refund = DiffFile {
        old: Some("src/billing/refund.rs".into()),
        new: Some("src/billing/refund.rs".into()),
        fate: FileFate::Modified,
        content: FileContent::Text,
        modes: (0o100_644, 0o100_644),
        added: 3,
        removed: 1,
        hunks: vec![
            DiffHunk {
                old: (40, 4),
                new: (40, 5),
                around: "fn settle(gross: f64, fee: f64)".into(),
                lines: vec![
                    line(
                        LineSide::Both,
                        Some(40),
                        Some(40),
                        "    // what the customer gets back",
                    ),
                    line(
                        LineSide::Both,
                        Some(41),
                        Some(41),
                        "    let net = gross - fee;",
                    ),
                    line(
                        LineSide::Removed,
                        Some(42),
                        None,
                        "    let cents = (net * 100.0) as i64;",
                    ),
                    line(
                        LineSide::Added,
                        None,
                        Some(42),
                        "    let cents = half_even(net * 100.0) as i64;",
                    ),
                    line(
                        LineSide::Added,
                        None,
                        Some(43),
                        "    tracing::debug!(\"refund of {cents} cents\");",
                    ),
                    line(
                        LineSide::Both,
                        Some(43),
                        Some(44),
                        "    ledger.post(cents, now());",
                    ),
                ],
            },
            DiffHunk {
                old: (90, 1),
                new: (91, 2),
                around: "mod tests".into(),
                lines: vec![
                    line(LineSide::Both, Some(90), Some(91), "    #[test]"),
                    line(
                        LineSide::Added,
                        None,
                        Some(92),
                        "    fn half_a_cent_goes_to_the_even_one() {",
                    ),
                ],
            },
        ],
        cut: None,
    };
    let log = DiffFile {
        old: None,
        new: Some("docs/refunds.md".into()),
        fate: FileFate::Added,
        content: FileContent::Text,
        modes: (0, 0o100_644),
        added: 1,
        removed: 0,
        hunks: vec![DiffHunk {
            old: (0, 0),
            new: (1, 1),
            around: Untrusted::nothing(),
            lines: vec![line(
                LineSide::Added,
                None,
                Some(1),
                "Refunds are rounded half to even.",
            )],
        }],
        cut: None,
    };
    let logo = DiffFile {
        old: Some("assets/logo.png".into()),
        new: Some("assets/brand/logo.png".into()),
        fate: FileFate::Renamed,
        content: FileContent::Binary,
        modes: (0o100_644, 0o100_644),
        added: 0,
        removed: 0,
        hunks: Vec::new(),
        cut: None,
    };
    Diff {
        base: None,
        head: head.clone(),
        files: vec![refund, log, logo],
        notes: Vec::new(),
        names: Vec::new(),
    }
}

/// A plan of that level, made by hand, since the engine gives each change its own level.
pub(crate) fn plan_of(board: &Board, level: Level) -> Plan {
    let record = board.record.as_ref().expect("a hotfix");
    let note = Intent::Note {
        text: "a note".into(),
    };
    let mut plan =
        plan(&note, &board.book, record, &board.seen).expect("a note is always possible");
    plan.intent = Intent::Do {
        step: "to-production".parse().expect("test step"),
        target: None,
        note: None,
        riders: None,
    };
    plan.level = level;
    plan.title = "merge change request 912 into production".into();
    plan.environment =
        (level == Level::L4).then(|| "production".parse().expect("test environment"));
    plan.will_change = vec!["production  7d02c41 -> merge of 9f3c1a2 (2 commits, 14 lines)".into()];
    plan.will_not_change = vec!["preprod, uat, integration, tags".into()];
    plan.facts = [
        ("#912 head is 9f3c1a2, base production is 7d02c41", false),
        ("2 of 2 required checks green for 9f3c1a2", false),
        (
            "approvals 2/2: tech-lead (ben), product-manager (mia)",
            false,
        ),
        ("no other deployment is running, no freeze", false),
        ("retrofit #913 still has conflicts (you may continue)", true),
    ]
    .into_iter()
    .map(|(text, is_warning)| lanekeeper::engine::Fact {
        state: if is_warning {
            lanekeeper::engine::FactState::Warn
        } else {
            lanekeeper::engine::FactState::Ok
        },
        text: text.to_owned(),
    })
    .collect();
    plan.way_back = "not possible here: plan a revert through a change request".into();
    plan.hash = "a91f".repeat(16);
    plan
}
