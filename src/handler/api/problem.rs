//! What went wrong, as `application/problem+json` with a code that does not change.

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{definition::fault::Fault, format::Refused, store::ports::StoreError};

/// How long to wait before the storage is asked again, in seconds.
const STORAGE_WAIT: u32 = 5;

/// How long to wait before the form of what is stored is looked at again, in seconds.
const FORMAT_WAIT: u32 = 60;

/// The type of every problem begins with this.
pub(super) const PREFIX: &str = "urn:rollcall:";

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// A query, header or value cannot be used.
    InvalidRequest,
    /// The body is no JSON, or not of the form that is wanted.
    InvalidBody,
    /// There is nothing there.
    NotFound,
    /// Not with this method.
    MethodNotAllowed,
    /// The run was decided about.
    AlreadyDecided,
    /// The digest names another plan.
    DigestMismatch,
    /// Syncs use the connection.
    InUse,
    /// Nothing of the run waits.
    NotHeld,
    /// The run cannot be undone.
    NotUndoable,
    /// The idempotency key was used for something else.
    OtherRequest,
    /// The list is paused.
    Paused,
    /// A newer run of the list is there.
    Superseded,
    /// It is not the version that was expected.
    Changed,
    /// The body is too big.
    TooLarge,
    /// The body is not said to be JSON.
    WrongMediaType,
    /// The definition has faults.
    InvalidDefinition,
    /// The version that is to be changed has to be named.
    VersionRequired,
    /// A defect of this program.
    Unexpected,
    /// What is stored cannot be read.
    StorageBroken,
    /// A connection could not be read.
    ConnectionFailed,
    /// Somebody else is changing the same.
    Busy,
    /// The storage does not answer.
    StorageUnavailable,
    /// What is stored was written by a newer program.
    NewerData,
    /// What is stored is being brought forward.
    Upgrading,
    /// It took too long.
    TimedOut,
}

impl Code {
    /// All of them, by status.
    pub const ALL: [Self; 25] = [
        Self::InvalidRequest,
        Self::InvalidBody,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::AlreadyDecided,
        Self::DigestMismatch,
        Self::InUse,
        Self::NotHeld,
        Self::NotUndoable,
        Self::OtherRequest,
        Self::Paused,
        Self::Superseded,
        Self::Changed,
        Self::TooLarge,
        Self::WrongMediaType,
        Self::InvalidDefinition,
        Self::VersionRequired,
        Self::Unexpected,
        Self::StorageBroken,
        Self::ConnectionFailed,
        Self::Busy,
        Self::StorageUnavailable,
        Self::NewerData,
        Self::Upgrading,
        Self::TimedOut,
    ];

    /// Its name, its HTTP status and what it says.
    fn row(self) -> (&'static str, u16, &'static str) {
        match self {
            Self::InvalidRequest => ("invalid-request", 400, "the request cannot be used"),
            Self::InvalidBody => ("invalid-body", 400, "the body cannot be used"),
            Self::NotFound => ("not-found", 404, "there is nothing there"),
            Self::MethodNotAllowed => ("method-not-allowed", 405, "not with this method"),
            Self::AlreadyDecided => (
                "already-decided",
                409,
                "somebody decided about this run before",
            ),
            Self::DigestMismatch => ("digest-mismatch", 409, "the digest names another plan"),
            Self::InUse => ("in-use", 409, "the connection is used by syncs"),
            Self::NotHeld => ("not-held", 409, "nothing of this run waits for approval"),
            Self::NotUndoable => ("not-undoable", 409, "this run cannot be undone"),
            Self::OtherRequest => (
                "other-request",
                409,
                "the idempotency key was used for another request",
            ),
            Self::Paused => ("paused", 409, "the list is paused"),
            Self::Superseded => ("superseded", 409, "a newer run of this list is there"),
            Self::Changed => ("changed", 412, "somebody changed it meanwhile"),
            Self::TooLarge => ("too-large", 413, "the body is too big"),
            Self::WrongMediaType => ("wrong-media-type", 415, "the body has to be JSON"),
            Self::InvalidDefinition => ("invalid-definition", 422, "the definition has faults"),
            Self::VersionRequired => (
                "version-required",
                428,
                "the version that is to be changed has to be named",
            ),
            Self::Unexpected => ("unexpected", 500, "something unexpected happened"),
            Self::StorageBroken => ("storage-broken", 500, "what is stored cannot be read"),
            Self::ConnectionFailed => ("connection-failed", 502, "a connection could not be read"),
            Self::Busy => ("busy", 503, "somebody else is changing the same"),
            Self::StorageUnavailable => ("storage-unavailable", 503, "the storage does not answer"),
            Self::NewerData => ("newer-data", 503, "a newer rollcall wrote what is stored"),
            Self::Upgrading => ("upgrading", 503, "what is stored is being brought forward"),
            Self::TimedOut => ("timed-out", 504, "it took too long"),
        }
    }

