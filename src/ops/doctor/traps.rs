//! Traps in the text of a CI file. Lines are looked at, not understood: a hit is a question to a person, never a verdict.

mod drafts;

use crate::model::Untrusted;

use super::Examined;
use drafts::asks_for_drafts;
use drafts::is_deaf;
use drafts::skips_drafts;

/// How much of a line is shown.
const SHOWN: usize = 70;

/// What a line may do to a hotfix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trap {
    Cancels,
    MayCancel,
    Interruptible,
    AutoCancel,
    /// On GitHub, Gitea or Forgejo; whether a check comes once the draft is ready.
    SkipsDrafts {
        hears_ready: bool,
    },
    /// On GitLab.
    NoDraftPipeline,
    DeafToReady,
}

impl Trap {
    fn what(self) -> &'static str {
        match self {
            Self::Cancels => "a newer push cancels the run, also one that deploys",
            Self::MayCancel => {
                "where this holds, a newer push cancels the run, also one that deploys"
            }
            Self::Interruptible => "a newer pipeline cancels the job, also one that deploys",
            Self::AutoCancel => "a newer pipeline may cancel an older one",
            Self::SkipsDrafts { hears_ready: true } => {
                "drafts get no checks, and a backport with conflicts is a draft until they are decided"
            }
            Self::SkipsDrafts { hears_ready: false } => {
                "drafts get no checks, a backport with conflicts is a draft until they are decided, and marking it ready starts none"
            }
            Self::NoDraftPipeline => {
                "drafts may get no pipeline, and a backport with conflicts is a draft until they are decided"
            }
            Self::DeafToReady => "marking a draft ready starts nothing here",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Cancels | Self::MayCancel => {
                "Let deployments of production out of it: concurrency without cancel-in-progress."
            }
            Self::Interruptible => "Set interruptible: false on deploy jobs.",
            Self::AutoCancel => "See that deploy jobs are not interruptible.",
            Self::SkipsDrafts { hears_ready: true } => {
                "Expect `not run` there; checks come when the draft is marked ready."
            }
            Self::NoDraftPipeline => {
                "Expect `not run` there; on GitLab a new pipeline has to be run when the draft is marked ready."
            }
            Self::SkipsDrafts { hears_ready: false } | Self::DeafToReady => {
                "Add ready_for_review to the types of pull_request."
            }
        }
    }
}

/// Returns what a CI file's lines may do, each with the place.
pub(super) fn traps(path: &str, text: &str) -> Vec<Examined> {
    let lines: Vec<&str> = text.lines().map(without_comment).collect();
    let is_workflow = path.contains("/workflows/");
    let hears_ready = lines.iter().any(|line| line.contains("ready_for_review"));
    let mut found = Vec::new();
    for (place, line) in lines.iter().enumerate() {
        let trap = of_line(line, hears_ready)
            .or_else(|| (is_workflow && is_deaf(&lines, place)).then_some(Trap::DeafToReady));
        let Some(trap) = trap else {
            continue;
        };
        let shown: String = line.trim().chars().take(SHOWN).collect();
        found.push(Examined::doubtful(
            "CI",
            format!(
                "{}:{} `{}`: {}",
                Untrusted::new(path).show(),
                place + 1,
                Untrusted::new(shown).show(),
                trap.what()
            ),
            trap.hint(),
        ));
    }
    found
}

/// Returns a line up to its comment: `#` at its start or after a blank, outside quotes.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (place, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') if before.is_whitespace() => return &line[..place],
            // An apostrophe within a word quotes nothing.
            (None, '"' | '\'') if !before.is_alphanumeric() => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (None | Some(_), _) => {}
        }
        before = c;
    }
    line
}

/// Returns a line in small letters, without blanks, with one kind of quotes.
fn squeezed(line: &str) -> String {
    let kept = line.chars().filter(|c| !c.is_whitespace());
    kept.map(|c| {
        if c == '\'' {
            '"'
        } else {
            c.to_ascii_lowercase()
        }
    })
    .collect()
}

fn of_line(line: &str, hears_ready: bool) -> Option<Trap> {
    let plain = squeezed(line);
    if let Some(value) = value_of(&plain, "cancel-in-progress") {
        return match value {
            "" | "false" => None,
            "true" => Some(Trap::Cancels),
            _ => Some(Trap::MayCancel),
        };
    }
    if let Some(value) = value_of(&plain, "interruptible") {
        return matches!(value, "true" | "yes" | "on").then_some(Trap::Interruptible);
    }
    if value_of(&plain, "auto_cancel").is_some() {
        return Some(Trap::AutoCancel);
    }
    if skips_drafts(&plain) {
        return Some(Trap::SkipsDrafts { hears_ready });
    }
    asks_for_drafts(&plain).then_some(Trap::NoDraftPipeline)
}

