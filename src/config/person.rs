//! One person's settings: `config.toml`, then the environment, then flags.

use std::path::PathBuf;
use std::time::Duration;

use crate::model::shell_line;
use crate::playbook::At;
use crate::playbook::Mistake;
use crate::playbook::Page;
use crate::playbook::duration;
use crate::playbook::nearest;
use crate::playbook::suggest;

use super::Error;
use super::environment::Environment;
use super::environment::OWN;
use super::environment::PREFIX;
use super::origin::Origin;
use super::origin::Origins;
use super::person_keys;
use super::sources::Flags;
use super::sources::person_file;

/// How one person wants to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonSettings {
    /// Argument vector of the editor.
    pub editor: Vec<String>,
    pub theme: Theme,
    /// Draw with plain characters only.
    pub ascii: bool,
    pub colour: bool,
    /// Whether the mouse selects and scrolls in the console.
    pub mouse: bool,
    /// Whether the console rings for somebody who looks elsewhere.
    pub bell: bool,
    /// How some forges are reached.
    pub hosts: Vec<HostSettings>,
    /// The file of the key that signs entries of the record.
    pub signing_key: Option<PathBuf>,
}

/// How a forge's host is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSettings {
    /// `host` or `host:port`.
    pub name: String,
    /// PEM files.
    pub ca_file: Option<PathBuf>,
    pub client_cert: Option<PathBuf>,
}

/// The colours of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Dark,
    Light,
    Mono,
    HighContrast,
    ColourBlind,
}

impl Theme {
    /// Returns the word in configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Mono => "mono",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
        }
    }
}

/// The person's file as written.
#[derive(Debug, Default)]
pub(super) struct PersonLines {
    pub(super) theme: Option<At<String>>,
    pub(super) ascii: Option<At<String>>,
    pub(super) colour: Option<At<String>>,
    pub(super) mouse: Option<At<String>>,
    pub(super) bell: Option<At<String>>,
    pub(super) editor: Option<At<Vec<String>>>,
    pub(super) poll: Option<At<Duration>>,
    pub(super) checks: Vec<(At<String>, Vec<String>)>,
    pub(super) apps: Vec<(At<String>, Vec<String>)>,
    pub(super) hosts: Vec<HostSettings>,
    pub(super) signing_key: Option<At<String>>,
}

/// Reads the person's file.
pub(super) fn read(file: &str, text: &str) -> Result<PersonLines, Vec<Mistake>> {
    Page::read(file, text, &person_keys::PERSON, |table| {
        let commands = |list: &str, key: &str| {
            let tables = table.tables(list);
            let each = tables.iter();
            each.filter_map(|table| Some((table.text("name")?, table.command(key)?.value)))
                .collect()
        };
        Some(PersonLines {
            theme: table.text("theme"),
            ascii: table.text("ascii"),
            colour: table.text("colour"),
            mouse: table.text("mouse"),
            bell: table.text("bell"),
            editor: table.command("editor"),
            poll: table.duration("poll"),
            signing_key: table.text("signing_key"),
            checks: commands("check", "command"),
            apps: commands("app", "deploy"),
            hosts: table
                .tables("host")
                .iter()
                .filter_map(|table| {
                    let file = |key: &str| table.text(key).map(|at| PathBuf::from(at.value));
                    Some(HostSettings {
                        name: table.text("name")?.value.to_lowercase(),
                        ca_file: file("ca_file"),
                        client_cert: file("client_cert"),
                    })
                })
                .collect(),
        })
    })
}

/// Returns how the person's file says that hosts are reached. Who signs in for the first time has no team's file yet,
/// without which there are no settings.
pub fn hosts(environment: &Environment) -> Result<Vec<HostSettings>, Error> {
    match person_file(environment)? {
        Some(file) => read(&file.shown, &file.text)
            .map(|lines| lines.hosts)
            .map_err(Error::Mistakes),
        None => Ok(Vec::new()),
    }
}

/// A word with where it comes from, before anybody has made sense of it.
struct Word {
    text: String,
    origin: Origin,
}

