//! The version that every stored record says of its own form.

use super::ports::StoreError;

/// The version of a record of a kind that said none at first.
pub fn first() -> u32 {
    1
}

/// Refuses a record that a newer program wrote: it may mean what this one cannot know. `place` names it.
pub fn refuse_newer(
    version: u32,
    newest: u32,
    place: impl FnOnce() -> String,
) -> Result<(), StoreError> {
    if version <= newest {
        return Ok(());
    }
    Err(newer_wrote(version, place()))
}

/// That a newer program wrote what is at `place`.
pub fn newer_wrote(version: u32, place: String) -> StoreError {
    StoreError::Corrupt {
        place,
        problem: format!("a newer rollcall wrote it (version {version})"),
    }
}
