//! Tries a connection out, for `rollcall test`: what of the published description holds for this server.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    api::Api,
    lists::{self, AllLists},
    read::contacts_of,
    settings::{PATH_OF_4, PATH_OF_5, TokenStyle},
};
use crate::{
    connectors::{
        ports::{ConnectionTest, ConnectorError, ErrorKind, TestLine, Unwatched},
        web::Heard,
    },
    model::member::Member,
};

/// A run can wait for minutes; a person in front of a terminal wants to know.
const SOMEBODY_WAITS: Duration = Duration::from_secs(15);

/// What tries the connection out.
pub(super) struct Probe(pub(super) Api);

#[async_trait]
impl ConnectionTest for Probe {
    async fn test(&self) -> Vec<TestLine> {
        let mut api = self.0.clone();
        api.wait_at_most(SOMEBODY_WAITS);
        let signed_in = sign_in(&api).await;
        let failed = signed_in.is_err();
        let mut tried = vec![line("sign in", signed_in)];
        if failed {
            return tried;
        }
        let all = lists::all(&api, &mut api.start(), &Unwatched).await;
        let all = match all {
            Ok(all) => all,
            Err(error) => {
                tried.push(line("read lists", Err(error)));
                return tried;
            }
        };
        tried.push(line("read lists", count(&all)));
        tried.push(line("tell subscription lists", Ok(subscriptions(&all))));
        tried.push(line("read contacts", contacts(&api, &all).await));
        tried
    }
}

/// Asks for the lists as the published description has it.
async fn sign_in(api: &Api) -> Result<String, ConnectorError> {
    let heard = first_page(api).await?;
    let doing = "reading the lists";
    match heard.status {
        200..=299 if heard.body.get("value").is_some() => {
            Ok(format!("signed in {}", api.signs_in()))
        }
        200..=299 => Err(api.foreign(doing)),
        401 => Err(refused(api, &heard, doing).await),
        404 => Err(elsewhere(api, &heard, doing).await),
        _ => Err(api.trouble(&heard, doing)),
    }
}

async fn first_page(api: &Api) -> Result<Heard, ConnectorError> {
    let request = lists::published().first();
    api.ask(&request, &mut api.start()).await
}

/// Whether the token would be taken the other way.
async fn refused(api: &Api, heard: &Heard, doing: &str) -> ConnectorError {
    let error = api.trouble(heard, doing);
    let Some(Ok((style, other))) = api.in_the_other_style() else {
        return error;
    };
    let name = match style {
        TokenStyle::Both => "both",
        TokenStyle::Blank => "blank",
    };
    match first_page(&other).await {
        Ok(heard) if heard.is_done() => error.help(format!(
            "the server takes the token the other way: set `tokenStyle` to `{name}`"
        )),
        _ => {
            let help = error.help.clone().unwrap_or_default();
            error.help(format!("{help}; `{name}` was tried as well and refused"))
        }
    }
}

/// Whether the API is where servers of the other generation have it.
async fn elsewhere(api: &Api, heard: &Heard, doing: &str) -> ConnectorError {
    let error = api.nothing_there(heard, doing);
    let own = api.settings.base_path.trim_matches('/');
    let others = [PATH_OF_5, PATH_OF_4];
    for path in others
        .into_iter()
        .filter(|path| path.trim_matches('/') != own)
    {
        let Ok(other) = api.below(path) else {
            continue;
        };
        match first_page(&other).await {
            Ok(heard) if heard.is_done() || matches!(heard.status, 401 | 403) => {
                return error.help(format!(
                    "the server has its API at `{path}`: set `basePath` to it"
                ));
            }
            _ => {}
        }
    }
    error
}

fn count(all: &AllLists) -> Result<String, ConnectorError> {
    if let Some(doubt) = &all.doubt {
        let message = format!("reading the lists: {doubt}");
        return Err(ConnectorError::new(ErrorKind::BadData, message));
    }
    let plural = if all.lists.len() == 1 { "" } else { "s" };
    let envelope = all.envelope.in_words();
    Ok(format!(
        "{} list{plural}; the server {envelope}",
        all.lists.len()
    ))
}

fn subscriptions(all: &AllLists) -> String {
    let lists = all.lists.iter().filter(|list| list.is_subscription);
    let names: Vec<String> = lists.map(|list| format!("`{}`", list.name)).collect();
    match (names.as_slice(), all.shows_marks) {
        ([], true) => "no list is a subscription list".to_owned(),
        (_, true) => format!("only read, because people join and leave them themselves: {}", names.join(", ")),
        ([], false) => {
            "the server does not show which lists people join and leave themselves; name them as `subscriptionLists`"
                .to_owned()
        }
        (_, false) => format!(
            "the server does not show which lists people join and leave themselves; the settings name {}",
            names.join(", ")
        ),
    }
}

/// Reads one list, the first one.
async fn contacts(api: &Api, all: &AllLists) -> Result<String, ConnectorError> {
    let Some(list) = all.lists.first() else {
        return Ok("there is no list yet to read".to_owned());
    };
    let found = contacts_of(api, list.id, &list.name, &mut api.start(), &Unwatched).await?;
    if let Some(doubt) = found.doubt {
        let message = format!("reading list `{}`: {doubt}", list.name);
        return Err(ConnectorError::new(ErrorKind::BadData, message));
    }
    let has_no_address = |member: &&Member| member.addresses.is_empty();
    let without = found.members.iter().filter(has_no_address).count();
    let mut text = format!("`{}` holds {} contacts", list.name, found.members.len());
    if without > 0 {
        text.push_str(&format!(", {without} of them without an address"));
    }
    Ok(text)
}

fn line(what: &str, result: Result<String, ConnectorError>) -> TestLine {
    TestLine {
        what: what.to_owned(),
        result,
    }
}
