//! The form of everything that is stored: older ones are brought forward, and nobody writes into a newer one.
//!
//! Several versions of the program meet at one store while it is upgraded. Whoever is about to work looks at the form
//! first: older records are brought forward, step by step; before newer ones the program stands back and says so. A record
//! of one kind says its own version too and refuses newer ones by itself: that is the second lock. This room must not
//! know what the records are for.

mod closed;
mod forward;
mod record;
mod steps;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::store::ports::{StoreError, Stores};

pub use self::closed::{Before, Closed, as_stored, close, is_closed, is_its_row};

/// The form that this program writes, and the newest it reads.
pub const FORMAT: u32 = 2;

/// The form of what was stored before anybody wrote down which one it is.
const FIRST: u32 = 1;

/// Why nothing may be done with what is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A newer program wrote it, or is about to.
    #[error(
        "what is stored has format {format}, of rollcall {by}, and this one (rollcall {OWN}) reads up to format {FORMAT}\n\
         run rollcall {by} or a later one; nothing is lost until then"
    )]
    Newer {
        /// Its form.
        format: u32,
        /// The version of the program that wrote it.
        by: String,
    },
    /// It is older and cannot be brought forward at this moment, or is not there whole yet.
    #[error("what is stored is not ready for format {FORMAT}: {0}\ntry again in a minute")]
    NotYet(String),
    /// It cannot be known.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refused> for StoreError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Store(error) => error,
            other => Self::Other {
                place: "format".to_owned(),
                problem: other.to_string(),
            },
        }
    }
}

/// The version of this program.
const OWN: &str = env!("CARGO_PKG_VERSION");

/// Makes sure that what is stored has the form this program writes: an empty store is marked, older records are brought
/// forward.
///
/// One small read where everything is as it should be. Safe to repeat, at the same time too.
pub async fn ready(stores: &Stores, now: Timestamp) -> Result<(), Refused> {
    match record::read(stores).await? {
        Some((found, _)) if found.format() > FORMAT => Err(newer(found)),
        Some((found, _)) if found.version == FORMAT => Ok(()),
        Some(_) | None => forward::forward(stores, now).await,
    }
}

/// The form of what is stored, for somebody who only looks; `None` where nobody has said so yet. Writes nothing.
pub async fn look(stores: &Stores) -> Result<Option<u32>, Refused> {
    match record::read(stores).await? {
        Some((found, _)) if found.format() > FORMAT => Err(newer(found)),
        found => Ok(found.map(|(found, _)| found.version)),
    }
}

fn newer(found: record::Found) -> Refused {
    if closed::is_mark(&found) {
        return Refused::NotYet(format!(
            "`{}` is copying a backup here; where that was cut off, it has to be typed again",
            found.by()
        ));
    }
    Refused::Newer {
        format: found.format(),
        by: found.by().to_owned(),
    }
}
