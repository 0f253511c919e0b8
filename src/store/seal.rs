//! A sum beside each row that decides what is sent: a bit that flipped on the disk must never pass for something that
//! a person did. It guards against damage, not against whoever may write the file anyway.

use sha2::Digest;
use sha2::Sha256;

/// Returns the sum of a row's fields. Their lengths take part, so that no two rows share one text.
pub(super) fn seal(fields: &[&str]) -> String {
    let mut digest = Sha256::new();
    for field in fields {
        digest.update(field.len().to_le_bytes());
        digest.update(field.as_bytes());
    }
    // Half of it is plenty against chance.
    digest.finalize()[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_read_the_same_in_a_row_have_sums_of_their_own() {
        assert_eq!(seal(&["ab", "c"]), seal(&["ab", "c"]));
        assert_ne!(seal(&["ab", "c"]), seal(&["a", "bc"]));
        assert_ne!(seal(&["ab", "c"]), seal(&["ab", "c", ""]));
    }
}
