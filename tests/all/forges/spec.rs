//! Checks what our clients send and what our fakes answer against the forges' own reduced descriptions.
//!
//! They are read from the folder that `LANEKEEPER_FORGE_SPECS` names, and nothing is checked where it names none.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use jsonschema::Validator;
use serde_json::Map;
use serde_json::Value;

use super::server::Exchange;

/// One forge's description: Swagger 2.0 or OpenAPI 3.0, all references local.
struct Spec {
    name: String,
    document: Value,
    /// What stands before the paths of the description on our fake.
    prefix: String,
    /// A validator for each schema that was asked for: making one takes much longer than using it.
    validators: Mutex<BTreeMap<String, Arc<Validator>>>,
    /// Exchanges that were found to fit, by a hash of all that counts: the same ones come again and again.
    fitting: Mutex<BTreeSet<u64>>,
}

/// The description that a fake keeps to.
pub(crate) struct Described {
    /// Its file.
    pub(crate) name: &'static str,
    /// What stands before its paths on the fake, where it names no base itself.
    pub(crate) prefix: &'static str,
    /// How the paths of the API begin. Others are git's, or the doors of other forges.
    pub(crate) api: &'static str,
    /// Parts of paths that the reduced description left out.
    pub(crate) beyond: &'static [&'static str],
}

impl Described {
    /// Returns everything that travelled and that the description does not know; nothing where it is not at hand.
    pub(crate) fn violations(&self, log: &[Exchange]) -> Vec<String> {
        let Some(spec) = Spec::load(self.name, self.prefix) else {
            return Vec::new();
        };
        let of_api = log
            .iter()
            .filter(|one| one.request.path.starts_with(self.api));
        let of_api: Vec<Exchange> = of_api.cloned().collect();
        spec.violations(&of_api, self.beyond)
    }
}

/// What was read in this run of the tests.
static KNOWN: Mutex<BTreeMap<String, Arc<Spec>>> = Mutex::new(BTreeMap::new());

impl Spec {
    /// Reads `<name>.json`; `prefix` is what stands before its paths on the fake.
    fn load(name: &str, prefix: &str) -> Option<Arc<Self>> {
        #[expect(clippy::disallowed_methods, reason = "a test's own switch")]
        let folder = std::env::var_os("LANEKEEPER_FORGE_SPECS")?;
        let mut known = KNOWN.lock().expect("no panic while held");
        if let Some(spec) = known.get(name) {
            return Some(Arc::clone(spec));
        }
        let file = Path::new(&folder).join(format!("{name}.json"));
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut document: Value = serde_json::from_str(&text).expect("the description is JSON");
        let base = document["basePath"].as_str().unwrap_or_default();
        let prefix = format!("{prefix}{base}");
        nullable(&mut document);
        let spec = Arc::new(Self {
            name: name.to_owned(),
            document,
            prefix,
            validators: Mutex::default(),
            fitting: Mutex::default(),
        });
        known.insert(name.to_owned(), Arc::clone(&spec));
        Some(spec)
    }

    /// Returns everything in these exchanges that the description does not know. `beyond` names paths (by a part of
    /// them) that the reduced description left out.
    fn violations(&self, exchanges: &[Exchange], beyond: &[&str]) -> Vec<String> {
        let mut found = BTreeMap::new();
        for exchange in exchanges {
            let request = &exchange.request;
            if beyond.iter().any(|part| request.path.contains(part)) {
                continue;
            }
            let hash = hash(exchange);
            if self
                .fitting
                .lock()
                .expect("no panic while held")
                .contains(&hash)
            {
                continue;
            }
            let wrong = self.check(exchange);
            if wrong.is_empty() {
                self.fitting
                    .lock()
                    .expect("no panic while held")
                    .insert(hash);
            }
            for violation in wrong {
                let line = format!(
                    "{}: {} {}: {violation}",
                    self.name, request.method, request.path
                );
                *found.entry(line).or_insert(0) += 1;
            }
        }
        found.into_keys().collect()
    }

