//! The two sides of a sync: which lists, and what each side can be.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::{
    definition::{
        fault::Report,
        path::Path,
        raw::{
            endpoint::{RawCreate, RawEndpoint},
            forms::{Choice, TextOr},
        },
        sync::{Direction, Endpoint, Nested},
        words::{listed, quoted},
    },
    model::list::GroupKind,
};

/// One side. Its connection is empty when it could not be read; `None` when the side is missing altogether.
pub(super) fn validated(
    raw: Option<&TextOr<String, RawEndpoint>>,
    path: &Path,
    report: &mut Report,
) -> Option<Endpoint> {
    let raw = match raw {
        Some(TextOr::Object(raw)) => raw,
        Some(TextOr::Text(name)) => {
            if name.trim().is_empty() {
                report.fault(
                    path,
                    "found an empty text; allowed: the name of a connection",
                );
            }
            return Some(whole(name.trim()));
        }
        None => {
            if !report.is_cut(path) {
                let message = "this key is missing; allowed: the name of a connection, or an object with `connection`";
                report.fault(path, message);
            }
            return None;
        }
    };
    let connection = raw.connection.as_deref().unwrap_or_default().trim();
    let connection_at = path.key("connection");
    if connection.is_empty() && !report.is_cut(&connection_at) {
        let message = "this key is missing or empty; allowed: the name of a connection";
        report.fault(&connection_at, message);
    }
    let nested = raw.nested.map_or(Nested::Direct, |Choice(nested)| nested);
    let lists = lists(raw, path, report);
    let exclude_lists = excluded(raw, path, &lists, report);
    for (key, is_said) in [
        ("under", raw.under.is_some()),
        ("include", raw.include.is_some()),
    ] {
        if is_said && !lists.is_empty() {
            let message = format!(
                "`{key}` is about a connection as a whole, and a list is named here\nleave out one of the two"
            );
            report.fault(&path.key(key), message);
        }
    }
    if raw
        .under
        .as_ref()
        .is_some_and(|under| under.trim().is_empty())
    {
        let message = "found an empty text; allowed: an address or object id";
        report.fault(&path.key("under"), message);
    }
    Some(Endpoint {
        lists,
        exclude_lists,
        nested,
        create: match raw.create {
            None | Some(RawCreate::Flag(false)) => None,
            Some(RawCreate::Flag(true)) => Some(GroupKind::Security),
            Some(RawCreate::Kind(kind)) => Some(kind),
        },
        empty_until: empty_until(raw, path, report),
        under: raw.under.as_ref().map(|under| under.trim().to_owned()),
        include: raw
            .include
            .iter()
            .flatten()
            .map(|Choice(what)| *what)
            .collect(),
        ..whole(connection)
    })
}

