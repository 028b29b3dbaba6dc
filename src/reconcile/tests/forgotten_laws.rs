//! What follows for the lists when a baseline is without one person: nobody is removed for it, nobody who opted out is
//! added, and nobody else is treated otherwise.

use proptest::{prelude::*, test_runner::RngSeed};

use super::{Case, two_way};
use crate::{
    definition::sync::{Direction, Mode},
    model::{
        baseline::{Identity, Origin, Tombstone},
        known_by::KnownBy,
        list::Side,
    },
    plan::{change::Change, value::Plan},
};

const PEOPLE: usize = 5;

/// Where one person is, and what is remembered.
#[derive(Debug, Clone, Copy)]
struct Place {
    on_source: bool,
    on_target: bool,
    agreed_on: bool,
    opted_out: bool,
}

fn places() -> impl Strategy<Value = Vec<Place>> {
    let place = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let place = place.prop_map(|(on_source, on_target, agreed_on, opted_out)| Place {
        on_source,
        on_target,
        agreed_on,
        opted_out,
    });
    prop::collection::vec(place, PEOPLE)
}

fn address(who: usize) -> String {
    format!("p{who}@acme.example")
}

fn case(places: &[Place], is_two_way: bool) -> Case {
    let everybody: Vec<String> = (0..PEOPLE)
        .map(|who| format!("#{who} {}", address(who)))
        .collect();
    let (mut source, mut target, mut agreed_on) = (Vec::new(), Vec::new(), Vec::new());
    let addresses: Vec<String> = (0..PEOPLE).map(address).collect();
    for ((place, row), object) in places.iter().zip(&addresses).zip(&everybody) {
        source.extend(place.on_source.then_some(row.as_str()));
        target.extend(place.on_target.then_some(object.as_str()));
        agreed_on.extend(place.agreed_on.then_some((row.as_str(), object.as_str())));
    }
    let mut case = two_way(&source, &target, Some(&agreed_on));
    let objects: Vec<&str> = everybody.iter().map(String::as_str).collect();
    case = case.knowing(&objects);
    if !is_two_way {
        case.sync.direction = Direction::OneWay;
        case.sync.mode = Mode::Mirror;
    }
    let stones = places
        .iter()
        .enumerate()
        .filter(|(_, place)| place.opted_out);
    let stones = stones.map(|(who, _)| Tombstone {
        side: Side::Target,
        who: Identity {
            id: None,
            address: Some(address(who).try_into().unwrap()),
            phone: None,
        },
        since: super::now(),
        said: "no".to_owned(),
        origin: Origin::NotTaken,
        shown: false,
        known_by: KnownBy::default(),
    });
    if let Some(baseline) = &mut case.baseline {
        baseline.tombstones = stones.collect();
    }
    case
}

fn of(plan: &Plan, who: usize) -> Vec<&Change> {
    let changes = plan.changes.iter();
    changes
        .filter(|change| change.member.label() == address(who))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn a_baseline_without_somebody_removes_nobody_and_brings_nobody_back(
        places in places(),
        who in 0..PEOPLE,
        is_two_way in any::<bool>(),
    ) {
        let before = case(&places, is_two_way);
        let mut after = case(&places, is_two_way);
        if let Some(baseline) = &mut after.baseline {
            let gone = address(who);
            baseline.entries.retain(|entry| entry.who.source.label() != gone);
        }
        let (before, after) = (before.plan(), after.plan());
        let place = places[who];
        if place.on_source && place.on_target {
            prop_assert!(of(&after, who).is_empty(), "{after:#?}");
        }
        for change in of(&after, who) {
            prop_assert!(!(change.side == Side::Target && change.is_addition() && place.opted_out));
            // Nobody leaves a list for it who would have stayed there.
            prop_assert!(!change.is_removal() || of(&before, who).contains(&change), "{after:#?}");
        }
        // An empty list is doubted for how many were on it: that is one less now.
        let has_somebody = places.iter().any(|place| place.on_source)
            && places.iter().any(|place| place.on_target);
        for other in (0..PEOPLE).filter(|_| has_somebody).filter(|other| *other != who) {
            prop_assert_eq!(of(&before, other), of(&after, other));
        }
    }
}
