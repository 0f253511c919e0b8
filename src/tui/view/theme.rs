//! One table of colours: what each meaning looks like in each theme. No meaning is colour alone.

use ratatui::style::Color;
use ratatui::style::Modifier;
use ratatui::style::Style;

use crate::engine::lanes::Role;
use crate::tui::app::Token;
use crate::tui::app::Tone;

use super::dye::Ground;

/// A theme's name, as in the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    /// Weight only: `NO_COLOR`, old terminals.
    Mono,
    HighContrast,
    /// Blue against orange instead of green against red.
    ColourBlind,
}

impl std::str::FromStr for ThemeName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "dark" => Ok(Self::Dark),
            "light" => Ok(Self::Light),
            "mono" => Ok(Self::Mono),
            "high-contrast" => Ok(Self::HighContrast),
            "colour-blind" => Ok(Self::ColourBlind),
            _ => Err(format!(
                "`{text}` is not a theme; expected dark, light, mono, high-contrast or colour-blind"
            )),
        }
    }
}

/// What things look like.
#[derive(Debug, Clone)]
pub struct Theme {
    pub plain: Style,
    pub strong: Style,
    pub dim: Style,
    pub good: Style,
    pub warn: Style,
    pub bad: Style,
    pub key: Style,
    pub border: Style,
    pub border_focused: Style,
    pub title: Style,
    pub selected: Style,
    pub danger: Style,
    pub armed: Style,
    /// Lines of a diff, what changed within a line, and a character that would not be seen as what it is.
    pub added: Style,
    pub removed: Style,
    pub changed: Style,
    pub mark: Style,
    pub keyword: Style,
    pub literal: Style,
    pub comment: Style,
    /// What becomes of the colours that a job's log chose.
    pub ground: Ground,
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(ThemeName::default())
    }
}

// Colours that the common kinds of colour blindness keep apart (Okabe and Ito), also from each other on a dark ground.
const SKY: Color = Color::Rgb(0x56, 0xb4, 0xe9);
const YELLOW: Color = Color::Rgb(0xf0, 0xe4, 0x42);
const ORANGE: Color = Color::Rgb(0xe6, 0x7a, 0x1f);
const PINK: Color = Color::Rgb(0xd9, 0x8f, 0xb8);

fn fg(color: Color) -> Style {
    Style::new().fg(color)
}