/// Settles the person's settings; unknown words in the environment are mistakes.
pub(super) fn settle(
    lines: &PersonLines,
    environment: &Environment,
    flags: &Flags,
    origins: &mut Origins,
    mistakes: &mut Vec<Mistake>,
) -> PersonSettings {
    let of_file = |at: Option<&At<String>>| {
        at.map(|at| Word {
            text: at.value.clone(),
            origin: Origin::File(at.place.clone()),
        })
    };
    let of_environment = |name: &'static str| {
        environment.get(name).map(|text| Word {
            text: text.to_owned(),
            origin: Origin::Environment(name),
        })
    };
    let of_flag = |is_set: bool, name: &'static str, text: &str| {
        is_set.then(|| Word {
            text: text.to_owned(),
            origin: Origin::Flag(name),
        })
    };
    let default = || Word {
        text: "auto".to_owned(),
        origin: Origin::Default,
    };
    unknown_variables(environment, mistakes);

    let ascii = of_flag(flags.ascii, "--ascii", "always")
        .or_else(|| {
            choice(
                of_environment("LANEKEEPER_ASCII"),
                person_keys::WHEN,
                mistakes,
            )
        })
        .or_else(|| of_file(lines.ascii.as_ref()))
        .unwrap_or_else(default);
    let colour = of_flag(flags.no_color, "--no-color", "never")
        .or_else(|| of_file(lines.colour.as_ref()))
        .unwrap_or_else(default);
    let theme = choice(
        of_environment("LANEKEEPER_THEME"),
        person_keys::THEMES,
        mistakes,
    )
    .or_else(|| of_file(lines.theme.as_ref()))
    .unwrap_or_else(default);

    let (ascii, origin) = settle_ascii(ascii, environment);
    origins.note("ascii", ascii.to_string(), origin);
    let (colour, origin) = settle_colour(colour, environment);
    origins.note("colour", colour.to_string(), origin);
    let (theme, origin) = settle_theme(theme, environment);
    // Without colours every other theme would be this one anyway, and some marks depend on it.
    let theme = if colour { theme } else { Theme::Mono };
    origins.note("theme", theme.word(), origin);
    let mouse = of_file(lines.mouse.as_ref()).unwrap_or_else(default);
    let has_mouse = mouse.text != "never";
    origins.note("mouse", has_mouse.to_string(), mouse.origin);
    let bell = of_file(lines.bell.as_ref()).unwrap_or_else(default);
    let has_bell = bell.text != "never";
    origins.note("bell", has_bell.to_string(), bell.origin);
    let (editor, origin) = settle_editor(lines, environment);
    origins.note("editor", shell_line(&editor), origin);
    PersonSettings {
        editor,
        theme,
        ascii,
        colour,
        mouse: has_mouse,
        bell: has_bell,
        hosts: lines.hosts.clone(),
        signing_key: signing_key(lines, environment, origins, mistakes),
    }
}

/// Returns the file of the key that signs; a path that depends on where the program was started is a mistake.
fn signing_key(
    lines: &PersonLines,
    environment: &Environment,
    origins: &mut Origins,
    mistakes: &mut Vec<Mistake>,
) -> Option<PathBuf> {
    let at = lines.signing_key.as_ref()?;
    origins.note("signing_key", &at.value, Origin::File(at.place.clone()));
    let path = match (at.value.strip_prefix("~/"), environment.get("HOME")) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        (Some(_), None) | (None, _) => PathBuf::from(&at.value),
    };
    if path.is_absolute() {
        return Some(path);
    }
    let what = format!("`{}` is no path from the root on", at.value);
    let hint = "write one, or one that begins with `~/`".to_owned();
    mistakes.push(at.mistake(&what, Some(hint)));
    None
}

/// Returns how often to look at the remote, if the person or the environment says so.
pub(super) fn poll(
    lines: &PersonLines,
    environment: &Environment,
    mistakes: &mut Vec<Mistake>,
) -> Option<(Duration, Origin)> {
    if let Some(text) = environment.get("LANEKEEPER_POLL") {
        if let Some(poll) = duration(text) {
            return Some((poll, Origin::Environment("LANEKEEPER_POLL")));
        }
        let what = format!("`{text}` is not a duration");
        let hint = "write it like 90s, 10m or 2h".to_owned();
        mistakes.push(variable("LANEKEEPER_POLL", &what, Some(hint)));
    }
    let poll = lines.poll.as_ref()?;
    Some((poll.value, Origin::File(poll.place.clone())))
}