/// Until when an empty answer is meant. A date holds to its end.
fn empty_until(raw: &RawEndpoint, path: &Path, report: &mut Report) -> Option<Timestamp> {
    let text = raw.empty_until.as_ref()?.trim();
    let end_of = |date: Date| {
        let day_after = date.tomorrow().ok()?;
        Some(day_after.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let until = match text.parse::<Timestamp>() {
        Ok(time) => Some(time),
        Err(_) => text.parse::<Date>().ok().and_then(end_of),
    };
    if until.is_none() {
        let message = format!(
            "{} is neither a date nor a time; allowed: `2026-12-31`, `2026-12-31T18:00:00Z`",
            quoted(text)
        );
        report.fault(&path.key("emptyUntil"), message);
    }
    until
}

/// What each side must not say because of the direction; of an unknown direction only what holds for both.
pub(super) fn check_pair(
    source: &Endpoint,
    target: &Endpoint,
    direction: Option<Direction>,
    path: &Path,
    report: &mut Report,
) {
    for (side, endpoint) in [("source", source), ("target", target)] {
        let path = path.key(side);
        let is_written = side == "target" || direction == Some(Direction::TwoWay);
        let is_only_read = side == "source" && direction == Some(Direction::OneWay);
        if is_written && endpoint.nested == Nested::Flatten {
            let message = "`flatten` is only for what is never written: members of nested groups cannot be removed\nsay `direct`, or leave it out";
            report.fault(&path.key("nested"), message);
        }
        if is_written && endpoint.lists.len() > 1 {
            let message = format!(
                "{} lists are written here; allowed: one\nmake a sync for each",
                endpoint.lists.len()
            );
            report.fault(&path, message);
        }
        if is_only_read && endpoint.create.is_some() {
            let message = "the source of a one-way sync is never written, so nothing can be created here\nleave it out, or move it to `target`";
            report.fault(&path.key("create"), message);
        }
        if side == "target"
            && direction == Some(Direction::OneWay)
            && !endpoint.exclude_lists.is_empty()
        {
            let message =
                "lists can only be left out where a sync reads\nmove the exclusion to `source`";
            report.fault(&path, message);
        }
    }
}

/// What people joined and left by themselves must not be undone: such a list is never written.
pub(super) fn check_subscription(
    raw: Option<&TextOr<String, RawEndpoint>>,
    side: &str,
    is_written: bool,
    path: &Path,
    report: &mut Report,
) {
    let is_subscription =
        matches!(raw, Some(TextOr::Object(raw)) if raw.subscription == Some(true));
    if is_subscription && is_written {
        let message = "people join and leave a subscription list by themselves, and this sync would undo their choice\nmake the list the `source` of a one-way sync";
        report.fault(&path.key(side).key("subscription"), message);
    }
}

/// Lists people are routed to are created unless the file says otherwise.
pub(super) fn create_by_default(raw: Option<&TextOr<String, RawEndpoint>>, target: &mut Endpoint) {
    let is_said = matches!(raw, Some(TextOr::Object(raw)) if raw.create.is_some());
    if !is_said {
        target.create = Some(GroupKind::Security);
    }
}

/// A connection as a whole.
fn whole(connection: &str) -> Endpoint {
    Endpoint {
        connection: connection.to_owned(),
        lists: Vec::new(),
        exclude_lists: Vec::new(),
        nested: Nested::Direct,
        create: None,
        empty_until: None,
        under: None,
        include: Vec::new(),
    }
}

fn lists(raw: &RawEndpoint, path: &Path, report: &mut Report) -> Vec<String> {
    let said: Vec<&str> = [
        ("list", raw.list.is_some()),
        ("group", raw.group.is_some()),
        ("lists", raw.lists.is_some()),
        ("groups", raw.groups.is_some()),
        ("everyone", raw.everyone.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, is_said)| is_said.then_some(key))
    .collect();
    if said.len() > 1 {
        let message = format!("{} stand side by side; allowed: one of them", listed(said));
        report.fault(path, message);
    }
    if raw.everyone == Some(false) {
        let message = "found `false`; allowed: `true`\nleave it out and name a list";
        report.fault(&path.key("everyone"), message);
    }
    let mut lists = Vec::new();
    for (key, list) in [("list", &raw.list), ("group", &raw.group)] {
        if let Some(list) = list {
            lists.extend(name(list, &path.key(key), report));
        }
    }
    for (key, several) in [("lists", &raw.lists), ("groups", &raw.groups)] {
        lists.extend(names(several.as_ref(), &path.key(key), report));
    }
    lists
}

fn excluded(raw: &RawEndpoint, path: &Path, lists: &[String], report: &mut Report) -> Vec<String> {
    if raw.exclude_lists.is_some() && raw.exclude_groups.is_some() {
        let message = "`excludeLists` and `excludeGroups` are the same; allowed: one of them";
        report.fault(&path.key("excludeLists"), message);
    }
    let mut excluded = Vec::new();
    for (key, several) in [
        ("excludeLists", &raw.exclude_lists),
        ("excludeGroups", &raw.exclude_groups),
    ] {
        let path = path.key(key);
        let names = names(several.as_ref(), &path, report);
        for name in &names {
            if lists.iter().any(|list| is_same(list, name)) {
                let message = format!("{} is read and left out at once", quoted(name));
                report.fault(&path, message);
            }
        }
        excluded.extend(names);
    }
    excluded
}

/// Several names: at least one, and none twice. An empty array would quietly mean everyone.
fn names(raw: Option<&Vec<String>>, path: &Path, report: &mut Report) -> Vec<String> {
    let Some(raw) = raw else { return Vec::new() };
    if raw.is_empty() && !report.is_cut(path) {
        let message = "an empty array names no list; allowed: at least one name\nleave the key out";
        report.fault(path, message);
    }
    let mut names: Vec<String> = Vec::new();
    for (index, text) in raw.iter().enumerate() {
        let path = path.index(index);
        let Some(name) = name(text, &path, report) else {
            continue;
        };
        if names.iter().any(|known| is_same(known, &name)) {
            let message = format!("{} is there already", quoted(&name));
            report.fault(&path, message);
        } else {
            names.push(name);
        }
    }
    names
}

fn name(text: &str, path: &Path, report: &mut Report) -> Option<String> {
    let name = text.trim();
    if name.is_empty() {
        report.fault(
            path,
            "found an empty text; allowed: the name or id of a list",
        );
        return None;
    }
    Some(name.to_owned())
}

/// Platforms compare the names of lists without case.
pub(super) fn is_same(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}
