//! The table: whose key, how it stands to the limits, the keys.

/// How something that can be told to the program stands to the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// It shows, or says how something is shown. No writer is ever opened for it.
    Shows,
    /// It says which of several things is meant: a file, a list, a run.
    Names,
    /// Where the outside world is, how it is spoken to, and who signs in. What is read and written through it goes
    /// through the same review.
    World,
    /// It decides who belongs to a list or what is written of them: when it changes, everything waits for an approval.
    Shapes,
    /// It only ever keeps people where they are: to have more of it holds nothing, to have less is a change as above.
    Careful,
    /// It is a limit, or says what a limit does: the one place where somebody says how much may go.
    Limit,
    /// It says when something runs, which changes nothing about what a run may do.
    When,
    /// It starts runs, each with its review.
    Runs,
    /// It decides about a held plan, which it has to name; the run that follows reviews it anew.
    Decides,
    /// It changes definitions or how lists stand, and no list.
    Keeps,
}

use Class::*;

/// Whose keys, how they stand to the limits, and the keys.
pub(crate) type Table = &'static [(&'static str, Class, &'static str)];

/// The command line.
pub(crate) const COMMANDS: Table = &[
    ("rollcall", Shows, "(itself) --json"),
    ("rollcall", Names, "--config --state"),
    // Plays on lists of its own.
    ("demo", Shows, "(itself) --members --keep --only"),
    ("check", Shows, "(itself) file"),
    ("schema", Shows, "(itself)"),
    ("plan", Shows, "(itself)"),
    ("plan", Names, "sync"),
    ("apply", Runs, "(itself)"),
    ("apply", Names, "sync"),
    ("apply", Decides, "--approve"),
    ("approve", Decides, "(itself) about --digest --reason"),
    ("reject", Decides, "(itself) run --reason"),
    ("history", Shows, "(itself) sync --limit"),
    ("show", Shows, "(itself) run --csv --only"),
    ("explain", Shows, "(itself) sync who"),
    ("forget", Shows, "(itself) who"),
    // What is stored of one person goes, opt-outs stay, and no list is touched.
    ("forget", Keeps, "--erase --reason"),
    ("hand-over", Shows, "(itself) name --to"),
    ("opt-outs", Shows, "(itself) sync"),
    // Nobody comes back by it: the next run finds them to be newcomers, with its review.
    ("opt-outs", Keeps, "--lift --reason"),
    ("restore", Runs, "(itself) run --apply"),
    ("restore", Decides, "--approve"),
    ("resume", Keeps, "(itself) sync"),
    (
        "doctor",
        Shows,
        "(itself) sync --cost --lists --runs --members --changes --memory --endpoints",
    ),
    ("doctor", World, "--to"),
    ("backup", Shows, "(itself) --to"),
    // Into a storage that holds neither definitions nor runs.
    ("recover", Keeps, "(itself) --from"),
    ("push", Keeps, "(itself) --prune --yes"),
    ("push", World, "--to"),
    ("lists", Shows, "(itself) connection"),
    ("test", Shows, "(itself) connection"),
    ("serve", Runs, "(itself)"),
    ("local", Runs, "(itself)"),
    ("local", World, "--listen --port"),
    ("sandbox", World, "(itself) --scenario --port"),
    ("help", Shows, "(itself)"),
];

