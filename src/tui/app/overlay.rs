//! What lies over the main screen; the top one gets the keys.

use super::arm::ArmScreen;
use super::choose::Choose;
use super::commands::CommandList;
use super::conflicts::ConflictScreen;
use super::diff::DiffScreen;
use super::editor::Editor;
use super::guard::Guard;
use super::hotfixes::HotfixList;
use super::login::LoginScreen;
use super::plan::PlanScreen;
use super::quit::QuitScreen;
use super::resume::ResumeScreen;
use super::start::StartScreen;

/// One overlay.
#[derive(Debug, Clone)]
pub enum Overlay {
    Plan(Box<PlanScreen>),
    Arm(ArmScreen),
    Editor(Box<Editor>),
    Start(StartScreen),
    Hotfixes(HotfixList),
    /// `?`: the keys that work here.
    Help(CommandList),
    /// `:`: every action.
    Palette(CommandList),
    Choose(Choose),
    /// What a process that died left open, and what was found of it.
    Resume(ResumeScreen),
    /// The conflicts of one target, over the whole screen.
    Conflicts(Box<ConflictScreen>),
    /// What is being approved, over the whole screen.
    Diff(Box<DiffScreen>),
    /// A token for the forge.
    Login(LoginScreen),
    Quit(QuitScreen),
}

impl Overlay {
    /// Tells whether a confirmation waits for its quiet moment.
    pub(super) fn is_settling(&self) -> bool {
        match self {
            Self::Plan(screen) => screen.confirmed_at.is_some(),
            Self::Arm(_)
            | Self::Editor(_)
            | Self::Start(_)
            | Self::Hotfixes(_)
            | Self::Help(_)
            | Self::Palette(_)
            | Self::Choose(_)
            | Self::Resume(_)
            | Self::Login(_)
            | Self::Conflicts(_)
            | Self::Diff(_)
            | Self::Quit(_) => false,
        }
    }

    /// Returns after how long a deaf question listens again.
    pub(super) fn listens_in(&self, millis: u64) -> Option<u64> {
        self.guard()?.listens_in(millis)
    }

    /// Returns what keeps the keys of before from deciding here.
    fn guard(&self) -> Option<&Guard> {
        match self {
            Self::Plan(screen) => Some(&screen.typed.guard),
            Self::Arm(screen) => Some(&screen.typed.guard),
            Self::Quit(screen) => screen.naming.as_ref().map(|naming| &naming.typed.guard),
            Self::Editor(_)
            | Self::Start(_)
            | Self::Hotfixes(_)
            | Self::Help(_)
            | Self::Palette(_)
            | Self::Choose(_)
            | Self::Resume(_)
            | Self::Login(_)
            | Self::Conflicts(_)
            | Self::Diff(_) => None,
        }
    }

    pub(super) fn guard_mut(&mut self) -> Option<&mut Guard> {
        match self {
            Self::Plan(screen) => Some(&mut screen.typed.guard),
            Self::Arm(screen) => Some(&mut screen.typed.guard),
            Self::Quit(screen) => screen.naming.as_mut().map(|naming| &mut naming.typed.guard),
            Self::Editor(_)
            | Self::Start(_)
            | Self::Hotfixes(_)
            | Self::Help(_)
            | Self::Palette(_)
            | Self::Choose(_)
            | Self::Resume(_)
            | Self::Login(_)
            | Self::Conflicts(_)
            | Self::Diff(_) => None,
        }
    }

    pub(super) fn has_countdown(&self) -> bool {
        matches!(self, Self::Plan(_))
    }
}
