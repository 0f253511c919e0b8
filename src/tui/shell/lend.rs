//! The terminal in other hands: lent to the person's own program, or left while the console is stopped, and taken back.

use std::time::Duration;

use ratatui::backend::Backend;

use crate::engine::resolve::Session;
use crate::engine::resolve::Whole;
use crate::tui::app::News;
use crate::tui::app::OwnProgram;
use crate::tui::app::Trouble;

use super::run::Error;
use super::run::Shell;

impl<B: Backend> Shell<'_, B> {
    /// Hands the terminal to a program of the person until it ends. The reader is dropped first: it would take half
    /// of the keys.
    pub(super) async fn lend<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        self.events = None;
        self.tty.leave();
        let mut work = std::pin::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                // The keyboard stops whoever has the terminal, and us beside it: were we not to stop too, the shell
                // would never come back and nobody could tell the program to go on.
                () = self.signals.told_to_stop() => self.tty.stop()?,
            }
        };
        // An interrupt from the keyboard was meant for the program alone.
        self.signals.forget_interrupts();
        self.retake()?;
        Ok(done)
    }

    /// Hands the terminal to the editor or the merge tool on a conflicted file, laid out in a fresh folder.
    pub(super) async fn edit_conflict(
        &mut self,
        session: Box<Session>,
        file: usize,
        with: OwnProgram,
    ) -> Result<Result<Option<Whole>, Trouble>, Error> {
        let desk = match self.hands.desk(&session, file).await {
            Ok(desk) => desk,
            Err(trouble) => return Ok(Err(trouble)),
        };
        let command = self.editor.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "whoever has the terminal ends by itself, and signals are heard meanwhile"
        )]
        let work = tokio::task::spawn_blocking(move || match with {
            OwnProgram::Editor => desk.edit(&command),
            OwnProgram::MergeTool => desk.merge_tool(&session, None),
        });
        Ok(match self.lend(work).await? {
            Ok(Ok(taken)) => Ok(taken.into_iter().next().map(|one| one.whole)),
            Ok(Err(fault)) => Err(fault.into()),
            Err(_) => Err(Trouble::new(format!(
                "the thread of {} was stopped",
                with.words()
            ))),
        })
    }

    /// Takes the terminal again and draws everything anew.
    pub(super) fn retake(&mut self) -> Result<(), Error> {
        self.tty.take()?;
        self.events = Some(self.tty.events()?);
        // Nobody slept while somebody else had the terminal.
        let _ = self.clock();
        self.clear()
    }

    pub(super) async fn suspend(&mut self) -> Result<(), Error> {
        self.events = None;
        self.tty.leave();
        self.tty.stop()?;
        // The stop may reach us a moment after the call returns; being told to go on ends the wait.
        let _ = tokio::time::timeout(Duration::from_secs(1), self.signals.went_on()).await;
        self.come_back().await
    }

    /// Goes on after a stop: the terminal may have changed its size and the world its state.
    pub(super) async fn come_back(&mut self) -> Result<(), Error> {
        self.events = None;
        self.retake()?;
        Box::pin(self.measure()).await?;
        Box::pin(self.tell(News::Woke)).await
    }
}