    fn check(&self, exchange: &Exchange) -> Vec<String> {
        let request = &exchange.request;
        let Some(path) = request.path.strip_prefix(&self.prefix) else {
            return vec![format!("is not below `{}`", self.prefix)];
        };
        let Some((item, operation)) = self.operation(path, &request.method.to_lowercase()) else {
            return vec!["no such operation".to_owned()];
        };
        let mut wrong = Vec::new();
        let parameters: Vec<&Value> = [&item["parameters"], &operation["parameters"]]
            .into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .map(|parameter| self.resolve(parameter))
            .collect();
        let in_query = |parameter: &&&Value| parameter["in"] == "query";
        let known: Vec<&str> = parameters
            .iter()
            .filter(in_query)
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        for (name, _) in &request.query {
            let bare = name.trim_end_matches("[]");
            // Paging by number is part of every list, also where a description forgot it.
            let is_paging = matches!(bare, "page" | "per_page" | "limit");
            if !known
                .iter()
                .any(|known| known.trim_end_matches("[]") == bare)
                && !is_paging
            {
                wrong.push(format!("unknown query parameter `{name}`"));
            }
        }
        for parameter in parameters.iter().filter(in_query) {
            let name = parameter["name"].as_str().unwrap_or_default();
            // A list travels as `name[]`, whatever the description calls it.
            let list = format!("{name}[]");
            let is_there = request.query(name).is_some() || request.query(&list).is_some();
            if parameter["required"] == true && !is_there {
                wrong.push(format!("query parameter `{name}` is missing"));
            }
        }
        wrong.extend(self.check_body(&parameters, operation, &request.body));
        wrong.extend(self.check_answer(operation, exchange));
        wrong
    }

