//! `opt-outs`: who is not added again, and lifting that.

use serde::Serialize;

use super::{Exit, Failure, Session, chosen, complain, now, print, print_json, table};
use crate::{
    agenda,
    definition::sync::Sync,
    history::{self, LiftView, LiftedView, NotLifted, OptOutView, Wish},
    model::baseline::Origin,
};

/// The most characters of a reason.
const LONGEST_REASON: usize = 500;

/// How many names an error tells.
const MOST_NAMES: usize = 20;

/// What `opt-outs --json` prints.
#[derive(Serialize)]
struct Printed {
    version: u32,
    lists: Vec<OfOneList>,
}

/// What is kept of one list's sync.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfOneList {
    sync: String,
    opt_outs: Vec<OptOutView>,
    lifts: Vec<LiftView>,
}

/// What `opt-outs --lift --json` prints.
#[derive(Serialize)]
struct PrintedLifts {
    version: u32,
    lifted: Vec<LiftedView>,
}

/// Lists who is not added again, and what was lifted.
pub(super) async fn list(session: &Session, sync: &str) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let stores = session.stores_to_look().await?;
    let mut lists = Vec::new();
    for chosen in chosen(&definition, Some(sync))? {
        let routed: Vec<Sync> = match (&chosen.mapping.route, sync.split_once('/')) {
            (None, _) => vec![chosen.clone()],
            (Some(_), Some((_, list))) => vec![chosen.for_list(list)],
            (Some(_), None) => {
                let lists = agenda::lists_of(&stores, &chosen.id).await?;
                lists.iter().map(|list| chosen.for_list(list)).collect()
            }
        };
        for sync in routed {
            let found = history::opt_outs(&stores, &sync.id, sync.lists()).await?;
            lists.push(OfOneList {
                opt_outs: found.views(),
                lifts: found.lift_views(),
                sync: sync.id,
            });
        }
    }
    if session.json {
        print_json(&Printed { version: 1, lists })?;
    } else {
        print(&as_text(&lists));
    }
    Ok(Exit::Done)
}

/// Lifts what keeps one person from being added.
pub(super) async fn lift(
    session: &Session,
    sync: &str,
    who: &str,
    reason: &str,
) -> Result<Exit, Failure> {
    let invalid = |message: String| Failure {
        exit: Exit::InvalidInput,
        message,
    };
    let reason = checked_reason(reason)?;
    let definition = session.definition()?;
    let found = chosen(&definition, Some(sync))?;
    let Some(chosen) = found.first() else {
        return Err(invalid(format!("there is no sync `{sync}`")));
    };
    let one = match (&chosen.mapping.route, sync.split_once('/')) {
        (None, _) => (*chosen).clone(),
        (Some(_), Some((_, list))) => chosen.for_list(list),
        (Some(_), None) => {
            return Err(invalid(format!(
                "`{sync}` routes people to many lists\nname one of them: `{sync}/LIST`"
            )));
        }
    };
    let wish = Wish {
        who: who.to_owned(),
        by: session.user(),
        reason,
    };
    let stores = session.stores().await?;
    let lifted = history::lift(&stores, &one.id, one.lists(), &wish, now()).await?;
    let lifted = lifted.map_err(|why| invalid(in_words(who, &one.id, &why)))?;
    let lifted: Vec<LiftedView> = lifted.iter().map(LiftedView::from).collect();
    if session.json {
        print_json(&PrintedLifts { version: 1, lifted })?;
    } else {
        for lifted in &lifted {
            print(&told(lifted));
            if lifted.still_shown {
                complain(&format!(
                    "{} still showed them as opted out at the last run, and what it says holds\n\
                     they have to subscribe there themselves",
                    lifted.lift.list
                ));
            }
        }
    }
    Ok(Exit::Done)
}

/// A reason as it is kept: one line, not too long.
pub(super) fn checked_reason(reason: &str) -> Result<String, Failure> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if (1..=LONGEST_REASON).contains(&length) && !reason.chars().any(char::is_control) {
        return Ok(reason.to_owned());
    }
    Err(Failure {
        exit: Exit::InvalidInput,
        message: format!("the reason has to have 1 to {LONGEST_REASON} characters on one line"),
    })
}

fn in_words(who: &str, sync: &str, why: &NotLifted) -> String {
    let listed = |names: &[String]| {
        let shown: Vec<String> = names
            .iter()
            .take(MOST_NAMES)
            .map(|name| format!("`{name}`"))
            .collect();
        let more = names.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("{}{more}", shown.join(", "))
    };
    match why {
        NotLifted::Nobody(names) if names.is_empty() => {
            format!("nobody is known to have opted out of `{sync}`, so there is nothing to lift")
        }
        NotLifted::Nobody(names) => format!(
            "nobody is known to have opted out of `{sync}` as `{who}`\nwho is: {}",
            listed(names)
        ),
        NotLifted::Several(names) => format!(
            "`{who}` is shared by several who opted out of `{sync}`\nname one of them: {}",
            listed(names)
        ),
    }
}

fn told(lifted: &LiftedView) -> String {
    let LiftView {
        who,
        list,
        by,
        reason,
        at,
        ..
    } = &lifted.lift;
    let when = at.strftime("%Y-%m-%d %H:%M UTC");
    let (label, again) = (who.label(), "may be added to");
    if lifted.before {
        format!("{label} {again} {list} again; {by} lifted it on {when}: {reason}\n")
    } else {
        format!("{label} {again} {list} again, from the next run on.\n")
    }
}

fn as_text(lists: &[OfOneList]) -> String {
    let mut text = String::new();
    let header = ["who", "list", "since", "origin", "said"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(lists.iter().flat_map(|list| &list.opt_outs).map(row));
    if rows.len() == 1 {
        text.push_str("Nobody is known to have opted out.\n");
    } else {
        text.push_str(&table::render(&rows, ""));
    }
    let header = ["lifted", "who", "list", "by", "reason"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for lift in lists.iter().flat_map(|list| &list.lifts) {
        rows.push(vec![
            lift.at.strftime("%Y-%m-%d %H:%MZ").to_string(),
            lift.who.label().to_owned(),
            lift.list.to_string(),
            lift.by.clone(),
            lift.reason.clone(),
        ]);
    }
    if rows.len() > 1 {
        text.push('\n');
        text.push_str(&table::render(&rows, ""));
    }
    text
}

fn row(opt_out: &OptOutView) -> Vec<String> {
    let origin = match (opt_out.origin, opt_out.still_shown) {
        (Origin::NotTaken, _) => "not taken",
        (Origin::OptedOut, true) => "opted out, still shown",
        (Origin::OptedOut, false) => "opted out",
    };
    let lifted = match &opt_out.lifted {
        Some(lift) => format!("; lifted by {}, from the next run on", lift.by),
        None => String::new(),
    };
    vec![
        opt_out.who.label().to_owned(),
        opt_out.list.to_string(),
        opt_out.since.strftime("%Y-%m-%d").to_string(),
        origin.to_owned(),
        format!("{}{lifted}", opt_out.said),
    ]
}
