//! The words of a merge's call, and what the record tells by them of the merges that were sent for a request.

use crate::model::BranchName;
use crate::model::CommitId;
use crate::model::MergeMethod;
use crate::model::RequestId;
use crate::record::Effect;
use crate::record::Record;

fn begin(request: RequestId) -> String {
    format!("merge change request {request} into ")
}

fn by(method: MergeMethod) -> String {
    format!(" by {}, head ", method.word())
}

fn end(head: &CommitId, onto: &CommitId) -> String {
    format!(", head {}, onto {}", head.short(), onto.short())
}

/// Returns the words of a merge into a branch, of this head onto that tip.
pub(super) fn merge_words(
    request: RequestId,
    method: MergeMethod,
    into: &BranchName,
    (head, onto): (&CommitId, &CommitId),
) -> String {
    let (begin, end) = (begin(request), end(head, onto));
    format!("{begin}{into} by {}{end}", method.word())
}

/// Returns how the words of every such merge begin, whatever tip it is made onto.
pub(super) fn merge_of(
    request: RequestId,
    method: MergeMethod,
    into: &BranchName,
    head: &CommitId,
) -> String {
    format!("{}{into}{}{}", begin(request), by(method), head.short())
}

/// Returns how the subject of the commit ends that a merge of ours makes.
pub(crate) fn merged_as(request: RequestId) -> String {
    format!(" (change request {request})")
}

/// Returns the merges of a request that were declared.
fn sent(record: &Record, request: RequestId) -> impl Iterator<Item = &Effect> {
    let begin = begin(request);
    let effects = record.effects.values().flatten();
    effects.filter(move |effect| effect.call.starts_with(&begin))
}

/// Returns the target tip that a merge of ours was made onto, abbreviated, as the record's calls tell it.
pub(super) fn merged_onto(record: &Record, request: RequestId) -> Option<String> {
    merges_onto(record, request).pop()
}

/// The same of every merge of it that was declared, in the order of the declarations.
pub(crate) fn merges_onto(record: &Record, request: RequestId) -> Vec<String> {
    sent(record, request)
        .filter_map(|effect| effect.call.rsplit_once(", onto "))
        .map(|(_, onto)| onto.to_owned())
        .collect()
}

/// Tells whether a merge of a request by this method was declared.
pub(crate) fn was_sent_by(record: &Record, request: RequestId, method: MergeMethod) -> bool {
    let by = by(method);
    sent(record, request).any(|effect| effect.call.contains(&by))
}

/// Returns the last merge that was declared of just this head onto just this tip.
pub(super) fn last_sent<'a>(
    record: &'a Record,
    request: RequestId,
    head: &CommitId,
    onto: &CommitId,
) -> Option<&'a Effect> {
    let end = end(head, onto);
    sent(record, request)
        .filter(|effect| effect.call.ends_with(&end))
        .max_by_key(|effect| effect.at)
}

/// Returns the branch, and where it was, that a call's words would merge into without leaving a commit that names the head:
/// by a squash or a rebase.
pub(crate) fn remade_into(call: &str) -> Option<(&str, &str)> {
    let (_, rest) = call
        .strip_prefix("merge change request ")?
        .split_once(" into ")?;
    let by = [MergeMethod::Squash, MergeMethod::Rebase].map(by);
    let (into, rest) = by.iter().find_map(|by| rest.split_once(by.as_str()))?;
    let (_, onto) = rest.rsplit_once(", onto ")?;
    Some((into, onto))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_squash_are_read_back() {
        let (head, onto) = ("f1".repeat(20), "3a".repeat(20));
        let (head, onto): (CommitId, CommitId) = (
            head.parse().expect("static id"),
            onto.parse().expect("static id"),
        );
        let into: BranchName = "preprod".parse().expect("static name");
        let words = |method| merge_words(RequestId(12), method, &into, (&head, &onto));
        assert_eq!(
            words(MergeMethod::Squash),
            "merge change request 12 into preprod by squash, head f1f1f1f, onto 3a3a3a3"
        );
        let place = Some(("preprod", "3a3a3a3"));
        assert_eq!(remade_into(&words(MergeMethod::Squash)), place);
        assert_eq!(remade_into(&words(MergeMethod::Rebase)), place);
        assert_eq!(remade_into(&words(MergeMethod::Merge)), None);
        assert_eq!(remade_into("open change request a -> b"), None);
    }
}
