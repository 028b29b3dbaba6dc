//! An explanation as text: the verdict first, then what it rests on.

use std::fmt::{self, Write};

use super::{Does, Earlier, EntryFound, Explanation, LedgerEntry, NextStep};
use crate::{
    model::{baseline::Origin, list::Side},
    plan::text::on_one_line,
};

/// The explanation as text, several lines that end in a line break each.
pub fn render(explanation: &Explanation) -> String {
    let mut text = Text(String::new());
    text.line("", &explanation.verdict);
    let list = |side: Side| explanation.lists.of(side).to_string();
    for person in &explanation.people {
        for entry in &person.entries {
            text.line(&list(entry.side), &of_entry(entry));
        }
        text.line("matching", &person.matched);
        for next in &person.next {
            text.line("next run", &of_next(next, &list(next.side)));
        }
    }
    for known in &explanation.known {
        let connection = &explanation.lists.of(known.side).connection;
        let people = match known.people.as_slice() {
            _ if !known.asked => continue,
            [] => "knows nobody by it beyond the list".to_owned(),
            people => format!("knows {}", people.join(", ")),
        };
        text.line(connection, &people);
    }
    for opt_out in &explanation.opt_outs {
        let origin = match opt_out.origin {
            Origin::OptedOut => "seen as opted out",
            Origin::NotTaken => "not taken by the platform",
        };
        let (list, since) = (list(opt_out.side), opt_out.since.strftime(DAY));
        let said = &opt_out.said;
        text.line(
            "opt-out",
            &format!("not added to {list} since {since}: {origin}, {said}"),
        );
    }
    for entry in &explanation.ledger {
        text.line("before", &of_ledger(entry, &list(entry.side)));
    }
    if explanation.agreed {
        text.line("before", "on both lists when the last run ended");
    }
    for doubt in &explanation.doubts {
        text.line("doubt", doubt);
    }
    text.0
}

const DAY: &str = "%Y-%m-%d";
const MOMENT: &str = "%Y-%m-%d %H:%M UTC";

struct Text(String);

impl Text {
    fn line(&mut self, about: &str, text: &str) {
        let line = if about.is_empty() {
            text.to_owned()
        } else {
            format!("  {about}: {text}")
        };
        self.0.push_str(&on_one_line(&line));
        self.0.push('\n');
    }
}

fn of_entry(entry: &EntryFound) -> String {
    let mut text = entry.label.clone();
    if entry.second {
        text.push_str(" (a further entry)");
    }
    let mut add = |part: fmt::Arguments<'_>| {
        let _infallible = write!(text, "; {part}");
    };
    let others = entry.keys.iter().filter(|key| **key != entry.label);
    let others: Vec<&str> = others.map(String::as_str).collect();
    if !others.is_empty() {
        add(format_args!("also {}", others.join(", ")));
    }
    if let Some(id) = entry.id.as_ref().filter(|id| **id != entry.label) {
        add(format_args!("id {id}"));
    }
    if let Some(note) = entry.note.as_ref().filter(|note| **note != entry.label) {
        add(format_args!("{note}"));
    }
    if let Some(what) = &entry.no_person {
        add(format_args!("no person: {what}"));
    }
    match &entry.filter {
        None => {}
        Some(filter) => match &filter.clause {
            None => add(format_args!("passes the filter")),
            Some(clause) => add(format_args!("does not pass the filter: {clause}")),
        },
    }
    if let Some(why) = &entry.left_out {
        add(format_args!("left out: {why}"));
    }
    if entry.opted_out {
        add(format_args!("opted out on this platform"));
    }
    if let Some(pattern) = &entry.excluded_by {
        add(format_args!("excluded by `{pattern}`"));
    }
    if let Some(pattern) = &entry.protected_by {
        add(format_args!("protected by `{pattern}`"));
    }
    text
}

fn of_next(next: &NextStep, list: &str) -> String {
    let why = &next.why;
    let waits = if next.waits {
        "; waits for approval"
    } else {
        ""
    };
    match next.does {
        Does::Add => format!("adds them to {list}: {why}{waits}"),
        Does::Invite => format!("invites them as a guest and adds them to {list}: {why}{waits}"),
        Does::Update => format!("changes {list}: {why}{waits}"),
        Does::Remove => format!("removes them from {list}: {why}{waits}"),
        Does::NotAdded => format!("does not add them to {list}: {why}"),
        Does::NotUpdated => format!("does not change {list}: {why}"),
        Does::Stays => format!("lets them stay on {list}: {why}"),
        Does::LeftAlone => format!("leaves the entry on {list} alone: {why}"),
        Does::Ignored | Does::SecondEntry => format!("passes over the entry on {list}: {why}"),
        Does::Unchanged => format!("does nothing: {why}"),
    }
}

fn of_ledger(entry: &LedgerEntry, list: &str) -> String {
    let by = entry
        .run
        .as_ref()
        .map_or_else(String::new, |run| format!(" by run {run}"));
    let at = entry.at.strftime(MOMENT);
    match entry.what {
        Earlier::Put => format!("put on {list} on {at}{by}"),
        Earlier::Taken => format!("taken off {list} on {at}{by}"),
        Earlier::Invited => format!("invited for {list} on {at}{by}, and not shown there yet"),
        Earlier::Unresolved => format!("has named nobody for {list} since {at}"),
    }
}
