//! What `rollcall test` says about an HR feed.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Feed, Secret, Settings, each_member, read::nothing_yet};
use crate::connectors::ports::{ConnectionTest, ConnectorError, ErrorKind, TestLine};

/// Looks at the secrets and reads the last load.
pub(super) struct TryOut {
    settings: Settings,
    name: String,
    feed: Arc<dyn Feed>,
    secrets: Vec<TestLine>,
}

impl TryOut {
    pub(super) fn new(
        settings: &Settings,
        name: &str,
        feed: Arc<dyn Feed>,
        secrets: &[TestLine],
    ) -> Self {
        Self {
            settings: settings.clone(),
            name: name.to_owned(),
            feed,
            secrets: secrets.to_vec(),
        }
    }

    async fn count(&self) -> Result<String, ConnectorError> {
        let found = describe(&self.settings, &self.name, self.feed.as_ref()).await?;
        found.ok_or_else(|| nothing_yet(&self.name))
    }
}

/// How long the last full load is and when it came; nothing as long as nothing was sent.
pub(super) async fn describe(
    settings: &Settings,
    name: &str,
    feed: &dyn Feed,
) -> Result<Option<String>, ConnectorError> {
    let Some(load) = feed.latest().await? else {
        return Ok(None);
    };
    let (settings, name) = (settings.clone(), name.to_owned());
    let received = load.received.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let rows = tokio::task::spawn_blocking(move || {
        let mut rows = 0_usize;
        each_member(&settings, &name, &load.bytes, |_| rows += 1)?;
        Ok(rows)
    });
    let rows = rows
        .await
        .map_err(|stopped| ConnectorError::new(ErrorKind::Io, stopped.to_string()))??;
    Ok(Some(format!("{rows} rows, received {received}")))
}

#[async_trait]
impl ConnectionTest for TryOut {
    async fn test(&self) -> Vec<TestLine> {
        let mut lines = self.secrets.clone();
        lines.push(TestLine {
            what: "read the last full load".to_owned(),
            result: self.count().await,
        });
        lines
    }
}

/// Whether each secret is there and can be used; keeps none of them. `value` gives what is in a variable.
pub fn look_at_secrets(
    settings: &Settings,
    value: &dyn Fn(&str) -> Option<String>,
) -> Vec<TestLine> {
    let variables = settings.secret_variables.iter();
    let lines = variables.map(|variable| TestLine {
        what: format!("read the secret in `{variable}`"),
        result: look_at(variable, value(variable).as_deref()),
    });
    lines.collect()
}

fn look_at(variable: &str, value: Option<&str>) -> Result<String, ConnectorError> {
    let settings = |message: String| ConnectorError::new(ErrorKind::Settings, message);
    let Some(value) = value else {
        return Err(settings(format!("`{variable}` is not set"))
            .help("set it to the secret that the HR system signs with, in the app's settings"));
    };
    match Secret::parse(value) {
        Ok(_) => Ok("it can be used".to_owned()),
        Err(problem) => Err(settings(format!("`{variable}`: {problem}"))
            .help("put the secret there as the HR system shows it: `whsec_` and base64")),
    }
}
