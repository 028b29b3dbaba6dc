//! `forget`: what is stored of one person, and erasing it.

use serde::Serialize;

use super::{Exit, Failure, Session, apply, complain, now, opt_outs, print, print_json, table};
use crate::{
    forget::{self, Erased, Item, NotForgotten, StillOn, Stored, Wish, Work},
    run,
};

/// What `forget --json` prints.
#[derive(Serialize)]
struct Printed<T> {
    version: u32,
    #[serde(flatten)]
    told: T,
}

/// Shows what is stored of a person. Exits with 2 when some of it can be erased.
pub(super) async fn look(session: &Session, who: &str) -> Result<Exit, Failure> {
    let (stores, storage) = session.storage_to_look().await?;
    let stored = forget::look(&stores, who).await;
    let stored = stored.map_err(|why| refused(who, why))?;
    if session.json {
        print_json(&Printed {
            version: 1,
            told: &stored,
        })?;
    } else {
        print(&as_text(who, &storage, &stored));
    }
    warn(&stored);
    Ok(match stored.has_something() {
        true => Exit::ChangesFound,
        false => Exit::Done,
    })
}

/// Erases what is stored of a person. Exits with 4 when some of it was not.
pub(super) async fn erase(session: &Session, who: &str, reason: &str) -> Result<Exit, Failure> {
    let by = session.user();
    let wish = Wish {
        who: who.to_owned(),
        reason: opt_outs::checked_reason(reason)?,
        holder: apply::worker(&by),
        by,
    };
    let (stores, storage) = session.storage_to_change().await?;
    let work = Work {
        stores: &stores,
        now: &now,
        lease: run::LEASE,
    };
    let erased = forget::erase(work, &wish).await;
    let erased = erased.map_err(|why| refused(who, why))?;
    if session.json {
        print_json(&Printed {
            version: 1,
            told: &erased,
        })?;
    } else {
        print(&done(who, &storage, &erased));
    }
    warn(&erased.found);
    for list in &erased.busy {
        complain(&format!(
            "somebody is writing `{list}`, so what its runs keep is as it was\ntype the same again when they are done"
        ));
    }
    Ok(match erased.is_done() {
        true => Exit::Done,
        false => Exit::SomeFailed,
    })
}

fn refused(who: &str, why: NotForgotten) -> Failure {
    let invalid = |message: String| Failure {
        exit: Exit::InvalidInput,
        message,
    };
    match why {
        NotForgotten::Unusable => invalid(format!(
            "`{who}` is neither an address nor a phone number with its country\nname the person by one of them"
        )),
        NotForgotten::Several(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            invalid(format!(
                "`{who}` is shared by several people\nname one of them: {}",
                names.join(", ")
            ))
        }
        NotForgotten::Store(error) => error.into(),
    }
}

/// What a person should know before and after.
fn warn(stored: &Stored) {
    for StillOn { list, sync, run } in &stored.still_on {
        complain(&format!(
            "still on {list}, as run {run} of `{sync}` saw it\n\
             take them off there and let the sync run, then type the same again"
        ));
    }
    for run in &stored.packages {
        complain(&format!(
            "the package of run {run} names them and is deleted with the rest\n\
             whoever unpacked it must not apply it; the next run makes a new one"
        ));
    }
    for problem in &stored.unreadable {
        complain(&format!(
            "it may be about them and cannot be read, so it stays: {problem}"
        ));
    }
}

fn as_text(who: &str, storage: &str, stored: &Stored) -> String {
    if stored.items.is_empty() {
        return format!("Nothing is stored about {who} in {storage}.\n");
    }
    let known = &stored.known_as;
    let mut text = format!("Stored about {who} in {storage}:\n{}", rows(&stored.items));
    text.push_str("Known as:\n");
    for (what, names) in [
        ("addresses", &known.addresses),
        ("phones", &known.phones),
        ("ids", &known.ids),
        ("employee ids", &known.employee_ids),
    ] {
        if !names.is_empty() {
            text.push_str(&format!("  {what}: {}\n", names.join(", ")));
        }
    }
    if stored.has_something() {
        text.push_str(&format!(
            "`rollcall forget {who} --erase --reason TEXT` erases it. Lists stay as they are.\n"
        ));
    }
    text
}

fn done(who: &str, storage: &str, erased: &Erased) -> String {
    if !erased.found.has_something() {
        let kept = rows(&erased.left);
        return format!("Nothing is stored about {who} in {storage} that can be erased.\n{kept}");
    }
    let Erased { records, blobs, .. } = erased;
    let mut text = format!(
        "Erased what was stored about {who} in {storage}: {records} records, {blobs} blobs.\n"
    );
    text.push_str(&rows(&erased.found.items));
    if !erased.left.is_empty() {
        text.push_str(&format!("Left:\n{}", rows(&erased.left)));
    }
    text
}

fn rows(items: &[Item]) -> String {
    let row = |item: &Item| {
        let fate = match &item.kept_because {
            Some(why) => format!("kept: {why}"),
            None => String::new(),
        };
        vec![
            item.kind.name().to_owned(),
            item.entries.to_string(),
            format!("in {}", item.places),
            fate,
        ]
    };
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    table::render(&rows, "  ")
}