    fn check_body(&self, parameters: &[&Value], operation: &Value, body: &[u8]) -> Vec<String> {
        let of_parameter = parameters
            .iter()
            .find(|parameter| parameter["in"] == "body")
            .map(|parameter| &parameter["schema"]);
        let of_request = self
            .resolve(&operation["requestBody"])
            .pointer("/content/application~1json/schema");
        let schema = of_parameter.or(of_request);
        if body.is_empty() {
            let is_required =
                operation.pointer("/requestBody/required") == Some(&Value::Bool(true));
            return if is_required {
                vec!["the body is missing".to_owned()]
            } else {
                Vec::new()
            };
        }
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return vec!["the body is no JSON".to_owned()];
        };
        let Some(schema) = schema else {
            let is_empty = body.as_object().is_some_and(Map::is_empty);
            return if is_empty {
                Vec::new()
            } else {
                vec!["takes no body".to_owned()]
            };
        };
        let mut wrong = self.fits(schema, &body, "body");
        let fields = self.fields(schema);
        if let (Some(body), false) = (body.as_object(), fields.is_empty()) {
            let unknown = body.keys().filter(|key| !fields.contains(key));
            wrong.extend(unknown.map(|key| format!("unknown field `{key}` in the body")));
        }
        wrong
    }

    fn check_answer(&self, operation: &Value, exchange: &Exchange) -> Vec<String> {
        // Error bodies are in no description, and a fault's answer is not the site's.
        let Some(reply) = exchange.reply.as_ref().filter(|reply| reply.status < 300) else {
            return Vec::new();
        };
        let declared = &operation["responses"][reply.status.to_string()];
        if declared.is_null() {
            return vec![format!("answers {} undeclared", reply.status)];
        }
        let declared = self.resolve(declared);
        let schema = declared
            .get("schema")
            .or_else(|| declared.pointer("/content/application~1json/schema"));
        match (schema, serde_json::from_slice::<Value>(&reply.body)) {
            (Some(schema), Ok(body)) => self.fits(schema, &body, "answer"),
            (Some(_) | None, _) => Vec::new(),
        }
    }

    /// Finds the operation whose path fits; fixed segments win over parameters.
    fn operation(&self, path: &str, method: &str) -> Option<(&Value, &Value)> {
        let asked: Vec<&str> = path.split('/').collect();
        let is_parameter = |segment: &str| segment.starts_with('{') && segment.ends_with('}');
        let paths = self.document["paths"].as_object()?;
        let fits = |template: &str| {
            let segments: Vec<&str> = template.split('/').collect();
            segments.len() == asked.len()
                && segments
                    .iter()
                    .zip(&asked)
                    .all(|(segment, asked)| is_parameter(segment) || segment == asked)
        };
        paths
            .iter()
            .filter(|(template, item)| fits(template) && item.get(method).is_some())
            .min_by_key(|(template, _)| template.split('/').filter(|s| is_parameter(s)).count())
            .map(|(_, item)| (item, &item[method]))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let reference = value["$ref"].as_str().and_then(|to| to.strip_prefix('#'));
        reference
            .and_then(|to| self.document.pointer(to))
            .unwrap_or(value)
    }

    /// Returns the names of an object schema's fields; empty where any are taken.
    fn fields(&self, schema: &Value) -> Vec<String> {
        let schema = self.resolve(schema);
        let own = schema["properties"]
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys().cloned());
        let others = ["allOf", "anyOf", "oneOf"]
            .into_iter()
            .filter_map(|key| schema[key].as_array())
            .flatten()
            .flat_map(|part| self.fields(part));
        own.chain(others).collect()
    }

    fn fits(&self, schema: &Value, value: &Value, what: &str) -> Vec<String> {
        let validator = self.validator(schema);
        let errors = validator.iter_errors(value);
        errors
            .map(|error| format!("{what} {}: {error}", error.instance_path()))
            .map(|line| line.chars().take(300).collect())
            .collect()
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let key = schema.to_string();
        let mut validators = self.validators.lock().expect("no panic while held");
        let validator = validators
            .entry(key)
            .or_insert_with(|| Arc::new(self.make_validator(schema)));
        Arc::clone(validator)
    }

    fn make_validator(&self, schema: &Value) -> Validator {
        let mut root = schema.as_object().cloned().unwrap_or_default();
        for key in ["definitions", "components", "responses", "parameters"] {
            if let Some(part) = self.document.get(key) {
                root.insert(key.to_owned(), part.clone());
            }
        }
        // Draft 4 ignores what stands beside a reference, so the reference goes into a branch of its own.
        if let Some(reference) = root.remove("$ref") {
            root.insert(
                "allOf".to_owned(),
                serde_json::json!([{ "$ref": reference }]),
            );
        }
        let root = Value::Object(root);
        jsonschema::draft4::options()
            .build(&root)
            .unwrap_or_else(|error| panic!("{}: the schema cannot be used: {error}", self.name))
    }
}

/// Hashes what is checked of an exchange.
fn hash(exchange: &Exchange) -> u64 {
    use std::hash::Hash as _;
    use std::hash::Hasher as _;
    let mut hasher = std::collections::hash_map::DefaultHasher::new();
    let Exchange { request, reply } = exchange;
    (
        &request.method,
        &request.path,
        &request.query,
        &request.body,
    )
        .hash(&mut hasher);
    let reply = reply.as_ref();
    reply
        .map(|reply| (reply.status, &reply.body))
        .hash(&mut hasher);
    hasher.finish()
}

/// Writes `nullable` and `x-nullable` in the words of JSON Schema.
fn nullable(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(nullable),
        Value::Object(fields) => {
            fields.values_mut().for_each(nullable);
            // A slip of GitLab's generator, which no validator takes.
            if fields.get("type").is_some_and(|kind| kind == "text") {
                fields.insert("type".to_owned(), Value::from("string"));
            }
            let is_nullable = ["nullable", "x-nullable"]
                .iter()
                .any(|key| fields.get(*key) == Some(&Value::Bool(true)));
            if !is_nullable {
                return;
            }
            fields.remove("nullable");
            fields.remove("x-nullable");
            let schema = Value::Object(std::mem::take(fields));
            let either = serde_json::json!([schema, { "type": "null" }]);
            fields.insert("anyOf".to_owned(), either);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
