//! Judges whole exchanges against PoliteMail's published Swagger 2.0.
//!
//! Knows nothing of who made an exchange. Links to next pages are the server's own and described nowhere: what they add
//! to an address is not judged.

use std::{fs, path::PathBuf, sync::OnceLock};

use rollcall::sandbox::Exchange;
use serde_json::{Value, json};

use crate::path::{Template, templates};

/// What the stand-in adds to paths to lead to the next page: a link is the server's own and described nowhere.
const PAGE_TOKEN: &str = "$skiptoken";

/// The contract with everything that judging needs.
pub(crate) struct Contract {
    swagger: Value,
    templates: Vec<Template>,
}

/// The contract, read once; fails loudly when it is not there.
pub(crate) fn contract() -> &'static Contract {
    static CONTRACT: OnceLock<Contract> = OnceLock::new();
    CONTRACT.get_or_init(|| {
        let folder = std::env::var_os("ROLLCALL_CONTRACTS").expect(
            "set ROLLCALL_CONTRACTS to the folder of published contracts (the one that holds `politemail/`)",
        );
        let file = PathBuf::from(folder).join("politemail/politemail.swagger20.json");
        let text = fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("read contract `{}`: {error}", file.display()));
        let swagger: Value = serde_json::from_str(&text).expect("the contract is JSON");
        assert_eq!(swagger["swagger"], "2.0");
        let templates = templates(&swagger);
        Contract { swagger, templates }
    })
}

impl Contract {
    /// The operation of a request below the base path, with all that is wrong with the exchange.
    pub(crate) fn judge(&self, exchange: &Exchange) -> (String, Vec<String>) {
        let request = &exchange.request;
        let url = url::Url::parse(&request.url).expect("a URL");
        let base = self.swagger["basePath"].as_str().expect("a base path");
        let path = url.path().strip_prefix(base).unwrap_or("(elsewhere)");
        let method = request.method.to_lowercase();
        let found = self.templates.iter().find_map(|template| {
            let is_known = template.methods.contains(&method);
            Some((template, template.slots(path).filter(|_| is_known)?))
        });
        let Some((template, slots)) = found else {
            let operation = format!("{method} {path}");
            return (
                operation.clone(),
                vec![format!("no such operation: {operation}")],
            );
        };
        let operation = &self.swagger["paths"][template.text.as_str()][method.as_str()];
        let declared: Vec<&Value> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let place = |place: &'static str| declared.iter().filter(move |one| one["in"] == place);
        let mut faults = Vec::new();
        for parameter in place("path") {
            let text = &slots[parameter["name"].as_str().expect("a name")];
            faults.extend(self.parameter(parameter, text));
        }
        let sent: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        for (name, text) in sent.iter().filter(|(name, _)| name != PAGE_TOKEN) {
            match place("query").find(|one| one["name"] == name.as_str()) {
                Some(parameter) => faults.extend(self.parameter(parameter, text)),
                None => faults.push(format!("query parameter `{name}` is not declared")),
            }
        }
        for parameter in place("query").filter(|one| one["required"] == true) {
            if !sent
                .iter()
                .any(|(name, _)| parameter["name"] == name.as_str())
            {
                faults.push(format!("query parameter {} is missing", parameter["name"]));
            }
        }
        faults.extend(match (place("body").next(), &request.body) {
            (None, None) => Vec::new(),
            (None, Some(_)) => vec!["a body that is not declared".to_owned()],
            (Some(body), None) if body["required"] == true => {
                vec!["the body is missing".to_owned()]
            }
            (Some(_), None) => Vec::new(),
            (Some(body), Some(sent)) => self.body(&body["schema"], sent),
        });
        if let Some(answer) = &exchange.response {
            let status = answer.status.to_string();
            let declared = &operation["responses"][status.as_str()];
            faults.extend(match (&answer.body, declared.is_null()) {
                (_, true) => vec![format!("the call never answers {status}")],
                (None, false) => vec![format!("the answer {status} has no body")],
                (Some(body), false) => self.fits(&declared["schema"], body),
            });
        }
        (
            operation["operationId"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            faults,
        )
    }

    fn parameter(&self, parameter: &Value, text: &str) -> Vec<String> {
        let value = match parameter["type"].as_str() {
            Some("integer") => text
                .parse::<i64>()
                .map_or(json!(text), |number| json!(number)),
            _ => json!(text),
        };
        let mut schema = json!({ "type": parameter["type"] });
        if parameter["format"] == "int32" {
            schema["maximum"] = json!(i32::MAX);
        }
        self.fits(&schema, &value)
    }

    /// A request may hold nothing that is not described; an answer may.
    fn body(&self, schema: &Value, sent: &Value) -> Vec<String> {
        let mut faults = self.fits(schema, sent);
        for name in sent.as_object().into_iter().flat_map(|sent| sent.keys()) {
            if schema["properties"].get(name).is_none() {
                faults.push(format!("property `{name}` is not declared"));
            }
        }
        faults
    }

    fn fits(&self, schema: &Value, value: &Value) -> Vec<String> {
        let document = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "definitions": self.swagger["definitions"],
            "allOf": [schema],
        });
        let validator = jsonschema::options()
            .build(&document)
            .expect("the contract compiles");
        let errors = validator.iter_errors(value);
        errors
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect()
    }
}

