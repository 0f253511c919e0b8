//! The keys of a playbook file.

use super::shape::Key;
use super::shape::Kind;
use super::shape::Section;

/// The kinds of steps, in the words of flows.md 2.5.
pub(super) const KINDS: &[&str] = &[
    "commits",
    "change",
    "deploy",
    "retrofit",
    "backport",
    "sync",
    "compare",
    "seed",
    "migration",
    "confirm",
    "postmortem",
];

/// When a checklist item is due.
const PHASES: &[&str] = &["before", "request", "production", "after"];

const METHODS: &[&str] = &["merge", "squash", "rebase"];
const CHANGE: &[&str] = &["change"];
const CARRY: &[&str] = &["retrofit", "backport", "sync"];

/// A whole playbook file.
pub static PLAYBOOK: Section = Section {
    about: "a playbook: what should happen for a hotfix, in which order",
    keys: &[
        Key::required("id", Kind::Text, "the name to start it by"),
        Key::required("title", Kind::Text, "what people read"),
        Key::or(
            "base",
            Kind::Text,
            "\"@run-entry\"",
            "the RUN lane that a fix is cut from: a lane or `@run-entry`, `@production`",
        ),
        Key::or(
            "branch",
            Kind::Text,
            "\"hotfix/{slug}\"",
            "the fix's branch; placeholders {slug}, {date}, {id}",
        ),
        Key::new(
            "question",
            Kind::Many(&QUESTION),
            "what `start` asks and records",
        ),
        Key::required("step", Kind::Many(&STEP), "the steps, in order"),
        Key::new("checklist", Kind::Many(&ITEM), "the checklist"),
    ],
};

static QUESTION: Section = Section {
    about: "something that is on record before anything else",
    keys: &[
        Key::required("id", Kind::Text, "the name to answer it by"),
        Key::required("text", Kind::Text, "the question"),
        Key::or(
            "required",
            Kind::Flag,
            "true",
            "whether `start` insists on an answer",
        ),
        Key::new("default", Kind::Text, "the answer if none is given"),
    ],
};

static STEP: Section = Section {
    about: "one step",
    keys: &[
        Key::required("id", Kind::Text, "the short name that people type"),
        Key::required("kind", Kind::Choice(KINDS), "what the step does"),
        Key::required("title", Kind::Text, "what people read"),
        Key::new(
            "after",
            Kind::Texts,
            "the steps that must be done before; the one above if left out",
        ),
        Key::or(
            "automatic",
            Kind::Flag,
            "false",
            "whether it is carried out by itself as soon as it can be",
        ),
        Key::or(
            "optional",
            Kind::Flag,
            "false",
            "whether it is left out where the project lacks what it needs",
        ),
        FROM,
        INTO,
        METHODS_KEY,
        RIDERS,
        LANE,
        PROMPT,
        STRATEGY,
        SOURCE,
        TARGETS,
        METHOD,
        BRANCH,
        LABELS,
        CONFLICT_LABELS,
        EXCLUDE_LABELS,
        CONFLICT,
        PICKS,
        IGNORE_MARKERS,
        AUTO_MERGE,
    ],
};

/// What a team may change of a playbook's step in its own file, `[playbook.build-run.step.retrofit]`.
pub static STEP_CHANGES: Section = Section {
    about: "changes to one step of a playbook",
    keys: &[
        Key::new("title", Kind::Text, "what people read"),
        Key::new(
            "automatic",
            Kind::Flag,
            "whether it is carried out by itself as soon as it can be",
        ),
        Key::new(
            "optional",
            Kind::Flag,
            "whether it is left out where the project lacks what it needs",
        ),
        FROM,
        INTO,
        METHODS_KEY,
        RIDERS,
        LANE,
        PROMPT,
        STRATEGY,
        SOURCE,
        TARGETS,
        METHOD,
        BRANCH,
        LABELS,
        CONFLICT_LABELS,
        EXCLUDE_LABELS,
        CONFLICT,
        PICKS,
        IGNORE_MARKERS,
        AUTO_MERGE,
    ],
};

