//! Creates a group. Safe to repeat: the group has a key that is made from the list's name.

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    answer::Answer, call::Call, graph::Graph, settings::is_object_id, urls, write::EntraWriter,
};
use crate::{
    connectors::{
        http::{Patience, Waits},
        ports::{ConnectorError, ErrorKind},
    },
    model::list::GroupKind,
};

/// The permission that creating groups needs.
const CREATE_GROUPS: &str = "Group.ReadWrite.All";

impl EntraWriter {
    /// Creates the group unless it is there; gives its object id and writes to it from here on.
    pub(super) async fn create(&mut self) -> Result<String, ConnectorError> {
        if let Some(group) = &self.group {
            return Ok(group.clone());
        }
        let name = self.wanted.list.list.trim();
        let Some(kind) = self.wanted.create else {
            return Err(ConnectorError::new(
                ErrorKind::NotFound,
                format!("there is no group named `{name}`, and the sync may not create it"),
            ));
        };
        if name.is_empty() || name.chars().count() > 256 {
            return Err(ConnectorError::new(
                ErrorKind::Settings,
                "the name of a new group must have 1 to 256 characters",
            ));
        }
        let mut waits = self.graph.patience.start();
        let unique_name = format!("rollcall-{}", distinct(name));
        let mut answer = upsert(
            &self.graph,
            &unique_name,
            name,
            &slug(name),
            kind,
            &mut waits,
        )
        .await?;
        if answer.status == 400 && answer.message().contains("mailNickname already exists") {
            answer = upsert(
                &self.graph,
                &unique_name,
                name,
                &distinct(name),
                kind,
                &mut waits,
            )
            .await?;
        }
        // After a lost answer the group may hold its key while the server at hand has not heard of it.
        let is_there =
            answer.status == 400 && answer.message().contains("uniqueName already exists");
        if !answer.is_success() && !is_there {
            return Err(answer.into_error(&format!("creating group `{name}`"), CREATE_GROUPS));
        }
        let group = match id_in(&answer.body) {
            Some(id) => id,
            None => find(&self.graph, &unique_name, name, &mut waits).await?,
        };
        tracing::info!(group, "group created");
        self.young = Some(for_a_short_time(self.graph.patience).start());
        self.group = Some(group.clone());
        Ok(group)
    }
}

/// Creates, or changes nothing that matters when it is there: `create-if-missing` makes a lost answer harmless.
/// <https://learn.microsoft.com/graph/api/group-upsert>
async fn upsert(
    graph: &Graph,
    unique_name: &str,
    name: &str,
    nickname: &str,
    kind: GroupKind,
    waits: &mut Waits,
) -> Result<Answer, ConnectorError> {
    let (types, mail): (&[&str], bool) = match kind {
        GroupKind::Security => (&[], false),
        GroupKind::Microsoft365 => (&["Unified"], true),
    };
    let call = Call {
        header: Some(("Prefer", "create-if-missing")),
        ..Call::with_body(
            Method::PATCH,
            urls::group_by_unique_name(unique_name),
            json!({
                "displayName": name,
                "mailNickname": nickname,
                "groupTypes": types,
                "mailEnabled": mail,
                "securityEnabled": kind == GroupKind::Security,
            }),
        )
    };
    graph.patiently(&call, waits).await
}

/// The id of the group with this key. A server that has not heard of it yet answers 404 for a while.
async fn find(
    graph: &Graph,
    unique_name: &str,
    name: &str,
    waits: &mut Waits,
) -> Result<String, ConnectorError> {
    let call = Call::get(format!(
        "{}?$select=id",
        urls::group_by_unique_name(unique_name)
    ));
    let mut short = for_a_short_time(graph.patience).start();
    loop {
        let answer = graph.patiently(&call, waits).await?;
        if answer.status == 404 {
            graph
                .wait(&mut short, None, "does not show the new group yet")
                .await
                .map_err(|error| {
                    error.help(format!(
                        "try again later; a group with the unique name `{unique_name}` that was deleted less than 30 \
                         days ago keeps the name: restore it, or delete it for good"
                    ))
                })?;
            continue;
        }
        let body = answer.into_body(&format!("new group `{name}`"), CREATE_GROUPS)?;
        return id_in(&body).ok_or_else(|| {
            ConnectorError::new(
                ErrorKind::BadData,
                format!("new group `{name}`: the answer holds no id"),
            )
        });
    }
}

fn id_in(body: &Value) -> Option<String> {
    let id = body.get("id")?.as_str()?;
    is_object_id(id).then(|| id.to_ascii_lowercase())
}

/// Fresh objects are seen everywhere within seconds mostly; others wait up to a minute (Canvas LMS).
fn for_a_short_time(patience: Patience) -> Patience {
    Patience {
        total_wait: patience.total_wait / 5,
        ..patience
    }
}

/// The name in letters that a mail nickname may have.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() == 48 {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "list".to_owned()
    } else {
        slug.to_owned()
    }
}

/// The slug with something of the whole name in it: `Süd` and `S-d` have one slug, and must not become one group.
fn distinct(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let mut distinct = slug(name);
    distinct.push('-');
    for byte in digest.iter().take(4) {
        distinct.push_str(&format!("{byte:02x}"));
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicknames_are_plain_short_and_distinct() {
        assert_eq!(slug("Region Asia (South)"), "region-asia-south");
        assert_eq!(slug("東京"), "list");
        assert_eq!(slug("--x"), "x");
        assert_ne!(distinct("Süd"), distinct("S-d"));
        assert_eq!(distinct("Süd"), distinct("Süd"));
        assert!(distinct(&"long name ".repeat(20)).len() <= 64);
    }
}
