//! Laws of lists whose members are known by their numbers, whatever numbers people share.

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::RngSeed};

use super::{
    applied, directory, laws::everyone_is_accounted_for, member, number_cases::to_numbers,
};
use crate::{
    definition::sync::{Direction, FirstRun},
    model::{
        attributes::Value,
        baseline::{Baseline, BaselineEntry, Identity},
        list::{Side, Sides},
        member::Standing,
    },
    plan::text::render,
};

/// A number of few, so that people share them.
fn number(which: usize) -> Option<&'static str> {
    const NUMBERS: [&str; 4] = [
        "+61491570006",
        "+61491570156",
        "+61491570157",
        "+61491570158",
    ];
    NUMBERS.get(which).copied()
}

/// A contact in words: its number, perhaps the address of one of the people, perhaps opted out.
fn contact((id, which, who, is_out): (usize, usize, usize, bool)) -> String {
    let mut words = format!("#{id}");
    if let Some(number) = number(which) {
        words.push_str(&format!(" {number} phone_number={number}"));
    }
    if who < 4 {
        words.push_str(&format!(" p{who}@acme.example"));
    }
    if is_out {
        words.push_str(" opted-out");
    }
    words
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_numbers_say_nobody_is_written_to_who_opted_out_and_it_settles(
        people in prop::collection::vec(0..6usize, 0..5),
        contacts in prop::collection::vec((0..6usize, 0..6usize, prop::bool::weighted(0.3)), 0..6),
        on_list in 0..7usize,
        agreed in prop::option::of(prop::collection::vec((0..5usize, 0..6usize), 0..4)),
        is_two_way in any::<bool>(),
    ) {
        let people: Vec<String> = (0..).zip(&people).map(|(id, which)| {
            let phone = number(*which).map(|number| format!(" mobilePhone={number}"));
            format!("#{id}-a p{id}@acme.example{}", phone.unwrap_or_default())
        }).collect();
        let contacts: Vec<String> = (0..).zip(&contacts).map(|(id, (which, who, is_out))| contact((id, *which, *who, *is_out))).collect();
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let contacts: Vec<&str> = contacts.iter().map(String::as_str).collect();
        let members = &contacts[..on_list.min(contacts.len())];
        let mut case = to_numbers(&people, members, Some(&contacts));
        case.source.directory = Some(directory(&people));
        case.sync.direction = if is_two_way { Direction::TwoWay } else { Direction::OneWay };
        if is_two_way {
            case.sync.first_run = FirstRun::Union;
        }
        case.baseline = agreed.map(|pairs| Baseline {
            entries: pairs.iter().filter_map(|(left, right)| Some(BaselineEntry {
                who: Sides {
                    source: Identity::of(&member(people.get(*left)?)),
                    target: Identity::of(&member(contacts.get(*right)?)),
                },
                fields: Default::default(),
                put: None,
                settling: None,
            })).collect(),
            ..Baseline::default()
        });
        let mut now = case;
        for _ in 0..3 {
            let plan = now.plan();
            everyone_is_accounted_for(&now, &plan);
            let known = &now.target.directory.as_ref().unwrap().people;
            let mut added = BTreeSet::new();
            for change in plan.changes_to(Side::Target).filter(|change| change.is_addition()) {
                let phone = change.member.phones.first().unwrap();
                prop_assert!(added.insert(phone.clone()), "{}", render(&plan));
                let out = known.iter().filter(|known| known.standing == Standing::OptedOut);
                for known in out {
                    prop_assert!(!known.phones.contains(phone), "{}", render(&plan));
                    let is_theirs = known.addresses.iter().any(|address| change.member.addresses.contains(address));
                    prop_assert!(!is_theirs, "{}", render(&plan));
                }
            }
            now = applied(&now, &plan);
            // A number that somebody was added by shows.
            for member in &mut now.target.members {
                let shown = member.phones.first().and_then(|phone| Value::text(phone.as_str()));
                if let Some(shown) = shown {
                    member.attributes.entry("phone_number".to_owned()).or_insert(shown);
                }
            }
        }
        prop_assert!(now.plan().is_empty(), "{}\n{:#?}\n{:#?}", render(&now.plan()), now.source.members, now.target.members);
    }
}
