//! Tries a connection out, for `rollcall test`: signs in, finds lists, and shows what it understands of their members.

use std::time::Duration;

use async_trait::async_trait;

use super::{RestConnection, list, member::member, pages, template::Filling};
use crate::{
    connectors::ports::{
        ConnectionTest, ConnectorError, ErrorKind, KnownList, Lists, TestLine, Unwatched, Watch,
    },
    model::member::Standing,
};

/// A run can wait for minutes; a person in front of a terminal wants to know.
const SOMEBODY_WAITS: Duration = Duration::from_secs(15);

/// A connection that is asked what it has, and whether it works.
pub(super) struct TryOut(pub(super) RestConnection);

#[async_trait]
impl Lists for TryOut {
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let every = list::every(&self.0.api, &mut self.0.api.start(), watch).await?;
        let every = every.ok_or_else(|| {
            let message = "the connection's settings do not say where its lists are";
            ConnectorError::new(ErrorKind::Settings, message)
                .help("write `lists`, or name a list by its id")
        })?;
        Ok(every.into_iter().map(list::known).collect())
    }
}

#[async_trait]
impl ConnectionTest for TryOut {
    async fn test(&self) -> Vec<TestLine> {
        let mut lines = Vec::new();
        let mut waits = self.0.api.start_at_most(SOMEBODY_WAITS);
        if let Some(signed_in) = self.0.api.signs_in(&mut waits).await {
            let failed = signed_in.is_err();
            lines.push(line("sign in", signed_in.map(|()| "signed in".to_owned())));
            if failed {
                return lines;
            }
        }
        let every = match list::every(&self.0.api, &mut waits, &Unwatched).await {
            Ok(Some(every)) => every,
            Ok(None) => {
                let found = "not tried: the settings have no `lists`, so a list is named by its id";
                lines.push(line("read the lists", Ok(found.to_owned())));
                return lines;
            }
            Err(error) => {
                lines.push(line("read the lists", Err(error)));
                return lines;
            }
        };
        lines.push(line("read the lists", Ok(counted(every.len(), "list"))));
        if let Some(first) = every.first() {
            let what = format!("read the members of `{}`", first.name);
            let result = self.members_of(first).await;
            lines.push(line(&what, result));
        }
        lines
    }
}

impl TryOut {
    /// What the first page of a list shows, and what of it is understood.
    async fn members_of(&self, list: &list::Found) -> Result<String, ConnectorError> {
        let described = &self.0.api.described;
        let filling = Filling {
            list: &list.id,
            name: &list.name,
            ..Filling::default()
        };
        let mut waits = self.0.api.start_at_most(SOMEBODY_WAITS);
        let watch: (&dyn Watch, &str) = (&Unwatched, "members read");
        let total = described.total.as_ref();
        let (api, listing) = (&*self.0.api, &described.members);
        let page = pages::all(api, listing, &filling, total, 1, &mut waits, watch).await?;
        let members = page
            .items
            .iter()
            .map(|item| member(item, &described.member));
        let members: Vec<_> = members.collect();
        let having = |what: &dyn Fn(&crate::model::member::Member) -> bool| {
            members.iter().filter(|member| what(member)).count()
        };
        let mut found = format!("{} on the first page", counted(members.len(), "member"));
        if let Some(total) = page.total {
            found.push_str(&format!(" of {total}"));
        }
        if members.is_empty() {
            return Ok(found);
        }
        let known = [
            ("an id", having(&|member| member.id.is_some())),
            ("an address", having(&|member| !member.addresses.is_empty())),
            (
                "a phone number",
                having(&|member| !member.phones.is_empty()),
            ),
        ];
        for (what, count) in known.iter().filter(|(_, count)| *count > 0) {
            found.push_str(&format!(", {count} with {what}"));
        }
        let opted_out = having(&|member| member.standing == Standing::OptedOut);
        if opted_out > 0 {
            found.push_str(&format!(", {opted_out} unsubscribed"));
        }
        let mut fields: Vec<String> = members
            .iter()
            .flat_map(|member| member.attributes.keys().map(|name| format!("`{name}`")))
            .collect();
        fields.sort();
        fields.dedup();
        fields.truncate(20);
        Ok(format!("{found}; fields {}", fields.join(", ")))
    }
}

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

fn line(what: &str, result: Result<String, ConnectorError>) -> TestLine {
    TestLine {
        what: what.to_owned(),
        result,
    }
}
