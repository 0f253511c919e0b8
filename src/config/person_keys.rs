//! The keys of the person's file: the one table behind reader, schema and example.

use crate::playbook::Key;
use crate::playbook::Kind;
use crate::playbook::Section;

/// The person's `config.toml`.
pub static PERSON: Section = Section {
    about: "one person's settings",
    keys: &[
        Key::or(
            "theme",
            Kind::Choice(THEMES),
            "\"auto\"",
            "the colours of the console",
        ),
        Key::or(
            "ascii",
            Kind::Choice(WHEN),
            "\"auto\"",
            "whether to draw with plain characters; `auto` asks TERM and the locale",
        ),
        Key::or(
            "colour",
            Kind::Choice(WHEN),
            "\"auto\"",
            "whether to use colours; `auto` obeys NO_COLOR and TERM",
        ),
        Key::or(
            "mouse",
            Kind::Choice(WHEN),
            "\"auto\"",
            "whether the mouse selects and scrolls in the console; `never` leaves it to the terminal",
        ),
        Key::or(
            "bell",
            Kind::Choice(WHEN),
            "\"auto\"",
            "whether the console rings the bell while its window has no focus and something new is yours to do; `never` keeps it quiet",
        ),
        Key::new(
            "editor",
            Kind::Texts,
            "argument vector of the editor; VISUAL, EDITOR or vi if left out",
        ),
        Key::new(
            "poll",
            Kind::Duration,
            "how often the remote is looked at, instead of the team's choice",
        ),
        Key::new(
            "signing_key",
            Kind::Text,
            "the SSH key that signs your entries of the record: a public key whose private half the agent has, or a private key without a passphrase; from the root or `~/` on",
        ),
        Key::new(
            "check",
            Kind::Many(&PERSON_CHECK),
            "own commands for the team's checks, by name; need no trust",
        ),
        Key::new(
            "app",
            Kind::Many(&PERSON_APP),
            "own deploy commands for the team's apps, by name; need no trust",
        ),
        Key::new(
            "host",
            Kind::Many(&PERSON_HOST),
            "how forges are reached that need more than the system's certificates",
        ),
    ],
};

pub(super) const THEMES: &[&str] = &[
    "auto",
    "dark",
    "light",
    "mono",
    "high-contrast",
    "colour-blind",
];
pub(super) const WHEN: &[&str] = &["auto", "always", "never"];

static PERSON_CHECK: Section = Section {
    about: "a command of one's own for a check",
    keys: &[
        Key::required("name", Kind::Text, "the check's name"),
        Key::required(
            "command",
            Kind::Texts,
            "argument vector, run without a shell",
        ),
    ],
};

static PERSON_HOST: Section = Section {
    about: "a forge's host",
    keys: &[
        Key::required(
            "name",
            Kind::Text,
            "the host, with its port if the address has one",
        ),
        Key::new(
            "ca_file",
            Kind::Text,
            "PEM file of the authority that signed its certificate, besides the system's",
        ),
        Key::new(
            "client_cert",
            Kind::Text,
            "PEM file with our own certificate and its key",
        ),
    ],
};

static PERSON_APP: Section = Section {
    about: "a command of one's own for an app",
    keys: &[
        Key::required("name", Kind::Text, "the app's name"),
        Key::required(
            "deploy",
            Kind::Texts,
            "argument vector, run without a shell",
        ),
    ],
};
