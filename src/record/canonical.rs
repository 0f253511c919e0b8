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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
