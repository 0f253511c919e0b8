//! How a person arranged the screen of one project, kept from one console to the next.

use super::input;
use super::lanes;
use super::state::App;
use super::state::Pane;

/// The focused pane, what is zoomed, how the rows are shared out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrangement {
    pub focus: Pane,
    pub is_zoomed: bool,
    pub split: i16,
    pub graph_zoom: i8,
}

impl Default for Arrangement {
    fn default() -> Self {
        Self {
            focus: Pane::Checklist,
            is_zoomed: false,
            split: 0,
            graph_zoom: 0,
        }
    }
}

impl Arrangement {
    /// Returns how the screen is arranged now.
    pub fn of(app: &App) -> Self {
        Self {
            focus: app.focus,
            is_zoomed: app.is_zoomed,
            split: app.split,
            graph_zoom: app.graph_zoom,
        }
    }

    pub(super) fn put(self, app: &mut App) {
        let Self {
            focus,
            is_zoomed,
            split,
            graph_zoom,
        } = self;
        let _ = input::focus(app, focus);
        app.is_zoomed = is_zoomed;
        app.split = split.clamp(-input::MOST_SPLIT, input::MOST_SPLIT);
        app.graph_zoom = lanes::as_zoom(graph_zoom);
    }

    /// Returns it as lines `name value`, for a file.
    pub fn to_text(self) -> String {
        let Self {
            focus,
            is_zoomed,
            split,
            graph_zoom,
        } = self;
        let focus = word(focus);
        format!("focus {focus}\nzoomed {is_zoomed}\nsplit {split}\ngraph-zoom {graph_zoom}\n")
    }

    /// Reads such lines. What is missing, damaged or unknown is as if it had never been written.
    pub fn from_text(text: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            match name {
                "focus" => {
                    let pane = Pane::ALL.into_iter().find(|pane| word(*pane) == value);
                    read.focus = pane.unwrap_or(read.focus);
                }
                "zoomed" => read.is_zoomed = value == "true",
                "split" => read.split = value.parse().unwrap_or_default(),
                "graph-zoom" => read.graph_zoom = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        read
    }
}

fn word(pane: Pane) -> &'static str {
    match pane {
        Pane::Lanes => "lanes",
        Pane::Checklist => "checklist",
        Pane::Approvals => "approvals",
        Pane::Detail => "detail",
        Pane::Log => "log",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrangement_is_read_as_it_was_written() {
        let kept = Arrangement {
            focus: Pane::Lanes,
            is_zoomed: true,
            split: -3,
            graph_zoom: 2,
        };
        assert_eq!(Arrangement::from_text(&kept.to_text()), kept);
    }

    #[test]
    fn damage_is_as_if_nothing_had_been_written() {
        for text in [
            "",
            "focus",
            "focus moon\nsplit many\n\u{0}\u{1}",
            "split 99999999",
        ] {
            assert_eq!(
                Arrangement::from_text(text),
                Arrangement::default(),
                "{text}"
            );
        }
    }
}
