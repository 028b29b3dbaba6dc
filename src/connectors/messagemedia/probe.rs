//! Tries a connection out, for `rollcall test`: whether the key is good, and what it may see.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    MessageMediaConnection,
    api::{Api, CONTACTS, LISTS},
    contact::BlockList,
};
use crate::connectors::{
    ports::{ConnectionTest, ConnectorError, ErrorKind, TestLine},
    web::Request,
};

/// A run can wait for minutes; a person in front of a terminal wants to know.
const SOMEBODY_WAITS: Duration = Duration::from_secs(15);

#[async_trait]
impl ConnectionTest for MessageMediaConnection {
    async fn test(&self) -> Vec<TestLine> {
        let mut api = self.api.clone();
        api.web.wait_at_most(SOMEBODY_WAITS);
        let lists = count(&api, LISTS, "lists").await;
        let signed_in = match &lists {
            // Only this says that the key itself is wrong.
            Err(error) if error.kind == ErrorKind::SignIn => Err(error.clone()),
            Err(error) if error.kind != ErrorKind::Denied => Err(error.clone()),
            _ => Ok("the API key is good".to_owned()),
        };
        let is_in = signed_in.is_ok();
        let mut lines = vec![line("sign in", signed_in)];
        if is_in {
            lines.push(line("read lists", lists));
            lines.push(line(
                "read contacts",
                count(&api, CONTACTS, "contacts").await,
            ));
            lines.push(line("read the block list", block_list(&api).await));
            lines.push(line("read custom fields", custom_fields(&api).await));
        }
        lines
    }
}

async fn count(api: &Api, path: &str, things: &str) -> Result<String, ConnectorError> {
    let request = Request::get(path).query("pageSize", "1");
    let what = format!("read {things}");
    let page = api
        .page(&request, None, &what, &mut api.web.start())
        .await?;
    let total = page.total.unwrap_or(page.elements.len() as u64);
    Ok(format!("{total} {things}"))
}

async fn block_list(api: &Api) -> Result<String, ConnectorError> {
    match api.block_list(&mut api.web.start()).await? {
        BlockList::Known(numbers) => Ok(format!("{} numbers are blocked", numbers.len())),
        BlockList::Unreadable(answer) => {
            let message = format!("read the block list: MessageMedia answered {answer}");
            Err(ConnectorError::new(ErrorKind::Denied, message).help(
                "give the API key the permission to read number authorisation; until then two-way syncs take nobody \
                 out of the other list",
            ))
        }
    }
}

async fn custom_fields(api: &Api) -> Result<String, ConnectorError> {
    let fields = api.custom_fields(&mut api.web.start()).await?;
    let Some(tag) = &api.object_id_field else {
        return Ok(format!("{} custom fields", fields.len()));
    };
    match fields.contains_key(&tag.to_lowercase()) {
        true => Ok(format!("`{tag}` is there")),
        false if api.create_custom_fields => Ok(format!("`{tag}` is made by the first run")),
        false => {
            let message = format!("MessageMedia has no custom field `{tag}`");
            Err(ConnectorError::new(ErrorKind::Settings, message)
                .help("make it there, or leave `createCustomFields` out"))
        }
    }
}

fn line(what: &str, result: Result<String, ConnectorError>) -> TestLine {
    TestLine {
        what: what.to_owned(),
        result,
    }
}
