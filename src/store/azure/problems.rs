//! What the libraries' errors mean: whether to try again, whether something may have been done, and what people read.
//!
//! The libraries' own texts are not passed on: they hold headers and whole answers, with bodies and receipts.

use std::error::Error as _;

use azure_core::error::ErrorKind;
use azure_core_021::error::ErrorKind as ErrorKind021;

use crate::store::ports::StoreError;

/// Why a request did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The service said no.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The service's own code, such as `EntityAlreadyExists`.
        code: String,
    },
    /// The service was not reached, so nothing was done.
    Unreached(String),
    /// No answer, or one that breaks off: it may have been done.
    Lost(String),
    /// The answer cannot be understood: it may have been done.
    Unreadable,
    /// Nobody could sign in.
    SignIn(String),
    /// The request could not even be built.
    Other(String),
}

impl Trouble {
    /// Whether the service refused with this status.
    pub(super) fn is(&self, wanted: u16) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == wanted)
    }

    /// Whether the service refused with this code.
    pub(super) fn says(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether the same request may go better in a moment.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Unreached(_) | Self::Lost(_) => true,
            Self::Unreadable | Self::SignIn(_) | Self::Other(_) => false,
        }
    }

    /// Whether the request may have been carried out all the same.
    pub(super) fn leaves_doubt(&self) -> bool {
        match self {
            Self::Refused { status, .. } => *status >= 500,
            Self::Lost(_) | Self::Unreadable => true,
            Self::Unreached(_) | Self::SignIn(_) | Self::Other(_) => false,
        }
    }

    /// The error for people, at a place such as `queue sync-jobs`.
    pub(super) fn explain(self, place: &str) -> StoreError {
        let problem = match self {
            Self::Refused { status, code } => refused(status, &code),
            Self::Unreached(why) => format!(
                "the service cannot be reached: {why}\ncheck the network and the address of the storage account"
            ),
            Self::Lost(why) => {
                format!("no answer, so it may have been done or not: {why}\ntry again")
            }
            Self::Unreadable => {
                return StoreError::Corrupt {
                    place: place.to_owned(),
                    problem: "the answer is not one that rollcall knows; another program may have written there, \
                              or a proxy answered"
                        .to_owned(),
                };
            }
            Self::SignIn(why) => format!(
                "signing in failed: {why}\ngive the app an identity and the roles of a Storage Blob, Queue and \
                 Table Data Contributor, or set `AzureWebJobsStorage` to a connection string"
            ),
            Self::Other(why) => why,
        };
        StoreError::Other {
            place: place.to_owned(),
            problem,
        }
    }
}

fn refused(status: u16, code: &str) -> String {
    let help = match (status, code) {
        (_, "KeyBasedAuthenticationNotPermitted") => {
            "\nthe account takes no keys: set `AzureWebJobsStorage__accountName` for an identity"
        }
        (_, "AuthorizationPermissionMismatch") => {
            "\ngive the identity the roles of a Storage Blob, Queue and Table Data Contributor"
        }
        (401 | 403, _) => {
            "\ncheck the key or the identity's roles, the account's firewall, and the clock of this machine"
        }
        (404, _) => "\nit is made at the start: was it deleted meanwhile? start again",
        (408 | 429 | 500.., _) => "\nthe service is overloaded or failing; try again later",
        _ => "",
    };
    format!("the service answered {status} (`{code}`){help}")
}

impl From<azure_core_021::Error> for Trouble {
    fn from(error: azure_core_021::Error) -> Self {
        match error.kind() {
            ErrorKind021::HttpResponse { status, error_code } => Self::Refused {
                status: u16::from(*status),
                code: code(error_code.as_deref()),
            },
            ErrorKind021::Io => of_the_wire(&error),
            ErrorKind021::DataConversion => Self::Unreadable,
            ErrorKind021::Credential => Self::SignIn(signing_in(&error)),
            ErrorKind021::MockFramework | ErrorKind021::Other => Self::Other(first_line(&error)),
        }
    }
}

impl From<azure_core::Error> for Trouble {
    fn from(error: azure_core::Error) -> Self {
        match error.kind() {
            ErrorKind::HttpResponse {
                status, error_code, ..
            } => Self::Refused {
                status: u16::from(*status),
                code: code(error_code.as_deref()),
            },
            ErrorKind::Connection | ErrorKind::Io => of_the_wire(&error),
            ErrorKind::DataConversion => Self::Unreadable,
            ErrorKind::Credential => Self::SignIn(signing_in(&error)),
            _ => Self::Other(first_line(&error)),
        }
    }
}

fn code(code: Option<&str>) -> String {
    code.unwrap_or("without a code").to_owned()
}

/// Our transports put `reqwest`'s error in, without the address; the libraries wrap it.
fn of_the_wire(error: &(dyn std::error::Error + 'static)) -> Trouble {
    let mut next = Some(error);
    while let Some(here) = next {
        if let Some(wire) = here.downcast_ref::<reqwest::Error>() {
            let mut why = wire.to_string();
            let mut source = wire.source();
            while let Some(cause) = source {
                why = format!("{why}: {cause}");
                source = cause.source();
            }
            return if wire.is_connect() {
                Trouble::Unreached(why)
            } else {
                Trouble::Lost(why)
            };
        }
        next = here.source();
    }
    Trouble::Lost("the connection failed".to_owned())
}

/// The innermost error of a credential says why; the outer ones only name the credential.
fn signing_in(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    first_line(innermost)
}

fn first_line(error: &(dyn std::error::Error + 'static)) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(300).collect()
}
