//! The colours of a job's log on the ground that the theme has: never a text that cannot be read on it.

use ratatui::style::Color;
use ratatui::style::Modifier;
use ratatui::style::Style;

use crate::tui::app::Dye;
use crate::tui::app::Paint;

use super::theme::Theme;

/// What a theme makes of colours that it did not choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    Dark,
    Light,
    /// Weight only.
    Plain,
}

impl Theme {
    /// Returns the style of a piece of a job's log.
    pub fn dyed(&self, dye: Dye) -> Style {
        let mut style = self.plain;
        for (is_on, modifier) in [
            (dye.is_bold, Modifier::BOLD),
            (dye.is_dim, Modifier::DIM),
            (dye.is_italic, Modifier::ITALIC),
            (dye.is_underlined, Modifier::UNDERLINED),
        ] {
            if is_on {
                style = style.add_modifier(modifier);
            }
        }
        match (dye.fg, dye.bg) {
            _ if self.ground == Ground::Plain => style,
            // One colour on itself hides what is written.
            (Some(fg), Some(bg)) if is_near(fg, bg) => style,
            (Some(fg), Some(bg)) => style.fg(color(fg)).bg(color(bg)),
            (Some(fg), None) if is_readable(fg, self.ground) => style.fg(color(fg)),
            // The text's own colour is ours to keep, and may be that of a chosen ground.
            (Some(_) | None, _) => style,
        }
    }
}

fn color(paint: Paint) -> Color {
    match paint {
        Paint::Indexed(index) => Color::Indexed(index),
        Paint::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

/// Tells whether a colour stands out from a ground of which we know only whether it is dark.
fn is_readable(paint: Paint, ground: Ground) -> bool {
    match ground {
        Ground::Dark => brightness(paint) >= 45,
        Ground::Light => brightness(paint) <= 200,
        Ground::Plain => false,
    }
}

fn is_near(one: Paint, other: Paint) -> bool {
    one == other || brightness(one).abs_diff(brightness(other)) < 24
}

/// Returns how bright a colour is, of 255; of the first 16 as terminals have them by default.
fn brightness(paint: Paint) -> u32 {
    let (red, green, blue) = match paint {
        Paint::Rgb(red, green, blue) => (red, green, blue),
        Paint::Indexed(index) => of_table(index),
    };
    (u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114) / 1_000
}

fn of_table(index: u8) -> (u8, u8, u8) {
    const FIRST: [(u8, u8, u8); 16] = [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (60, 60, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ];
    match index {
        0..16 => FIRST[usize::from(index)],
        16..232 => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let cube = index - 16;
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::theme::ThemeName;
    use super::*;

    fn dye(fg: Option<Paint>, bg: Option<Paint>) -> Dye {
        Dye {
            fg,
            bg,
            ..Dye::default()
        }
    }

    #[test]
    fn no_colour_makes_a_text_unreadable() {
        let black = Paint::Indexed(0);
        let white = Paint::Rgb(255, 255, 255);
        let red = Paint::Indexed(1);
        for (name, fg, bg, shown) in [
            (ThemeName::Dark, Some(red), None, Some(Color::Indexed(1))),
            (ThemeName::Dark, Some(black), None, None),
            (ThemeName::Light, Some(white), None, None),
            (ThemeName::Dark, Some(red), Some(red), None),
            (
                ThemeName::Dark,
                Some(Paint::Rgb(200, 0, 0)),
                Some(red),
                None,
            ),
            (
                ThemeName::Dark,
                Some(black),
                Some(white),
                Some(Color::Indexed(0)),
            ),
            (ThemeName::Mono, Some(red), None, None),
        ] {
            let style = Theme::new(name).dyed(dye(fg, bg));
            assert_eq!(style.fg, shown, "{name:?} {fg:?} {bg:?}");
        }
        let style = Theme::new(ThemeName::Dark).dyed(dye(None, Some(white)));
        assert_eq!(style.bg, None, "our own letters may be white");
    }
}
