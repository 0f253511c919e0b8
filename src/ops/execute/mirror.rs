//! The copy of a record that is on this machine alone, in one comment of its first change request.

use std::fmt::Write as _;

use crate::engine::Marker;
use crate::engine::Outcome;
use crate::engine::RequestRef;
use crate::engine::in_story;
use crate::model::redact;
use crate::record::Entry;
use crate::record::Record;

use super::super::report::plain;
use super::calls::Answer;
use super::calls::Caller;
use super::calls::answer;

/// The latest entries that are copied: forges take some tens of thousands of characters.
const MOST: usize = 60;
/// Characters of one entry.
const LONGEST: usize = 300;

impl Caller<'_> {
    pub(super) async fn mirror(&self, request: &RequestRef) -> Answer {
        let request = match self.find_request(request).await {
            Ok(request) => request.id,
            Err(answer) => return answer,
        };
        let record = match self.story.read() {
            Ok(record) => record,
            Err(fault) => return fault.into(),
        };
        let marker = Marker::new(record.hotfix.clone(), "record").line();
        let text = copy(&record, &marker);
        let forge = self.workspace.forge();
        let written = forge.keep_comment(request, &marker, &text).await;
        let mut answer = answer(written, |()| String::new(), |()| Vec::new());
        if answer.outcome == Outcome::Unknown {
            // Nothing rests on it, and the next plan finds it by its marker, written or not: nobody has to find out.
            answer.outcome = Outcome::Failed;
            answer.why = format!("not known whether it was written: {}", answer.why);
        }
        answer
    }
}

/// Returns the comment: what it is, and the latest of what is on record, in text that a forge does not act on.
fn copy(record: &Record, marker: &str) -> String {
    let told = record.entries.iter();
    let told: Vec<(&Entry, String)> = told
        .filter_map(|entry| Some((entry, in_story(entry)?)))
        .collect();
    let left_out = told.len().saturating_sub(MOST);
    let mut text = format!(
        "{marker}\n**Copy of the record of hotfix `{}`.** The record itself is on one machine only, and this comment is \
         written anew with every step: what is changed here is lost, and counts for nothing. Times are UTC.\n",
        record.hotfix
    );
    if left_out > 0 {
        let _fits = write!(text, "\n({left_out} earlier entries are left out.)\n");
    }
    for (entry, sentence) in &told[left_out..] {
        let _fits = write!(
            text,
            "\n- {} {}: {}",
            entry.at.utc_date_clock(),
            quiet(&entry.actor.person.show()),
            quiet(sentence)
        );
    }
    text.push('\n');
    redact(&text).into_owned()
}

/// Makes a text safe in a comment: no markup, nobody called by name, no reference, of bounded length.
fn quiet(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST).collect();
    let end = if cut.len() < text.len() { "…" } else { "" };
    // Written so, a forge shows the character and reads no name, request, milestone or formula in it.
    let mut safe = String::new();
    for c in plain(&cut).chars() {
        safe.push_str(match c {
            '@' => "&#64;",
            '#' => "&#35;",
            '!' => "&#33;",
            '~' => "&#126;",
            '$' => "&#36;",
            '%' => "&#37;",
            '&' => "&amp;",
            other => {
                safe.push(other);
                continue;
            }
        });
    }
    format!("{safe}{end}")
}
