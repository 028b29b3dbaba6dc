//! Tries a connection out, for `rollcall test`, and names its domains, for `rollcall lists`.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::{
    MailRouteConnection,
    domains::{Which, find},
};
use crate::connectors::{
    http::Waits,
    ports::{ConnectionTest, ConnectorError, ErrorKind, KnownList, Lists, TestLine, Watch},
    web::Request,
};

/// A run can wait for minutes; a person in front of a terminal wants to know.
const SOMEBODY_WAITS: Duration = Duration::from_secs(15);

/// One login, tried out.
pub(super) struct Probe(pub(super) MailRouteConnection);

#[async_trait]
impl Lists for Probe {
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let api = &self.0.api;
        let (domains, doubts) = find(api, &Which::All, &mut api.start(), watch).await?;
        if let Some(doubt) = doubts.first() {
            return Err(ConnectorError::new(ErrorKind::BadData, doubt.as_str()).help("try again"));
        }
        let known = domains.into_iter().map(|domain| KnownList {
            note: (!domain.active).then(|| "not active at MailRoute".to_owned()),
            name: domain.written,
            id: Some(domain.id),
        });
        Ok(known.collect())
    }
}

#[async_trait]
impl ConnectionTest for Probe {
    async fn test(&self) -> Vec<TestLine> {
        let mut connection = self.0.clone();
        connection.api.web.wait_at_most(SOMEBODY_WAITS);
        let probe = Self(connection);
        let mut waits = probe.0.api.start();
        let domains = probe.domains(&mut waits).await;
        let failed = domains.is_err();
        let mut lines = vec![line("sign in and see domains", domains)];
        if !failed {
            lines.push(line("read accounts", probe.accounts(&mut waits).await));
            lines.push(line(
                "what accounts can do",
                probe.account_schema(&mut waits).await,
            ));
            lines.push(line(
                "what aliases can do",
                probe.alias_schema(&mut waits).await,
            ));
            if self.0.may.push {
                let unknown =
                    "cannot be tried out without using up one of two pushes in twelve hours"
                        .to_owned();
                lines.push(line("full push", Ok(unknown)));
            }
        }
        lines
    }
}

impl Probe {
    async fn domains(&self, waits: &mut Waits) -> Result<String, ConnectorError> {
        let request = Request::get("domain/").query("limit", "1");
        let page = self.page(request, waits).await?;
        let name = page.pointer("/objects/0/name").and_then(Value::as_str);
        Ok(match (total(&page), name) {
            (Some(0), _) | (None, None) => {
                let message = "the login is right, and sees no domain";
                return Err(ConnectorError::new(ErrorKind::Denied, message)
                    .help("use a login that administers your domains at MailRoute"));
            }
            (Some(1), Some(name)) => format!("sees 1 domain: `{name}`"),
            (Some(count), Some(name)) => format!("sees {count} domains, one is `{name}`"),
            (Some(count), None) => format!("sees {count} domains"),
            (None, Some(name)) => format!("sees `{name}`"),
        })
    }

    async fn accounts(&self, waits: &mut Waits) -> Result<String, ConnectorError> {
        let request = Request::get("email_account/").query("limit", "1");
        let page = self.page(request, waits).await?;
        Ok(match total(&page) {
            Some(count) => format!("{count} accounts in all its domains"),
            None => "accounts can be read; MailRoute does not say how many there are".to_owned(),
        })
    }

    async fn account_schema(&self, waits: &mut Waits) -> Result<String, ConnectorError> {
        let schema = self
            .page(Request::get("email_account/schema/"), waits)
            .await?;
        let mut wanting = Vec::new();
        for field in ["localpart", "domain"] {
            if !has_field(&schema, field) {
                wanting.push(format!("accounts have no field `{field}`"));
            }
        }
        if !allows(&schema, "list", "post") {
            wanting.push("accounts cannot be created (`post`)".to_owned());
        }
        if self.0.may.delete_accounts && !allows(&schema, "detail", "delete") {
            wanting.push("accounts cannot be deleted (`delete`)".to_owned());
        }
        if !wanting.is_empty() {
            return Err(lacking(&wanting));
        }
        let mut notes = Vec::new();
        if !has_field(&schema, "aliases") {
            notes.push("`aliases` is missing, so aliases cannot be seen: do not map them");
        }
        if !has_field(&schema, "state") || !allows(&schema, "detail", "patch") {
            notes.push("`state` cannot be changed here, so nothing can be marked as a distribution list: do not map it");
        }
        if !filters(&schema, "localpart") || !filters(&schema, "id") {
            notes.push(
                "several accounts cannot be looked up at once, so every change costs more requests",
            );
        }
        Ok(match notes.as_slice() {
            [] => "accounts can be created, marked as distribution lists, and looked up".to_owned(),
            notes => format!("accounts can be created; {}", notes.join("; ")),
        })
    }

    async fn alias_schema(&self, waits: &mut Waits) -> Result<String, ConnectorError> {
        let schema = self
            .page(Request::get("localpart_alias/schema/"), waits)
            .await?;
        if self.0.may.delete_aliases && !allows(&schema, "detail", "delete") {
            return Err(lacking(
                &["aliases cannot be deleted (`delete`)".to_owned()],
            ));
        }
        Ok(
            match (allows(&schema, "list", "post"), self.0.may.delete_aliases) {
                (false, _) => "aliases can be read, and not be created one by one".to_owned(),
                (true, false) => "aliases can be created; deleting them is off".to_owned(),
                (true, true) => "aliases can be created and deleted".to_owned(),
            },
        )
    }

    async fn page(&self, request: Request, waits: &mut Waits) -> Result<Value, ConnectorError> {
        let found = self.0.api.read(&request, waits).await?;
        found.ok_or_else(|| {
            ConnectorError::new(ErrorKind::NotFound, "MailRoute's API is not there")
                .help("see whether `url` of the connection ends in `/api/v1`")
        })
    }
}

/// How many objects a listing says there are; also proof that a page is one.
fn total(page: &Value) -> Option<u64> {
    page.pointer("/meta/total_count").and_then(Value::as_u64)
}

fn has_field(schema: &Value, field: &str) -> bool {
    let fields = schema.get("fields");
    fields.is_some_and(|fields| fields.get(field).is_some())
}

fn allows(schema: &Value, of: &str, method: &str) -> bool {
    let methods = schema.get(format!("allowed_{of}_http_methods"));
    let mut methods = methods.and_then(Value::as_array).into_iter().flatten();
    methods.any(|known| {
        let known = known.as_str().unwrap_or_default();
        known.eq_ignore_ascii_case(method)
    })
}

/// Whether a listing takes `<field>__in`: tastypie writes 1 or 2 for any look-up, or a list of them.
fn filters(schema: &Value, field: &str) -> bool {
    match schema.get("filtering").and_then(|fields| fields.get(field)) {
        Some(Value::Number(_)) => true,
        Some(Value::String(text)) => text == "in",
        Some(Value::Array(known)) => known.iter().any(|known| known == "in"),
        _ => false,
    }
}

fn lacking(what: &[String]) -> ConnectorError {
    ConnectorError::new(ErrorKind::BadData, what.join("; "))
        .help("MailRoute's API is not as it was published; ask MailRoute's support which version this login has")
}

fn line(what: &str, result: Result<String, ConnectorError>) -> TestLine {
    TestLine {
        what: what.to_owned(),
        result,
    }
}
