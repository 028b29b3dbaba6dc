//! Every variable the program knows, who sets it, and what it is for: one list, which the sample of a functions app's
//! settings is held to.

/// One variable of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// Who sets it.
    pub set_by: SetBy,
    /// What it is for, in a line.
    pub about: &'static str,
}

/// Who sets a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// People, as an app setting: in Azure, and in `local.settings.json` on a laptop.
    App,
    /// People, as an app setting that only some deployments need; never in `local.settings.json`.
    SomeApps,
    /// The Functions host, for the program it starts.
    Host,
    /// People or their shell, at the command line.
    Laptop,
}

const fn known(name: &'static str, set_by: SetBy, about: &'static str) -> Known {
    Known {
        name,
        set_by,
        about,
    }
}

/// All of them.
pub const KNOWN: &[Known] = &[
    known(
        "AzureWebJobsStorage",
        SetBy::App,
        "The storage account, for the Functions host and for rollcall: a connection string, or \
         `UseDevelopmentStorage=true` for Azurite.",
    ),
    known(
        "AzureWebJobsStorage__accountName",
        SetBy::SomeApps,
        "The storage account by name, reached with an identity instead of a connection string.",
    ),
    known(
        "AzureWebJobsStorage__blobServiceUri",
        SetBy::SomeApps,
        "Where blobs are, when the account's name does not say it.",
    ),
    known(
        "AzureWebJobsStorage__queueServiceUri",
        SetBy::SomeApps,
        "Where queues are, when the account's name does not say it.",
    ),
    known(
        "AzureWebJobsStorage__tableServiceUri",
        SetBy::SomeApps,
        "Where tables are, when the account's name does not say it.",
    ),
    known(
        "AzureWebJobsStorage__credential",
        SetBy::SomeApps,
        "`managedidentity`: the app's own identity opens the storage account.",
    ),
    known(
        "AzureWebJobsStorage__clientId",
        SetBy::SomeApps,
        "Which user-assigned identity opens the storage account.",
    ),
    known(
        "AzureWebJobsStorage__tenantId",
        SetBy::SomeApps,
        "The tenant of the application that opens the storage account, where there is no managed identity.",
    ),
    known(
        "AzureWebJobsStorage__clientSecret",
        SetBy::SomeApps,
        "The secret of that application; its id is `AzureWebJobsStorage__clientId`.",
    ),
    known(
        "IDENTITY_ENDPOINT",
        SetBy::Host,
        "Where a managed identity gets its tokens; that it is there says that there is one.",
    ),
    known(
        "ROLLCALL_SCHEDULE",
        SetBy::App,
        "When the scheduler looks for lists that are due: six fields, seconds first, in UTC. Not how often lists run.",
    ),
    known(
        "ROLLCALL_LEASE_SECONDS",
        SetBy::App,
        "How many seconds a hold on a list lasts without a heartbeat, 2 to 600. A run that was killed is taken over \
         when its hold has ended.",
    ),
    known(
        "ROLLCALL_KEEP_DAYS",
        SetBy::App,
        "How many days plans with outcomes, snapshots and packages of runs are kept, 1 to 3650; without it 90. Older \
         runs cannot be restored; their summaries stay.",
    ),
    known(
        "ROLLCALL_DATA",
        SetBy::App,
        "The folder that relative folders of CSV connections are relative to.",
    ),
    known(
        "ROLLCALL_LOG",
        SetBy::App,
        "What to log, as `tracing` filters say it: `warn,rollcall=info` in an app, `rollcall=debug` to see more. \
         Addresses are logged at debug only.",
    ),
    known(
        "ROLLCALL_TRACE_SHARE",
        SetBy::App,
        "The share of traces that are sent, from 0 to 1; without it all of them. It leaves out no errors and no runs.",
    ),
    known(
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        SetBy::SomeApps,
        "The Application Insights resource that the Functions host and rollcall send telemetry to.",
    ),
    known(
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        SetBy::SomeApps,
        "Who signs in there: `ClientId=<client id>;Authorization=AAD` for a managed identity.",
    ),
    known(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        SetBy::SomeApps,
        "The collector that traces go to instead, over HTTP in protocol buffers: `http://localhost:4318`.",
    ),
    known(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        SetBy::SomeApps,
        "The same for traces alone, and before it: used as it is, where `/v1/traces` is put behind the other.",
    ),
    known(
        "OTEL_EXPORTER_OTLP_HEADERS",
        SetBy::SomeApps,
        "What is sent with each request to the collector: `name=value,name=value`, values percent-encoded.",
    ),
    known(
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        SetBy::SomeApps,
        "The same for traces alone, and in place of it.",
    ),
    known(
        "WEBSITE_SITE_NAME",
        SetBy::Host,
        "The name of the app in Azure; traces are told under it.",
    ),
    known(
        "WEBSITE_INSTANCE_ID",
        SetBy::Host,
        "Which instance of the app this is; traces tell it.",
    ),
    known(
        "ROLLCALL_ENTRA_TENANT_ID",
        SetBy::App,
        "The tenant of Entra ID connections that name none.",
    ),
    known(
        "ROLLCALL_ENTRA_CLIENT_ID",
        SetBy::App,
        "The application of Entra ID connections that name none.",
    ),
    known(
        "ROLLCALL_ENTRA_CLIENT_SECRET",
        SetBy::App,
        "The client secret of Entra ID connections that name none. In Azure: a reference to a key vault, or a managed \
         identity instead.",
    ),
    known(
        "ROLLCALL_MAILROUTE_LOGIN",
        SetBy::App,
        "The login of MailRoute connections that name none.",
    ),
    known(
        "ROLLCALL_MAILROUTE_API_KEY",
        SetBy::App,
        "The API key of MailRoute connections that name none. In Azure: a reference to a key vault.",
    ),
    known(
        "ROLLCALL_MAILROUTE_URL",
        SetBy::App,
        "Where MailRoute's API is, when it is not `https://admin.mailroute.net/api/v1`.",
    ),
    known(
        "ROLLCALL_MESSAGEMEDIA_API_KEY",
        SetBy::App,
        "The API key of MessageMedia connections that name none.",
    ),
    known(
        "ROLLCALL_MESSAGEMEDIA_API_SECRET",
        SetBy::App,
        "The API secret of MessageMedia connections that name none. In Azure: a reference to a key vault.",
    ),
    known(
        "ROLLCALL_MESSAGEMEDIA_URL",
        SetBy::App,
        "Where MessageMedia connections go that say neither `region` nor `url`: \
         `https://eu.app.api.sinch.com`. Without it: `https://api.messagemedia.com`.",
    ),
    known(
        "ROLLCALL_POLITEMAIL_URL",
        SetBy::App,
        "The server of PoliteMail connections that name none (`https://your-name.pmail2.com`).",
    ),
    known(
        "ROLLCALL_POLITEMAIL_TOKEN",
        SetBy::App,
        "The personal access token of PoliteMail connections that name nobody who signs in. In Azure: a reference to a \
         key vault.",
    ),
    known(
        "ROLLCALL_POLITEMAIL_USER",
        SetBy::SomeApps,
        "The user of PoliteMail connections, where people sign in with a password instead of a token.",
    ),
    known(
        "ROLLCALL_POLITEMAIL_PASSWORD",
        SetBy::SomeApps,
        "The password of that user. In Azure: a reference to a key vault.",
    ),
    known(
        "AzureFunctionsJobHost__functionTimeout",
        SetBy::SomeApps,
        "How long one invocation may take, in place of what `host.json` says: `00:10:00`, or `-1` for no end.",
    ),
    known(
        "FUNCTIONS_CUSTOMHANDLER_PORT",
        SetBy::Host,
        "The port that `rollcall serve` listens on.",
    ),
    known(
        "FUNCTIONS_HTTPWORKER_PORT",
        SetBy::Host,
        "The same, from older hosts.",
    ),
    known(
        "FUNCTIONS_APP_ROOT_PATH",
        SetBy::Host,
        "The folder that `host.json` lies in.",
    ),
    known(
        "ROLLCALL_API_URL",
        SetBy::Laptop,
        "Where the app runs that `rollcall push` brings definitions to.",
    ),
    known(
        "ROLLCALL_API_KEY",
        SetBy::Laptop,
        "The key for `rollcall push` (`ApiRead` and `ApiWrite`) and `rollcall doctor --to` (`ApiRead`).",
    ),
    known(
        "ROLLCALL_LOCAL_KEY",
        SetBy::Laptop,
        "The key that `rollcall local` asks for; without one it answers this machine alone.",
    ),
    known(
        "ROLLCALL_CONFIG",
        SetBy::Laptop,
        "The definition file of the command line.",
    ),
    known(
        "ROLLCALL_STATE",
        SetBy::Laptop,
        "The folder that keeps state and history, where there is no storage account.",
    ),
    known(
        "USER",
        SetBy::Laptop,
        "Who is at the keyboard, for the history.",
    ),
    known("USERNAME", SetBy::Laptop, "The same, on Windows."),
];
