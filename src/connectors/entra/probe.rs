//! Tries a connection out, for `rollcall test`: signs in, and looks what it may see.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::{
    EntraConnection,
    call::Call,
    everyone::READ_CONTACTS,
    graph::Graph,
    group::NO_WRITE_PERMISSION,
    patch::CHANGE_PEOPLE,
    people,
    read::{READ_GROUPS, READ_PEOPLE},
    urls,
};
use crate::{
    connectors::ports::{ConnectionTest, ConnectorError, ErrorKind, TestLine},
    model::member::Kind,
};

#[async_trait]
impl ConnectionTest for EntraConnection {
    async fn test(&self) -> Vec<TestLine> {
        let probe = Probe(self.graph.hurried());
        let signed_in = probe.0.sign_in.token(probe.0.patience).await;
        let failed = signed_in.is_err();
        let mut lines = vec![line("sign in", signed_in.map(|_| "signed in".to_owned()))];
        if !failed {
            lines.extend(probe.organization().await);
            lines.push(line("read people", probe.people().await));
            lines.push(line("read groups", probe.groups().await));
            lines.push(line("read contacts", probe.contacts().await));
            // Whether people may be changed shows only when one is changed: a test does not.
            let hint = if probe.0.may_write {
                format!(
                    "not tried; only a sync that writes fields of people needs `{CHANGE_PEOPLE}`"
                )
            } else {
                format!("never: {NO_WRITE_PERMISSION}")
            };
            lines.push(line("change people", Ok(hint)));
        }
        lines
    }
}

/// A run can wait for minutes; a person in front of a terminal wants to know.
const SOMEBODY_WAITS: Duration = Duration::from_secs(15);

impl Graph {
    /// The same way with less patience, for somebody who sits and waits.
    pub(super) fn hurried(&self) -> Self {
        Self {
            patience: self.patience.at_most(SOMEBODY_WAITS),
            ..self.clone()
        }
    }
}

/// The connection with less patience.
struct Probe(Graph);

impl Probe {
    /// The organisation's name is a courtesy: without the permission for it the line is left out.
    async fn organization(&self) -> Option<TestLine> {
        let what = "read the organisation's name";
        let result = match self
            .ask(urls::ORGANIZATION.to_owned(), what, "Organization.Read.All")
            .await
        {
            Err(error) if error.kind == ErrorKind::Denied => return None,
            result => result,
        };
        Some(line(
            what,
            result.map(|body| {
                let first = values(&body).first();
                let name = first
                    .and_then(|first| first.get("displayName"))
                    .and_then(Value::as_str);
                format!("`{}`", name.unwrap_or("(it has no name)"))
            }),
        ))
    }

    async fn people(&self) -> Result<String, ConnectorError> {
        let body = self
            .ask(urls::one_user(), "reading people", READ_PEOPLE)
            .await?;
        let gap = |what: &str| {
            Err(ConnectorError::new(ErrorKind::Denied, what).help(format!(
                "grant the application `{READ_PEOPLE}` (application permission) and admin consent"
            )))
        };
        let Some(Value::Object(person)) = values(&body).first() else {
            return Ok("the directory shows nobody".to_owned());
        };
        match people::member(person) {
            None => gap("a person is shown without an id"),
            Some(person) if person.kind == Kind::Unreadable => {
                gap("people are shown without names and addresses")
            }
            Some(person) if people::are_names_only(std::slice::from_ref(&person)) => {
                gap(people::NAMES_ONLY)
            }
            Some(_) => Ok("people are shown with their addresses".to_owned()),
        }
    }

    async fn groups(&self) -> Result<String, ConnectorError> {
        let body = self
            .ask(urls::ONE_GROUP.to_owned(), "reading groups", READ_GROUPS)
            .await?;
        Ok(if values(&body).is_empty() {
            "there are no groups yet".to_owned()
        } else {
            "groups can be read".to_owned()
        })
    }

    /// Most syncs read no contacts, so that a missing permission is told, and no fault.
    async fn contacts(&self) -> Result<String, ConnectorError> {
        let url = urls::ONE_CONTACT.to_owned();
        match self.ask(url, "reading contacts", READ_CONTACTS).await {
            Ok(_) => Ok("organisational contacts can be read".to_owned()),
            Err(error) if error.kind == ErrorKind::Denied => Ok(format!(
                "not allowed; only a sync that reads contacts needs `{READ_CONTACTS}`"
            )),
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, url: String, what: &str, grant: &str) -> Result<Value, ConnectorError> {
        let mut waits = self.0.patience.start();
        let answer = self.0.patiently(&Call::get(url), &mut waits).await?;
        answer.into_body(what, grant)
    }
}

fn line(what: &str, result: Result<String, ConnectorError>) -> TestLine {
    TestLine {
        what: what.to_owned(),
        result,
    }
}

/// The list in an answer's body.
fn values(body: &Value) -> &[Value] {
    body.get("value")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}
