//! What a CI file does about drafts: whether they are checked at all, and whether marking one ready starts a check. A
//! backport with conflicts is a draft until they are decided, so a team waits for checks that never come.

use super::squeezed;

/// Tells whether a condition holds for requests alone that are no drafts.
pub(super) fn skips_drafts(plain: &str) -> bool {
    const FIELD: &str = "pull_request.draft";
    plain.match_indices(FIELD).any(|(place, _)| {
        let after = plain[place + FIELD.len()..].trim_start_matches(')');
        let is_path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let before = plain[..place]
            .trim_end_matches(is_path)
            .trim_end_matches('(');
        let is_no = ["==false", "==\"false\"", "!=true", "!=\"true\""];
        let no_is = ["false==", "true!="];
        let is_negated = before.ends_with('!') && !after.starts_with("==false");
        is_negated
            || is_no.iter().any(|end| after.starts_with(end)) && !before.ends_with('!')
            || no_is.iter().any(|start| before.ends_with(start))
    })
}

/// Tells whether a rule of GitLab's looks at whether the request is a draft; which way, the lines around it tell.
pub(super) fn asks_for_drafts(plain: &str) -> bool {
    const QUOTES: [char; 4] = ['$', '{', '}', '"'];
    let around = |name: &str| {
        let (before, after) = plain.split_once(name)?;
        Some((
            before.trim_end_matches(QUOTES),
            after.trim_start_matches(QUOTES),
        ))
    };
    let by_title = around("ci_merge_request_title").is_some_and(|(_, after)| {
        let pattern = after
            .strip_prefix("=~")
            .or_else(|| after.strip_prefix("!~"));
        pattern.is_some_and(|pattern| pattern.contains("draft") || pattern.contains("wip"))
    });
    let by_field = around("ci_merge_request_draft").is_some_and(|(before, after)| {
        let is_compared = after.starts_with('=') || after.starts_with("!=");
        is_compared || before.ends_with("==") || before.ends_with("!=")
    });
    by_title || by_field
}

/// Tells whether this line begins the types of a trigger on requests, of which none is `ready_for_review`. Types that no
/// check of a head runs for (`closed`, `labeled`) are not meant.
pub(super) fn is_deaf(lines: &[&str], place: usize) -> bool {
    let plain = squeezed(lines[place]);
    let is_trigger = |plain: &str| {
        plain.starts_with("pull_request:") || plain.starts_with("pull_request_target:")
    };
    let types = if is_trigger(&plain) {
        // Within braces, on one line.
        plain
            .split_once("types:")
            .map(|(_, types)| types.to_owned())
    } else {
        let is_below = |above: &&&str| indent(above) < indent(lines[place]);
        let mut written = lines[..place]
            .iter()
            .rev()
            .filter(|line| !line.trim().is_empty());
        let parent = written.find(is_below);
        let is_ours = parent.is_some_and(|parent| is_trigger(&squeezed(parent)));
        let types = plain.strip_prefix("types:").filter(|_| is_ours);
        types.map(|types| types.to_owned() + &list_below(&lines[place + 1..], types))
    };
    let Some(types) = types else {
        return false;
    };
    let mut words = types.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let checks = words
        .clone()
        .any(|word| matches!(word, "opened" | "synchronize"));
    checks && words.all(|word| word != "ready_for_review")
}

/// Returns what of a list stands below the line that begins it.
fn list_below(below: &[&str], begun: &str) -> String {
    let below = below.iter().map(|line| squeezed(line));
    if begun.is_empty() {
        let items = below.take_while(|line| line.is_empty() || line.starts_with('-'));
        return items.collect::<Vec<_>>().join(",");
    }
    if !begun.starts_with('[') || begun.contains(']') {
        return String::new();
    }
    let mut list = String::new();
    for line in below {
        list.push_str(&line);
        if line.contains(']') {
            break;
        }
    }
    list
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::super::Examined;
    use super::super::Trap;
    use super::super::traps;

    /// Triggers, and whether marking a draft ready starts nothing by them.
    const TRIGGERS: &[(&str, bool)] = &[
        (
            "on:\n  pull_request:\n    types: [opened, synchronize]\n",
            true,
        ),
        (
            "on:\n  pull_request:\n    branches: [main]\n    types:\n      - opened\n      - reopened\n",
            true,
        ),
        (
            "on:\n  pull_request_target:\n    types:\n    - synchronize\n",
            true,
        ),
        (
            "on:\n  pull_request:\n    types: [opened,\n      synchronize]\n",
            true,
        ),
        (
            "on:\n  pull_request: { types: [opened, synchronize] }\n",
            true,
        ),
        (
            "on:\n  pull_request:\n    types: [opened, synchronize, ready_for_review]\n",
            false,
        ),
        (
            "on:\n  pull_request:\n    types:\n      - opened\n      # as drafts are skipped\n      - ready_for_review\n",
            false,
        ),
        (
            "on:\n  pull_request:\n    types: [opened,\n      ready_for_review]\n",
            false,
        ),
        (
            "on:\n  pull_request: { types: [opened, ready_for_review] }\n",
            false,
        ),
        ("on:\n  pull_request:\n    types: [closed]\n", false),
        ("on:\n  issues:\n    types: [opened]\n", false),
        (
            "on:\n  pull_request:\n  issues:\n    types: [opened]\n",
            false,
        ),
        ("on:\n  pull_request:\n    branches: [main]\n", false),
    ];

    #[test]
    fn types_that_leave_out_ready_for_review_are_a_trap_where_requests_are_checked() {
        for (text, is_trap) in TRIGGERS {
            let found = traps(".github/workflows/ci.yml", text);
            let is_it = |one: &Examined| one.detail.contains(Trap::DeafToReady.what());
            assert_eq!(found.len(), usize::from(*is_trap), "{text}");
            assert!(found.iter().all(is_it), "{found:?}");
            assert!(traps(".gitlab-ci.yml", text).is_empty());
        }
    }

    #[test]
    fn that_no_check_comes_for_a_ready_draft_is_told_where_it_is_so() {
        let skip = "on: pull_request\njobs:\n  a:\n    if: '!github.event.pull_request.draft'\n";
        let deaf = traps(".github/workflows/ci.yml", skip);
        assert!(deaf[0].detail.ends_with("marking it ready starts none"));
        let types = "on:\n  pull_request:\n    types: [opened, ready_for_review]\n";
        let heard = traps(
            ".github/workflows/ci.yml",
            &skip.replace("on: pull_request\n", types),
        );
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(
            heard[0]
                .hint
                .as_ref()
                .is_some_and(|hint| hint.contains("checks come"))
        );
    }
}
