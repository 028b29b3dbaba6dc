//! The description of the API, made of the tables and types that serve it.

mod operations;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use self::operations::{About, Good, about};
use super::{
    call::LARGEST_BODY,
    connections::{TestBody, Tested},
    decide::{ApproveBody, RejectBody, Rejected},
    definitions::{ConnectionPage, Deleted},
    enqueue::Accepted,
    opt_outs::{LiftAnswer, LiftBody, OptOutPage},
    people::EraseBody,
    problem::{Code, PREFIX, ProblemDetails},
    restore::RestoreBody,
    routes::{READ, Route, WRITE},
    runs::{ChangesView, PlanView, RunBody, RunPage, RunView},
    syncs::{Health, PauseBody, ResumeBody, StandingPage},
};
use crate::{
    doctor::Report,
    explain::Explained,
    forget::{Erased, Stored},
    handler::standing::Standing,
    summary::Summary,
};

/// What every call may end in, whatever it does.
const ALWAYS: [Code; 7] = [
    Code::InvalidRequest,
    Code::Unexpected,
    Code::StorageBroken,
    Code::StorageUnavailable,
    Code::NewerData,
    Code::Upgrading,
    Code::TimedOut,
];

/// What a body may be refused for.
const OF_BODIES: [Code; 3] = [Code::InvalidBody, Code::TooLarge, Code::WrongMediaType];

/// The OpenAPI document, as it is served and as `docs/openapi.json` holds it.
pub fn document() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for (routes, key) in [(&READ[..], "read"), (&WRITE[..], "write")] {
        for route in routes {
            let method = route.method.as_str().to_ascii_lowercase();
            let operations = paths.entry(route.path).or_default();
            operations.insert(method, operation(route, key));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "rollcall",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" },
            "description": INTRODUCTION,
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "readKey": key("header", "x-functions-key", "The key of the function `ApiRead`. It cannot write."),
                "readCode": key("query", "code", "The same key in the query; prefer the header, which is not in logs of addresses."),
                "writeKey": key("header", "x-functions-key", "The key of the function `ApiWrite`. It cannot read."),
                "writeCode": key("query", "code", "The same key in the query; prefer the header, which is not in logs of addresses."),
            },
        },
        "x-problems": problems(),
    })
}

const INTRODUCTION: &str = "\
The management API of rollcall: definitions, runs, and decisions about held plans.

Two functions serve it, each with a key of its own: the key of `ApiRead` opens the operations that change nothing, the \
key of `ApiWrite` the others. A host key opens both.

Identifiers in paths are made of letters, digits, `-`, `_` and `.`; names of lists and addresses travel in the query or \
the body. No query parameter may be given twice, and unknown ones and unknown fields are refused. Bodies are JSON with \
the media type `application/json`, up to 64 KiB. Errors are `application/problem+json` with a `type` that does not \
change; `x-problems` lists them all.";

fn operation(route: &Route, key: &str) -> Value {
    let About {
        id,
        summary,
        body,
        headers,
        good,
        problems,
    } = about(route.operation);
    let mut codes: Vec<Code> = ALWAYS.to_vec();
    codes.extend(problems);
    if route.path.contains('{') {
        codes.push(Code::NotFound);
    }
    if route.has_body() {
        codes.extend(OF_BODIES);
    }
    if key == "write" {
        codes.push(Code::Busy);
    }
    let mut answers: BTreeMap<String, Value> = BTreeMap::new();
    for answer in good {
        answers.insert(answer.status.to_string(), good_answer(answer));
    }
    for code in &codes {
        let status = code.status().to_string();
        let same_status = codes.iter().filter(|other| other.status() == code.status());
        let mut names: Vec<String> = same_status
            .map(|code| format!("`{}`: {}", code.name(), code.title()))
            .collect();
        names.sort();
        names.dedup();
        let content =
            json!({ "application/problem+json": { "schema": reference("ProblemDetails") } });
        let answer = json!({ "description": names.join("; "), "content": content });
        answers.insert(status, answer);
    }
    let mut operation = json!({
        "operationId": id,
        "summary": summary,
        "tags": [if key == "read" { "ApiRead" } else { "ApiWrite" }],
        "parameters": parameters(route, headers),
        "responses": answers,
        "security": [{ (format!("{key}Key")): [] }, { (format!("{key}Code")): [] }],
    });
    if let (Some((schema, example)), Some(fields)) = (body, operation.as_object_mut()) {
        let example: Value = serde_json::from_str(example).unwrap_or_default();
        let content =
            json!({ "application/json": { "schema": reference(schema), "example": example } });
        let body = json!({
            "required": true, "content": content,
            "description": format!("At most {LARGEST_BODY} bytes."),
        });
        fields.insert("requestBody".to_owned(), body);
    }
    operation
}

