//! A panic is reported like any text from outside: what it quotes may come from anybody, and may be secret.

use color_eyre::config::HookBuilder;
use color_eyre::config::Theme;

use super::output::Manners;
use super::output::Output;
use super::text::Page;

/// Reports panics and faults from here on. The console puts its own hook before this one.
pub fn report_panics() -> Result<(), color_eyre::Report> {
    let (panics, errors) = HookBuilder::default()
        .theme(Theme::new())
        .try_into_hooks()?;
    errors.install()?;
    std::panic::set_hook(Box::new(move |info| {
        let mut page = Page::new();
        for line in panics.panic_report(info).to_string().lines() {
            page.text(line);
        }
        Output::standard(Manners::default()).note(&page);
    }));
    Ok(())
}
