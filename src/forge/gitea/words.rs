//! Words with a meaning inside of texts: the draft prefix of a title, a seat in a review, the patterns
//! of required statuses.

use crate::model::Role;

/// What makes a title a draft by default; a server may have other prefixes, and says of each request what it takes it for.
const PREFIXES: [&str; 2] = ["WIP:", "[WIP]"];
const SEAT_OPEN: &str = "<!-- lanekeeper-seat ";
const CLOSE: &str = " -->";

/// Returns a title without its draft prefix, and whether it had one.
pub(super) fn without_prefix(title: &str) -> (&str, bool) {
    let title = title.trim();
    let found = PREFIXES.iter().find_map(|prefix| {
        let head = title.get(..prefix.len())?;
        head.eq_ignore_ascii_case(prefix)
            .then(|| title[prefix.len()..].trim_start())
    });
    found.map_or((title, false), |rest| (rest, true))
}

/// Returns the title that makes a request a draft, or none.
pub(super) fn title(text: &str, is_draft: bool) -> String {
    let (text, _) = without_prefix(text);
    if is_draft {
        format!("{} {text}", PREFIXES[0])
    } else {
        text.to_owned()
    }
}

/// Returns the body of a review: what was said, and the seat that was taken, which the forge has no field for.
pub(super) fn review_body(comment: &str, role: Option<&Role>) -> String {
    match role {
        // A role's name holds no space, so it cannot end the comment early.
        Some(role) => format!("{comment}\n\n{SEAT_OPEN}{role}{CLOSE}")
            .trim_start()
            .to_owned(),
        None => comment.to_owned(),
    }
}

/// Returns what was said in a review and the seat that its author took by it.
pub(super) fn said(body: &str) -> (String, Option<Role>) {
    let Some((comment, rest)) = body.split_once(SEAT_OPEN) else {
        return (body.trim().to_owned(), None);
    };
    let role = rest.find(CLOSE).and_then(|end| rest[..end].parse().ok());
    (comment.trim().to_owned(), role)
}

/// Tells whether a status fits a pattern of required ones: `*` stands for any text, also with slashes.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    let parts: Vec<&str> = parts.collect();
    let (last, middle) = parts.split_last().unwrap_or((&"", &[]));
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_a_prefix_of_the_title() {
        assert_eq!(without_prefix("WIP: Fix"), ("Fix", true));
        assert_eq!(without_prefix("[wip] Fix"), ("Fix", true));
        assert_eq!(
            without_prefix("Wiping the disk"),
            ("Wiping the disk", false)
        );
        assert_eq!(title("wip: Fix", true), "WIP: Fix");
        assert_eq!(title("WIP: Fix", false), "Fix");
        assert_eq!(without_prefix("ÄÖÜ"), ("ÄÖÜ", false));
    }

    #[test]
    fn a_seat_is_found_again_among_what_people_wrote() {
        let role: Role = "tech-lead".parse().expect("a role");
        let body = review_body("fine", Some(&role));
        assert_eq!(said(&body), ("fine".to_owned(), Some(role.clone())));
        assert_eq!(
            said(&review_body("", Some(&role))),
            (String::new(), Some(role))
        );
        assert_eq!(said("just words"), ("just words".to_owned(), None));
    }

    #[test]
    fn patterns_of_required_statuses() {
        assert!(fits("ci/unit", "ci/unit") && !fits("ci/unit", "ci/units"));
        assert!(fits("ci/*", "ci/a/b (push)") && !fits("ci/*", "lint"));
        assert!(fits("*", "x") && fits("*unit*", "ci/unit (push)") && fits("a*c*e", "abcde"));
        assert!(!fits("a*c*e", "abde"));
    }
}