/// Returns the value of a key that stands in a squeezed line, also within braces; of an expression what is in it.
fn value_of<'a>(plain: &'a str, key: &str) -> Option<&'a str> {
    let (before, rest) = plain.split_once(key)?;
    let is_key = matches!(before, "" | "-") || before.ends_with(['{', ',', '"']);
    let rest = rest.strip_prefix('"').unwrap_or(rest).strip_prefix(':')?;
    if !is_key {
        return None;
    }
    let value = match rest.strip_prefix("${{") {
        Some(inner) => inner.split_once("}}").map_or(inner, |(inner, _)| inner),
        None => rest.split([',', '}']).next().unwrap_or(rest),
    };
    Some(value.trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAFTS: Trap = Trap::SkipsDrafts { hears_ready: false };

    /// Lines of real files, with what they are.
    const LINES: &[(&str, Option<Trap>)] = &[
        ("  cancel-in-progress: true", Some(Trap::Cancels)),
        ("  'cancel-in-progress': 'true'", Some(Trap::Cancels)),
        (
            "concurrency: { group: deploy, cancel-in-progress: true }",
            Some(Trap::Cancels),
        ),
        (
            "  cancel-in-progress: ${{ github.event_name == 'pull_request' }}",
            Some(Trap::MayCancel),
        ),
        (
            "  cancel-in-progress: ${{ !contains(github.ref, 'release/') }}  # not for releases",
            Some(Trap::MayCancel),
        ),
        ("  cancel-in-progress: ${{ false }}", None),
        ("  cancel-in-progress: false", None),
        ("  group: cancel-in-progress", None),
        ("  # cancel-in-progress: true", None),
        ("  name: Deploy # cancel-in-progress: true", None),
        ("  interruptible: true", Some(Trap::Interruptible)),
        ("  interruptible:   yes", Some(Trap::Interruptible)),
        ("  interruptible: false", None),
        ("  - interruptible: true", Some(Trap::Interruptible)),
        ("  non-interruptible: true", None),
        ("  auto_cancel:", Some(Trap::AutoCancel)),
        ("    - echo auto_cancel", None),
        (
            "    if: github.event.pull_request.draft == false",
            Some(DRAFTS),
        ),
        (
            "    if: github.event.pull_request.draft != true",
            Some(DRAFTS),
        ),
        (
            "    if: ${{ !github.event.pull_request.draft }}",
            Some(DRAFTS),
        ),
        ("    if: ! (github.event.pull_request.draft)", Some(DRAFTS)),
        (
            "    if: github.actor != 'bot' && (github.event.pull_request.draft)==false",
            Some(DRAFTS),
        ),
        (
            "    if: false == gitea.event.pull_request.draft",
            Some(DRAFTS),
        ),
        ("    if: github.event.pull_request.draft == true", None),
        ("    if: github.event.pull_request.draft", None),
        (
            "    if: '!(github.event.pull_request.draft == false)'",
            None,
        ),
        ("      DRAFT: ${{ github.event.pull_request.draft }}", None),
        ("    if: github.event.pull_request.draft_of != true", None),
        (
            "    - if: $CI_MERGE_REQUEST_TITLE =~ /^Draft/",
            Some(Trap::NoDraftPipeline),
        ),
        (
            r"    - if: '$CI_MERGE_REQUEST_TITLE =~ /^(\[Draft\]|\(Draft\)|Draft:)/'",
            Some(Trap::NoDraftPipeline),
        ),
        (
            "    - if: $CI_MERGE_REQUEST_TITLE !~ /^(WIP|draft):/i",
            Some(Trap::NoDraftPipeline),
        ),
        (
            "    - if: $CI_MERGE_REQUEST_DRAFT == \"true\"",
            Some(Trap::NoDraftPipeline),
        ),
        (
            "    - if: '$CI_MERGE_REQUEST_DRAFT != \"true\"'",
            Some(Trap::NoDraftPipeline),
        ),
        (
            "    - if: '\"true\" == $CI_MERGE_REQUEST_DRAFT'",
            Some(Trap::NoDraftPipeline),
        ),
        (
            "    - if [ \"${CI_MERGE_REQUEST_DRAFT}\" = true ]; then exit; fi",
            Some(Trap::NoDraftPipeline),
        ),
        ("    - if: $CI_MERGE_REQUEST_TITLE =~ /hotfix/", None),
        ("    - echo \"$CI_MERGE_REQUEST_TITLE is no draft\"", None),
        ("    - echo $CI_MERGE_REQUEST_DRAFT", None),
        ("    - if: $CI_MERGE_REQUEST_IID", None),
    ];

    #[test]
    fn a_line_is_a_trap_or_harmless_however_it_is_written() {
        for (line, trap) in LINES {
            assert_eq!(of_line(without_comment(line), false), *trap, "{line}");
        }
    }

    #[test]
    fn a_trap_is_named_with_its_line_and_a_comment_is_none() {
        let text = "deploy:\n  # interruptible: true\n  interruptible: true\n";
        let found = traps(".gitlab-ci.yml", text);
        assert_eq!(found.len(), 1);
        assert!(
            found[0]
                .detail
                .starts_with(".gitlab-ci.yml:3 `interruptible: true`"),
            "{found:?}"
        );
        assert!(traps("x", "interruptible: false\n").is_empty());
    }

    #[test]
    fn what_a_line_says_is_shown_without_its_tricks_and_not_for_ever() {
        let line = format!(
            "  cancel-in-progress: ${{{{ '\u{1b}[2J{}' }}}}",
            "x".repeat(400)
        );
        let found = traps(".github/workflows/ci.yml", &line);
        assert!(!found[0].detail.contains('\u{1b}'));
        assert!(found[0].detail.chars().count() < 300, "{found:?}");
    }
}
