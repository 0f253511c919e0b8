//! The keys of the team's file: the one table behind reader, schema and example. Those of the person's file are in
//! `person_keys`.

use crate::model::CarrierKind;
use crate::playbook::ITEM;
use crate::playbook::Key;
use crate::playbook::Kind;
use crate::playbook::STEP_CHANGES;
use crate::playbook::Section;

const COMMAND: &str = "argument vector, run without a shell and only after `lanekeeper trust`";

const DEPLOY: &str = "argument vector, run without a shell and only after `lanekeeper trust`; needed where the console deploys, left out where a pipeline does";

/// `lanekeeper.toml`.
pub static TEAM: Section = Section {
    about: "the team's project: lanes, environments, roles, checks, apps, checklist, playbooks",
    keys: &[
        Key::new("project", Kind::One(&PROJECT), "the project as a whole"),
        Key::required(
            "lane",
            Kind::Many(&LANE),
            "the long-lived branches, BUILD first, production last",
        ),
        Key::new("environment", Kind::Many(&ENVIRONMENT), "where lanes run"),
        Key::new(
            "roles",
            Kind::NamedTexts,
            "who may act in which role, by e-mail address",
        ),
        Key::new(
            "check",
            Kind::Many(&CHECK),
            "what a change request must pass",
        ),
        Key::new("app", Kind::Many(&APP), "what a deployment releases"),
        Key::new(
            "freeze",
            Kind::Many(&FREEZE),
            "times in which nothing goes into lanes by itself, and whoever does it is told",
        ),
        Key::new(
            "signatures",
            Kind::One(&SIGNATURES),
            "whose keys sign entries of the record, and which entries must be signed",
        ),
        Key::new(
            "checklist",
            Kind::Many(&ITEM),
            "items added to every playbook's checklist",
        ),
        Key::new(
            "playbook",
            Kind::Named(&PLAYBOOK),
            "changes to a playbook, by its id",
        ),
    ],
};

static PROJECT: Section = Section {
    about: "the project as a whole",
    keys: &[
        Key::new(
            "name",
            Kind::Text,
            "the name shown; the repository's folder if left out",
        ),
        Key::or(
            "remote",
            Kind::Text,
            "\"origin\"",
            "the git remote that everybody shares",
        ),
        Key::or(
            "forge",
            Kind::Choice(&["auto", "local", "gitlab", "github", "gitea", "forgejo"]),
            "\"auto\"",
            "who keeps change requests; `local` keeps them in the remote itself, `auto` looks at the remote's host",
        ),
        Key::new(
            "forge_url",
            Kind::Text,
            "the forge's web page, where it cannot be told from the remote: another host or port than ssh's, or a path before all projects",
        ),
        Key::or(
            "playbook",
            Kind::Text,
            "\"build-run\"",
            "the playbook that `start` takes unless told otherwise",
        ),
        Key::or(
            "playbooks",
            Kind::Texts,
            "[]",
            "files of own playbooks, relative to this file",
        ),
        Key::new(
            "record_carrier",
            Kind::Choice(&CarrierKind::WORDS),
            "what carries the shared record: refs, notes or branches of the project, branches of another repository, or nothing but this machine; without it, what `record_prefix` is of, which is refs",
        ),
        Key::new(
            "record_remote",
            Kind::Text,
            "the repository of the records, for record_carrier = \"repository\": a URL, or a path from the root on",
        ),
        Key::new(
            "record_prefix",
            Kind::Text,
            "where records are kept; the default follows the carrier: refs/lanekeeper/v1 for refs, refs/notes/lanekeeper/v1 for notes, refs/heads/lanekeeper-record/v1 for branches and a repository",
        ),
        Key::or(
            "cosign_takeover",
            Kind::Flag,
            "false",
            "whether whoever takes the driver's seat over gets no permit before somebody else has co-signed that with `lanekeeper override takeover`",
        ),
        Key::or(
            "poll",
            Kind::Duration,
            "\"15s\"",
            "how often the remote is looked at",
        ),
    ],
};

static SIGNATURES: Section = Section {
    about: "whose keys sign entries of the record, the lock log and the local forge, and which entries must be signed",
    keys: &[
        Key::new(
            "allowed_signers",
            Kind::Text,
            "file below this one, as ssh-keygen reads it: who signs with which key; counts only after `lanekeeper trust`",
        ),
        Key::or(
            "required",
            Kind::Texts,
            "[]",
            "kinds of entries that must be signed: of the record (override.used), of the driver's lock log (lock.takeover), or subject.decided, a decision on the local forge",
        ),
    ],
};

