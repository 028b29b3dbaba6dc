//! A list that is not found by its name although a run knew it.
//!
//! A platform that does not find a list once looks like one where it was deleted, and like one that does not show yet what
//! was just made. Taken at its word, the run would make a second list of the name and forget what both lists agreed on, so
//! that everybody who left comes back. A person knows which of these it is: the run fails and says so.

use crate::{
    connectors::ports::{ConnectorError, ErrorKind},
    history::LoadedBaseline,
    model::{
        list::{Side, Sides},
        reading::Reading,
    },
};

/// Refuses to take a list for one that is not there yet when the last run knew its id.
pub(super) fn refuse_lost(
    readings: &Sides<Reading>,
    loaded: &LoadedBaseline,
) -> Result<(), ConnectorError> {
    for side in [Side::Source, Side::Target] {
        let reading = readings.of(side);
        let known = loaded.known_id(side).filter(|_| !reading.exists);
        if let Some(id) = known {
            let message = format!(
                "`{}` is not found, although the last run knew it (as `{id}`)",
                reading.list
            );
            return Err(ConnectorError::new(ErrorKind::NotFound, message).help(
                "look at the platform: if the list is there, nothing, the next run looks again; if it has another name now, \
                 put that, or its id, into the definition; if it was deleted, make it anew by hand",
            ));
        }
    }
    Ok(())
}
