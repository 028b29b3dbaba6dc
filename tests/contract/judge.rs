//! Judges whole exchanges against the published slice, as its README describes.
//!
//! Knows nothing of who made an exchange: the examples, the sandbox and the product's client are judged alike. What the
//! slice has not is in `beside`.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use rollcall::sandbox::Exchange;
use serde_json::{Value, json};

use crate::beside;
use crate::path::{Template, templates};

/// The slice with everything that judging needs.
pub(crate) struct Judge {
    /// The folder of the Graph contract.
    folder: PathBuf,
    slice: Value,
    templates: Vec<Template>,
    compiled: Mutex<HashMap<String, &'static jsonschema::Validator>>,
}

/// The judge, made once; fails loudly when the contracts are not there.
pub(crate) fn judge() -> &'static Judge {
    static JUDGE: OnceLock<Judge> = OnceLock::new();
    JUDGE.get_or_init(Judge::load)
}

/// All that is wrong with these exchanges, each fault beginning with the exchange it belongs to; empty when all fit.
///
/// Leave out exchanges that are meant to break the contract, such as an answer that is no JSON.
pub(crate) fn judge_log(log: &[Exchange]) -> Vec<String> {
    let mut faults = Vec::new();
    for (index, exchange) in log.iter().enumerate() {
        let exchange = serde_json::to_value(exchange).expect("an exchange is JSON");
        let place = format!(
            "{index}: {} {}",
            exchange["request"]["method"], exchange["request"]["url"]
        );
        faults.extend(
            judge()
                .exchange(&exchange)
                .into_iter()
                .map(|fault| format!("{place}: {fault}")),
        );
    }
    faults
}

impl Judge {
    fn load() -> Self {
        let folder = std::env::var_os("ROLLCALL_CONTRACTS").expect(
            "set ROLLCALL_CONTRACTS to the folder of published contracts (the one that holds `graph/`) to run these checks",
        );
        let folder = PathBuf::from(folder).join("graph");
        let slice = read(&folder.join("graph-slice.openapi31.json"));
        let templates = templates(&slice);
        Self {
            folder,
            slice,
            templates,
            compiled: Mutex::default(),
        }
    }

    /// A JSON file of the contract.
    pub(crate) fn file(&self, name: &str) -> Value {
        read(&self.folder.join(name))
    }

    /// Whether the slice has this operation, written `GET /users/{user-id}`.
    pub(crate) fn has_operation(&self, operation: &str) -> bool {
        let Some((method, path)) = operation.split_once(' ') else {
            return false;
        };
        self.slice["paths"][path]
            .get(method.to_lowercase())
            .is_some()
    }

