//! `doctor`: what could go wrong here, before production is broken.

use crate::cli::exit::Exit;
use crate::cli::json::DoctorDocument;
use crate::cli::json::Finding;
use crate::cli::session::Session;
use crate::cli::text::Page;
use crate::cli::text::Span;
use crate::cli::text::Tone;
use crate::ops::Examined;
use crate::ops::ExaminedHealth;
use crate::ops::Fault;
use crate::ops::examine;

pub(in crate::cli) async fn run(session: &Session) -> Result<Exit, Fault> {
    let examined = examine(&session.options, &session.environment).await;
    let healthy = !examined.iter().any(|one| one.health == ExaminedHealth::Bad);
    let document = DoctorDocument {
        schema: "lanekeeper/doctor/v1",
        healthy,
        findings: examined.iter().map(finding).collect(),
    };
    session.output.show(&page(&examined), &document);
    let is_misconfigured = examined.iter().any(|one| one.is_misconfigured);
    Ok(match (healthy, is_misconfigured) {
        (true, _) => Exit::Done,
        (false, true) => Exit::Usage,
        (false, false) => Exit::Fault,
    })
}

fn finding(examined: &Examined) -> Finding {
    Finding {
        name: examined.what.clone(),
        state: word(examined.health),
        text: examined.detail.clone(),
        hint: examined.hint.clone(),
    }
}

fn word(health: ExaminedHealth) -> &'static str {
    match health {
        ExaminedHealth::Good => "ok",
        ExaminedHealth::Doubtful => "warn",
        ExaminedHealth::Bad => "bad",
    }
}

fn page(examined: &[Examined]) -> Page {
    let mut page = Page::new();
    page.table(0);
    for one in examined {
        let tone = match one.health {
            ExaminedHealth::Good => Tone::Good,
            ExaminedHealth::Doubtful => Tone::Warning,
            ExaminedHealth::Bad => Tone::Bad,
        };
        let hint = one
            .hint
            .as_ref()
            .map(|hint| Span::new(Tone::Active, format!("next: {hint}")));
        let mut lines = one.detail.lines().map(Span::plain);
        page.row(
            [
                Span::new(tone, word(one.health)),
                Span::new(Tone::Strong, one.what.as_str()),
                lines.next().unwrap_or_default(),
            ],
            lines.chain(hint),
        );
    }
    page
}
