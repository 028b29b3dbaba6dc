//! The plan as text: the sign in column one, so that `grep '^-'` lists the removals, and the totals last.

use std::{collections::BTreeMap, fmt};

use super::{
    change::{Action, Because, Change, Withheld},
    handed::Handed,
    review::{Breach, Held, Limited, RejectedBefore},
    value::Plan,
    words::moment,
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

    let mut text = Text(String::new());
    header(plan, &mut text);
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
    for line in held
        .difference
        .iter()
        .flat_map(|difference| difference.lines(plan))
    {
        text.line(format_args!("      {line}"));
    }
    if !held.redefined.is_empty() {
        let parts = held.redefined.join(", ");
        text.line(format_args!(
            "HELD (definition changed: {parts}): everything waits for one approval."
        ));
    }
    for breach in &held.breaches {
        text.line(format_args!(
            "HELD ({}): {}.",
            breach.of,
            over(plan, breach)
        ));
    }
    if let Some(rejected) = &held.rejected {
        let RejectedBefore { run, by, at, .. } = rejected;
        let reason = rejected.reason.as_deref().unwrap_or("no reason was given");
        let at = moment(at);
        text.line(format_args!(
            "REJECTED by {by} on {at}, as run {run}: {reason}"
        ));
    }
    let (again, digest) = (plan.command(), held.digest.short());
    let waits = match held.waiting {
        0 => "The list waits to be created".to_owned(),
        1 => "1 change waits".to_owned(),
        waiting => format!("{waiting} changes wait"),
    };
    let meant = if held.rejected.is_some() {
        "If it is meant after all"
    } else {
        "If this is meant"
    };
    text.line(format_args!(
        "      {waits}. {meant}: {again} --approve {digest}"
    ));
    text.0
}

/// What is over a limit, and the limit.
fn over(plan: &Plan, breach: &Breach) -> String {
    let list = plan.lists.of(breach.side);
    let share = (breach.planned * 100).checked_div(breach.members);
    let share = share.map_or(String::new(), |share| format!(" ({share} %)"));
    let (planned, members, limit) = (breach.planned, breach.members, breach.limit);
    let verb = match breach.of {
        Limited::Additions => "added",
        Limited::Removals => "removed",
        Limited::Unresolved => {
            let other = plan.lists.of(breach.side.other());
            return format!(
                "{planned} of {members} members of {list}{share} are unknown to the other side; the limit is {limit}, \
                 and removals from {other} wait"
            );
        }
        Limited::AliasesAdded | Limited::AliasesRemoved | Limited::Total => {
            return format!(
                "{planned} are planned for {list}, which has {members} members; the limit is {limit}"
            );
        }
    };
    format!("{planned} of {members} members of {list}{share} would be {verb}; the limit is {limit}")
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
        let line = on_one_line(&arguments.to_string());
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}

/// A text with a mark in place of every character that would break its line, move the cursor or turn the direction of
/// writing: a name must not be able to look like a line of its own.
pub fn on_one_line(text: &str) -> String {
    let moves = |character: char| {
        character.is_control()
            || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace(moves, "\u{fffd}")
}

/// The same text with nothing in it that could speak to a terminal; its own line breaks stay.
pub fn harmless(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n') {
            Some(line) => on_one_line(line) + "\n",
            None => on_one_line(line),
        })
        .collect()
}

fn header(plan: &Plan, text: &mut Text) {
    let Plan {
        lists,
        sync,
        two_way,
        first_run,
        restores,
        ..
    } = plan;
    let (arrow, kind) = if *two_way {
        ("<=>", "two-way")
    } else {
        ("=>", "one-way")
    };
    let first = if *first_run { ", first run" } else { "" };
    let undone = restores.as_ref();
    let undone = undone.map_or(String::new(), |run| format!(", undoes run {run}"));
    text.line(format_args!(
        "{}  {arrow}  {}      ({kind}, sync {sync}{first}{undone})",
        lists.source, lists.target
    ));
    if !plan.redefined.is_empty() {
        let parts = plan.redefined.join(", ");
        text.line(format_args!(
            "Definition changed since the last run: {parts}."
        ));
    }
    if let Some(side) = plan.create {
        text.line(format_args!("+ {} will be created", lists.of(side)));
    }
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
        why: match &withheld.because {
            // A row without a key is labelled with what was read; once is enough.
            Because::NoKey(why) if *why == withheld.label => {
                "nothing to recognise anybody by".to_owned()
            }
            // The reason is the same for all and stands below them, once.
            Because::ReadOnly(_) => "the list cannot be written".to_owned(),
            because => because.to_string(),
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

/// What an administrator has to do with a list, and how far that is.
fn handed_line(plan: &Plan, (handed, side): (&Option<Handed>, Side), text: &mut Text) {
    let Some(handed) = handed else { return };
    let (list, why) = (plan.lists.of(side), &handed.why);
    text.line(format_args!(
        "{list} is changed by an administrator, from a package: {why}."
    ));
    if let Some(package) = &handed.package {
        text.line(format_args!("{list}: {package}."));
    }
}

fn footer(plan: &Plan, text: &mut Text) {
    for (side, doubts) in [
        (Side::Source, &plan.doubts.source),
        (Side::Target, &plan.doubts.target),
    ] {
        for doubt in doubts {
            let list = plan.lists.of(side);
            // Where a doubt matters for what is undone, that is told of each member.
            let is_needed = plan.restores.is_none() && (plan.two_way || side == Side::Source);
            let result = match is_needed {
                true => "; nobody is removed because of it",
                false => "",
            };
            text.line(format_args!("Doubt about {list}: {doubt}{result}."));
        }
    }
    for ((run, side), count) in plan.lapsed_by_run() {
        let (list, changes) = (
            plan.lists.of(side),
            if count == 1 { "change" } else { "changes" },
        );
        text.line(format_args!(
            "{count} {changes} of run {run} to {list} did not last."
        ));
    }
    for (side, why) in plan.unwritable() {
        let list = plan.lists.of(side);
        text.line(format_args!("{list} cannot be written: {why}."));
    }
    for handed in [&plan.handed.source, &plan.handed.target]
        .into_iter()
        .zip([Side::Source, Side::Target])
    {
        handed_line(plan, handed, text);
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
        "Plan: {} to add, {} to update, {} to remove, {} withheld, {} unchanged; {} {} on {}, {} on {}.",
        totals.add,
        totals.update,
        totals.remove,
        totals.withheld,
        totals.unchanged,
        plan.members.source,
        if plan.members.source == 1 { "member" } else { "members" },
        plan.lists.source,
        plan.members.target,
        plan.lists.target,
    ));
}