fn good_answer(answer: &Good) -> Value {
    let content: Map<String, Value> = answer
        .content
        .iter()
        .map(|(media, schema)| {
            let schema = match schema {
                Some(schema) => reference(schema),
                None if media.starts_with("text/") => json!({ "type": "string" }),
                None => json!({ "type": "string", "contentMediaType": media }),
            };
            ((*media).to_owned(), json!({ "schema": schema }))
        })
        .collect();
    let headers: Map<String, Value> = answer
        .headers
        .iter()
        .map(|(name, about)| {
            let header = json!({ "description": about, "schema": { "type": "string" } });
            ((*name).to_owned(), header)
        })
        .collect();
    json!({ "description": answer.about, "content": content, "headers": headers })
}

fn parameters(route: &Route, headers: &[&str]) -> Vec<Value> {
    let in_path = route.path.split(['{', '}']).skip(1).step_by(2).map(|name| {
        let schema = json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,200}$" });
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    });
    let in_query = route.query.iter().map(|name| {
        let (schema, about) = operations::query(name);
        json!({ "name": name, "in": "query", "required": false, "schema": schema, "description": about })
    });
    let in_headers = headers.iter().map(|name| {
        json!({
            "name": name, "in": "header", "required": false, "schema": { "type": "string" },
            "description": operations::header(name),
        })
    });
    in_path.chain(in_query).chain(in_headers).collect()
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn key(place: &str, name: &str, about: &str) -> Value {
    json!({ "type": "apiKey", "in": place, "name": name, "description": about })
}

/// Every problem there is.
fn problems() -> Vec<Value> {
    let row = |code: &Code| {
        json!({
            "type": format!("{PREFIX}{}", code.name()), "status": code.status(), "title": code.title(),
        })
    };
    Code::ALL.iter().map(row).collect()
}

fn schemas() -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::new();
    add::<ProblemDetails>(&mut schemas);
    add::<Health>(&mut schemas);
    add::<Standing>(&mut schemas);
    add::<StandingPage>(&mut schemas);
    add::<PauseBody>(&mut schemas);
    add::<ResumeBody>(&mut schemas);
    add::<OptOutPage>(&mut schemas);
    add::<LiftBody>(&mut schemas);
    add::<LiftAnswer>(&mut schemas);
    add::<RunBody>(&mut schemas);
    add::<RunView>(&mut schemas);
    add::<RunPage>(&mut schemas);
    add::<Accepted>(&mut schemas);
    add::<Summary>(&mut schemas);
    add::<PlanView>(&mut schemas);
    add::<ChangesView>(&mut schemas);
    add::<Explained>(&mut schemas);
    add::<Report>(&mut schemas);
    add::<Stored>(&mut schemas);
    add::<EraseBody>(&mut schemas);
    add::<Erased>(&mut schemas);
    add::<ApproveBody>(&mut schemas);
    add::<RejectBody>(&mut schemas);
    add::<Rejected>(&mut schemas);
    add::<RestoreBody>(&mut schemas);
    add::<ConnectionPage>(&mut schemas);
    add::<Deleted>(&mut schemas);
    add::<TestBody>(&mut schemas);
    add::<Tested>(&mut schemas);
    let definition = |about: &str, required: &[&str]| json!({ "type": "object", "description": about, "required": required });
    schemas.insert(
        "SyncDefinition".to_owned(),
        definition(
            "An element of `syncs` of a definition file; `rollcall schema` prints the JSON Schema. \
             `id` may be left out, and is the one in the path otherwise.",
            &["source", "target"],
        ),
    );
    schemas.insert(
        "ConnectionDefinition".to_owned(),
        definition(
            "A value of `connections` of a definition file; `rollcall schema` prints the JSON Schema. \
             It holds no secret, only the names of the variables that do.",
            &[],
        ),
    );
    schemas.insert(
        "OpenApiDocument".to_owned(),
        definition("An OpenAPI 3.1 document.", &["openapi", "paths"]),
    );
    schemas
}

/// Adds a type and everything it is made of.
fn add<T: ToSchema>(schemas: &mut BTreeMap<String, Value>) {
    let mut found = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut found);
    for (name, schema) in found {
        // A schema is JSON by nature.
        let schema = serde_json::to_value(&schema).unwrap_or_default();
        schemas.insert(name, schema);
    }
}
