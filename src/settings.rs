//! The environment, read in one place.
//!
//! This room is the only reader of the environment and must not know what the values are used for.

mod known;

use std::{env, fmt, path::PathBuf};

pub use known::{KNOWN, Known, SetBy};

/// What the environment says. A variable that is empty counts as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `ROLLCALL_CONFIG`: the definition file.
    pub config: Option<PathBuf>,
    /// `ROLLCALL_STATE`: the folder that keeps state and history.
    pub state: Option<PathBuf>,
    /// `ROLLCALL_LOG`: what to log, as `tracing` filters say it (`info`, `rollcall=debug`).
    pub log: Option<String>,
    /// `ROLLCALL_ENTRA_TENANT_ID`: the tenant of Entra ID connections that name none.
    pub entra_tenant_id: Option<String>,
    /// `ROLLCALL_ENTRA_CLIENT_ID`: the application of Entra ID connections that name none.
    pub entra_client_id: Option<String>,
    /// `ROLLCALL_POLITEMAIL_URL`: the server of PoliteMail connections that name none.
    pub politemail_url: Option<String>,
    /// `ROLLCALL_MAILROUTE_URL`: where the API of MailRoute connections is that name no address.
    pub mailroute_url: Option<String>,
    /// `ROLLCALL_MESSAGEMEDIA_URL`: where MessageMedia connections go that say nothing of it.
    pub messagemedia_url: Option<String>,
    /// `ROLLCALL_LEASE_SECONDS`: how long a hold on a list lasts without a heartbeat, as it was written.
    pub lease_seconds: Option<String>,
    /// `ROLLCALL_KEEP_DAYS`: how many days plans, snapshots and packages of runs are kept, as it was written.
    pub keep_days: Option<String>,
    /// `ROLLCALL_DATA`: the folder that relative folders of CSV connections are relative to.
    pub data: Option<PathBuf>,
    /// `FUNCTIONS_CUSTOMHANDLER_PORT`, or `FUNCTIONS_HTTPWORKER_PORT` from older hosts, as it was written.
    pub port: Option<String>,
    /// `FUNCTIONS_APP_ROOT_PATH`: the folder that `host.json` lies in.
    pub app_root: Option<PathBuf>,
    /// `AzureFunctionsJobHost__functionTimeout`: how long one invocation may take, as it was written.
    pub function_timeout: Option<String>,
    /// `ROLLCALL_LOCAL_KEY`: the key that `rollcall local` asks for.
    pub local_key: Option<Hidden>,
    /// `ROLLCALL_API_URL`: where the app runs that definitions are pushed to.
    pub api_url: Option<String>,
    /// `APPLICATIONINSIGHTS_CONNECTION_STRING`: the Application Insights resource that traces go to.
    pub insights: Option<Hidden>,
    /// `APPLICATIONINSIGHTS_AUTHENTICATION_STRING`: who signs in there, as `ClientId=…;Authorization=AAD`.
    pub insights_authentication: Option<String>,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`: the collector that traces go to instead.
    pub otlp_endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`: where that takes traces, the whole address; before the one above.
    pub otlp_traces_endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: what is sent with each request to it; keys are among it.
    pub otlp_headers: Option<Hidden>,
    /// `OTEL_EXPORTER_OTLP_TRACES_HEADERS`: what is sent in place of these.
    pub otlp_traces_headers: Option<Hidden>,
    /// `ROLLCALL_TRACE_SHARE`: the share of traces that are sent, as it was written.
    pub trace_share: Option<String>,
    /// `WEBSITE_SITE_NAME`: the name of the app in Azure.
    pub site_name: Option<String>,
    /// `WEBSITE_INSTANCE_ID`: which of its instances this is.
    pub instance_id: Option<String>,
    /// `USER` or `USERNAME`: who is at the keyboard, for the history.
    pub user: Option<String>,
    /// Where Azure Storage is and who signs in to it.
    pub storage: Storage,
}

/// A value that shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

impl Storage {
    /// Whether a storage account is named at all.
    pub fn is_named(&self) -> bool {
        self.connection_string.is_some()
            || self.account_name.is_some()
            || self.table_service_uri.is_some()
    }
}

