//! `resume`: a list that was paused runs again.

use super::{Exit, Failure, Session, chosen, now, print};
use crate::agenda::{self, ListKey};

/// Ends the pause of a sync, or of one of the lists it routes people to.
pub(super) async fn resume(session: &Session, sync: &str) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    chosen(&definition, Some(sync))?;
    let stores = session.stores().await?;
    let key = ListKey::of(sync);
    let entry = agenda::get(&stores, &key).await?;
    let Some(paused) = entry.and_then(|(entry, _)| entry.paused) else {
        print(&format!("`{sync}` is not paused.\n"));
        return Ok(Exit::Done);
    };
    agenda::change(&stores, &key, now(), |entry| entry.resume()).await?;
    print(&format!(
        "`{sync}` goes on. It was paused by {}: {}\n`rollcall plan {sync}` shows what its next run would do.\n",
        paused.by, paused.reason
    ));
    Ok(Exit::Done)
}
