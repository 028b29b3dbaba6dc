//! The plan as text: the sign in column one, so that `grep '^-'` lists the removals, and the totals last.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
};

use super::{
    change::{Action, Change, Withheld},
    review::Held,
    value::Plan,
};
use crate::model::list::{ListRef, Side};

/// How many characters the columns of member and place are made wide at most.
const WIDEST_COLUMN: usize = 44;

/// The plan as text, one line for each change and each withheld change, sorted by member.
pub fn render(plan: &Plan) -> String {
    let mut lines: Vec<Line<'_>> = plan
        .changes
        .iter()
        .map(|change| change_line(plan, change))
        .collect();
    lines.extend(
        plan.withheld
            .iter()
            .map(|withheld| withheld_line(plan, withheld)),
    );
    lines.sort_by(|left, right| {
        (left.member, left.sign, &left.place).cmp(&(right.member, right.sign, &right.place))
    });
    let widest = |length: fn(&Line<'_>) -> usize| {
        lines
            .iter()
            .map(length)
            .max()
            .unwrap_or(0)
            .min(WIDEST_COLUMN)
    };
    let member_width = widest(|line| line.member.chars().count());
    let place_width = widest(|line| line.place.chars().count());

    let mut text = Text(header(plan));
    for line in &lines {
        let Line {
            sign,
            member,
            place,
            why,
        } = line;
        text.line(format_args!(
            "{sign} {member:<member_width$}  {place:<place_width$}  {why}"
        ));
    }
    footer(plan, &mut text);
    text.0
}

/// Why a plan is held and how to approve it, as the last lines under it.
pub fn render_held(plan: &Plan, held: &Held) -> String {
    let mut text = Text(String::new());
    if let Some(misfit) = &held.misfit {
        text.line(format_args!("HELD (approval): {misfit}."));
    }
    for breach in &held.breaches {
        let list = plan.lists.of(breach.side);
        let share = (breach.planned * 100).checked_div(breach.members);
        let share = share.map_or(String::new(), |share| format!(" ({share} %)"));
        text.line(format_args!(
            "HELD ({of}): {planned} of {members} members of {list}{share} would be {verb}; the limit is {limit}.",
            of = breach.of,
            planned = breach.planned,
            members = breach.members,
            verb = match breach.of {
                super::review::Limited::Additions => "added",
                super::review::Limited::Removals => "removed",
            },
            limit = breach.limit,
        ));
    }
    let (sync, digest, waiting) = (&plan.sync, held.digest.short(), held.waiting);
    let changes = if waiting == 1 {
        "change waits"
    } else {
        "changes wait"
    };
    text.line(format_args!(
        "      {waiting} {changes}. If this is meant: rollcall apply {sync} --approve {digest}"
    ));
    text.0
}

struct Line<'a> {
    sign: char,
    member: &'a str,
    place: String,
    why: String,
}

struct Text(String);

impl Text {
    fn line(&mut self, arguments: fmt::Arguments<'_>) {
        // Writing to a `String` cannot fail.
        let start = self.0.len();
        let _ = self.0.write_fmt(arguments);
        let end = self.0.get(start..).map_or(0, |line| line.trim_end().len());
        self.0.truncate(start + end);
        // What comes from outside must not make a second line, nor speak to the terminal.
        if self
            .0
            .get(start..)
            .is_some_and(|line| line.contains(char::is_control))
        {
            let line = self.0.split_off(start);
            self.0.push_str(&line.replace(char::is_control, "\u{fffd}"));
        }
        self.0.push('\n');
    }
}

fn header(plan: &Plan) -> String {
    let Plan {
        lists,
        sync,
        two_way,
        first_run,
        ..
    } = plan;
    let (arrow, kind) = if *two_way {
        ("<=>", "two-way")
    } else {
        ("=>", "one-way")
    };
    let first = if *first_run { ", first run" } else { "" };
    let mut text = format!(
        "{}  {arrow}  {}      ({kind}, sync {sync}{first})\n",
        lists.source, lists.target
    );
    if let Some(side) = plan.create {
        let _ = writeln!(text, "+ {} will be created", lists.of(side));
    }
    text
}

fn change_line<'a>(plan: &Plan, change: &'a Change) -> Line<'a> {
    let list = short_name(plan, change.side);
    let (sign, place, why) = match &change.action {
        Action::Invite => (
            '+',
            format!("to {list}"),
            format!("{}; guest, will be invited", change.reason),
        ),
        Action::Add => ('+', format!("to {list}"), change.reason.to_string()),
        Action::Remove => ('-', format!("from {list}"), change.reason.to_string()),
        Action::Update(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .map(|field| {
                    let show = |value: &Option<crate::model::attributes::Value>| {
                        value
                            .as_ref()
                            .map_or_else(|| "(none)".to_owned(), |value| value.to_line())
                    };
                    format!(
                        "{} {} => {}",
                        field.field,
                        show(&field.before),
                        show(&field.after)
                    )
                })
                .collect();
            ('~', format!("on {list}"), fields.join(", "))
        }
    };
    Line {
        sign,
        member: change.member.label(),
        place,
        why,
    }
}

fn withheld_line<'a>(plan: &Plan, withheld: &'a Withheld) -> Line<'a> {
    let place = format!(
        "{} on {}",
        withheld.considered,
        short_name(plan, withheld.side)
    );
    let place = place.replace("not added on", "not added to");
    Line {
        sign: '!',
        member: &withheld.label,
        place,
        why: match withheld.because.to_string() {
            // A row without a key is labelled with what was read; once is enough.
            why if why == withheld.label => "nothing to recognise anybody by".to_owned(),
            why => why,
        },
    }
}

/// The connection's name is enough where the two sides differ in it; lists on one connection need their own names.
fn short_name(plan: &Plan, side: Side) -> &str {
    let ListRef { connection, list } = plan.lists.of(side);
    if plan.lists.source.connection == plan.lists.target.connection {
        list
    } else {
        connection
    }
}

fn footer(plan: &Plan, text: &mut Text) {
    for (side, doubts) in [
        (Side::Source, &plan.doubts.source),
        (Side::Target, &plan.doubts.target),
    ] {
        for doubt in doubts {
            text.line(format_args!(
                "Doubt about {}: {doubt}; nobody is removed because of it.",
                plan.lists.of(side)
            ));
        }
    }
    let totals = plan.totals();
    if totals.ignored > 0 {
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        for ignored in &plan.ignored {
            *kinds.entry(ignored.why.kind()).or_default() += 1;
        }
        let kinds: Vec<String> = kinds
            .into_iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        text.line(format_args!("Ignored: {}.", kinds.join(", ")));
    }
    text.line(format_args!(
        "Plan: {} to add, {} to update, {} to remove, {} withheld, {} unchanged; {} members on {}, {} on {}.",
        totals.add,
        totals.update,
        totals.remove,
        totals.withheld,
        totals.unchanged,
        plan.members.source,
        plan.lists.source,
        plan.members.target,
        plan.lists.target,
    ));
}
