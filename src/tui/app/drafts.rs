//! Texts begun and not sent: kept here by hotfix and purpose, and on the disk by whoever performs, so that neither a
//! crash nor leaving loses what somebody wrote.

use std::collections::BTreeMap;

use crate::engine::Intent;
use crate::model::HotfixId;
use crate::model::Role;

use super::editor::Purpose;
use super::editor::Vote;
use super::effect::Effect;

/// The texts of this console, those that an earlier one left, and what the disk does not know yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drafts {
    texts: BTreeMap<(Option<HotfixId>, Purpose), String>,
    /// What an earlier console left, by key; it stays until the same text is opened and sent or emptied.
    left: BTreeMap<String, String>,
    /// What changed since the disk was told last: by key, none where nothing is left to keep.
    unkept: BTreeMap<String, Option<String>>,
}

impl Drafts {
    /// Begins with what an earlier console left, by key.
    pub(super) fn of(left: BTreeMap<String, String>) -> Self {
        Self {
            left,
            ..Self::default()
        }
    }

    /// Tells whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.left.is_empty()
    }

    /// Returns the text that was begun for a purpose, at whatever head.
    pub(super) fn text(&self, hotfix: Option<&HotfixId>, purpose: &Purpose) -> Option<&str> {
        let begun = self.texts.get(&(hotfix.cloned(), purpose.clone()));
        let wanted = key(hotfix, purpose);
        let same = || {
            let mut texts = self.texts.iter();
            let found = texts.find(|(place, _)| is_of(place, wanted.as_deref()));
            found.map(|(_, text)| text)
        };
        let left = || self.left.get(wanted.as_ref()?);
        begun.or_else(same).or_else(left).map(String::as_str)
    }

    /// Keeps a text as it stands.
    pub(super) fn keep(&mut self, hotfix: Option<&HotfixId>, purpose: &Purpose, text: String) {
        let is_new = self.text(hotfix, purpose) != Some(text.as_str());
        if let Some(wanted) = key(hotfix, purpose) {
            // One of an earlier head is older from here on.
            self.texts
                .retain(|place, _| !is_of(place, Some(wanted.as_str())));
            if is_new {
                self.left.remove(&wanted);
                let kept = (!text.trim().is_empty()).then(|| text.clone());
                self.unkept.insert(wanted, kept);
            }
        }
        self.texts.insert((hotfix.cloned(), purpose.clone()), text);
    }

    /// Forgets a text, on the disk too.
    pub(super) fn remove(&mut self, hotfix: Option<&HotfixId>, purpose: &Purpose) {
        self.texts.remove(&(hotfix.cloned(), purpose.clone()));
        if let Some(wanted) = key(hotfix, purpose) {
            self.texts
                .retain(|place, _| !is_of(place, Some(wanted.as_str())));
            self.left.remove(&wanted);
            self.unkept.insert(wanted, None);
        }
    }

    /// Forgets the texts that a carried-out intent was made from.
    pub(super) fn forget(&mut self, intent: &Intent) {
        let sent = self.texts.iter();
        let sent =
            sent.filter(|((_, purpose), text)| purpose.intent(text).as_ref() == Some(intent));
        let places: Vec<_> = sent.map(|(place, _)| place.clone()).collect();
        for (hotfix, purpose) in places {
            self.remove(hotfix.as_ref(), &purpose);
        }
    }

    /// Returns what the disk is to be told, once.
    pub(super) fn take_unkept(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.unkept)
            .into_iter()
            .map(|(key, text)| Effect::KeepDraft { key, text })
            .collect()
    }
}

/// Returns the one line by which a draft is found again; none for the lines of a hunk, which belong to a session that is
/// kept by itself. It is on disks: words that are here once stay.
fn key(hotfix: Option<&HotfixId>, purpose: &Purpose) -> Option<String> {
    let what = match purpose {
        Purpose::Hunk(_, _) => return None,
        Purpose::Note => "note".to_owned(),
        Purpose::Comment(request) => format!("comment {request}"),
        Purpose::Tick(item) => format!("tick {item}"),
        Purpose::Untick(item) => format!("untick {item}"),
        Purpose::Confirm(step) => format!("confirm {step}"),
        Purpose::Skip(step) => format!("skip {step}"),
        Purpose::Abandon(step, lane) => format!("abandon {step} {lane}"),
        // A path may hold a break; a key is one line.
        Purpose::Decide(step, lane, path) => format!("decide {step} {lane} {path:?}"),
        Purpose::Acknowledge(lane) => format!("acknowledge {lane}"),
        Purpose::Override(rule) => format!("override {rule}"),
        // Without the head: the words outlive a push, and who sends them has looked at the diff again by then.
        Purpose::Vote(subject, role, Vote::Approve(_)) => {
            format!("approve {subject}{}", behind(role.as_ref()))
        }
        Purpose::Vote(subject, role, Vote::Reject) => {
            format!("reject {subject}{}", behind(role.as_ref()))
        }
        Purpose::Close => "close".to_owned(),
        Purpose::TakeOver(environment) => format!("take-over {environment}"),
        Purpose::HandOver(environment) => format!("hand-over {environment}"),
    };
    let hotfix = hotfix.map_or("-", HotfixId::as_str);
    Some(format!("{hotfix} {what}").replace(['\n', '\r'], " "))
}

