//! `local`: the app without the Functions host.

use tokio::net::TcpListener;

use super::{Exit, Failure, LocalArguments, Session, complain};
use crate::{
    app, handler,
    local::{self, Guard},
};

/// Serves until somebody asks it to stop.
pub(super) async fn local(session: &Session, arguments: &LocalArguments) -> Result<Exit, Failure> {
    let invalid = |message: String| Failure {
        exit: Exit::InvalidInput,
        message,
    };
    let guard = match &session.settings.local_key {
        Some(key) => Guard::Key(key.0.clone()),
        None if arguments.listen.is_loopback() => Guard::ThisMachine,
        None => {
            let listen = arguments.listen;
            return Err(invalid(format!(
                "whoever reaches `{listen}` could change lists\n\
                 set `ROLLCALL_LOCAL_KEY`, or listen on `127.0.0.1`"
            )));
        }
    };
    let lease = app::lease(&session.settings).map_err(invalid)?;
    let keep = session.keep()?;
    let service = app::service(session.stores().await?, &session.settings, lease, keep);
    let public = handler::public::router(&service, std::sync::Arc::new(app::app_secret));
    let listener = TcpListener::bind((arguments.listen, arguments.port)).await;
    let unexpected = |error: std::io::Error| Failure {
        exit: Exit::Unexpected,
        message: format!(
            "`{}:{}` cannot be listened on: {error}\nname another one with `--port N`",
            arguments.listen, arguments.port
        ),
    };
    let listener = listener.map_err(unexpected)?;
    let address = listener.local_addr().map_err(unexpected)?;
    complain(&format!(
        "rollcall runs at http://{address}, with its state in `{}`; stop it with Ctrl-C\n\
         put definitions there with `rollcall push -c FILE --to http://{address}`\n\
         look at http://{address}/api/dashboard",
        session.state.display()
    ));
    local::serve(service, listener, public, guard, handler::stop::asked())
        .await
        .map_err(unexpected)?;
    Ok(Exit::Done)
}