/// The settings of Azure Storage, as the Functions host reads them too.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Storage {
    /// `AzureWebJobsStorage`: a connection string; it holds a key or a signature.
    pub connection_string: Option<String>,
    /// `AzureWebJobsStorage__accountName`: the storage account, when an identity signs in.
    pub account_name: Option<String>,
    /// `AzureWebJobsStorage__queueServiceUri`: the queues of that account.
    pub queue_service_uri: Option<String>,
    /// `AzureWebJobsStorage__blobServiceUri`: its blobs.
    pub blob_service_uri: Option<String>,
    /// `AzureWebJobsStorage__tableServiceUri`: its tables.
    pub table_service_uri: Option<String>,
    /// `AzureWebJobsStorage__credential`: `managedidentity`, or absent.
    pub credential: Option<String>,
    /// `AzureWebJobsStorage__clientId`: a user-assigned managed identity, or an application.
    pub client_id: Option<String>,
    /// `AzureWebJobsStorage__tenantId`: the tenant of an application.
    pub tenant_id: Option<String>,
    /// `AzureWebJobsStorage__clientSecret`: the secret of an application.
    pub client_secret: Option<String>,
    /// Whether `IDENTITY_ENDPOINT` is there: the host offers a managed identity.
    pub hosted_identity: bool,
}

/// Shows what is set, and neither key nor secret.
impl fmt::Debug for Storage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Storage")
            .field(
                "connection_string",
                &self.connection_string.as_ref().map(|_| "…"),
            )
            .field("account_name", &self.account_name)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret.as_ref().map(|_| "…"))
            .finish_non_exhaustive()
    }
}

/// The variable that holds the client secret of Entra ID connections that name none.
pub const ENTRA_SECRET: &str = "ROLLCALL_ENTRA_CLIENT_SECRET";

/// The variable that holds the personal access token of PoliteMail connections that name nobody who signs in.
pub const POLITEMAIL_TOKEN: &str = "ROLLCALL_POLITEMAIL_TOKEN";

/// The variable that holds the user of PoliteMail connections that name nobody who signs in, where there is no token.
pub const POLITEMAIL_USER: &str = "ROLLCALL_POLITEMAIL_USER";

/// The variable that holds that user's password.
pub const POLITEMAIL_PASSWORD: &str = "ROLLCALL_POLITEMAIL_PASSWORD";

/// The variable that holds the login of MailRoute connections that name none.
pub const MAILROUTE_LOGIN: &str = "ROLLCALL_MAILROUTE_LOGIN";

/// The variable that holds the API key of MailRoute connections that name none.
pub const MAILROUTE_API_KEY: &str = "ROLLCALL_MAILROUTE_API_KEY";

/// The variable that holds the API key of MessageMedia connections that name none.
pub const MESSAGEMEDIA_KEY: &str = "ROLLCALL_MESSAGEMEDIA_API_KEY";

/// The variable that holds the API secret of MessageMedia connections that name none.
pub const MESSAGEMEDIA_SECRET: &str = "ROLLCALL_MESSAGEMEDIA_API_SECRET";

/// The variable that holds the key of the app that definitions are pushed to.
pub const API_KEY: &str = "ROLLCALL_API_KEY";

