//! Why somebody, or a field of theirs, is not put back as it was before a run.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::attributes::Value;

/// Why something is not put back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NotPutBack {
    /// It was so before the run: the list shows it in the snapshot, or the platform said so.
    SoBefore,
    /// A later run did the same again; the run.
    DoneSince(String),
    /// Somebody gave the field another value since.
    FieldChangedSince {
        /// The field, as the list calls it.
        field: String,
        /// The value the run wrote; `None` where it emptied the field.
        written: Option<Value>,
        /// The value now.
        now: Option<Value>,
    },
    /// The sync does not read the field any more; the field, as the list calls it.
    FieldNotRead(String),
    /// The list may not show yet what the run did.
    NotSettled {
        /// Until when it may not.
        until: Timestamp,
    },
    /// The list may not have been read whole, now or before the run; the doubts.
    Doubtful(Vec<String>),
    /// The person was forgotten, or the value named one who was: nothing says any more what it was.
    Forgotten,
}

impl fmt::Display for NotPutBack {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |value: &Option<Value>| {
            value
                .as_ref()
                .map_or_else(|| "(none)".to_owned(), Value::to_line)
        };
        match self {
            Self::SoBefore => formatter.write_str("was so before that run"),
            Self::DoneSince(run) => write!(formatter, "run {run} did it again since"),
            Self::FieldChangedSince {
                field,
                written,
                now,
            } => write!(
                formatter,
                "{field} was changed since: that run wrote {}, now it is {}",
                line(written),
                line(now)
            ),
            Self::FieldNotRead(field) => {
                write!(formatter, "the sync does not read {field} any more")
            }
            Self::NotSettled { until } => write!(
                formatter,
                "the list may not show yet what that run did until {}; restore again later",
                until.strftime("%Y-%m-%d %H:%M UTC")
            ),
            Self::Doubtful(doubts) => write!(
                formatter,
                "the list may not have been read whole: {}",
                doubts.join("; ")
            ),
            Self::Forgotten => formatter.write_str(
                "was erased with a person who was forgotten; if it has to be put right, do it by hand",
            ),
        }
    }
}
