//! The JSON schema of the files, made from the same table of keys that reads them.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::playbook::Key;
use crate::playbook::Kind;
use crate::playbook::PLAYBOOK;
use crate::playbook::Section;

use super::keys;
use super::person_keys;

/// Returns the schema of `lanekeeper.toml`; the person's file and playbooks are under `$defs`.
pub fn schema() -> Value {
    let mut schema = table(&keys::TEAM);
    let root = schema
        .as_object_mut()
        .expect("a table's schema is an object");
    root.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    root.insert("title".to_owned(), json!("lanekeeper.toml"));
    root.insert(
        "$defs".to_owned(),
        json!({ "person": table(&person_keys::PERSON), "playbook": table(&PLAYBOOK) }),
    );
    schema
}

fn table(section: &Section) -> Value {
    let properties: Map<String, Value> = section
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), value(key)))
        .collect();
    let required: Vec<&str> = section
        .keys
        .iter()
        .filter(|key| key.is_required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "description": section.about,
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn value(key: &Key) -> Value {
    let text = || json!({ "type": "string" });
    let list = |items: Value| json!({ "type": "array", "items": items });
    let by_name = |values: Value| json!({ "type": "object", "additionalProperties": values });
    let mut schema = match &key.kind {
        Kind::Text => text(),
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
        Kind::Choices(words) => list(json!({ "type": "string", "enum": words })),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Number { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Duration => json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$" }),
        Kind::Texts => list(text()),
        Kind::One(section) => table(section),
        Kind::Many(section) => list(table(section)),
        Kind::Named(section) => by_name(table(section)),
        Kind::NamedText => by_name(text()),
        Kind::NamedTexts => by_name(list(text())),
    };
    let object = schema.as_object_mut().expect("made as an object above");
    object.insert("description".to_owned(), json!(key.about));
    if let Some(default) = key.default.and_then(default) {
        object.insert("default".to_owned(), default);
    }
    schema
}

/// Returns a default, which the table gives as it would be written in TOML.
fn default(written: &str) -> Option<Value> {
    let line = format!("value = {written}");
    let table: toml::Table = line.parse().ok()?;
    serde_json::to_value(table.get("value")?).ok()
}