/// Reads the environment.
pub fn from_environment() -> Settings {
    Settings {
        config: variable("ROLLCALL_CONFIG").map(PathBuf::from),
        state: variable("ROLLCALL_STATE").map(PathBuf::from),
        log: variable("ROLLCALL_LOG"),
        entra_tenant_id: variable("ROLLCALL_ENTRA_TENANT_ID"),
        entra_client_id: variable("ROLLCALL_ENTRA_CLIENT_ID"),
        politemail_url: variable("ROLLCALL_POLITEMAIL_URL"),
        mailroute_url: variable("ROLLCALL_MAILROUTE_URL"),
        messagemedia_url: variable("ROLLCALL_MESSAGEMEDIA_URL"),
        lease_seconds: variable("ROLLCALL_LEASE_SECONDS"),
        keep_days: variable("ROLLCALL_KEEP_DAYS"),
        data: variable("ROLLCALL_DATA").map(PathBuf::from),
        port: variable("FUNCTIONS_CUSTOMHANDLER_PORT")
            .or_else(|| variable("FUNCTIONS_HTTPWORKER_PORT")),
        app_root: variable("FUNCTIONS_APP_ROOT_PATH").map(PathBuf::from),
        function_timeout: variable("AzureFunctionsJobHost__functionTimeout"),
        local_key: variable("ROLLCALL_LOCAL_KEY").map(Hidden),
        api_url: variable("ROLLCALL_API_URL"),
        insights: variable("APPLICATIONINSIGHTS_CONNECTION_STRING").map(Hidden),
        insights_authentication: variable("APPLICATIONINSIGHTS_AUTHENTICATION_STRING"),
        otlp_endpoint: variable("OTEL_EXPORTER_OTLP_ENDPOINT"),
        otlp_traces_endpoint: variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        otlp_headers: variable("OTEL_EXPORTER_OTLP_HEADERS").map(Hidden),
        otlp_traces_headers: variable("OTEL_EXPORTER_OTLP_TRACES_HEADERS").map(Hidden),
        trace_share: variable("ROLLCALL_TRACE_SHARE"),
        site_name: variable("WEBSITE_SITE_NAME"),
        instance_id: variable("WEBSITE_INSTANCE_ID"),
        user: variable("USER").or_else(|| variable("USERNAME")),
        storage: Storage {
            connection_string: variable("AzureWebJobsStorage"),
            account_name: variable("AzureWebJobsStorage__accountName"),
            queue_service_uri: variable("AzureWebJobsStorage__queueServiceUri"),
            blob_service_uri: variable("AzureWebJobsStorage__blobServiceUri"),
            table_service_uri: variable("AzureWebJobsStorage__tableServiceUri"),
            credential: variable("AzureWebJobsStorage__credential"),
            client_id: variable("AzureWebJobsStorage__clientId"),
            tenant_id: variable("AzureWebJobsStorage__tenantId"),
            client_secret: variable("AzureWebJobsStorage__clientSecret"),
            hosted_identity: variable("IDENTITY_ENDPOINT").is_some(),
        },
    }
}

/// The names of all variables that begin with `prefix`, sorted; no values.
pub fn names(prefix: &str) -> Vec<String> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(prefix)).collect();
    names.sort_unstable();
    names
}

/// What to do about a variable that holds a reference nobody resolved.
pub const RESOLVE: &str = "look at the setting in the portal, which says why: the secret is missing, the app's identity may \
     not read it (role Key Vault Secrets User), or the vault cannot be reached; then restart the app";

/// Whether a value is a reference to a key vault or a configuration store that the platform was to put a value in place
/// of, and did not: never a secret itself.
pub fn is_unresolved(value: &str) -> bool {
    let value = value.trim_start();
    ["@Microsoft.KeyVault(", "@Microsoft.AppConfiguration("]
        .iter()
        .any(|begin| {
            value
                .get(..begin.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(begin))
        })
}

/// The names of all variables whose values are unresolved references, sorted; no values.
pub fn unresolved() -> Vec<String> {
    let all = env::vars_os().filter_map(|(name, value)| {
        let is_one = value.to_str().is_some_and(is_unresolved);
        name.into_string().ok().filter(|_| is_one)
    });
    let mut names: Vec<String> = all.collect();
    names.sort_unstable();
    names
}

/// The value of one variable; `None` when it is not set, empty, or no UTF-8.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_told_from_a_secret() {
        let vault = "@Microsoft.KeyVault(SecretUri=https://v.vault.example/secrets/token/)";
        assert!(is_unresolved(vault));
        assert!(is_unresolved(
            " @microsoft.keyvault(VaultName=v;SecretName=token)"
        ));
        assert!(is_unresolved(
            "@Microsoft.AppConfiguration(Endpoint=https://c.example)"
        ));
        assert!(!is_unresolved("@Microsoft.KeyVault"));
        assert!(!is_unresolved("hunter2 @Microsoft.KeyVault(x)"));
        assert!(!is_unresolved("@Microsoft.KeyVaultö("));
        assert!(!is_unresolved(""));
    }
}
