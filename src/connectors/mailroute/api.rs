//! MailRoute's answers, judged: what a status says of a request, and what the body of a refusal says of it.
//!
//! It must not know accounts. Bodies of writes are never put into a message: MailRoute repeats whatever was sent, even
//! passwords.

use std::time::Duration;

use serde_json::Value;

use crate::{
    connectors::{
        http::{Waits, shorten},
        ports::{ConnectorError, ErrorKind},
        web::{Heard, Request, Web},
    },
    plan::outcome::{Outcome, Problem},
};

/// The API, and how many objects it is asked for at a time.
#[derive(Clone)]
pub(super) struct Api {
    /// How requests travel.
    pub(super) web: Web,
    /// How many objects a page has.
    pub(super) page_size: u16,
}

/// What became of a write.
#[derive(Debug)]
pub(super) enum Said {
    /// It was taken; whether it was done shows when it is read back.
    Taken,
    /// What was to be written is not there.
    Gone,
    /// It was understood and refused, and nothing came of it.
    No(Problem),
    /// Nobody knows what came of it.
    Unknown(Problem),
}

impl Api {
    /// Starts a piece of work.
    pub(super) fn start(&self) -> Waits {
        self.web.start()
    }

    /// Reads one object; `None` when it is not there.
    pub(super) async fn read(
        &self,
        request: &Request,
        waits: &mut Waits,
    ) -> Result<Option<Value>, ConnectorError> {
        let heard = self.web.ask(request, waits).await?;
        match heard.status {
            404 => Ok(None),
            _ if heard.is_done() && !heard.body.is_null() => Ok(Some(heard.body)),
            _ => Err(unreadable(&heard)),
        }
    }

    /// Writes. An error says that nothing came of this request, and nothing would come of others: MailRoute wants to be
    /// left alone for a time, or does not know the login any more.
    pub(super) async fn write(
        &self,
        request: &Request,
        waits: &mut Waits,
    ) -> Result<Said, ConnectorError> {
        match self.web.ask(request, waits).await {
            Ok(heard) if heard.status == 401 => Err(unreadable(&heard)),
            Ok(heard) => Ok(judged(&heard)),
            Err(error) if matches!(error.kind, ErrorKind::Unavailable(Some(_))) => Err(error),
            Err(error) => Ok(Said::Unknown(problem(&error))),
        }
    }
}

/// What an answer to a write says.
pub(super) fn judged(heard: &Heard) -> Said {
    match heard.status {
        200..=299 => Said::Taken,
        404 => Said::Gone,
        403 => Said::No(problem(&unreadable(heard))),
        _ if heard.is_uncertain() => Said::Unknown(Problem {
            code: "unavailable".to_owned(),
            message: format!("MailRoute answered {}", heard.in_words()),
            help: None,
        }),
        _ => Said::No(Problem {
            code: "refused".to_owned(),
            message: match reason(&heard.body) {
                Some(reason) => format!("MailRoute refused it: {reason}"),
                None => format!("MailRoute refused it with {}", heard.in_words()),
            },
            help: None,
        }),
    }
}

/// Why an answer to a read is no reading.
fn unreadable(heard: &Heard) -> ConnectorError {
    let answered = format!("MailRoute answered {}", heard.in_words());
    match heard.status {
        401 => ConnectorError::new(ErrorKind::SignIn, "MailRoute refused login and API key")
            .help("make a new key at MailRoute (Settings, API Access), and put login and key where the connection reads them"),
        403 => ConnectorError::new(ErrorKind::Denied, answered)
            .help("use a login that administers these domains at MailRoute"),
        404 => ConnectorError::new(ErrorKind::NotFound, answered)
            .help("see whether `url` of the connection ends in `/api/v1`"),
        500.. if heard.is_uncertain() => {
            ConnectorError::new(ErrorKind::Unavailable(heard.wait()), answered)
        }
        200..=299 => ConnectorError::new(
            ErrorKind::BadData,
            "MailRoute answered with something that is no JSON",
        )
        .help("see whether `url` of the connection is the API and not the control panel"),
        _ => {
            let message = match reason(&heard.body) {
                Some(reason) => format!("{answered}: {reason}"),
                None => answered,
            };
            ConnectorError::new(ErrorKind::BadData, message)
        }
    }
}

/// What a refusal says: `{"error_message": "…"}`, or `{"<resource>": {"<field>": ["…"]}}`. Anything else in a body may be
/// what was sent.
fn reason(body: &Value) -> Option<String> {
    if let Some(text) = body.get("error_message").and_then(Value::as_str) {
        return Some(shorten(text));
    }
    let resources = body.as_object()?.values();
    let fields = resources.filter_map(Value::as_object).flatten();
    let said = fields.flat_map(|(field, texts)| {
        let texts = texts.as_array().into_iter().flatten();
        texts.filter_map(move |text| Some(format!("`{field}`: {}", text.as_str()?)))
    });
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| shorten(&said.join("; ")))
}

/// An error as it stands in outcomes.
pub(super) fn problem(error: &ConnectorError) -> Problem {
    Problem {
        code: error.code().to_owned(),
        message: error.message.clone(),
        help: error.help.clone(),
    }
}

/// A change that rollcall itself will not make.
pub(super) fn refused(code: &str, message: impl Into<String>, help: &str) -> Outcome {
    Outcome::Refused(Problem {
        code: code.to_owned(),
        message: message.into(),
        help: (!help.is_empty()).then(|| help.to_owned()),
    })
}

/// How long the service behind an error asked to be left alone.
pub(super) fn asked_wait(error: &ConnectorError) -> Option<Duration> {
    match error.kind {
        ErrorKind::Unavailable(asked) => asked,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_is_told_and_an_echo_is_not() {
        let form =
            json!({ "email_account": { "localpart": ["This field is required.", "Too short."] } });
        assert_eq!(
            reason(&form).unwrap(),
            "`localpart`: This field is required.; `localpart`: Too short."
        );
        let message = json!({ "error_message": "Sorry, this request could not be processed." });
        assert_eq!(
            reason(&message).unwrap(),
            "Sorry, this request could not be processed."
        );
        let echo = json!({ "localpart": "ines", "password": "not-a-secret", "aliases": ["a"] });
        assert_eq!(reason(&echo), None);
        assert_eq!(reason(&Value::Null), None);
    }
}
