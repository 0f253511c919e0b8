//! Putting back what a rewritten record has lost, after an alarm that says so.

use super::Call;
use super::Desk;
use super::Level;
use super::Refusal;
use super::draft::Draft;
use super::refuse;

pub(super) fn plan_restore(desk: &Desk<'_>) -> Result<Draft, Refusal> {
    let wanted = "put back what the record has lost";
    let Some(rewritten) = &desk.look.seen.rewritten else {
        return Err(refuse(
            wanted,
            "nothing to do: the record on the remote holds everything that was seen here",
        ));
    };
    if let Some(why) = &rewritten.why_not {
        let export = desk.line("export");
        return Err(refuse(wanted, why.clone()).hint(format!(
            "whoever administers the remote can set the ref to the commit that was seen last; `{export}` writes what is kept here"
        )));
    }
    let mut draft = Draft::new(wanted, Level::L2);
    draft.warn(rewritten.what.clone());
    draft.call(
        Call::Restore {
            what: rewritten.what.clone(),
            head: rewritten.head.clone(),
            missing: rewritten.missing.clone(),
        },
        Vec::new(),
    );
    draft.will_change = vec![format!(
        "the record of {}: an alarm, then {} event{} in their old order",
        desk.look.record.hotfix,
        rewritten.missing.len(),
        if rewritten.missing.len() == 1 {
            ""
        } else {
            "s"
        }
    )];
    draft.will_not_change = vec!["branches, change requests, environments".to_owned()];
    match rewritten.head.as_ref().filter(|_| rewritten.replaces) {
        Some(head) => {
            draft.will_change.push(format!(
                "the ref of the record is replaced: {head}, where it is now, is no record"
            ));
            draft.way_back = format!(
                "whoever administers the remote can set the ref to {head} again while it keeps what no ref leads to"
            );
        }
        None => "the record is append-only: nothing that stands there now is taken away"
            .clone_into(&mut draft.way_back),
    }
    Ok(draft)
}
