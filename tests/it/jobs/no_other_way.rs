//! No other way past a limit: whatever a definition says and however a run is asked for, previews write nothing, and
//! nobody is removed over a limit without the digest of what waits.

mod asking;
mod factors;

use std::collections::BTreeSet;

use rollcall::{
    catalog::{self, Expected, Shelf},
    history,
    job::{Job, Mode},
    store::ports::Table,
};
use serde_json::{Value, json};

use self::{
    asking::{MOST, PEOPLE, STAY, Tried, put, written},
    factors::{ELSEWHERE, Factor, factors, with},
};
use crate::{
    jobs::stage::MINUTE,
    pairs::pairwise,
    surface::{
        of,
        table::{Class, DEFINITIONS},
    },
};

/// What came of some rows.
#[derive(Debug, Default, Clone, Copy)]
struct Outcome {
    /// Definitions where something was held.
    held: usize,
    /// Those where the digest of what waits then removed people.
    approved: usize,
}

/// One definition, tried in every way.
async fn tried(changed: &[(&'static str, Class, &Value)]) -> Outcome {
    let mut tried = Tried::begin().await;
    let sync: Vec<_> = changed
        .iter()
        .map(|(key, _, value)| (*key, *value))
        .collect();
    let sync = with(&sync);
    put(&tried.stage, sync.clone(), Some(&tried.version))
        .await
        .unwrap_or_else(|error| panic!("{error:?} in {sync}"));
    let about = || format!("{sync}");
    let before = tried.stage.world.counters();
    let is_shaped = changed.iter().any(|(_, class, _)| *class == Class::Shapes);

    let preview = Job {
        mode: Mode::Preview,
        ..tried.job()
    };
    let preview = tried.work(preview).await;
    let previewed = tried.stage.world.counters();
    assert_eq!(
        written(before),
        written(previewed),
        "by a preview: {}",
        about()
    );
    tried.ask_in_every_way().await;
    let held = match history::newest(&tried.stage.stores, "staff").await.unwrap() {
        Some(newest) => newest.held,
        None => None,
    };
    if let Some(held) = &held {
        tried.approve_in_vain(held).await;
    }
    assert!(
        tried.removed() <= MOST,
        "{} are gone: {}",
        tried.removed(),
        about()
    );
    let after = tried.stage.world.counters();
    if is_shaped {
        assert_eq!(written(before), written(after), "written: {}", about());
    }
    let mut outcome = Outcome::default();
    if preview.planned.remove > MOST {
        assert!(preview.held.is_some(), "nothing waits: {}", about());
    }
    let Some(held) = held else { return outcome };
    outcome.held = 1;
    let approved = tried.approved(held.digest.short(), 1);
    tried.work(approved).await;
    outcome.approved = usize::from(tried.removed() > MOST);
    outcome
}

/// Rows over some of the factors, each with the choices that are made.
async fn try_all(factors: &[Factor], rows: Vec<Vec<usize>>) -> Outcome {
    let mut all = Outcome::default();
    for row in rows {
        let chosen = factors.iter().zip(&row).filter(|(_, choice)| **choice > 0);
        let chosen: Vec<_> = chosen
            .map(|(factor, choice)| (factor.key, factor.class, &factor.values[choice - 1]))
            .collect();
        // A run is a large future, and a test thread has a small stack.
        let one = Box::pin(tried(&chosen)).await;
        all.held += one.held;
        all.approved += one.approved;
    }
    all
}

fn sizes(factors: &[Factor]) -> Vec<usize> {
    factors
        .iter()
        .map(|factor| factor.values.len() + 1)
        .collect()
}

#[test]
fn every_key_that_could_matter_is_tried() {
    let tried: BTreeSet<&str> = factors().iter().map(|factor| factor.key).collect();
    for class in [Class::Shapes, Class::Careful, Class::Limit, Class::When] {
        for (owner, at) in [("Sync", ""), ("Limits", "limits.")] {
            for key in of(DEFINITIONS, owner, class) {
                let key_here = format!("{at}{key}");
                let elsewhere = ELSEWHERE
                    .iter()
                    .any(|(key_there, _)| *key_there == format!("{owner}.{key}"));
                assert!(
                    elsewhere || tried.contains(key_here.as_str()),
                    "`{owner} {key}` is not among the factors"
                );
            }
        }
    }
    // What a key is called here is what it is called in the table.
    for factor in factors() {
        let (owner, key) = match factor.key.split_once('.') {
            Some(("limits", key)) => ("Limits", key),
            Some((_, key)) => ("Endpoint", key),
            None => ("Sync", factor.key),
        };
        assert!(
            of(DEFINITIONS, owner, factor.class).contains(key),
            "`{}` is something else in the table",
            factor.key
        );
    }
}

#[tokio::test]
async fn each_key_by_itself_opens_no_way() {
    let factors = factors();
    let mut rows = vec![vec![0; factors.len()]];
    for (at, factor) in factors.iter().enumerate() {
        for choice in 1..=factor.values.len() {
            let mut row = vec![0; factors.len()];
            row[at] = choice;
            rows.push(row);
        }
    }
    let count = rows.len();
    let all = try_all(&factors, rows).await;
    // Who only adds removes nobody, and has nothing that could wait.
    assert!(all.held + 2 > count, "{all:?} of {count}");
    assert!(all.approved + 3 > all.held, "{all:?} of {count}");
}

#[tokio::test]
async fn no_two_keys_that_hold_nothing_open_a_way_together() {
    let calm: Vec<Factor> = factors()
        .into_iter()
        .filter(|factor| factor.class != Class::Shapes)
        .collect();
    let rows = pairwise(&sizes(&calm));
    let count = rows.len();
    let all = try_all(&calm, rows).await;
    assert_eq!(all.held, count, "twelve of twenty would go in each of them");
    assert_eq!(all.approved, count);
}

#[tokio::test]
async fn no_two_keys_of_a_definition_open_a_way_together() {
    let factors = factors();
    let rows = pairwise(&sizes(&factors));
    let count = rows.len();
    let all = try_all(&factors, rows).await;
    assert!(all.held * 10 > count * 6, "{all:?} of {count}");
    assert!(all.approved * 2 > all.held, "{all:?} of {count}");
}

#[tokio::test]
async fn a_limit_that_is_taken_away_is_gone_and_nothing_else_is() {
    // The test sees what it looks for: without the limit everybody goes at the first run.
    let none = json!("none");
    let mut tried = Tried::begin().await;
    let sync = with(&[("limits.removals", &none)]);
    put(&tried.stage, sync, Some(&tried.version)).await.unwrap();
    // So few of so many are believed once they were read twice.
    let job = tried.job();
    tried.work(job).await;
    assert_eq!(tried.removed(), 0);
    tried.stage.wait(11 * MINUTE);
    let job = tried.job();
    tried.work(job).await;
    assert_eq!(tried.removed(), PEOPLE - STAY);
}

#[tokio::test]
async fn a_sync_that_is_deleted_and_put_there_anew_is_held_as_before() {
    let mut tried = Tried::begin().await;
    let stores = tried.stage.stores.clone();
    catalog::delete(
        &stores,
        Shelf::Syncs,
        "staff",
        &tried.version,
        tried.stage.now(),
    )
    .await
    .unwrap();
    let sync = with(&[("matching", &json!(["address"]))]);
    catalog::put(
        &stores,
        &tried.stage.service.kinds,
        Shelf::Syncs,
        "staff",
        sync,
        &Expected::Nothing,
        tried.stage.now(),
    )
    .await
    .unwrap();
    tried.ask_in_every_way().await;
    assert_eq!(tried.removed(), 0);
    let row = stores.records.get(Table::State, "staff", "scope").await;
    assert!(row.unwrap().is_some());
}
