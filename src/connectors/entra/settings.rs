//! The settings of an Entra ID connection.
//!
//! It must not read the environment and never holds a secret: only the name of the variable that does.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::endpoints::{Cloud, Endpoints, origin};
use crate::{
    connectors::{
        http::Patience,
        ports::{ConnectorError, ErrorKind},
    },
    model::capabilities::{self, PackageForm, ToolCloud},
};

/// The settings of an Entra ID connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settings {
    /// The tenant (directory): its id or one of its domains. Needed with a client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The application (client) id of the app registration. Needed with a client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The name of the environment variable that holds the client secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret_variable: Option<String>,
    /// Sign in as a managed identity instead: `system`, or the client id of a user-assigned one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_identity: Option<String>,
    /// Which Microsoft cloud the tenant is in.
    #[serde(default)]
    pub cloud: Cloud,
    /// Another address for Microsoft Graph (`http://127.0.0.1:7071`); for sandboxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph_url: Option<String>,
    /// Another address for signing in; for sandboxes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_url: Option<String>,
    /// How many objects are asked for at a time when reading (1 to 999).
    #[serde(default = "most_per_page")]
    #[schemars(range(min = 1, max = 999))]
    pub page_size: u16,
    /// How long one piece of work (one read, one hand-over of changes) waits in all for a service that is overloaded
    /// or silent, in seconds (1 to 3600).
    #[serde(default = "usual_patience")]
    #[schemars(range(min = 1, max = 3600))]
    pub max_wait_seconds: u16,
    /// How requests are packed together when writing.
    #[serde(default)]
    pub batch: Batch,
    /// Whether the application may write. With `false` it never tries: an administrator changes the groups, from
    /// packages that runs make.
    #[serde(default = "yes")]
    pub write_permission: bool,
    /// The template of the files in such packages that name members.
    #[serde(default)]
    pub member_csv: MemberCsv,
}

/// A template that the Entra admin centre took for the members of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MemberCsv {
    /// The present one: a heading, then a row for each member.
    #[default]
    Current,
    /// The one of 2020 to 2024: a row with the version comes first.
    Legacy,
}

/// How requests are packed together when writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Batch {
    /// The most additions of 20 members each that travel together (1 to 20). A connection starts with 5 and goes up
    /// to this while the service keeps pace.
    #[serde(default = "most_patches")]
    #[schemars(range(min = 1, max = 20))]
    pub patches_per_batch: u8,
}

/// Everything that is wrong with the raw settings: the path within them (`graphUrl`), and what is wrong there.
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

    /// In which form changes are handed over to an administrator.
    pub(super) fn package(&self) -> PackageForm {
        PackageForm {
            member_csv: match self.member_csv {
                MemberCsv::Current => capabilities::MemberCsv::Current,
                MemberCsv::Legacy => capabilities::MemberCsv::Legacy,
            },
            cloud: match self.cloud {
                Cloud::Public => ToolCloud::Public,
                Cloud::UsGov => ToolCloud::UsGov,
                Cloud::UsDod => ToolCloud::UsDod,
                Cloud::China => ToolCloud::China,
            },
        }
    }

    /// Where requests go.
    pub(super) fn endpoints(&self) -> Result<Endpoints, ConnectorError> {
        let (graph, login) = self.cloud.hosts();
        let read = |path: &str, own: &Option<String>, usual: &str| {
            origin(own.as_deref().unwrap_or(usual)).map_err(|fault| {
                ConnectorError::new(ErrorKind::Settings, format!("`{path}` {fault}"))
            })
        };
        Ok(Endpoints {
            graph: read("graphUrl", &self.graph_url, graph)?,
            login: read("loginUrl", &self.login_url, login)?,
        })
    }

    /// Everything that is wrong, with the path within the settings.
    pub(super) fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut fault = |path: &str, message: String| faults.push((path.to_owned(), message));
        if let Some(identity) = &self.managed_identity {
            if identity != "system" && !is_object_id(identity) {
                fault(
                    "managedIdentity",
                    format!("`{identity}` is neither `system` nor a client id"),
                );
            }
            if self.client_secret_variable.is_some() {
                fault(
                    "clientSecretVariable",
                    "a managed identity needs no client secret; leave out one of the two"
                        .to_owned(),
                );
            }
        } else {
            match self.tenant_id.as_deref() {
                None => fault("tenantId", "is missing".to_owned()),
                Some(tenant) if !is_tenant(tenant) => fault(
                    "tenantId",
                    format!("`{tenant}` is neither a tenant id nor a domain"),
                ),
                Some(_) => {}
            }
            match self.client_id.as_deref() {
                None => fault("clientId", "is missing".to_owned()),
                Some(client) if !is_object_id(client) => fault(
                    "clientId",
                    format!("`{client}` is not an application (client) id"),
                ),
                Some(_) => {}
            }
            if self
                .client_secret_variable
                .as_deref()
                .is_none_or(str::is_empty)
            {
                fault(
                    "clientSecretVariable",
                    "is missing: name the environment variable that holds the client secret, or set \
                     `managedIdentity`"
                        .to_owned(),
                );
            }
        }
        for (path, url) in [("graphUrl", &self.graph_url), ("loginUrl", &self.login_url)] {
            if let Some(Err(message)) = url.as_deref().map(origin) {
                fault(path, message);
            }
        }
        if !(1..=999).contains(&self.page_size) {
            fault("pageSize", format!("`{}` is not 1 to 999", self.page_size));
        }
        if !(1..=3600).contains(&self.max_wait_seconds) {
            fault(
                "maxWaitSeconds",
                format!("`{}` is not 1 to 3600", self.max_wait_seconds),
            );
        }
        if !(1..=20).contains(&self.batch.patches_per_batch) {
            fault(
                "batch.patchesPerBatch",
                format!("`{}` is not 1 to 20", self.batch.patches_per_batch),
            );
        }
        faults
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tenant_id: None,
            client_id: None,
            client_secret_variable: None,
            managed_identity: None,
            cloud: Cloud::default(),
            graph_url: None,
            login_url: None,
            page_size: most_per_page(),
            max_wait_seconds: usual_patience(),
            batch: Batch::default(),
            write_permission: yes(),
            member_csv: MemberCsv::default(),
        }
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            patches_per_batch: most_patches(),
        }
    }
}

/// Whether a text has the form of an object id.
pub(super) fn is_object_id(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn most_per_page() -> u16 {
    999
}

/// Five minutes: twice the 150 seconds after which Microsoft Graph's write quota is full again.
fn usual_patience() -> u16 {
    300
}

fn yes() -> bool {
    true
}

fn most_patches() -> u8 {
    20
}

fn is_tenant(text: &str) -> bool {
    is_object_id(text)
        || text.contains('.')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

#[cfg(test)]
mod tests;
