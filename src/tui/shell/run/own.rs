//! Effects that the loop carries out itself, since they need the terminal that it holds: quitting, suspending, drawing all
//! anew, lending it to an editor, copying through it. All others are the performer's.

use ratatui::backend::Backend;
use ratatui::layout::Rect;

use crate::model::Untrusted;
use crate::tui::app::Effect;
use crate::tui::app::News;
use crate::tui::app::Trouble;

use super::super::copy;
use super::super::editor;
use super::Error;
use super::Shell;

impl<B: Backend> Shell<'_, B> {
    pub(super) async fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Error> {
        for effect in effects {
            let Some(own) = self.performer.begin(effect) else {
                continue;
            };
            match own {
                Effect::Quit => self.is_over = true,
                Effect::Redraw => self.clear()?,
                Effect::Ring => {
                    // A bell that nobody hears is no reason to end.
                    let _unheard = self.tty.write(b"\x07");
                }
                Effect::Suspend => Box::pin(self.suspend()).await?,
                Effect::Edit { purpose, text } => {
                    let command = self.editor.clone();
                    let outcome = self.lend(editor::edit(&command, &text)).await?;
                    self.mailbox.put(News::Edited { purpose, outcome });
                }
                Effect::EditConflict {
                    session,
                    file,
                    with,
                } => {
                    let outcome = self.edit_conflict(session, file, with).await?;
                    self.mailbox.put(News::ConflictEdited {
                        file,
                        with,
                        outcome,
                    });
                }
                Effect::Copy {
                    what,
                    text,
                    is_page,
                } => {
                    let outcome = self.copy(&text, is_page);
                    self.mailbox.put(News::Copied { what, outcome });
                }
                Effect::Look { .. }
                | Effect::Plan { .. }
                | Effect::Execute { .. }
                | Effect::CancelRun { .. }
                | Effect::ShareKept
                | Effect::Browse { .. }
                | Effect::OpenConflicts { .. }
                | Effect::KeepResolution { .. }
                | Effect::DropResolution { .. }
                | Effect::CheckResolution { .. }
                | Effect::StopChecks
                | Effect::OpenDiff { .. }
                | Effect::KeepGlance { .. }
                | Effect::KeepDraft { .. }
                | Effect::Measure { .. }
                | Effect::SignIn { .. }
                | Effect::FindRequests { .. }
                | Effect::ReadLog { .. } => {}
            }
        }
        Ok(())
    }

    pub(in crate::tui::shell) fn clear(&mut self) -> Result<(), Error> {
        // Not `Terminal::clear`: that asks for the cursor's place, which not every terminal answers and which
        // would have to come in through the reader.
        let failed = |error: B::Error| Error::Draw {
            why: error.to_string(),
        };
        let size = self.terminal.size().map_err(failed)?;
        let area = Rect::new(0, 0, size.width, size.height);
        self.app.must_be_drawn();
        self.terminal.resize(area).map_err(failed)
    }

    fn copy(&mut self, text: &str, is_page: bool) -> Result<(), Trouble> {
        // It is pasted elsewhere: what would not be seen there is seen here.
        let text = Untrusted::new(text);
        let text = if is_page {
            text.lines().collect::<Vec<_>>().join("\n")
        } else {
            text.show()
        };
        let sequence = copy::sequence(&text)
            .ok_or_else(|| Trouble::new("too long for the terminal's clipboard"))?;
        self.tty
            .write(sequence.as_bytes())
            .map_err(|error| Trouble {
                summary: "cannot reach the clipboard".to_owned(),
                chain: vec![error.to_string()],
                hint: None,
            })
    }
}
