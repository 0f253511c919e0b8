//! Text with a meaning per piece; `view` turns the meaning into colour and weight.

/// What a piece of text means. Never carried by colour alone: the words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tone {
    Plain,
    Strong,
    Dim,
    Good,
    Warn,
    Bad,
    Key,
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    pub tone: Tone,
}

/// One line on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(pub Vec<Piece>);

impl Line {
    /// Makes a line of one tone.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self(vec![Piece {
            text: text.into(),
            tone,
        }])
    }

    /// Makes a plain line.
    pub fn plain(text: impl Into<String>) -> Self {
        Self::new(text, Tone::Plain)
    }

    /// Appends a piece.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, tone: Tone) -> Self {
        self.0.push(Piece {
            text: text.into(),
            tone,
        });
        self
    }

    /// Returns the bare text.
    pub fn text(&self) -> String {
        self.0.iter().map(|piece| piece.text.as_str()).collect()
    }
}