/// The API, by the ids of its operations.
pub(crate) const API: Table = &[
    ("getHealth", Shows, "(itself)"),
    ("getOpenApi", Shows, "(itself)"),
    ("getDoctor", Shows, "(itself) sync"),
    ("listSyncs", Shows, "(itself) state limit after"),
    ("getSync", Shows, "(itself) id"),
    ("putSync", Keeps, "(itself) id If-Match If-None-Match"),
    ("deleteSync", Keeps, "(itself) id If-Match"),
    ("listLists", Shows, "(itself) id limit after"),
    ("pauseSync", Keeps, "(itself) id by list reason until"),
    ("resumeSync", Keeps, "(itself) id by list"),
    ("listRuns", Shows, "(itself) id list limit after"),
    ("startRun", Runs, "(itself) id mode by list Idempotency-Key"),
    ("listConnections", Shows, "(itself)"),
    ("getConnection", Shows, "(itself) name"),
    (
        "putConnection",
        Keeps,
        "(itself) name If-Match If-None-Match",
    ),
    ("deleteConnection", Keeps, "(itself) name If-Match"),
    ("testConnection", Shows, "(itself) name"),
    ("getRun", Shows, "(itself) run"),
    ("getPlan", Shows, "(itself) run format"),
    ("getChanges", Shows, "(itself) run only"),
    ("getChangesCsv", Shows, "(itself) run only"),
    ("getPackage", Shows, "(itself) run"),
    ("explainPerson", Shows, "(itself) id address list"),
    ("lookUpPerson", Shows, "(itself) address"),
    ("erasePerson", Keeps, "(itself) address by reason"),
    ("listOptOuts", Shows, "(itself) id list limit after"),
    ("liftOptOut", Keeps, "(itself) id who by reason list"),
    (
        "restoreRun",
        Runs,
        "(itself) run mode by reason Idempotency-Key",
    ),
    ("approveRun", Decides, "(itself) run digest by reason"),
    ("rejectRun", Decides, "(itself) run digest by reason"),
];

/// The environment.
pub(crate) const SETTINGS: Table = &[
    (
        "environment",
        World,
        "AzureWebJobsStorage AzureWebJobsStorage__accountName AzureWebJobsStorage__blobServiceUri \
         AzureWebJobsStorage__queueServiceUri AzureWebJobsStorage__tableServiceUri \
         AzureWebJobsStorage__credential AzureWebJobsStorage__clientId AzureWebJobsStorage__tenantId \
         AzureWebJobsStorage__clientSecret IDENTITY_ENDPOINT ROLLCALL_DATA \
         ROLLCALL_ENTRA_TENANT_ID ROLLCALL_ENTRA_CLIENT_ID ROLLCALL_ENTRA_CLIENT_SECRET \
         ROLLCALL_MAILROUTE_LOGIN ROLLCALL_MAILROUTE_API_KEY ROLLCALL_MAILROUTE_URL \
         ROLLCALL_MESSAGEMEDIA_API_KEY ROLLCALL_MESSAGEMEDIA_API_SECRET ROLLCALL_MESSAGEMEDIA_URL \
         ROLLCALL_POLITEMAIL_URL ROLLCALL_POLITEMAIL_TOKEN ROLLCALL_POLITEMAIL_USER \
         ROLLCALL_POLITEMAIL_PASSWORD FUNCTIONS_CUSTOMHANDLER_PORT FUNCTIONS_HTTPWORKER_PORT \
         FUNCTIONS_APP_ROOT_PATH ROLLCALL_API_URL ROLLCALL_API_KEY ROLLCALL_LOCAL_KEY",
    ),
    (
        "environment",
        When,
        "ROLLCALL_SCHEDULE ROLLCALL_LEASE_SECONDS ROLLCALL_KEEP_DAYS AzureFunctionsJobHost__functionTimeout",
    ),
    (
        "environment",
        Names,
        "ROLLCALL_CONFIG ROLLCALL_STATE USER USERNAME",
    ),
    (
        "environment",
        Shows,
        "ROLLCALL_LOG ROLLCALL_TRACE_SHARE APPLICATIONINSIGHTS_CONNECTION_STRING \
         APPLICATIONINSIGHTS_AUTHENTICATION_STRING OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_HEADERS \
         OTEL_EXPORTER_OTLP_TRACES_ENDPOINT OTEL_EXPORTER_OTLP_TRACES_HEADERS \
         WEBSITE_SITE_NAME WEBSITE_INSTANCE_ID",
    ),
];

