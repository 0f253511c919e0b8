//! What the commands print as JSON has everything that its schema says is always there.

use serde_json::Value;

use super::project::Project;
use super::project::START;

/// Returns the places of `document` that lack what the schema requires there.
fn lacking(root: &Value, schema: &Value, document: &Value, place: &str) -> Vec<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let of_root = name.trim_start_matches('#');
        let named = root.pointer(of_root).expect("a definition");
        return lacking(root, named, document, place);
    }
    match document {
        Value::Object(fields) => {
            let required = schema["required"].as_array().into_iter().flatten();
            let names = required.filter_map(Value::as_str);
            let absent = names.filter(|name| !fields.contains_key(*name));
            let mut found: Vec<String> = absent.map(|name| format!("{place}.{name}")).collect();
            for (name, value) in fields {
                let field = &schema["properties"][name.as_str()];
                found.extend(lacking(root, field, value, &format!("{place}.{name}")));
            }
            // What may be null.
            for one in schema["anyOf"].as_array().into_iter().flatten() {
                found.extend(lacking(root, one, document, place));
            }
            found
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items
                .flat_map(|(at, item)| {
                    lacking(root, &schema["items"], item, &format!("{place}[{at}]"))
                })
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn is_whole(project: &Project, name: &str, words: &[&str], code: i32) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schemas");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("a schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let words = [words, &["--json"]].concat();
    let document = project.run("ana", &words).ends(code).json();
    let lacking = lacking(&schema, &schema, &document, name);
    assert!(lacking.is_empty(), "{lacking:?}\n{document}");
}

#[test]
fn documents_have_what_their_schemas_require() {
    let project = Project::fixed();
    project.run("ana", &START).ends(0);
    is_whole(&project, "lanes", &["lanes"], 0);
    let preflight = ["preflight", "main", "--into", "integration", "preprod"];
    is_whole(&project, "preflight", &preflight, 4);
    is_whole(&project, "do", &["do", "run", "--yes"], 3);
    is_whole(&project, "status", &["status"], 0);
    is_whole(&project, "next", &["next"], 0);
    is_whole(&project, "log", &["log"], 0);
    is_whole(&project, "prove", &["prove", "main", "--in", "main"], 0);
}
