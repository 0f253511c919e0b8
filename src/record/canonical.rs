//! JSON with exactly one spelling (RFC 8785): sorted keys, no white space, integers only. The same value
//! always gives the same bytes, so digests and commit ids can be made again after a crash.

use serde_json::Value;

/// Integers beyond this are not the same number in every JSON reader (RFC 8785 builds on IEEE doubles).
const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Limits of one document, so that a hostile record cannot make a reader slow.
pub(super) const MAX_BYTES: usize = 64 * 1024;
pub(super) const MAX_DEPTH: usize = 16;
pub(super) const MAX_STRING: usize = 8 * 1024;

/// Writes `value` in its only spelling, or says which limit it breaks.
pub(super) fn write(value: &Value) -> Result<Vec<u8>, String> {
    write_within(value, MAX_BYTES)
}

/// The same for a document that may be of another length.
pub(super) fn write_within(value: &Value, longest: usize) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    write_value(value, 1, &mut out)?;
    if out.len() > longest {
        return Err(format!(
            "it is {} bytes long, more than {longest}",
            out.len()
        ));
    }
    Ok(out)
}

fn write_value(value: &Value, depth: usize, out: &mut Vec<u8>) -> Result<(), String> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => {
            let fits = number
                .as_u64()
                .or_else(|| number.as_i64().map(i64::unsigned_abs))
                .is_some_and(|size| size <= MAX_INTEGER);
            if !fits {
                return Err(format!("{number} is not an integer below 2^53"));
            }
            out.extend_from_slice(number.to_string().as_bytes());
        }
        Value::String(text) => write_string(text, out)?,
        Value::Array(items) => {
            check_depth(depth)?;
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(item, depth + 1, out)?;
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            check_depth(depth)?;
            let mut keys: Vec<&String> = fields.keys().collect();
            // RFC 8785 3.2.3: by UTF-16 code units, which is not the order of UTF-8 bytes above U+FFFF.
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_string(key, out)?;
                out.push(b':');
                write_value(&fields[key], depth + 1, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn check_depth(depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err(format!("it is nested deeper than {MAX_DEPTH} levels"));
    }
    Ok(())
}

fn write_string(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    if text.len() > MAX_STRING {
        return Err(format!(
            "a text in it is {} bytes long, more than {MAX_STRING}",
            text.len()
        ));
    }
    // serde_json escapes exactly what RFC 8785 3.2.2.2 asks for, in the same spelling.
    let quoted = serde_json::to_vec(text).map_err(|error| error.to_string())?;
    out.extend_from_slice(&quoted);
    Ok(())
}

/// Tells whether bytes are a document in its only spelling, without reading what it says. Not told of every one: keys
/// beyond plain ASCII and numbers or texts near their limits are for [`write()`] to judge.
pub(super) fn is_spelled(bytes: &[u8]) -> bool {
    let is_text = || std::str::from_utf8(bytes).is_ok();
    bytes.len() <= MAX_BYTES && behind_value(bytes, 1).is_some_and(<[u8]>::is_empty) && is_text()
}

fn behind_value(bytes: &[u8], depth: usize) -> Option<&[u8]> {
    match bytes.first()? {
        b'"' => behind_string(bytes),
        b'[' | b'{' if depth > MAX_DEPTH => None,
        b'[' => behind_items(&bytes[1..], depth),
        b'{' => behind_fields(&bytes[1..], depth),
        b'n' => bytes.strip_prefix(b"null"),
        b't' => bytes.strip_prefix(b"true"),
        b'f' => bytes.strip_prefix(b"false"),
        _ => behind_number(bytes),
    }
}

fn behind_items(bytes: &[u8], depth: usize) -> Option<&[u8]> {
    if let [b']', rest @ ..] = bytes {
        return Some(rest);
    }
    let mut rest = bytes;
    loop {
        match behind_value(rest, depth + 1)? {
            [b',', more @ ..] => rest = more,
            [b']', more @ ..] => return Some(more),
            _ => return None,
        }
    }
}

fn behind_fields(bytes: &[u8], depth: usize) -> Option<&[u8]> {
    if let [b'}', rest @ ..] = bytes {
        return Some(rest);
    }
    let mut before: Option<&[u8]> = None;
    let mut rest = bytes;
    loop {
        let [b':', value @ ..] = behind_string(rest)? else {
            return None;
        };
        let key = &rest[1..rest.len() - value.len() - 2];
        // Plain ones stand in the order of their bytes.
        let is_plain = key.iter().all(|byte| byte.is_ascii() && *byte != b'\\');
        if !is_plain || before.is_some_and(|before| before >= key) {
            return None;
        }
        before = Some(key);
        match behind_value(value, depth + 1)? {
            [b',', more @ ..] => rest = more,
            [b'}', more @ ..] => return Some(more),
            _ => return None,
        }
    }
}

fn behind_string(bytes: &[u8]) -> Option<&[u8]> {
    let [b'"', text @ ..] = bytes else {
        return None;
    };
    let mut rest = text;
    loop {
        rest = match rest {
            [b'"', more @ ..] => {
                let length = text.len() - more.len() - 1;
                return (length <= MAX_STRING).then_some(more);
            }
            [
                b'\\',
                b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't',
                more @ ..,
            ] => more,
            // Backspace, tab, newline, form feed and return have letters of their own.
            [
                b'\\',
                b'u',
                b'0',
                b'0',
                b'0',
                b'0'..=b'7' | b'b' | b'e' | b'f',
                more @ ..,
            ] => more,
            [
                b'\\',
                b'u',
                b'0',
                b'0',
                b'1',
                b'0'..=b'9' | b'a'..=b'f',
                more @ ..,
            ] => more,
            [b'\\' | 0..0x20, ..] | [] => return None,
            [_, more @ ..] => more,
        };
    }
}

fn behind_number(bytes: &[u8]) -> Option<&[u8]> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    match digits.first()? {
        b'0' => (count == 1 && digits.len() == bytes.len()).then_some(&digits[1..]),
        // All of fifteen digits are below 2^53.
        _ => (1..=15).contains(&count).then_some(&digits[count..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    /// Tells whether bytes are what `write` gives of what they say.
    fn is_written_so(bytes: &[u8]) -> bool {
        let read = serde_json::from_slice::<Value>(bytes);
        read.is_ok_and(|value| write(&value).is_ok_and(|written| written == bytes))
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-(1i64 << 49)..1i64 << 49).prop_map(Value::from),
            "[\u{0}-\u{7f}é]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let items = prop::collection::vec(inner.clone(), 0..4);
            let fields = prop::collection::btree_map("[ -!#-\\[\\]-~]{0,3}", inner, 0..4);
            prop_oneof![
                items.prop_map(Value::from),
                fields.prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_told_without_reading_it(value in values()) {
            let written = write(&value).expect("within limits");
            prop_assert!(is_spelled(&written), "{value}");
        }

        #[test]
        fn no_other_spelling_is_told_to_be_the_one(
            value in values(), at in any::<prop::sample::Index>(), other in any::<u8>(), is_added in any::<bool>(),
        ) {
            let mut bytes = write(&value).expect("within limits");
            let at = at.index(bytes.len());
            if is_added {
                bytes.insert(at, other);
            } else {
                bytes[at] = other;
            }
            prop_assert!(!is_spelled(&bytes) || is_written_so(&bytes), "{:?}", String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn nor_is_any_other_text(text in r#"[\[\]{}:,"\\abu019 .eE+-]{0,16}"#) {
            prop_assert!(!is_spelled(text.as_bytes()) || is_written_so(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn limits_are_kept_without_reading() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_spelled(nested(MAX_DEPTH).as_bytes()));
        for odd in [
            nested(MAX_DEPTH + 1),
            nested(100_000),
            format!("\"{}\"", "x".repeat(MAX_STRING + 1)),
            format!("[{}1]", "\"x\",".repeat(MAX_BYTES)),
            "{\"a\":1,\"a\":2}".to_owned(),
            "{\"b\":1,\"a\":2}".to_owned(),
            "-0".to_owned(),
            "01".to_owned(),
            "1 ".to_owned(),
            "\"\\u000a\"".to_owned(),
            "\"\\u001F\"".to_owned(),
            "\"\\/\"".to_owned(),
        ] {
            assert!(!is_spelled(odd.as_bytes()), "{odd:.40}");
        }
        assert!(!is_spelled(b"\"\xff\""));
    }

    fn text(value: &Value) -> String {
        String::from_utf8(write(value).expect("within limits")).expect("JSON is UTF-8")
    }

    #[test]
    fn keys_are_sorted_by_utf16_units_and_nothing_is_spaced() {
        let value = json!({"b": [1, -2, true, null], "a": {"\u{fb33}": 1, "\u{1f600}": 2}});
        assert_eq!(
            text(&value),
            "{\"a\":{\"\u{1f600}\":2,\"\u{fb33}\":1},\"b\":[1,-2,true,null]}"
        );
    }

    #[test]
    fn controls_are_escaped_as_the_rfc_says() {
        assert_eq!(
            text(&json!("\u{8}\t\n\u{c}\r\"\\\u{1f}\u{7f}/")),
            "\"\\b\\t\\n\\f\\r\\\"\\\\\\u001f\u{7f}/\""
        );
    }

    #[test]
    fn limits_are_said() {
        let deep = (0..16).fold(json!(1), |inner, _| json!([inner]));
        assert!(write(&deep).is_ok());
        assert!(write(&json!([deep])).is_err());
        assert!(write(&json!("x".repeat(8193))).is_err());
        assert!(write(&json!(vec!["x".repeat(8000); 9])).is_err());
        assert!(write(&json!(1.5)).is_err());
        assert!(write(&json!(1u64 << 53)).is_err());
        assert!(write(&json!(-(1i64 << 53))).is_err());
    }
}