/// Definition files, by the parts of their schema.
pub(crate) const DEFINITIONS: Table = &[
    ("File", Names, "connections sync syncs"),
    ("Sync", Names, "id"),
    (
        "Sync",
        Shapes,
        "direction mode firstRun filters mapping matching guests removes optOuts unresolved source target",
    ),
    ("Sync", Careful, "exclude protected"),
    ("Sync", Limit, "limits"),
    ("Sync", When, "schedule"),
    ("Schedule", When, "cron enabled timeZone timesPerDay"),
    (
        "Limits",
        Limit,
        "additions removals aliasesAdded aliasesRemoved total unresolved onlyAbove overLimit",
    ),
    ("Limit", Limit, "count percent"),
    ("Guests", Shapes, "policy domains"),
    // What an invited person sees; whether anybody is invited is above.
    ("Guests", World, "redirectUrl sendMessage"),
    ("Filters", Shapes, "all any not"),
    ("FilterTest", Shapes, "in not startsWith endsWith"),
    (
        "Rule",
        Shapes,
        "field transforms region template values owner",
    ),
    (
        "Endpoint",
        Shapes,
        "connection everyone excludeGroups excludeLists filters group groups include list lists nested \
         subscription under",
    ),
    // A list that is not there has nobody who could be removed.
    ("Endpoint", World, "create"),
    // Says that an empty answer is meant; the limits hold all the same.
    ("Endpoint", When, "emptyUntil"),
    (
        "Connection.csv",
        World,
        "columns delimiter folder readOnly region type",
    ),
    (
        "Connection.csv.Columns",
        World,
        "address employeeId id optedOut phone",
    ),
    (
        "Connection.entra-id",
        World,
        "batch clientId clientSecretVariable cloud graphUrl loginUrl managedIdentity maxWaitSeconds memberCsv \
         pageSize tenantId type writePermission",
    ),
    ("Connection.entra-id.Batch", World, "patchesPerBatch"),
    (
        "Connection.hr",
        World,
        "bearerSha256 csv secretVariables type windowSeconds",
    ),
    (
        "Connection.hr.Columns",
        World,
        "address employeeId id optedOut phone",
    ),
    ("Connection.hr.Form", World, "columns delimiter region"),
    (
        "Connection.mailroute",
        World,
        "apiKeyVariable deleteAccounts deleteAliases fullPush loginVariable maxWaitSeconds pageSize type url",
    ),
    (
        "Connection.messagemedia",
        World,
        "apiKeyVariable apiSecretVariable chunk createCustomFields maxWaitSeconds objectIdField pageSize region \
         type url",
    ),
    (
        "Connection.politemail",
        World,
        "basePath businessId chunk createContacts maxWaitSeconds ownerId passwordVariable regionId shared \
         subscriptionLists tokenStyle tokenVariable type url userVariable",
    ),
    (
        "Connection.rest",
        World,
        "add addsBy auth create errors headers keyField lists maxWaitSeconds member members paging phoneRegion \
         readOnly remove retryAfterLost type update url",
    ),
    ("Connection.rest.Auth", World, "basic bearer header oauth"),
    (
        "Connection.rest.Basic",
        World,
        "passwordVariable userVariable",
    ),
    ("Connection.rest.Bearer", World, "tokenVariable"),
    (
        "Connection.rest.Call",
        World,
        "alreadySo body chunk done id item method path refused",
    ),
    (
        "Connection.rest.Counted",
        World,
        "first parameter size sizeParameter total",
    ),
    ("Connection.rest.ErrorsAt", World, "code message"),
    ("Connection.rest.Header", World, "name valueVariable"),
    ("Connection.rest.Link", World, "next"),
    ("Connection.rest.ListsAt", World, "id items name path"),
    (
        "Connection.rest.MemberAt",
        World,
        "addresses attributes directoryId employeeId id optedOut phones",
    ),
    ("Connection.rest.MembersAt", World, "items path total"),
    (
        "Connection.rest.Oauth",
        World,
        "audience clientIdVariable clientSecretVariable credentialsIn scope tokenUrl",
    ),
    ("Connection.rest.Paging", World, "link token offset page"),
    ("Connection.rest.PathEquals", World, "equals path"),
    ("Connection.rest.StatusAnd", World, "equals path status"),
    ("Connection.rest.Token", World, "next parameter"),
];
