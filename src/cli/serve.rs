//! `serve`: what the Functions host starts.

use std::sync::Arc;

use super::{Exit, Failure, Session};
use crate::{
    app,
    handler::serve::{self, Ended},
    settings::Settings,
};

/// Serves until the process has to stop. Both reasons to stop are none of ours, so the host may start another one.
pub(super) async fn serve(session: Session) -> Result<Exit, Failure> {
    let settings = Arc::new(Settings {
        state: Some(session.state),
        ..session.settings
    });
    let port = app::port(&settings).map_err(|message| Failure {
        exit: Exit::InvalidInput,
        message,
    })?;
    let timeout = app::function_timeout(&settings);
    let set_up = move || {
        let settings = Arc::clone(&settings);
        async move { app::functions_app(&settings).await }
    };
    match serve::serve(port, timeout, set_up).await {
        Ok(Ended::Asked | Ended::Orphaned) => Ok(Exit::StartAgain),
        Err(message) => Err(Failure {
            exit: Exit::Unexpected,
            message,
        }),
    }
}
