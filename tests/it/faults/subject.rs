//! What the matrix asks of a platform: a stand-in with a list, and the ways to trouble it and to look at it.

use async_trait::async_trait;
use rollcall::{
    connectors::ports::Connector,
    definition::{mapping::Rule, sync::Direction},
    model::list::Side,
    sandbox::Turn,
};

use super::{
    people::{People, number_of},
    table::{Case, Operation, Pending, Trouble},
};

/// A platform under trouble. Its list is called `Staff`.
#[async_trait]
pub(super) trait Subject: Sized + Send + Sync + 'static {
    /// The platform's name.
    const NAME: &'static str;

    /// What the page says of it beside the table.
    const REMARK: &'static str = "";

    /// Which lists the sync writes.
    const DIRECTION: Direction = Direction::TwoWay;

    /// The field of a member that changes on the other list; where fields are written.
    const FIELD: Option<&'static str> = None;

    /// The name of the list.
    const LIST: &'static str = "Staff";

    /// What is troubled.
    fn operations() -> Vec<Operation>;

    /// Whether this can happen to it at all.
    fn can(operation: Operation, trouble: Trouble) -> bool;

    /// Which attribute of the other list goes to which field.
    fn rules() -> Vec<Rule> {
        Vec::new()
    }

    /// A stand-in whose list holds everybody who is there at first (none, and no list, where it is to be created), and
    /// a connection with little patience.
    async fn start(pending: Pending) -> Self;

    /// The connection.
    fn connector(&self) -> &dyn Connector;

    /// What is so now: `member 7` for everybody on the list, and a line for everything else that must not be there
    /// twice.
    fn facts(&self) -> Vec<String>;

    /// What came and what went by requests, as [`Subject::facts`] words it.
    fn journal(&self) -> Vec<Turn>;

    /// Somebody joins the list by hand.
    fn joins(&self, number: usize);

    /// Somebody leaves the list by hand.
    fn leaves(&self, number: usize);

    /// What the field is changed to.
    fn new_field() -> String {
        "+41791234567".to_owned()
    }

    /// Whether this person's field is what the other list says.
    fn has_new_field(&self, _number: usize) -> bool {
        true
    }

    /// Makes it go wrong, from the next request on.
    fn trouble(&self, case: &Case);

    /// All is well again.
    fn relieve(&self, case: &Case);

    /// How many requests met a fault.
    fn struck(&self) -> u64;

    /// What was done that must never be done.
    fn offences(&self) -> Vec<String>;

    /// What was asked and answered, in short lines, for whoever looks into a case.
    fn asked(&self) -> Vec<String>;

    /// Who is on the list.
    fn on_list(&self) -> People {
        let facts = self.facts();
        facts.iter().filter_map(|fact| member_in(fact)).collect()
    }
}

/// The member that a fact is about.
pub(super) fn member_in(fact: &str) -> Option<usize> {
    fact.strip_prefix("member ")?.parse().ok()
}

/// The fact that whoever has this address or number is on the list.
pub(super) fn member_fact(key: &str) -> String {
    match number_of(key) {
        Some(number) => format!("member {number}"),
        None => format!("stranger {key}"),
    }
}

/// A rule of a mapping by which the other list has its say.
pub(super) fn rule(attribute: &str, field: &str) -> Rule {
    Rule {
        attribute: attribute.to_owned(),
        field: field.to_owned(),
        transforms: Vec::new(),
        owner: Side::Source,
        owner_is_said: true,
    }
}

/// Exchanges in short lines.
pub(super) fn in_lines(log: Vec<rollcall::sandbox::Exchange>) -> Vec<String> {
    let line = |exchange: rollcall::sandbox::Exchange| {
        let url = exchange.request.url;
        let path = url.splitn(4, '/').nth(3).unwrap_or_default().to_owned();
        let status = exchange.response.map_or(0, |answer| answer.status);
        let body = exchange.request.body.map_or(String::new(), |body| {
            body.to_string().chars().take(160).collect()
        });
        format!("{} /{path} -> {status} {body}", exchange.request.method)
    };
    log.into_iter().map(line).collect()
}
