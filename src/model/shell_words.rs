//! Words in shell quotes, so that where each begins and ends is seen. No shell is ever run; this is for people.

/// Appends one word, in quotes where a shell would otherwise read it differently.
pub fn push_shell_word(line: &mut String, word: &str) {
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

/// Returns words as one line that a shell would read as the same words.
pub fn shell_line(words: &[impl AsRef<str>]) -> String {
    let mut line = String::new();
    for word in words {
        push_shell_word(&mut line, word.as_ref());
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_words_never_make_the_same_line() {
        assert_eq!(shell_line(&["make", "-j4", "all"]), "make -j4 all");
        assert_eq!(
            shell_line(&["sh", "-c", "make all; sleep 3"]),
            "sh -c \"make all; sleep 3\""
        );
        assert_eq!(shell_line(&["echo", "a b"]), "echo \"a b\"");
        assert_eq!(shell_line(&["echo", "a", "b"]), "echo a b");
        assert_eq!(shell_line(&["echo", "", "b"]), "echo \"\" b");
        assert_eq!(shell_line(&["echo", "\"a\" $b"]), "echo '\"a\" $b'");
        assert_eq!(shell_line(&["echo", "it's"]), "echo \"it's\"");
        assert_eq!(
            shell_line(&["git", "restore", "--source", "origin/a;b'c"]),
            "git restore --source \"origin/a;b'c\""
        );
    }
}