impl Theme {
    /// Returns the theme's row of the table.
    pub fn new(name: ThemeName) -> Self {
        let none = Style::new();
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let dim = Style::new().add_modifier(Modifier::DIM);
        let reversed = Style::new().add_modifier(Modifier::REVERSED);
        match name {
            ThemeName::Dark => Self {
                ground: Ground::Dark,
                plain: none,
                strong: bold,
                dim: fg(Color::DarkGray),
                good: fg(Color::Green),
                warn: fg(Color::Yellow),
                bad: fg(Color::Red).add_modifier(Modifier::BOLD),
                key: fg(Color::Cyan),
                border: fg(Color::DarkGray),
                border_focused: fg(Color::Cyan),
                title: bold,
                selected: reversed,
                danger: fg(Color::Red).add_modifier(Modifier::BOLD),
                armed: fg(Color::Red).add_modifier(Modifier::BOLD | Modifier::REVERSED),
                added: Style::new().bg(Color::Rgb(0x0e, 0x33, 0x1c)),
                removed: Style::new().bg(Color::Rgb(0x45, 0x16, 0x1b)),
                changed: Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                mark: fg(Color::Yellow).add_modifier(Modifier::BOLD | Modifier::REVERSED),
                keyword: fg(Color::Magenta),
                literal: fg(Color::Yellow),
                comment: fg(Color::Gray).add_modifier(Modifier::ITALIC),
            },
            ThemeName::Light => Self {
                ground: Ground::Light,
                plain: none,
                strong: bold,
                dim: fg(Color::Rgb(0x59, 0x59, 0x59)),
                good: fg(Color::Rgb(0x00, 0x60, 0x20)),
                warn: fg(Color::Rgb(0x8a, 0x50, 0x00)),
                bad: fg(Color::Rgb(0xb0, 0x00, 0x10)).add_modifier(Modifier::BOLD),
                key: fg(Color::Rgb(0x00, 0x4a, 0x9f)),
                border: fg(Color::Rgb(0x80, 0x80, 0x80)),
                border_focused: fg(Color::Rgb(0x00, 0x4a, 0x9f)),
                title: bold,
                selected: reversed,
                danger: fg(Color::Rgb(0xb0, 0x00, 0x10)).add_modifier(Modifier::BOLD),
                armed: fg(Color::Rgb(0xb0, 0x00, 0x10))
                    .add_modifier(Modifier::BOLD | Modifier::REVERSED),
                added: Style::new().bg(Color::Rgb(0xd8, 0xf5, 0xde)),
                removed: Style::new().bg(Color::Rgb(0xff, 0xdf, 0xe0)),
                changed: Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                mark: fg(Color::Rgb(0xb0, 0x00, 0x10))
                    .add_modifier(Modifier::BOLD | Modifier::REVERSED),
                keyword: fg(Color::Rgb(0x6f, 0x2d, 0xa8)),
                literal: fg(Color::Rgb(0x7a, 0x4a, 0x00)),
                comment: fg(Color::Rgb(0x59, 0x59, 0x59)).add_modifier(Modifier::ITALIC),
            },
            ThemeName::Mono => Self {
                ground: Ground::Plain,
                plain: none,
                strong: bold,
                dim,
                good: none,
                warn: bold,
                bad: bold,
                key: bold,
                border: dim,
                border_focused: bold,
                title: bold,
                selected: reversed,
                danger: bold,
                armed: reversed,
                added: none,
                removed: none,
                changed: Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                mark: Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
                keyword: none,
                literal: none,
                comment: dim,
            },
            ThemeName::HighContrast => Self {
                ground: Ground::Plain,
                plain: fg(Color::White),
                strong: fg(Color::White).add_modifier(Modifier::BOLD),
                dim: fg(Color::White),
                good: fg(Color::LightGreen),
                warn: fg(Color::LightYellow),
                bad: fg(Color::LightRed).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                key: fg(Color::LightCyan).add_modifier(Modifier::BOLD),
                border: fg(Color::White),
                border_focused: fg(Color::LightYellow).add_modifier(Modifier::BOLD),
                title: fg(Color::White).add_modifier(Modifier::BOLD),
                selected: reversed,
                danger: fg(Color::LightRed).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                armed: fg(Color::LightRed).add_modifier(Modifier::BOLD | Modifier::REVERSED),
                // The ground stays black: here the side is told by the colour of the line, syntax by nothing.
                added: fg(Color::LightGreen),
                removed: fg(Color::LightRed),
                changed: Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                mark: fg(Color::LightYellow).add_modifier(Modifier::BOLD | Modifier::REVERSED),
                keyword: none,
                literal: none,
                comment: none,
            },
            ThemeName::ColourBlind => Self {
                ground: Ground::Dark,
                plain: none,
                strong: bold,
                dim: fg(Color::Gray),
                good: fg(SKY),
                warn: fg(YELLOW),
                bad: fg(ORANGE).add_modifier(Modifier::BOLD),
                key: fg(PINK),
                border: fg(Color::DarkGray),
                border_focused: fg(PINK),
                title: bold,
                selected: reversed,
                danger: fg(ORANGE).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                armed: fg(ORANGE).add_modifier(Modifier::BOLD | Modifier::REVERSED),
                added: Style::new().bg(Color::Rgb(0x06, 0x2c, 0x4d)),
                removed: Style::new().bg(Color::Rgb(0x4d, 0x2a, 0x00)),
                changed: Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
                mark: fg(YELLOW).add_modifier(Modifier::BOLD | Modifier::REVERSED),
                keyword: fg(PINK),
                literal: fg(YELLOW),
                comment: fg(Color::Gray).add_modifier(Modifier::ITALIC),
            },
        }
    }

    /// Returns the style of a tone.
    pub fn tone(&self, tone: Tone) -> Style {
        match tone {
            Tone::Plain => self.plain,
            Tone::Strong => self.strong,
            Tone::Dim => self.dim,
            Tone::Good => self.good,
            Tone::Warn => self.warn,
            Tone::Bad => self.bad,
            Tone::Key => self.key,
        }
    }

    /// Returns the style of a piece of code: an addition, never the only carrier of a meaning.
    pub fn token(&self, token: Token) -> Style {
        match token {
            Token::Plain => Style::new(),
            Token::Keyword => self.keyword,
            Token::Text | Token::Number => self.literal,
            Token::Comment => self.comment,
        }
    }

    /// Returns the style of a cell of the lane graph.
    pub fn role(&self, role: Role) -> Style {
        match role {
            Role::Blank | Role::Line | Role::NodeCommit | Role::NodeMerge | Role::Label => {
                self.plain
            }
            Role::Caption | Role::Name => self.strong,
            Role::FixName | Role::NodeFix => self.key.add_modifier(Modifier::BOLD),
            Role::LineContains => self.good.add_modifier(Modifier::BOLD),
            Role::LineLacks | Role::NodeBad | Role::PresenceMissing => self.bad,
            Role::ConnectorPending | Role::NodePending | Role::PresencePending => self.warn,
            Role::NodeMark => self.key,
            Role::PresenceOk => self.good,
            Role::LineUnknown
            | Role::Connector
            | Role::Fold
            | Role::PresenceUnknown
            | Role::Dim => self.dim,
        }
    }
}
