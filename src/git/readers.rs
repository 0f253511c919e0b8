//! Everything that git prints and we read, and every address that we are given, behind one function: for tests that feed
//! it what no git would print.

use std::path::Path;

use crate::model::CommitId;

use super::clone_config;
use super::commit::RawCommit;
use super::diff_list;
use super::executable::GitVersion;
use super::merge_answer;
use super::push_answer;
use super::sourced;
use super::url;

/// Reads `bytes` as each kind of answer; what comes of it is nobody's business here.
///
/// # Panics
/// Never, which is what it is for; and never takes longer than the bytes are long.
#[doc(hidden)]
pub fn read_as_everything(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _changed = diff_list::read(bytes).is_ok();
    let _many = merge_answer::parse_many(bytes, 64);
    for is_clean in [true, false] {
        let mut tokens = bytes.split(|byte| *byte == 0);
        let _one = merge_answer::parse(&mut tokens, is_clean).is_ok();
    }
    let _pushed = text.lines().filter_map(push_answer::parse_line).count();
    let _config = clone_config::parse_entries(&text);
    let _sourced = sourced::parse(&text);
    let _version = GitVersion::parse(&text);
    if let Ok(id) = "0".repeat(40).parse::<CommitId>() {
        let _commit = RawCommit::parse(&id, bytes).is_ok();
    }
    if let Ok(checked) = url::check(&text, Path::new("/clone")) {
        // What may be handed to git is never an option and never runs a helper.
        assert!(!checked.starts_with('-') && !checked.starts_with("ext::"));
        assert!(!checked.chars().any(char::is_control));
    }
}