#[test]
fn the_judge_finds_what_leaves_the_contract() {
    let exchange = |method: &str, path: &str, body: Value, answer: Value| -> Exchange {
        let mut exchange = json!({
            "request": { "method": method, "url": format!("https://x.example{path}"), "headers": {} },
            "response": { "status": 200, "headers": {}, "body": answer },
        });
        if !body.is_null() {
            exchange["request"]["body"] = body;
        }
        serde_json::from_value(exchange).expect("an exchange")
    };
    let yes = json!({ "value": true });
    for (method, path, body, answer, wanted) in [
        (
            "GET",
            "/api/odata/Lists",
            json!(null),
            json!({ "value": [] }),
            "is missing",
        ),
        (
            "GET",
            "/api/odata/Lists?$select=ID&$top=1",
            json!(null),
            json!({ "value": [] }),
            "not declared",
        ),
        (
            "GET",
            "/ssv3/odata/Lists?$select=ID",
            json!(null),
            json!({ "value": [] }),
            "no such operation",
        ),
        (
            "DELETE",
            "/api/odata/Lists(1)",
            json!(null),
            yes.clone(),
            "no such operation",
        ),
        (
            "GET",
            "/api/odata/Lists(x)/Contacts",
            json!(null),
            json!({ "value": [] }),
            "integer",
        ),
        (
            "POST",
            "/api/odata/Lists(1)/AddEmails",
            json!(null),
            yes.clone(),
            "body is missing",
        ),
        (
            "POST",
            "/api/odata/Lists(1)/AddEmails",
            json!({ "emails": [1] }),
            yes.clone(),
            "string",
        ),
        (
            "POST",
            "/api/odata/Lists(1)/AddEmails",
            json!({ "mails": [] }),
            yes.clone(),
            "not declared",
        ),
        (
            "POST",
            "/api/odata/Lists(1)/RemoveEmails",
            json!({ "emails": [] }),
            json!({ "value": 1 }),
            "boolean",
        ),
        (
            "POST",
            "/api/odata/Lists/NewList",
            json!({ "Shared": true }),
            json!({ "value": 1 }),
            "Name",
        ),
        (
            "GET",
            "/api/odata/Lists?$select=ID",
            json!(null),
            json!({ "value": [{ "ID": 1 }] }),
            "Name",
        ),
    ] {
        let (_, faults) = contract().judge(&exchange(method, path, body, answer));
        let faults = faults.join("; ");
        assert!(faults.contains(wanted), "{method} {path}: {faults}");
    }
}
