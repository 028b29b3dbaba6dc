//! The settings of a MessageMedia connection.
//!
//! It must not read the environment and never holds a secret: only the names of the variables that do.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields;
use crate::connectors::{http::Patience, web::base_address};

/// The settings of a MessageMedia (Sinch Engage) connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Where the account is kept. The address people sign in at tells: `eu.app…` and `au.app…` have addresses of their own.
    #[serde(default)]
    pub region: Region,
    /// Another address in place of the region's (`http://127.0.0.1:7072`); for sandboxes and white-label copies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The name of the environment variable that holds the API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_variable: Option<String>,
    /// The name of the environment variable that holds the API secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_secret_variable: Option<String>,
    /// How many entries are asked for at a time when reading (1 to 1000).
    #[serde(default = "most_at_a_time")]
    #[schemars(range(min = 1, max = 1000))]
    pub page_size: u16,
    /// How many changes are handed over at a time (1 to 1000); between two hand-overs a run can stop cleanly.
    #[serde(default = "usual_chunk")]
    #[schemars(range(min = 1, max = 1000))]
    pub chunk: u16,
    /// The merge tag of the custom field that keeps the id of the person's directory object (`entra_id`). Without it
    /// nothing but rollcall's own store knows who is whom, beside numbers and addresses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id_field: Option<String>,
    /// Whether custom fields that are mapped and not there are created.
    #[serde(default = "yes")]
    pub create_custom_fields: bool,
    /// How long one piece of work (one read, one hand-over of changes) waits in all for a service that is overloaded
    /// or silent, in seconds (1 to 3600).
    #[serde(default = "usual_patience")]
    #[schemars(range(min = 1, max = 3600))]
    pub max_wait_seconds: u16,
}

/// Where an account is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// `api.messagemedia.com`
    #[default]
    Global,
    /// `eu.app.api.sinch.com`
    Eu,
    /// `au.app.api.sinch.com`
    Au,
}

/// Everything that is wrong with the raw settings: the path within them (`pageSize`), and what is wrong there.
pub fn check(settings: &serde_json::Value) -> Vec<(String, String)> {
    match serde_path_to_error::deserialize::<_, Settings>(settings) {
        Ok(settings) => settings.faults(),
        Err(error) => {
            let path = match error.path().to_string() {
                whole if whole == "." => String::new(),
                path => path,
            };
            vec![(path, error.inner().to_string())]
        }
    }
}

impl Region {
    /// Where the API of this region is.
    fn address(self) -> &'static str {
        match self {
            Self::Global => "https://api.messagemedia.com",
            Self::Eu => "https://eu.app.api.sinch.com",
            Self::Au => "https://au.app.api.sinch.com",
        }
    }
}

impl Settings {
    /// How long one piece of work may wait.
    pub fn patience(&self) -> Patience {
        Patience {
            total_wait: Duration::from_secs(self.max_wait_seconds.into()),
            ..Patience::default()
        }
    }

    /// Where requests go.
    pub(super) fn address(&self) -> Result<url::Url, String> {
        base_address(self.url.as_deref().unwrap_or(self.region.address()))
    }

    /// Everything that is wrong, with the path within the settings.
    pub(super) fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut fault = |path: &str, message: String| faults.push((path.to_owned(), message));
        if let Err(message) = self.address() {
            fault("url", message);
        }
        if self.url.is_some() && self.region != Region::Global {
            fault(
                "region",
                "`url` says already where the account is; leave out one of the two".to_owned(),
            );
        }
        for (path, variable, what) in [
            ("apiKeyVariable", &self.api_key_variable, "key"),
            ("apiSecretVariable", &self.api_secret_variable, "secret"),
        ] {
            if variable.as_deref().is_none_or(str::is_empty) {
                let message =
                    format!("is missing: name the environment variable that holds the API {what}");
                fault(path, message);
            }
        }
        for (path, number) in [("pageSize", self.page_size), ("chunk", self.chunk)] {
            if !(1..=1000).contains(&number) {
                fault(path, format!("`{number}` is not 1 to 1000"));
            }
        }
        if !(1..=3600).contains(&self.max_wait_seconds) {
            let message = format!("`{}` is not 1 to 3600", self.max_wait_seconds);
            fault("maxWaitSeconds", message);
        }
        match self.object_id_field.as_deref() {
            Some(tag) if tag.trim().is_empty() || fields::is_built_in(tag) => fault(
                "objectIdField",
                format!("`{tag}` is not the merge tag of a custom field"),
            ),
            _ => {}
        }
        faults
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            region: Region::default(),
            url: None,
            api_key_variable: None,
            api_secret_variable: None,
            page_size: most_at_a_time(),
            chunk: usual_chunk(),
            object_id_field: None,
            create_custom_fields: true,
            max_wait_seconds: usual_patience(),
        }
    }
}

/// The contract allows no more on a page.
fn most_at_a_time() -> u16 {
    1000
}

/// A newcomer costs a request; so many are done in well under a minute.
fn usual_chunk() -> u16 {
    250
}

fn usual_patience() -> u16 {
    300
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn little_has_to_be_said() {
        let settings = json!({ "apiKeyVariable": "KEY", "apiSecretVariable": "SECRET" });
        assert_eq!(check(&settings), []);
        let settings: Settings = serde_json::from_value(settings).unwrap();
        assert_eq!(
            settings.address().unwrap().as_str(),
            "https://api.messagemedia.com/"
        );
        let named = Settings {
            api_key_variable: Some("KEY".to_owned()),
            api_secret_variable: Some("SECRET".to_owned()),
            ..Settings::default()
        };
        assert_eq!(settings, named);
    }

    #[test]
    fn every_fault_is_listed_with_its_path() {
        let faults = check(&json!({
            "region": "eu", "url": "ftp://acme.example", "apiKeyVariable": "", "pageSize": 1001, "chunk": 0,
            "objectIdField": "contact_name", "maxWaitSeconds": 4000,
        }));
        let paths: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "url",
                "region",
                "apiKeyVariable",
                "apiSecretVariable",
                "pageSize",
                "chunk",
                "maxWaitSeconds",
                "objectIdField"
            ]
        );
        let unknown = check(&json!({ "apiKeyVariable": "KEY", "apiKey": "hunter2" }));
        assert_eq!(unknown.len(), 1);
        assert!(
            unknown[0].1.contains("unknown field `apiKey`"),
            "{unknown:?}"
        );
        assert_eq!(check(&json!({ "region": "us" }))[0].0, "region");
    }

    #[test]
    fn each_region_has_its_address() {
        for (region, host) in [
            (Region::Eu, "eu.app.api.sinch.com"),
            (Region::Au, "au.app.api.sinch.com"),
        ] {
            let settings = Settings {
                region,
                ..Settings::default()
            };
            assert_eq!(settings.address().unwrap().host_str(), Some(host));
        }
    }
}
