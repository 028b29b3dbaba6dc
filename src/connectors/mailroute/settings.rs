//! The settings of a MailRoute connection.
//!
//! It must not read the environment and never holds a login's key: only the name of the variable that does.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::connectors::{http::Patience, web::base_address};

/// Where MailRoute's API is.
const USUAL_ADDRESS: &str = "https://admin.mailroute.net/api/v1";

/// The settings of a MailRoute connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// Where the API is: `https://admin.mailroute.net/api/v1` unless MailRoute told you otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The name of the environment variable that holds the login; `ROLLCALL_MAILROUTE_LOGIN` when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_variable: Option<String>,
    /// The name of the environment variable that holds the login's API key; `ROLLCALL_MAILROUTE_API_KEY` when it is left
    /// out. The key has all rights of its login.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_variable: Option<String>,
    /// How many objects are asked for at a time when reading (1 to 1000).
    #[serde(default = "usual_page")]
    #[schemars(range(min = 1, max = 1000))]
    pub page_size: u16,
    /// Whether accounts may be deleted. What a person set up at MailRoute is lost with the account, for good.
    #[serde(default)]
    pub delete_accounts: bool,
    /// Whether aliases may be deleted.
    #[serde(default)]
    pub delete_aliases: bool,
    /// Push whole domains at once (`ldapsync/remote_data`) instead of changing account by account. MailRoute takes two such
    /// pushes in twelve hours.
    #[serde(default)]
    pub full_push: bool,
    /// How long one piece of work (one read, one hand-over of changes) waits in all for a service that is overloaded or
    /// silent, in seconds (1 to 3600).
    #[serde(default = "usual_patience")]
    #[schemars(range(min = 1, max = 3600))]
    pub max_wait_seconds: u16,
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

impl Settings {
    /// How long one piece of work may wait.
    pub fn patience(&self) -> Patience {
        Patience {
            total_wait: Duration::from_secs(self.max_wait_seconds.into()),
            ..Patience::default()
        }
    }

    /// Where the API is.
    pub(super) fn address(&self) -> &str {
        self.url.as_deref().unwrap_or(USUAL_ADDRESS)
    }

    /// Everything that is wrong, with the path within the settings.
    pub(super) fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut fault = |path: &str, message: String| faults.push((path.to_owned(), message));
        if let Err(message) = base_address(self.address()) {
            fault("url", message);
        }
        for (path, name) in [
            ("loginVariable", &self.login_variable),
            ("apiKeyVariable", &self.api_key_variable),
        ] {
            if name.as_deref().is_some_and(|name| name.trim().is_empty()) {
                fault(
                    path,
                    "is empty; name an environment variable, or leave it out".to_owned(),
                );
            }
        }
        if !(1..=1000).contains(&self.page_size) {
            fault("pageSize", format!("`{}` is not 1 to 1000", self.page_size));
        }
        if !(1..=3600).contains(&self.max_wait_seconds) {
            fault(
                "maxWaitSeconds",
                format!("`{}` is not 1 to 3600", self.max_wait_seconds),
            );
        }
        faults
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            login_variable: None,
            api_key_variable: None,
            page_size: usual_page(),
            delete_accounts: false,
            delete_aliases: false,
            full_push: false,
            max_wait_seconds: usual_patience(),
        }
    }
}

fn usual_page() -> u16 {
    100
}

fn usual_patience() -> u16 {
    300
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_need_be_said_and_everything_wrong_is_named() {
        assert_eq!(check(&json!({})), []);
        let given: Settings = serde_json::from_value(json!({})).unwrap();
        assert_eq!(given, Settings::default());
        assert!(!given.delete_accounts && !given.delete_aliases && !given.full_push);
        let wrong = json!({
            "url": "http://admin.mailroute.example", "loginVariable": " ", "pageSize": 0, "maxWaitSeconds": 0,
        });
        let faults = check(&wrong);
        let paths: Vec<&str> = faults.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            ["url", "loginVariable", "pageSize", "maxWaitSeconds"]
        );
        assert_eq!(
            check(&json!({ "apiKey": "x" })).len(),
            1,
            "no key in a file"
        );
        assert_eq!(check(&json!({ "pageSize": "many" }))[0].0, "pageSize");
    }
}
