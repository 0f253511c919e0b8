//! The start wizard: slug, title, playbook, lane and what the playbook asks.

use crossterm::event::KeyCode;

use crate::model::Slug;
use crate::record::Answer;

use super::effect::Effect;
use super::field::Field;
use super::keys::Chord;
use super::msg::StartForm;
use super::msg::Wish;
use super::options::PlaybookChoice;
use super::overlay::Overlay;
use super::state::App;
use super::wish;

/// A line of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartField {
    Title,
    Slug,
    Playbook,
    From,
    Question(usize),
}

/// The open wizard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartScreen {
    pub playbooks: Vec<PlaybookChoice>,
    pub playbook: usize,
    /// Index into the playbook's lanes.
    pub from: usize,
    pub title: Field,
    pub slug: Field,
    pub answers: Vec<Field>,
    pub at: StartField,
    pub notice: Option<String>,
    /// The slug was typed rather than made from the title.
    is_slug_typed: bool,
}

impl StartScreen {
    /// Returns the chosen playbook.
    pub fn choice(&self) -> &PlaybookChoice {
        &self.playbooks[self.playbook]
    }

    /// Returns the lines in order.
    pub fn fields(&self) -> Vec<StartField> {
        let mut fields = vec![
            StartField::Title,
            StartField::Slug,
            StartField::Playbook,
            StartField::From,
        ];
        fields.extend((0..self.choice().questions.len()).map(StartField::Question));
        fields
    }

    fn step(&mut self, is_back: bool) {
        let fields = self.fields();
        let at = fields
            .iter()
            .position(|field| *field == self.at)
            .unwrap_or_default();
        let by = if is_back { fields.len() - 1 } else { 1 };
        self.at = fields[(at + by) % fields.len()];
    }

    fn choose_playbook(&mut self, index: usize) {
        self.playbook = index;
        self.from = 0;
        let questions = &self.playbooks[index].questions;
        self.answers = questions
            .iter()
            .map(|question| Field::with(question.default.clone().unwrap_or_default()))
            .collect();
    }

    fn field(&mut self) -> Option<&mut Field> {
        match self.at {
            StartField::Title => Some(&mut self.title),
            StartField::Slug => Some(&mut self.slug),
            StartField::Question(index) => self.answers.get_mut(index),
            StartField::Playbook | StartField::From => None,
        }
    }

    fn turn(&mut self, is_back: bool) {
        let turned = |at: usize, len: usize| (at + if is_back { len - 1 } else { 1 }) % len.max(1);
        match self.at {
            StartField::Playbook => {
                let next = turned(self.playbook, self.playbooks.len());
                self.choose_playbook(next);
            }
            StartField::From => self.from = turned(self.from, self.choice().lanes.len()),
            StartField::Title | StartField::Slug | StartField::Question(_) => {}
        }
    }

    fn after_typing(&mut self) {
        match self.at {
            StartField::Title if !self.is_slug_typed => self.slug.text = slug_of(&self.title.text),
            StartField::Slug => self.is_slug_typed = !self.slug.text.is_empty(),
            StartField::Title
            | StartField::Playbook
            | StartField::From
            | StartField::Question(_) => {}
        }
    }

    /// Returns the order, or the first line that is not right and why.
    fn order(&self) -> Result<StartForm, (StartField, String)> {
        let title = self.title.text.trim();
        if title.is_empty() {
            return Err((StartField::Title, "a title is needed".to_owned()));
        }
        if let Err(error) = self.slug.text.parse::<Slug>() {
            return Err((StartField::Slug, error.to_string()));
        }
        let mut answers = Vec::new();
        for (index, question) in self.choice().questions.iter().enumerate() {
            let text = self
                .answers
                .get(index)
                .map_or("", |field| field.text.trim());
            if text.is_empty() && question.is_required {
                return Err((
                    StartField::Question(index),
                    "this question needs an answer".to_owned(),
                ));
            }
            if !text.is_empty() {
                answers.push(Answer {
                    question: question.id.clone(),
                    text: text.to_owned(),
                });
            }
        }
        Ok(StartForm {
            slug: self.slug.text.clone(),
            title: title.to_owned(),
            playbook: self.choice().id.clone(),
            from: self.choice().lanes.get(self.from).cloned(),
            answers,
        })
    }
}

