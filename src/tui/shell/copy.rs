//! The clipboard by OSC 52: the terminal keeps it, also over ssh.

/// Terminals drop longer ones.
const MOST: usize = 74_994;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns the sequence that puts `text` on the clipboard, or none where it is too long.
pub(super) fn sequence(text: &str) -> Option<String> {
    let coded = base64(text.as_bytes());
    (coded.len() <= MOST).then(|| format!("\x1b]52;c;{coded}\x07"))
}

fn base64(bytes: &[u8]) -> String {
    let mut coded = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .fold(0u32, |group, byte| group << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for n in 0..4 {
            if n <= chunk.len() {
                let digit = group >> (18 - 6 * n) & 0x3f;
                coded.push(char::from(DIGITS[digit as usize]));
            } else {
                coded.push('=');
            }
        }
    }
    coded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_coded_as_base64() {
        assert_eq!(base64(b""), "");
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        assert_eq!(sequence(&"x".repeat(80_000)), None);
    }
}