fn settle_ascii(word: Word, environment: &Environment) -> (bool, Origin) {
    match word.text.as_str() {
        "always" => return (true, word.origin),
        "never" => return (false, word.origin),
        _ => {}
    }
    if environment.get("TERM") == Some("dumb") {
        return (true, Origin::Environment("TERM"));
    }
    // POSIX: the first of these that is set decides.
    let locales = ["LC_ALL", "LC_CTYPE", "LANG"];
    let decides = locales
        .into_iter()
        .find_map(|name| Some((name, environment.get(name)?.to_lowercase())));
    match decides {
        Some((name, locale)) if !locale.contains("utf-8") && !locale.contains("utf8") => {
            (true, Origin::Environment(name))
        }
        Some(_) | None => (false, word.origin),
    }
}

fn settle_colour(word: Word, environment: &Environment) -> (bool, Origin) {
    match word.text.as_str() {
        "always" => return (true, word.origin),
        "never" => return (false, word.origin),
        _ => {}
    }
    // <https://no-color.org>: present and not empty.
    if environment.get("NO_COLOR").is_some() {
        return (false, Origin::Environment("NO_COLOR"));
    }
    if environment.get("TERM") == Some("dumb") {
        return (false, Origin::Environment("TERM"));
    }
    (true, word.origin)
}

fn settle_theme(word: Word, environment: &Environment) -> (Theme, Origin) {
    let chosen = [
        Theme::Dark,
        Theme::Light,
        Theme::Mono,
        Theme::HighContrast,
        Theme::ColourBlind,
    ]
    .into_iter()
    .find(|theme| theme.word() == word.text);
    if let Some(theme) = chosen {
        return (theme, word.origin);
    }
    // `15;0`: foreground and background as one of 16 colours; 7 and 9 to 15 are light.
    let background = environment
        .get("COLORFGBG")
        .and_then(|colours| colours.rsplit(';').next()?.parse::<u8>().ok());
    match background {
        Some(7 | 9..=15) => (Theme::Light, Origin::Environment("COLORFGBG")),
        Some(_) => (Theme::Dark, Origin::Environment("COLORFGBG")),
        None => (Theme::Dark, word.origin),
    }
}

fn settle_editor(lines: &PersonLines, environment: &Environment) -> (Vec<String>, Origin) {
    let of_variable = |name: &'static str| {
        let words = environment.get(name)?.split_whitespace();
        let argv: Vec<String> = words.map(str::to_owned).collect();
        (!argv.is_empty()).then_some((argv, Origin::Environment(name)))
    };
    of_variable("LANEKEEPER_EDITOR")
        .or_else(|| {
            let editor = lines.editor.as_ref()?;
            Some((editor.value.clone(), Origin::File(editor.place.clone())))
        })
        .or_else(|| of_variable("VISUAL"))
        .or_else(|| of_variable("EDITOR"))
        .unwrap_or_else(|| (vec!["vi".to_owned()], Origin::Default))
}

fn choice(
    word: Option<Word>,
    words: &'static [&'static str],
    mistakes: &mut Vec<Mistake>,
) -> Option<Word> {
    let word = word?;
    if words.contains(&word.text.as_str()) {
        return Some(word);
    }
    let what = format!("`{}` is not one of its words", word.text);
    let hint = suggest(&word.text, words.iter().copied());
    if let Origin::Environment(name) = word.origin {
        mistakes.push(variable(name, &what, hint));
    }
    None
}

/// Reports a misspelt variable. Others with our prefix are let be: the commands that we run get such ones as facts, and
/// may call us again.
fn unknown_variables(environment: &Environment, mistakes: &mut Vec<Mistake>) {
    let own = || OWN.iter().filter_map(|name| name.strip_prefix(PREFIX));
    for name in environment.variables.keys() {
        let Some(word) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if own().any(|known| known == word) {
            continue;
        }
        if let Some(near) = nearest(word, own()) {
            let hint = format!("did you mean `{PREFIX}{near}`?");
            mistakes.push(variable(name, "there is no such variable", Some(hint)));
        }
    }
}

/// Makes a mistake about an environment variable.
pub(super) fn variable(name: &str, what: &str, hint: Option<String>) -> Mistake {
    let place = crate::playbook::Place {
        file: "environment".to_owned(),
        line: 0,
        column: 0,
    };
    Mistake::new(place, name, what, hint)
}