/// Tells whether a text has this key; one without a key is found by its purpose alone.
fn is_of((hotfix, purpose): &(Option<HotfixId>, Purpose), wanted: Option<&str>) -> bool {
    wanted.is_some() && key(hotfix.as_ref(), purpose).as_deref() == wanted
}

fn behind(role: Option<&Role>) -> String {
    role.map_or_else(String::new, |role| format!(" {role}"))
}

#[cfg(test)]
mod tests {
    use crate::model::RequestId;
    use crate::model::Subject;

    use super::*;

    fn id(text: &str) -> HotfixId {
        text.parse().expect("test id")
    }

    fn told(drafts: &mut Drafts) -> Vec<(String, Option<String>)> {
        let effects = drafts.take_unkept().into_iter();
        effects
            .map(|effect| match effect {
                Effect::KeepDraft { key, text } => (key, text),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn what_an_earlier_console_left_is_there_for_its_hotfix_alone() {
        let (mine, other) = (id("20260401-mine-aa11bb"), id("20260402-other-cc22dd"));
        let mut first = Drafts::default();
        first.keep(Some(&mine), &Purpose::Note, "half a thought".to_owned());
        let kept: BTreeMap<String, String> = told(&mut first)
            .into_iter()
            .filter_map(|(key, text)| Some((key, text?)))
            .collect();
        assert!(told(&mut first).is_empty(), "each change is told once");

        let mut next = Drafts::of(kept);
        assert_eq!(
            next.text(Some(&mine), &Purpose::Note),
            Some("half a thought")
        );
        assert_eq!(next.text(Some(&other), &Purpose::Note), None);
        assert_eq!(next.text(Some(&mine), &Purpose::Close), None);
        next.keep(Some(&mine), &Purpose::Note, "half a thought".to_owned());
        assert!(told(&mut next).is_empty(), "nothing changed");
    }

    #[test]
    fn a_text_that_was_sent_or_emptied_is_taken_off_the_disk() {
        let mine = id("20260401-mine-aa11bb");
        let mut drafts = Drafts::default();
        drafts.keep(Some(&mine), &Purpose::Note, "all of it".to_owned());
        let (key, text) = told(&mut drafts).remove(0);
        assert_eq!(text.as_deref(), Some("all of it"));
        let intent = Purpose::Note.intent("all of it").expect("a note");
        drafts.forget(&intent);
        assert_eq!(told(&mut drafts), [(key.clone(), None::<String>)]);
        assert!(drafts.is_empty());
        drafts.keep(Some(&mine), &Purpose::Note, "again".to_owned());
        drafts.keep(Some(&mine), &Purpose::Note, " \n".to_owned());
        assert_eq!(told(&mut drafts), [(key, None::<String>)]);
    }

    #[test]
    fn a_comment_begun_before_a_push_is_there_after_it_and_kept_once() {
        let mine = id("20260401-mine-aa11bb");
        let vote = |head: &str| {
            let subject = Subject::Request(RequestId(7));
            let head = head.repeat(40).parse().expect("test commit");
            Purpose::Vote(subject, None, Vote::Approve(head))
        };
        let mut drafts = Drafts::default();
        drafts.keep(Some(&mine), &vote("a"), "looks right".to_owned());
        assert_eq!(told(&mut drafts).len(), 1);
        assert_eq!(drafts.text(Some(&mine), &vote("b")), Some("looks right"));
        drafts.keep(Some(&mine), &vote("b"), "looks right still".to_owned());
        assert_eq!(
            drafts.text(Some(&mine), &vote("c")),
            Some("looks right still"),
            "what was written last"
        );
        drafts.remove(Some(&mine), &vote("c"));
        assert_eq!(drafts.text(Some(&mine), &vote("a")), None);
        assert!(drafts.is_empty(), "{drafts:?}");
    }
}
