//! The vendor's recorded exchanges, as they lie beside the checkout.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// One recorded request with its answer.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Interaction {
    pub(super) request: Asked,
    pub(super) response: Answered,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Asked {
    pub(super) method: String,
    /// Percent-decoded.
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Value,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Value,
}

#[derive(Deserialize)]
struct File {
    interactions: Vec<Interaction>,
}

/// The folder of the contract; fails loudly when it is not there.
pub(super) fn folder() -> PathBuf {
    let contracts = std::env::var_os("ROLLCALL_CONTRACTS")
        .expect("set ROLLCALL_CONTRACTS to the folder of published contracts to run these checks");
    PathBuf::from(contracts).join("mailroute")
}

/// One scene, by folder and name (`email_account/crud`).
pub(super) fn scene(name: &str) -> Vec<Interaction> {
    let path = folder().join("exchanges").join(format!("{name}.json"));
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file: File = serde_json::from_str(&text).unwrap();
    file.interactions
}

/// Every scene with its name.
pub(super) fn scenes() -> Vec<(String, Vec<Interaction>)> {
    let mut names = Vec::new();
    for kind in fs::read_dir(folder().join("exchanges")).unwrap() {
        let kind = kind.unwrap();
        for file in fs::read_dir(kind.path()).unwrap() {
            let file = file.unwrap().path();
            let stem = file.file_stem().unwrap().to_str().unwrap().to_owned();
            names.push(format!("{}/{stem}", kind.file_name().to_str().unwrap()));
        }
    }
    names.sort();
    assert_eq!(names.len(), 31, "recordings are missing");
    names
        .into_iter()
        .map(|name| (name.clone(), scene(&name)))
        .collect()
}

impl Interaction {
    /// The objects of the answer: those of a page, or the one it is.
    pub(super) fn objects(&self) -> Vec<&Value> {
        let body = &self.response.body;
        match body.get("objects").and_then(Value::as_array) {
            Some(objects) => objects.iter().collect(),
            None if body.get("resource_uri").is_some() => vec![body],
            None => Vec::new(),
        }
    }
}

/// Whether an object is of this resource (`email_account`).
pub(super) fn is_of(object: &Value, resource: &str) -> bool {
    let uri = object["resource_uri"].as_str().unwrap_or_default();
    uri.starts_with(&format!("/api/v1/{resource}/"))
}
