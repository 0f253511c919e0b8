//! Which words of a changed line changed.

use std::ops::Range;

/// Words beyond which only the common beginning and end are looked for: the table grows with the square.
const MOST: usize = 160;

/// Returns the changed places of both lines; none where the lines have too little in common to be one line changed.
pub(super) fn changed(old: &str, new: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (before, after) = (words(old), words(new));
    let same = |a: &Range<usize>, b: &Range<usize>| old[a.clone()] == new[b.clone()];
    let head = before
        .iter()
        .zip(&after)
        .take_while(|(a, b)| same(a, b))
        .count();
    let tail = before[head..]
        .iter()
        .rev()
        .zip(after[head..].iter().rev())
        .take_while(|(a, b)| same(a, b))
        .count();
    let (from, to) = (
        &before[head..before.len() - tail],
        &after[head..after.len() - tail],
    );
    let mut kept_old = vec![false; from.len()];
    let mut kept_new = vec![false; to.len()];
    if from.len() <= MOST && to.len() <= MOST {
        keep_common(from, to, &same, &mut kept_old, &mut kept_new);
    }
    let weight = |text: &str, range: &Range<usize>| text[range.clone()].trim().len();
    let whole = old.trim().len().max(new.trim().len());
    let lost: usize = from
        .iter()
        .zip(&kept_old)
        .filter(|(_, kept)| !**kept)
        .map(|(range, _)| weight(old, range))
        .sum();
    let won: usize = to
        .iter()
        .zip(&kept_new)
        .filter(|(_, kept)| !**kept)
        .map(|(range, _)| weight(new, range))
        .sum();
    if whole == 0 || lost.max(won) * 10 > whole * 7 {
        return (Vec::new(), Vec::new());
    }
    (joined(from, &kept_old), joined(to, &kept_new))
}

/// Returns runs of letters as one word each, everything else sign by sign.
fn words(line: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut was_word = false;
    for (at, c) in line.char_indices() {
        let is_word = c.is_alphanumeric() || c == '_';
        let end = at + c.len_utf8();
        match words.last_mut() {
            Some(last) if is_word && was_word => last.end = end,
            Some(_) | None => words.push(at..end),
        }
        was_word = is_word;
    }
    words
}

/// Marks a longest common sequence.
fn keep_common(
    from: &[Range<usize>],
    to: &[Range<usize>],
    same: &impl Fn(&Range<usize>, &Range<usize>) -> bool,
    kept_old: &mut [bool],
    kept_new: &mut [bool],
) {
    let width = to.len() + 1;
    let mut best = vec![0_u16; (from.len() + 1) * width];
    for a in (0..from.len()).rev() {
        for b in (0..to.len()).rev() {
            best[a * width + b] = if same(&from[a], &to[b]) {
                best[(a + 1) * width + b + 1] + 1
            } else {
                best[(a + 1) * width + b].max(best[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    while a < from.len() && b < to.len() {
        if same(&from[a], &to[b]) {
            (kept_old[a], kept_new[b]) = (true, true);
            (a, b) = (a + 1, b + 1);
        } else if best[(a + 1) * width + b] >= best[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
}

fn joined(words: &[Range<usize>], kept: &[bool]) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for (range, _) in words.iter().zip(kept).filter(|(_, kept)| !**kept) {
        match joined.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            Some(_) | None => joined.push(range.clone()),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<'a>(old: &'a str, new: &'a str) -> (Vec<&'a str>, Vec<&'a str>) {
        let (before, after) = changed(old, new);
        (
            before.into_iter().map(|range| &old[range]).collect(),
            after.into_iter().map(|range| &new[range]).collect(),
        )
    }

    #[test]
    fn only_what_changed_in_a_line_is_told() {
        let (old, new) = ("    ledger.post(cents);", "    ledger.post(cents, now());");
        assert_eq!(told(old, new), (vec![], vec![", now()"]));
        let (old, new) = (
            "let cents = (net * 100) as i64;",
            "let cents = (gross * 100) as u64;",
        );
        assert_eq!(told(old, new), (vec!["net", "i64"], vec!["gross", "u64"]));
    }

    #[test]
    fn lines_with_little_in_common_are_two_lines() {
        assert_eq!(
            told("let net = gross - fee;", "ledger.open(now());"),
            (vec![], vec![])
        );
        assert_eq!(told("", ""), (vec![], vec![]));
    }

    proptest::proptest! {
        #[test]
        fn any_two_lines_can_be_compared(old in ".{0,60}", new in ".{0,60}") {
            let _told = told(&old, &new);
        }
    }
}
