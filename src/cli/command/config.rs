//! `config check`, `config schema` and `config path`.

use crate::cli::args::ConfigCommand;
use crate::cli::exit::Exit;
use crate::cli::json::MistakesDocument;
use crate::cli::json::SettingsDocument;
use crate::cli::json::Value;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::cli::text::Span;
use crate::cli::text::Tone;
use crate::config::Settings;
use crate::config::schema;
use crate::ops::Fault;
use crate::ops::FaultKind;
use crate::ops::SettingsFile;
use crate::ops::Workspace;

use super::generate;

pub(in crate::cli) fn run(session: &Session, what: ConfigCommand) -> Result<Exit, Fault> {
    match what {
        ConfigCommand::Check => check(session),
        ConfigCommand::Schema => {
            let text = serde_json::to_string_pretty(&schema()).map_err(|error| {
                Fault::caused(FaultKind::Internal, "cannot write the schema", &error)
            })?;
            generate::print(session, format!("{text}\n").as_bytes());
            Ok(Exit::Done)
        }
        ConfigCommand::Path => path(session),
    }
}

fn check(session: &Session) -> Result<Exit, Fault> {
    let settings = match Workspace::check_settings(&session.options, &session.environment) {
        Ok(settings) => settings,
        Err(fault) if session.output.is_json() && fault.kind == FaultKind::Config => {
            session.output.document(&MistakesDocument {
                schema: "lanekeeper/mistakes/v1",
                valid: false,
                mistakes: fault.chain,
            });
            return Ok(Exit::Usage);
        }
        Err(fault) => return Err(fault),
    };
    let values: Vec<Value> = settings
        .origins
        .0
        .iter()
        .map(|(key, value)| Value {
            key: key.clone(),
            value: value.value.clone(),
            origin: value.origin.to_string(),
        })
        .collect();
    let document = SettingsDocument {
        schema: "lanekeeper/config/v1",
        valid: true,
        warnings: settings.warnings.iter().map(ToString::to_string).collect(),
        values,
    };
    session.output.show(&page(&settings, &document), &document);
    Ok(Exit::Done)
}

fn page(settings: &Settings, document: &SettingsDocument) -> Page {
    let mut page = Page::new();
    page.table(0);
    for value in &document.values {
        page.row(
            [
                Span::new(Tone::Strong, value.key.as_str()),
                Span::plain(value.value.as_str()),
                Span::new(Tone::Faint, value.origin.as_str()),
            ],
            [],
        );
    }
    for warning in &document.warnings {
        page.line([
            Span::new(Tone::Warning, "warning"),
            Span::plain(": "),
            Span::plain(warning.as_str()),
        ]);
    }
    if !settings.commands.waiting.is_empty() {
        let count = settings.commands.waiting.len();
        page.line([Span::new(
            Tone::Warning,
            format!("{count} command(s) wait for trust: lanekeeper trust"),
        )]);
    }
    page.line([Span::new(Tone::Good, "The configuration is valid.")]);
    page
}

fn path(session: &Session) -> Result<Exit, Fault> {
    let files = Workspace::settings_files(&session.options, &session.environment)?;
    let document = SettingsDocument {
        schema: "lanekeeper/config/v1",
        valid: true,
        warnings: Vec::new(),
        values: files
            .iter()
            .map(|file| Value {
                key: file.what.to_owned(),
                value: file.path.display().to_string(),
                origin: state(file).to_owned(),
            })
            .collect(),
    };
    let mut page = Page::new();
    page.table(0);
    for file in &files {
        page.row(
            [
                Span::new(Tone::Strong, file.what),
                Span::plain(file.path.display().to_string()),
                Span::new(Tone::Faint, state(file)),
            ],
            [],
        );
    }
    session.output.show(&page, &document);
    Ok(Exit::Done)
}

fn state(file: &SettingsFile) -> &'static str {
    if file.is_there { "there" } else { "not there" }
}