    /// The end of its `type`.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Its HTTP status.
    pub fn status(self) -> u16 {
        self.row().1
    }

    /// What it says.
    pub fn title(self) -> &'static str {
        self.row().2
    }
}

/// What went wrong.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) code: Code,
    // Boxed, because every result carries the place for it.
    particulars: Box<Particulars>,
}

#[derive(Debug, Default)]
struct Particulars {
    detail: String,
    help: Option<String>,
    faults: Vec<Fault>,
    header: Option<(HeaderName, String)>,
    /// For the log: not for whoever called.
    cause: Option<String>,
}

/// A problem on the wire (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProblemDetails {
    /// Which problem it is: `urn:rollcall:` and a code that does not change.
    #[serde(rename = "type")]
    #[schema(example = "urn:rollcall:digest-mismatch")]
    kind: String,
    /// What the code says.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    status: u16,
    /// What happened this time.
    detail: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// Everything that is wrong with the definition.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    faults: Vec<FaultDetails>,
}

/// One thing that is wrong with a definition.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FaultDetails {
    /// Where, as a path in the body; one that begins with `syncs.` or `connections.` is in another definition.
    #[schema(example = "limits.removals.percent")]
    path: String,
    /// What is wrong and what would be right.
    message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Problem {
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        let particulars = Particulars {
            detail: detail.into(),
            ..Particulars::default()
        };
        Self {
            code,
            particulars: Box::new(particulars),
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.particulars.help = Some(help.into());
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.particulars.header = Some((name, value.into()));
        self
    }

    fn cause(mut self, cause: impl Into<String>) -> Self {
        self.particulars.cause = Some(cause.into());
        self
    }

    pub(super) fn faults(faults: Vec<Fault>) -> Self {
        let count = faults.len();
        let plural = if count == 1 { "" } else { "s" };
        let mut problem = Self::new(Code::InvalidDefinition, format!("{count} fault{plural}"));
        problem.particulars.faults = faults;
        problem
    }

    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::NotFound, detail)
    }

    pub(super) fn unexpected(cause: impl Into<String>) -> Self {
        Self::new(Code::Unexpected, "the log says what happened").cause(cause)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let problem = match &error {
            StoreError::Conflict(_) => Self::new(Code::Busy, "too many changes at once")
                .header(RETRY_AFTER, "1")
                .help("try again"),
            StoreError::Locked(_) | StoreError::Full(_) | StoreError::Other { .. } => {
                let detail = "the storage could not be read or written; nothing is lost";
                Self::new(Code::StorageUnavailable, detail)
                    .header(RETRY_AFTER, STORAGE_WAIT.to_string())
                    .help("try again; the log says what happened")
            }
            StoreError::Corrupt { .. } | StoreError::BadKey(_) => {
                let detail = "something that is stored cannot be read";
                Self::new(Code::StorageBroken, detail).help("the log says what and where")
            }
        };
        problem.cause(error.to_string())
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::Store(error) => return error.into(),
            Refused::Newer { .. } => Code::NewerData,
            Refused::NotYet(_) => Code::Upgrading,
        };
        let told = refused.to_string();
        let (detail, help) = told.split_once('\n').unwrap_or((&told, "try again"));
        Self::new(code, detail)
            .header(RETRY_AFTER, FORMAT_WAIT.to_string())
            .help(help)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Particulars {
            detail,
            help,
            faults,
            header,
            cause,
        } = *self.particulars;
        if let Some(cause) = cause {
            tracing::error!(code = self.code.name(), "an API call failed: {cause}");
        }
        let details = ProblemDetails {
            kind: format!("{PREFIX}{}", self.code.name()),
            title: self.code.title(),
            status: self.code.status(),
            detail,
            help,
            faults: faults
                .into_iter()
                .map(|fault| FaultDetails {
                    path: fault.path,
                    message: fault.message,
                    help: fault.help,
                })
                .collect(),
        };
        // Texts and numbers: nothing in it can fail to be JSON.
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let status = StatusCode::from_u16(self.code.status());
        let media = (CONTENT_TYPE, "application/problem+json");
        let mut response = (status.unwrap_or_default(), [media], body).into_response();
        if let Some((name, value)) = header
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