    /// All operations, written `GET /users/{user-id}`.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.templates
            .iter()
            .flat_map(|template| {
                template
                    .methods
                    .iter()
                    .map(|method| format!("{} {}", method.to_uppercase(), template.text))
            })
            .collect()
    }

    /// The operation that answers this request, written `GET /users/{user-id}`.
    pub(crate) fn operation_of(&self, method: &str, url: &str) -> Option<String> {
        let (path, _) = cut(url);
        let (template, _) = self.find(&method.to_lowercase(), &path)?;
        Some(format!("{} {}", method.to_uppercase(), template.text))
    }

    /// Faults of a value against a schema, given by reference or in full.
    pub(crate) fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let errors = self.validator(schema).iter_errors(value);
        errors
            .map(|error| shortened(&format!("{error} at {}", error.instance_path())))
            .collect()
    }

    /// Faults of a value against a schema of the slice, by name.
    pub(crate) fn faults_by_name(&self, name: &str, value: &Value) -> Vec<String> {
        self.faults(
            &json!({"$ref": format!("#/components/schemas/{name}")}),
            value,
        )
    }

    /// All that is wrong with one exchange.
    pub(crate) fn exchange(&self, exchange: &Value) -> Vec<String> {
        let request = &exchange["request"];
        let method = request["method"]
            .as_str()
            .unwrap_or_default()
            .to_lowercase();
        let (path, query) = cut(request["url"].as_str().unwrap_or_default());
        if beside::is_change_of_person(&method, &path) {
            return beside::change_of_person(self, exchange);
        }
        let exchange = &beside::without_managers(self, exchange);
        let request = &exchange["request"];
        let Some((template, slots)) = self.find(&method, &path) else {
            return vec![format!("no such operation: {method} {path}")];
        };
        let item = &self.slice["paths"][template.text.as_str()];
        let operation = &item[method.as_str()];
        let parameters: Vec<&Value> = [&item["parameters"], &operation["parameters"]]
            .into_iter()
            .flat_map(|list| list.as_array().into_iter().flatten())
            .map(|parameter| self.resolved(parameter))
            .collect();
        let mut faults = self.path_faults(&parameters, &slots);
        faults.extend(self.query_faults(&parameters, &query));
        faults.extend(self.header_faults(&parameters, &request["headers"]));
        faults.extend(self.body_faults(
            operation,
            request.get("body").filter(|body| !body.is_null()),
        ));
        if let Some(response) = exchange
            .get("response")
            .filter(|response| !response.is_null())
        {
            faults.extend(self.response_faults(operation, response));
            if template.text == "/$batch" && response["status"] == 200 {
                faults.extend(self.item_faults(request, response));
            }
        }
        faults
    }

    fn find(&self, method: &str, path: &str) -> Option<(&Template, HashMap<String, String>)> {
        let fitting = self
            .templates
            .iter()
            .filter(|template| template.methods.iter().any(|known| known == method));
        fitting
            .into_iter()
            .find_map(|template| Some((template, template.slots(path)?)))
    }

    fn path_faults(&self, parameters: &[&Value], slots: &HashMap<String, String>) -> Vec<String> {
        let in_path = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "path");
        in_path
            .flat_map(|parameter| {
                let name = parameter["name"].as_str().unwrap_or_default();
                let value = slots.get(name).map_or(Value::Null, |value| json!(value));
                self.faults(&parameter["schema"], &value)
            })
            .collect()
    }

    fn query_faults(&self, parameters: &[&Value], query: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let declared = parameters
                .iter()
                .find(|one| one["in"] == "query" && one["name"] == name.as_ref());
            let Some(declared) = declared else {
                faults.push(format!("query option `{name}` is not declared"));
                continue;
            };
            let schema = &declared["schema"];
            let value = match schema["type"].as_str() {
                Some("array") => json!(
                    value
                        .split(',')
                        .filter(|name| !beside::is_extension(name))
                        .collect::<Vec<_>>()
                ),
                Some("integer") => value
                    .parse::<i64>()
                    .map_or_else(|_| json!(value), |number| json!(number)),
                Some("boolean") => value
                    .parse::<bool>()
                    .map_or_else(|_| json!(value), |flag| json!(flag)),
                _ => json!(value),
            };
            faults.extend(self.faults(schema, &value));
        }
        faults
    }

    fn header_faults(&self, parameters: &[&Value], headers: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        for parameter in parameters
            .iter()
            .filter(|parameter| parameter["in"] == "header")
        {
            let name = parameter["name"].as_str().unwrap_or_default();
            let mut sent = headers.as_object().into_iter().flatten();
            match sent.find(|(sent, _)| sent.eq_ignore_ascii_case(name)) {
                Some((_, value)) => faults.extend(self.faults(&parameter["schema"], value)),
                None if parameter["required"] == true => {
                    faults.push(format!("header `{name}` is missing"))
                }
                None => {}
            }
        }
        faults
    }

    fn body_faults(&self, operation: &Value, body: Option<&Value>) -> Vec<String> {
        match (
            operation
                .get("requestBody")
                .map(|declared| self.resolved(declared)),
            body,
        ) {
            (None, None) => Vec::new(),
            (None, Some(_)) => vec!["a body that is not declared".to_owned()],
            (Some(declared), None) if declared["required"] == true => {
                vec!["the body is missing".to_owned()]
            }
            (Some(_), None) => Vec::new(),
            (Some(declared), Some(body)) => match schema_of(declared) {
                Some(schema) => self.faults(schema, body),
                None => Vec::new(),
            },
        }
    }

    fn response_faults(&self, operation: &Value, response: &Value) -> Vec<String> {
        let status = response["status"].to_string();
        let Some(declared) = operation["responses"].get(&status) else {
            return vec![format!("the call never answers {status}")];
        };
        let body = response.get("body").filter(|body| !body.is_null());
        match (schema_of(self.resolved(declared)), body) {
            (Some(schema), Some(body)) => self.faults(schema, body),
            (Some(_), None) => vec![format!("the answer {status} has no body")],
            (None, Some(_)) => vec![format!("the answer {status} has a body")],
            (None, None) => Vec::new(),
        }
    }

    /// Judges each item of a batch with the answer of the same id; items answered 424 are left out.
    fn item_faults(&self, request: &Value, response: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        for item in request["body"]["requests"].as_array().into_iter().flatten() {
            let mut answers = response["body"]["responses"]
                .as_array()
                .into_iter()
                .flatten();
            let Some(answer) = answers.find(|answer| answer["id"] == item["id"]) else {
                faults.push(format!("item {} has no answer", item["id"]));
                continue;
            };
            if answer["status"] == 424 {
                continue;
            }
            let found = self.exchange(&json!({"request": item, "response": answer}));
            faults.extend(
                found
                    .into_iter()
                    .map(|fault| format!("item {}: {fault}", item["id"])),
            );
        }
        faults
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self
                .slice
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("no {reference}")),
            None => value,
        }
    }

    /// Compiled once per schema and kept for the life of the test.
    fn validator(&self, schema: &Value) -> &'static jsonschema::Validator {
        let mut compiled = self
            .compiled
            .lock()
            .expect("no test panics while it compiles");
        compiled.entry(schema.to_string()).or_insert_with(|| {
            let document = json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "components": self.slice["components"],
                "allOf": [schema],
            });
            let options = jsonschema::options().should_validate_formats(true);
            Box::leak(Box::new(
                options.build(&document).expect("the slice compiles"),
            ))
        })
    }
}

fn schema_of(declared: &Value) -> Option<&Value> {
    declared["content"]
        .as_object()?
        .values()
        .next()?
        .get("schema")
}

fn read(path: &std::path::Path) -> Value {
    let text = fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("read contract `{}`: {error}", path.display()));
    serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("contract `{}`: {error}", path.display()))
}

/// Path below the version root, and query, of a URL that may be relative.
fn cut(url: &str) -> (String, String) {
    let below_host = match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    };
    let (path, query) = below_host.split_once('?').unwrap_or((below_host, ""));
    let path = path.strip_prefix("/v1.0").unwrap_or(path);
    // The `$` of `$ref` and `$count` may be sent either way.
    (path.replace("%24", "$"), query.to_owned())
}

fn shortened(text: &str) -> String {
    text.chars().take(400).collect()
}
