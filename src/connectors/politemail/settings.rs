//! The settings of a PoliteMail connection.
//!
//! It must not read the environment and never holds a secret: only the names of the variables that do.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::connectors::{http::Patience, web::base_address};

/// Below which path servers of generation 5.x have their API.
pub(super) const PATH_OF_5: &str = "/api/odata";
/// Below which path servers of generation 4.x have it.
pub(super) const PATH_OF_4: &str = "/ssv3/odata";

/// The settings of a PoliteMail connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "PoliteMail")]
pub struct Settings {
    /// The address of the server (`https://your-name.pmail2.com`), without the path of the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The path of the API on the server: `/api/odata` for servers 5.x, `/ssv3/odata` for servers 4.x.
    #[serde(default = "path_of_5")]
    pub base_path: String,
    /// The name of the environment variable that holds the user; with `passwordVariable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_variable: Option<String>,
    /// The name of the environment variable that holds the password; with `userVariable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_variable: Option<String>,
    /// The name of the environment variable that holds a personal access token; instead of user and password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_variable: Option<String>,
    /// How the token is sent: PoliteMail describes two ways.
    #[serde(default)]
    pub token_style: TokenStyle,
    /// How many addresses are added or removed at a time (1 to 1000).
    #[serde(default = "usual_chunk")]
    #[schemars(range(min = 1, max = 1000))]
    pub chunk: u16,
    /// Make a contact for newcomers whose fields are mapped, before they are added by their address.
    #[serde(default = "yes")]
    pub create_contacts: bool,
    /// Lists and contacts that are made here are shared, or not; without it the server decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<bool>,
    /// The id of the user who owns lists and contacts that are made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub owner_id: Option<i32>,
    /// The id of the business that lists and contacts belong to that are made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub business_id: Option<i32>,
    /// The id of the region that lists and contacts belong to that are made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub region_id: Option<i32>,
    /// Names or ids of lists that people join and leave themselves, where the server does not show which ones are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscription_lists: Vec<String>,
    /// How long one piece of work (one read, one hand-over of changes) waits in all for a service that is overloaded
    /// or silent, in seconds (1 to 3600).
    #[serde(default = "usual_patience")]
    #[schemars(range(min = 1, max = 3600))]
    pub max_wait_seconds: u16,
}

/// How a personal access token is sent as HTTP Basic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TokenStyle {
    /// As the user and as the password.
    #[default]
    Both,
    /// As the password of a user without a name.
    Blank,
}

/// Everything that is wrong with the raw settings: the path within them (`basePath`), and what is wrong there.
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

    /// Where requests go when the API is below `base_path`; the path within the settings with what is wrong there.
    pub(super) fn address(&self, base_path: &str) -> Result<Url, (&'static str, String)> {
        let Some(text) = self.url.as_deref().filter(|text| !text.trim().is_empty()) else {
            let missing = "is missing: the address of the server (`https://your-name.pmail2.com`)";
            return Err(("url", missing.to_owned()));
        };
        let mut url = base_address(text).map_err(|fault| ("url", fault))?;
        let path = url.path().trim_end_matches('/').to_owned();
        if let Some(named) = [PATH_OF_5, PATH_OF_4, base_path]
            .into_iter()
            .find(|named| path.to_ascii_lowercase().ends_with(named))
        {
            let fault = format!("leave out `{named}`: the path of the API is `basePath`");
            return Err(("url", fault));
        }
        let base_path = base_path.trim_matches('/');
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/-_.~".contains(letter);
        if base_path.is_empty() || !base_path.chars().all(is_plain) || base_path.contains("..") {
            let fault = format!("`{base_path}` is not a path like `{PATH_OF_5}` or `{PATH_OF_4}`");
            return Err(("basePath", fault));
        }
        url.set_path(&format!("{path}/{base_path}"));
        Ok(url)
    }

    /// Everything that is wrong, with the path within the settings.
    pub(super) fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut fault = |path: &str, message: String| faults.push((path.to_owned(), message));
        if let Err((path, message)) = self.address(&self.base_path) {
            fault(path, message);
        }
        let named = |variable: &Option<String>| {
            let name = variable.as_deref();
            name.is_some_and(|name| !name.trim().is_empty())
        };
        let (user, password, token) = (
            named(&self.user_variable),
            named(&self.password_variable),
            named(&self.token_variable),
        );
        match (user, password, token) {
            (true, true, false) | (false, false, true) => {}
            (_, _, true) => fault(
                "tokenVariable",
                "a token needs no user and no password; leave out one of the two".to_owned(),
            ),
            (true, false, false) => fault(
                "passwordVariable",
                "is missing: name the environment variable that holds the password".to_owned(),
            ),
            (false, true, false) => fault(
                "userVariable",
                "is missing: name the environment variable that holds the user".to_owned(),
            ),
            (false, false, false) => fault(
                "tokenVariable",
                "is missing: name the environment variable that holds a personal access token, or `userVariable` and \
                 `passwordVariable`"
                    .to_owned(),
            ),
        }
        if !(1..=1000).contains(&self.chunk) {
            fault("chunk", format!("`{}` is not 1 to 1000", self.chunk));
        }
        for (path, id) in [
            ("ownerId", self.owner_id),
            ("businessId", self.business_id),
            ("regionId", self.region_id),
        ] {
            if let Some(id) = id.filter(|id| *id < 0) {
                fault(path, format!("`{id}` is no id"));
            }
        }
        for (place, list) in self.subscription_lists.iter().enumerate() {
            if list.trim().is_empty() {
                let path = format!("subscriptionLists[{place}]");
                fault(&path, "is empty: name a list, or its id".to_owned());
            }
        }
        if !(1..=3600).contains(&self.max_wait_seconds) {
            let wait = self.max_wait_seconds;
            fault("maxWaitSeconds", format!("`{wait}` is not 1 to 3600"));
        }
        faults
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: None,
            base_path: path_of_5(),
            user_variable: None,
            password_variable: None,
            token_variable: None,
            token_style: TokenStyle::default(),
            chunk: usual_chunk(),
            create_contacts: true,
            shared: None,
            owner_id: None,
            business_id: None,
            region_id: None,
            subscription_lists: Vec::new(),
            max_wait_seconds: usual_patience(),
        }
    }
}

fn path_of_5() -> String {
    PATH_OF_5.to_owned()
}

/// No limit is published: few enough that one request stays small, many enough that a large list takes few of them.
fn usual_chunk() -> u16 {
    200
}

fn yes() -> bool {
    true
}

fn usual_patience() -> u16 {
    300
}

#[cfg(test)]
mod tests;
