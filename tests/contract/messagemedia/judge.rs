//! Judges whole exchanges against the vendor's published description of the contacts API.
//!
//! Knows nothing of who made an exchange. The query of a listing is one object there, sent exploded; the body of an
//! answer counts wherever one is described.

use std::{collections::HashMap, fs, path::PathBuf, sync::Mutex};

use rollcall::sandbox::Exchange;
use serde_json::{Map, Value, json};

use crate::path::{Template, templates};

/// The description, ready to judge.
pub(super) struct Judge {
    document: Value,
    templates: Vec<Template>,
    compiled: Mutex<HashMap<String, &'static jsonschema::Validator>>,
}

impl Judge {
    /// Fails loudly when the contracts are not there.
    pub(super) fn load() -> Self {
        let folder = std::env::var_os("ROLLCALL_CONTRACTS").expect(
            "set ROLLCALL_CONTRACTS to the folder of published contracts (the one that holds `messagemedia/`)",
        );
        let path = PathBuf::from(folder).join("messagemedia/messagemedia.openapi31.json");
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("read contract `{}`: {error}", path.display()));
        let document: Value = serde_json::from_str(&text).expect("the contract is JSON");
        Self {
            templates: templates(&document),
            document,
            compiled: Mutex::default(),
        }
    }

    /// All that is wrong with these exchanges, each fault beginning with the exchange it belongs to.
    pub(super) fn faults_of(&self, log: &[Exchange]) -> Vec<String> {
        let all = log.iter().enumerate().flat_map(|(index, exchange)| {
            let request = &exchange.request;
            let place = format!("{index}: {} {}", request.method, request.url);
            let faults = self.exchange(exchange);
            faults
                .into_iter()
                .map(move |fault| format!("{place}: {fault}"))
        });
        all.collect()
    }

    /// The operation that an exchange belongs to, written `GET /path/{id}`, with the status of its answer.
    pub(super) fn operation_of(&self, exchange: &Exchange) -> Option<(String, u16)> {
        let method = &exchange.request.method;
        let (path, _) = cut(&exchange.request.url);
        let (template, _) = self.find(&method.to_lowercase(), &path)?;
        let status = exchange.response.as_ref()?.status;
        Some((format!("{method} {}", template.text), status))
    }

    fn exchange(&self, exchange: &Exchange) -> Vec<String> {
        let method = exchange.request.method.to_lowercase();
        let (path, query) = cut(&exchange.request.url);
        let Some((template, slots)) = self.find(&method, &path) else {
            return vec![format!("no such operation: {method} {path}")];
        };
        let operation = &self.document["paths"][template.text.as_str()][method.as_str()];
        let parameters: Vec<&Value> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let mut faults = Vec::new();
        for parameter in &parameters {
            if parameter["in"] == "path" {
                let name = parameter["name"].as_str().unwrap_or_default();
                faults.extend(self.faults(&parameter["schema"], &json!(slots.get(name))));
            }
        }
        faults.extend(self.query_faults(&parameters, &query));
        let body = exchange.request.body.as_ref();
        faults.extend(self.body_faults(&operation["requestBody"], body, "the request"));
        if let Some(response) = &exchange.response {
            let status = response.status.to_string();
            match operation["responses"].get(&status) {
                None => faults.push(format!("the call never answers {status}")),
                Some(declared) => {
                    let declared = self.resolved(declared);
                    let what = format!("the answer {status}");
                    faults.extend(self.body_faults(declared, response.body.as_ref(), &what));
                }
            }
        }
        faults
    }

    fn find(&self, method: &str, path: &str) -> Option<(&Template, HashMap<String, String>)> {
        let mut fitting = self
            .templates
            .iter()
            .filter(|template| template.methods.iter().any(|known| known == method));
        fitting.find_map(|template| Some((template, template.slots(path)?)))
    }

    /// A body that is described is there and fits; one that is not described is not there.
    fn body_faults(&self, declared: &Value, body: Option<&Value>, what: &str) -> Vec<String> {
        let content = declared["content"].as_object();
        let schema = content
            .and_then(|kinds| kinds.values().next())
            .and_then(|kind| kind.get("schema"));
        match (schema, body) {
            (Some(schema), Some(body)) => self.faults(schema, body),
            (Some(_), None) => vec![format!("{what} has no body")],
            (None, Some(_)) => vec![format!("{what} has a body")],
            (None, None) => Vec::new(),
        }
    }

    fn query_faults(&self, parameters: &[&Value], query: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let in_query: Vec<&&Value> = parameters
            .iter()
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        let mut exploded: Map<String, Value> = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let plain = in_query.iter().find(|one| one["name"] == name.as_ref());
            let object = in_query.iter().find_map(|one| {
                let schema = self.resolved(&one["schema"]);
                schema["properties"].get(name.as_ref())
            });
            match (plain, object) {
                (Some(plain), _) => faults.extend(self.faults(&plain["schema"], &json!(value))),
                (None, Some(schema)) => {
                    exploded.insert(name.into_owned(), typed(schema, &value));
                }
                (None, None) => faults.push(format!("query option `{name}` is not declared")),
            }
        }
        for parameter in in_query {
            if self.resolved(&parameter["schema"])["type"] == "object" {
                let value = Value::Object(exploded.clone());
                faults.extend(self.faults(&parameter["schema"], &value));
            }
        }
        faults
    }

    fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let errors = self.validator(schema).iter_errors(value);
        errors
            .map(|error| format!("{error} at {}", error.instance_path()))
            .map(|text| text.chars().take(400).collect())
            .collect()
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self
                .document
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
                "components": self.document["components"],
                "allOf": [schema],
            });
            let options = jsonschema::options().should_validate_formats(true);
            Box::leak(Box::new(
                options.build(&document).expect("the contract compiles"),
            ))
        })
    }
}

/// A text of a query as what it stands for. How an array is written is not described: one value is one.
fn typed(schema: &Value, text: &str) -> Value {
    match schema["type"].as_str() {
        Some("integer") => text
            .parse::<i64>()
            .map_or_else(|_| json!(text), |number| json!(number)),
        Some("array") => json!([text]),
        _ => json!(text),
    }
}

/// Path and query of a URL.
fn cut(url: &str) -> (String, String) {
    let url = url::Url::parse(url).expect("a whole URL");
    (
        url.path().to_owned(),
        url.query().unwrap_or_default().to_owned(),
    )
}