/// Returns a slug made from a title: lower-case words joined by hyphens, at most 32 characters.
fn slug_of(title: &str) -> String {
    let mut slug = String::new();
    for word in title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        let hyphen = usize::from(!slug.is_empty());
        if slug.len() + hyphen + word.len() > 32 {
            break;
        }
        if hyphen == 1 {
            slug.push('-');
        }
        slug.push_str(&word.to_ascii_lowercase());
    }
    slug
}

/// Returns the playbooks to choose from: those configured, else the one on the board.
pub(super) fn playbooks(app: &App) -> Vec<PlaybookChoice> {
    if !app.options.playbooks.is_empty() {
        return app.options.playbooks.clone();
    }
    let from_board = app.board.as_ref().map(|board| PlaybookChoice {
        id: board.book.id.clone(),
        title: board.book.title.clone(),
        lanes: vec![board.book.base.clone()],
        questions: board.book.questions.clone(),
    });
    from_board.into_iter().collect()
}

pub(super) fn open(app: &mut App) -> Vec<Effect> {
    let playbooks = playbooks(app);
    if playbooks.is_empty() {
        return Vec::new();
    }
    let mut screen = StartScreen {
        playbooks,
        playbook: 0,
        from: 0,
        title: Field::default(),
        slug: Field::default(),
        answers: Vec::new(),
        at: StartField::Title,
        notice: None,
        is_slug_typed: false,
    };
    screen.choose_playbook(0);
    app.overlays.push(Overlay::Start(screen));
    Vec::new()
}

pub(super) fn press(app: &mut App, mut screen: StartScreen, chord: Chord) -> Vec<Effect> {
    screen.notice = None;
    match chord.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Char('c') if chord.is_ctrl => return Vec::new(),
        KeyCode::Char('s') if chord.is_ctrl => return submit(app, screen),
        KeyCode::Enter if Some(&screen.at) == screen.fields().last() => {
            return submit(app, screen);
        }
        KeyCode::Enter | KeyCode::Tab | KeyCode::Down => screen.step(false),
        KeyCode::BackTab | KeyCode::Up => screen.step(true),
        KeyCode::Left => screen.turn(true),
        KeyCode::Right => screen.turn(false),
        KeyCode::Char(' ') if screen.field().is_none() => screen.turn(false),
        _ => {
            if let Some(field) = screen.field() {
                field.press(chord);
            }
            screen.after_typing();
        }
    }
    app.overlays.push(Overlay::Start(screen));
    Vec::new()
}

fn submit(app: &mut App, mut screen: StartScreen) -> Vec<Effect> {
    match screen.order() {
        Ok(form) => {
            let effects = wish::ask(app, Wish::Start(form), false);
            // Kept below the plan: a refusal or a no must not cost what was typed.
            app.overlays.push(Overlay::Start(screen));
            effects
        }
        Err((field, why)) => {
            screen.at = field;
            screen.notice = Some(why);
            app.overlays.push(Overlay::Start(screen));
            Vec::new()
        }
    }
}

pub(super) fn paste(screen: &mut StartScreen, text: &str) {
    if let Some(field) = screen.field() {
        field.paste(text);
    }
    screen.after_typing();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_made_from_the_title() {
        assert_eq!(
            slug_of("Refund: rounding off by 1 ct"),
            "refund-rounding-off-by-1-ct"
        );
        assert!(slug_of(&"long ".repeat(20)).parse::<Slug>().is_ok());
        assert_eq!(slug_of("äöü"), "");
    }
}