static LANE: Section = Section {
    about: "a long-lived branch",
    keys: &[
        Key::required("name", Kind::Text, "the lane's name"),
        Key::new(
            "branch",
            Kind::Text,
            "its branch, or a pattern like `release/*`; the name if left out",
        ),
        Key::required(
            "layer",
            Kind::Choice(&["build", "run"]),
            "\"build\" or \"run\"",
        ),
        Key::or(
            "merges_into",
            Kind::Texts,
            "[]",
            "the lanes that it is promoted into",
        ),
        Key::new("environment", Kind::Text, "what runs its tip"),
        Key::or(
            "seats",
            Kind::Texts,
            "[]",
            "roles that must approve a change request into it, each by another person",
        ),
    ],
};

static ENVIRONMENT: Section = Section {
    about: "where something runs",
    keys: &[
        Key::required(
            "name",
            Kind::Text,
            "the name, typed to confirm a production change",
        ),
        Key::or("production", Kind::Flag, "false", "whether users are on it"),
        Key::or(
            "seats",
            Kind::Texts,
            "[]",
            "roles that must approve a deployment, each by another person",
        ),
        Key::new(
            "job",
            Kind::Text,
            "the deploy job's name; none where merging is deploying",
        ),
        Key::or(
            "apps",
            Kind::Texts,
            "[]",
            "apps that are deployed, all of them every time",
        ),
        Key::new("migrations", Kind::Texts, COMMAND),
        Key::new(
            "hotfix_sandbox",
            Kind::Text,
            "the environment where a hotfix for this one is worked on",
        ),
        Key::or("org", Kind::Flag, "false", "whether it is a Salesforce org"),
    ],
};

static FREEZE: Section = Section {
    about: "a change freeze",
    keys: &[
        Key::required("name", Kind::Text, "what people call it"),
        Key::required(
            "from",
            Kind::Text,
            "when it begins: a day, 2026-12-20, or a time, 2026-12-20T18:00:00Z",
        ),
        Key::required("until", Kind::Text, "the first moment after it"),
        Key::or(
            "lanes",
            Kind::Texts,
            "[]",
            "lanes it is about; none means all",
        ),
    ],
};

static CHECK: Section = Section {
    about: "a check of a change request",
    keys: &[
        Key::required(
            "name",
            Kind::Text,
            "the check's name, as the forge calls it",
        ),
        Key::new("command", Kind::Texts, COMMAND),
        Key::or("required", Kind::Flag, "true", "whether a request needs it"),
        Key::or(
            "lanes",
            Kind::Texts,
            "[]",
            "lanes it applies to; none means all",
        ),
        Key::or(
            "timeout",
            Kind::Duration,
            "\"10m\"",
            "when it counts as failed",
        ),
    ],
};

static APP: Section = Section {
    about: "an app and how it goes live",
    keys: &[
        Key::required("name", Kind::Text, "the app's name"),
        Key::new("deploy", Kind::Texts, DEPLOY),
        Key::new("health", Kind::One(&HEALTH), "how to see that it is up"),
    ],
};

static HEALTH: Section = Section {
    about: "a health check: a `url` or a `command`",
    keys: &[
        Key::new("url", Kind::Text, "the address that must answer"),
        Key::or(
            "status",
            Kind::Number { min: 100, max: 599 },
            "200",
            "the HTTP status that it must answer with",
        ),
        Key::new("body", Kind::Text, "text that the answer must contain"),
        Key::new("command", Kind::Texts, COMMAND),
        Key::or(
            "attempts",
            Kind::Number { min: 1, max: 1000 },
            "5",
            "how often it is asked before it counts as failed",
        ),
        Key::or(
            "interval",
            Kind::Duration,
            "\"5s\"",
            "how long to wait between attempts",
        ),
        Key::or(
            "timeout",
            Kind::Duration,
            "\"10s\"",
            "how long one attempt may take",
        ),
    ],
};

static PLAYBOOK: Section = Section {
    about: "changes to a playbook",
    keys: &[
        Key::new("base", Kind::Text, "the RUN lane that a fix is cut from"),
        Key::new(
            "branch",
            Kind::Text,
            "the fix's branch; placeholders {slug}, {date}, {id}",
        ),
        Key::new(
            "answers",
            Kind::NamedText,
            "answers that `start` offers, by question",
        ),
        Key::new(
            "step",
            Kind::Named(&STEP_CHANGES),
            "changes to a step, by its id",
        ),
    ],
};