const FROM: Key = Key::new(
    "from",
    Kind::Text,
    "change: where the request comes from: `@fix` or a lane",
);
const INTO: Key = Key::new("into", Kind::Text, "change: the RUN lane that it goes into");
const METHODS_KEY: Key = Key::new(
    "methods",
    Kind::Choices(METHODS),
    "change: the merge methods allowed, the preferred one first; [\"merge\"] if left out",
);
const RIDERS: Key = Key::new(
    "riders",
    Kind::Flag,
    "change: whether everything else that ships with it must be accepted; true from lane to lane if left out",
);
const LANE: Key = Key::new(
    "lane",
    Kind::Text,
    "deploy, migration: the lane whose environment it is about; `@production` if left out",
);
const PROMPT: Key = Key::new("prompt", Kind::Text, "confirm: what a person confirms");
const STRATEGY: Key = Key::new(
    "strategy",
    Kind::Choice(&["pick", "merge-fix", "merge-lane"]),
    "retrofit, backport, sync: how the fix gets there",
);
const SOURCE: Key = Key::new(
    "source",
    Kind::Text,
    "retrofit, backport, sync: the RUN lane it is carried from; where the fix landed (pick, merge-fix) or production (merge-lane) if left out",
);
const TARGETS: Key = Key::new(
    "targets",
    Kind::Texts,
    "retrofit, backport, sync: lanes or `@build-entry`, `@build`, `@releases`, `@others`",
);
const METHOD: Key = Key::new(
    "method",
    Kind::Choice(METHODS),
    "retrofit, backport, sync: the merge method; \"merge\" if left out",
);
const BRANCH: Key = Key::new(
    "branch",
    Kind::Text,
    "retrofit, backport, sync: the branch per target; placeholders {target}, {request}, {sha7}, {source}, {slug}, {id}",
);
const LABELS: Key = Key::new(
    "labels",
    Kind::Texts,
    "retrofit, backport, sync: labels of a clean request",
);
const CONFLICT_LABELS: Key = Key::new(
    "conflict_labels",
    Kind::Texts,
    "retrofit, backport, sync: labels of a request with conflicts",
);
const EXCLUDE_LABELS: Key = Key::new(
    "exclude_labels",
    Kind::Texts,
    "retrofit, backport, sync: labels of the source request that are not copied",
);
const CONFLICT: Key = Key::new(
    "conflict",
    Kind::Choice(&[
        "draft-with-markers",
        "empty-commit",
        "fail",
        "local",
        "two-branch",
    ]),
    "retrofit, backport, sync: what happens on a conflict; \"draft-with-markers\" if left out",
);
const PICKS: Key = Key::new(
    "picks",
    Kind::Choice(&["whole", "per-commit"]),
    "retrofit, backport, sync: with strategy \"pick\", a merge as one commit or its commits one by one; \"whole\" if left out",
);
const IGNORE_MARKERS: Key = Key::new(
    "ignore_markers",
    Kind::Texts,
    "retrofit, backport, sync: paths in which conflict markers are content: \"docs/git.md\", \"docs/\", \"*.patch\"",
);
const AUTO_MERGE: Key = Key::new(
    "auto_merge",
    Kind::Texts,
    "retrofit, backport, sync: targets in BUILD whose request is merged by itself where it was clean and its checks passed; none if left out",
);

/// One item of a checklist.
pub static ITEM: Section = Section {
    about: "one item of the checklist",
    keys: &[
        Key::required("id", Kind::Text, "the name to tick it by"),
        Key::required("text", Kind::Text, "what people read"),
        Key::required("when", Kind::Choice(PHASES), "when it is due"),
        Key::new(
            "evidence",
            Kind::Text,
            "the fact that ticks it: step:ID, opened:ID, resolved:ID, merged:ID, seat:ROLE, present-in-build, promotions-clean; a person ticks it if left out",
        ),
    ],
};

/// Returns the kinds of steps that a step's key belongs to; none for those that every step has.
pub(super) fn kinds_of(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "from" | "into" | "methods" | "riders" => Some(CHANGE),
        "lane" => Some(&["deploy", "migration"]),
        "prompt" => Some(&["confirm"]),
        "strategy" | "source" | "targets" | "method" | "branch" | "labels" | "conflict_labels"
        | "exclude_labels" | "conflict" | "picks" | "ignore_markers" | "auto_merge" => Some(CARRY),
        _ => None,
    }
}
