//! Words in shell quotes, and back. No shell is ever run; this is for people who copy and paste.

/// Appends one word, in quotes where a shell would otherwise read it differently.
pub(super) fn push(line: &mut String, word: &str) {
    let is_plain = !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./:=,@+%!#".contains(c))
        // A leading `#` is a comment, a leading `=` an expansion in some shells, `!` history.
        && !word.contains(['!', '#', '=']);
    if !line.is_empty() {
        line.push(' ');
    }
    if is_plain {
        line.push_str(word);
    } else if word.contains(['"', '\\', '$', '`', '!']) {
        line.push('\'');
        line.push_str(&word.replace('\'', "'\\''"));
        line.push('\'');
    } else {
        line.push('"');
        line.push_str(word);
        line.push('"');
    }
}

/// Splits a line into words as a shell does, without any expansion; none where a quote is left open.
pub(super) fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        inside => word.push(inside),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            escaped @ ('"' | '\\' | '$' | '`') => word.push(escaped),
                            other => {
                                word.push('\\');
                                word.push(other);
                            }
                        },
                        inside => word.push(inside),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            ' ' | '\t' | '\n' | '\r' => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Some(words)
}
