//! The message of a picked commit: the original one, where it came from, and what conflicted (flows.md 5.6).

use crate::model::CommitId;
use crate::model::ConflictPath;
use crate::model::SKIPS;

/// Returns the message for `id` picked onto a target. Trailers that were there are kept, as the chain of origins.
pub(super) fn picked(
    original: &[u8],
    id: &CommitId,
    trailers: &[(String, String)],
    conflicts: &[ConflictPath],
) -> Vec<u8> {
    let original = without_skips(original, id);
    let (body, block) = split_trailers(original.trim_ascii_end());
    let mut message = body.trim_ascii_end().to_vec();
    if !conflicts.is_empty() {
        message.extend(b"\n\nConflicts:");
        for conflict in conflicts {
            let line = format!(
                "\n\t{} ({})",
                one_line(&conflict.path),
                conflict.kind.word()
            );
            message.extend(line.into_bytes());
        }
    }
    message.extend(b"\n\n");
    if !block.is_empty() {
        message.extend(block);
        message.push(b'\n');
    }
    message.extend(format!("(cherry picked from commit {id})\n").into_bytes());
    for (key, value) in trailers {
        let line = format!("{}: {}\n", one_line(key), one_line(value));
        message.extend(line.into_bytes());
    }
    message
}

/// A line break would end a trailer and begin whatever comes after it.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Takes the words that skip CI out of the subject, in any case of letters. One that says nothing else is named anew: a
/// commit without a subject would be as bad as one that CI leaves out.
fn without_skips(message: &[u8], id: &CommitId) -> Vec<u8> {
    let end = message
        .iter()
        .position(|b| *b == b'\n')
        .unwrap_or(message.len());
    let mut subject = message[..end].to_vec();
    let mut is_cleaned = false;
    for skip in SKIPS {
        while let Some(at) = subject
            .windows(skip.len())
            .position(|part| part.eq_ignore_ascii_case(skip.as_bytes()))
        {
            is_cleaned = true;
            subject.drain(at..at + skip.len());
            // Of the blanks on both sides one is enough.
            if subject.get(at) == Some(&b' ') && (at == 0 || subject[at - 1] == b' ') {
                subject.remove(at);
            }
        }
    }
    let mut cleaned = subject.trim_ascii().to_vec();
    if cleaned.is_empty() && !is_cleaned {
        return message.to_vec();
    }
    if cleaned.is_empty() {
        cleaned = format!("Pick of {}", id.short()).into_bytes();
    }
    cleaned.extend(&message[end..]);
    cleaned
}

/// Splits off the last paragraph if it is a block of trailers. The subject never is one.
fn split_trailers(message: &[u8]) -> (&[u8], &[u8]) {
    let Some(gap) = message.windows(2).rposition(|pair| pair == b"\n\n") else {
        return (message, b"");
    };
    let (body, block) = (&message[..gap], &message[gap + 2..]);
    if block.split(|b| *b == b'\n').all(is_trailer) {
        (body, block)
    } else {
        (message, b"")
    }
}

fn is_trailer(line: &[u8]) -> bool {
    if line.starts_with(b"(cherry picked from commit ") {
        return true;
    }
    let Some(colon) = line.iter().position(|b| *b == b':') else {
        return false;
    };
    let is_key = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-';
    colon > 0 && line[..colon].iter().all(is_key) && line.get(colon + 1) == Some(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConflictKind;
    use crate::model::LastAuthors;

    fn told(original: &str, conflicts: &[ConflictPath]) -> String {
        let id = "a".repeat(40).parse().expect("hex");
        let trailers = [("Hotfix-Id".to_owned(), "HF-1\nX: y".to_owned())];
        let bytes = picked(original.as_bytes(), &id, &trailers, conflicts);
        String::from_utf8(bytes).expect("UTF-8 in, UTF-8 out")
    }

    #[test]
    fn a_picked_message_says_where_it_came_from_at_its_end() {
        let origin = format!("(cherry picked from commit {})", "a".repeat(40));
        assert_eq!(
            told("fix: null total\n", &[]),
            format!("fix: null total\n\n{origin}\nHotfix-Id: HF-1 X: y\n")
        );
        assert_eq!(
            told(
                "fix\n\nwhy: because of\ntwo lines\n\nReviewed-by: Ben <b@x>\n",
                &[]
            ),
            format!(
                "fix\n\nwhy: because of\ntwo lines\n\nReviewed-by: Ben <b@x>\n{origin}\nHotfix-Id: HF-1 X: y\n"
            )
        );
    }

    #[test]
    fn words_that_skip_ci_leave_the_subject_only() {
        let text = told("fix [Skip CI] it [ci skip]\n\nkeeps [skip ci] here\n", &[]);
        assert!(
            text.starts_with("fix it\n\nkeeps [skip ci] here\n\n"),
            "{text}"
        );
    }

    #[test]
    fn a_subject_that_only_skips_ci_is_named_after_what_is_picked() {
        let text = told("[CI skip] [no ci]\n\nwhy\n", &[]);
        assert!(text.starts_with("Pick of aaaaaaa\n\nwhy\n\n("), "{text}");
        // One that never had a subject keeps none.
        assert!(told("", &[]).starts_with("\n\n("));
    }

    #[test]
    fn conflicts_stand_before_the_trailers() {
        let conflict = ConflictPath {
            path: "a\nb".into(),
            kind: ConflictKind::Binary,
            blob: None,
            last_authors: LastAuthors::default(),
            owners: Vec::new(),
        };
        let text = told("fix\n\nSigned-off-by: A <a@x>\n", &[conflict]);
        assert!(
            text.starts_with(
                "fix\n\nConflicts:\n\ta b (binary)\n\nSigned-off-by: A <a@x>\n(cherry"
            ),
            "{text}"
        );
    }
}
