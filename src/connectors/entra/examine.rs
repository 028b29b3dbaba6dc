//! Looks the connection over, for `rollcall doctor`: permissions, the clock, and how near the limits are.
//!
//! It must not write, and it must not show a token.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    EntraConnection,
    expected::expected,
    graph::{Graph, header},
    group::NO_WRITE_PERMISSION,
    owners,
    permissions::{Granted, compared, level},
    urls,
};
use crate::connectors::ports::{
    ConnectorError,
    examination::{Examination, Expected, Finding, Use, Work, clock},
};

/// Above which share of its limits Microsoft Graph begins to tell.
const NEAR_THE_LIMIT: f64 = 0.8;

#[async_trait]
impl Examination for EntraConnection {
    async fn examine(&self, uses: &[Use], all_known: bool) -> Vec<Finding> {
        let graph = self.graph.hurried();
        // Why nobody could sign in is told by the test of the connection.
        let Ok(token) = graph.sign_in.token(graph.patience).await else {
            return vec![Finding::note(
                "permissions",
                "not looked at: nobody is signed in",
            )];
        };
        let mut findings = match Granted::of(token.secret()) {
            Some(granted) => {
                let uses: Vec<Use> = uses.iter().map(|one| self.really(one)).collect();
                let mut findings = vec![level(&granted, &uses, all_known)];
                let is_managed = graph.sign_in.is_managed();
                findings.extend(compared(&granted, &uses, all_known, is_managed));
                findings
            }
            None => vec![Finding::note(
                "permissions",
                "not looked at: only Microsoft Graph can read this token",
            )],
        };
        if !graph.may_write && uses.iter().any(|one| one.writes) {
            let found = format!(
                "none to write is asked for: {NO_WRITE_PERMISSION}; runs make packages for an administrator"
            );
            findings.push(Finding::note("permissions", found));
        }
        match graph.heads().await {
            Ok(heads) => findings.extend(heads.findings()),
            Err(error) => findings.push(Finding::note(
                "clock",
                format!("not compared: {}", error.message),
            )),
        }
        findings
    }

    async fn owners(&self, list_id: &str) -> Option<Result<usize, ConnectorError>> {
        Some(owners::count(&self.graph.hurried(), list_id).await)
    }

    fn expected(&self, work: &Work) -> Option<Expected> {
        Some(expected(&self.graph, work))
    }
}

impl EntraConnection {
    /// What a sync does with a list, by this connection: one without write permission never tries to write.
    fn really(&self, one: &Use) -> Use {
        Use {
            writes: one.writes && self.graph.may_write,
            ..one.clone()
        }
    }
}

/// What an answer says beside its body.
struct Heads {
    /// The time here, in the middle of the request.
    ours: Timestamp,
    /// The time there.
    theirs: Option<Timestamp>,
    /// How much of the limits is used; told only when it is much.
    share: Option<f64>,
}

impl Graph {
    /// One small read, whatever it is answered: refusals have a date too.
    async fn heads(&self) -> Result<Heads, ConnectorError> {
        let token = self.sign_in.token(self.patience).await?;
        let url = self.absolute(urls::ORGANIZATION)?;
        let before = Timestamp::now();
        let request = self.http.get(url).bearer_auth(token.secret());
        let response = request.send().await.map_err(|error| {
            let kind = crate::connectors::ports::ErrorKind::Unavailable(None);
            ConnectorError::new(kind, format!("no answer: {}", error.without_url()))
        })?;
        let took = Timestamp::now().duration_since(before);
        let headers = response.headers();
        let date = header(headers, "date");
        Ok(Heads {
            ours: before.checked_add(took / 2).unwrap_or(before),
            theirs: date
                .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
                .map(|date| date.timestamp()),
            share: header(headers, "x-ms-throttle-limit-percentage")
                .and_then(|share| share.parse().ok()),
        })
    }
}

impl Heads {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![match self.theirs {
            Some(theirs) => clock("Microsoft Graph", self.ours, theirs),
            None => Finding::note("clock", "not compared: Microsoft Graph told no time"),
        }];
        let near = self.share.filter(|share| *share >= NEAR_THE_LIMIT);
        findings.extend(near.map(|share| {
            let found = format!(
                "Microsoft Graph says that {:.0} % of what this application may ask for is used at the moment",
                share * 100.0
            );
            let todo = "let the syncs run when less else goes on; they will be slowed down otherwise";
            Finding::warning("quota", found).todo(todo)
        }));
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::ports::examination::Level;

    #[test]
    fn what_answers_say_beside_their_bodies_is_judged() {
        let ours: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let heads = |theirs: Option<Timestamp>, share| Heads {
            ours,
            theirs,
            share,
        };
        let levels = |heads: Heads| -> Vec<Level> {
            let findings = heads.findings();
            findings.iter().map(|finding| finding.level).collect()
        };
        assert_eq!(levels(heads(Some(ours), None)), [Level::Ok]);
        assert_eq!(levels(heads(None, Some(0.5))), [Level::Note]);
        assert_eq!(
            levels(heads(Some(ours), Some(1.2))),
            [Level::Ok, Level::Warning]
        );
    }
}
