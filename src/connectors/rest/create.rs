//! Creates a list: looked up by its name before, and again after an answer that does not give its id.

use super::{
    list,
    read::capabilities,
    template::Filling,
    verdict::{Verdict, judge},
    work::request,
    write::Writer,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, Unwatched},
    },
    plan::outcome::Problem,
};

impl Writer {
    /// The id of the list, which is looked up by its name before it is created, and again after an answer that does
    /// not give it.
    pub(super) async fn create(&self) -> Result<String, ConnectorError> {
        let api = &*self.connection.api;
        let name = self.wanted.list.list.as_str();
        let mut waits = api.start();
        if let Some(found) = list::named(api, name, &mut waits, &Unwatched).await? {
            return Ok(found.id);
        }
        let Some(operation) = &api.described.create else {
            return Err(list::not_there(name));
        };
        if let Some(why) = capabilities(api).read_only {
            return Err(ConnectorError::new(ErrorKind::Settings, why));
        }
        let filling = Filling {
            name,
            ..Filling::default()
        };
        let request = request(operation, &filling, false).map_err(|slot| {
            let message = format!("`{}` cannot be filled in for `{name}`", slot.written());
            ConnectorError::new(ErrorKind::Settings, message)
        })?;
        let heard = match api.ask(&request, &mut waits).await {
            Ok(heard) => heard,
            // Whether it is there is found out below; a service that wants to be left alone is.
            Err(error) if error.kind == ErrorKind::Unavailable(None) => {
                return self.created(&mut waits, error).await;
            }
            Err(error) => return Err(error),
        };
        let error = |problem: Problem| ConnectorError {
            kind: match problem.code.as_str() {
                "permission-missing" => ErrorKind::Denied,
                "sign-in-refused" => ErrorKind::SignIn,
                "no-answer" => ErrorKind::Unavailable(heard.wait()),
                _ => ErrorKind::BadData,
            },
            message: format!("list `{name}` was not created: {}", problem.message),
            help: problem.help,
        };
        match judge(operation, &heard, api.said(&heard)) {
            Verdict::Done => {
                let id = api.described.created_id.as_ref();
                match id.and_then(|path| path.text(&heard.body)) {
                    Some(id) => Ok(id),
                    None => {
                        let message = format!("list `{name}` was created and is not listed yet");
                        let error = ConnectorError::new(ErrorKind::Unavailable(None), message);
                        self.created(&mut waits, error).await
                    }
                }
            }
            Verdict::AlreadySo => {
                let message =
                    format!("the API says that list `{name}` is there, and does not list it");
                let error = ConnectorError::new(ErrorKind::BadData, message);
                self.created(
                    &mut waits,
                    error.help("check `lists` and `create.alreadySo`"),
                )
                .await
            }
            Verdict::Unknown(problem) => self.created(&mut waits, error(problem)).await,
            Verdict::Refused(problem) | Verdict::Failed(problem) | Verdict::SignIn(problem) => {
                Err(error(problem))
            }
        }
    }

    /// The id of a list that may have been created; `otherwise` when it is not there.
    async fn created(
        &self,
        waits: &mut Waits,
        otherwise: ConnectorError,
    ) -> Result<String, ConnectorError> {
        let name = &self.wanted.list.list;
        let found = list::named(&self.connection.api, name, waits, &Unwatched).await?;
        found.map(|found| found.id).ok_or(otherwise)
    }
}
