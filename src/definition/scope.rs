//! What a sync is about, as text that stays the same for as long as the definition means the same: what a run compares
//! with the run before it.
//!
//! The text is kept in stores, so its form must stay: new parts of a definition are left out while they have their default.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    pattern::Pattern,
    sync::{OptOuts, Removes, Sync, Unresolved},
};

/// The parts of a definition that decide who is on the lists and what is written of them, each as text.
pub type Scope = BTreeMap<String, String>;

/// Parts that only ever keep people where they are: more of them needs nobody's approval.
const CAREFUL: [&str; 2] = ["exclude", "protected"];

impl Sync {
    /// What this sync is about. Schedule and limits are no part of it: the limits hold anyway.
    pub fn scope(&self) -> Scope {
        let mut scope = Scope::new();
        let mut put = |part: &str, text: String| scope.insert(part.to_owned(), text);
        put("source", text(&self.source));
        put("target", text(&self.target));
        put("direction", text(&self.direction));
        put("mode", text(&self.mode));
        put("firstRun", text(&self.first_run));
        put("filters", text(&self.filters));
        put("mapping", text(&self.mapping));
        put("matching", text(&self.matching));
        put("guests", text(&(self.guests.invite, &self.guests.domains)));
        put("exclude", lines(&self.exclude));
        put("protected", lines(&self.protected));
        if self.removes != Removes::Anybody {
            put("removes", text(&self.removes));
        }
        if self.opt_outs != OptOuts::Stay {
            put("optOuts", text(&self.opt_outs));
        }
        if self.unresolved != Unresolved::Report {
            put("unresolved", text(&self.unresolved));
        }
        scope
    }
}

/// The parts in which `now` may do more than `before`, in the order of the alphabet.
pub fn redefined(before: &Scope, now: &Scope) -> Vec<String> {
    let parts: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let differs = |part: &&&String| {
        let (before, now) = (before.get(**part), now.get(**part));
        if CAREFUL.contains(&part.as_str()) {
            !only_gains(before, now)
        } else {
            before != now
        }
    };
    parts
        .iter()
        .filter(differs)
        .map(|part| (*part).clone())
        .collect()
}

/// What tells one change of these parts from any other one: a digest of what they say now, in hex.
pub fn redefined_to(parts: &[String], now: &Scope) -> Option<String> {
    if parts.is_empty() {
        return None;
    }
    let mut hash = Sha256::new();
    for part in parts {
        for text in [Some(part), now.get(part)] {
            let text = text.map_or("", String::as_str);
            // Length first, so that two neighbours cannot be read as one.
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
    }
    let digits = hash.finalize();
    Some(digits.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn only_gains(before: Option<&String>, now: Option<&String>) -> bool {
    let set = |text: Option<&String>| -> BTreeSet<String> {
        let lines = text.map_or("", String::as_str).lines();
        lines.map(str::to_owned).collect()
    };
    set(before).is_subset(&set(now))
}

fn lines(patterns: &[Pattern]) -> String {
    let lines: BTreeSet<&str> = patterns.iter().map(|pattern| pattern.0.as_str()).collect();
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

fn text(part: &impl Serialize) -> String {
    // Nothing in a definition can fail to be JSON: texts, numbers, flags and lists of them.
    serde_json::to_string(part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    //! What counts as another scope, and that the text keeps its form.

    use super::*;
    use crate::definition::sync::{Direction, FirstRun, Included, Mode, Nested};

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn the_form_of_the_text_is_kept_in_stores_and_stays() {
        let sync = Sync::between("staff", "hr", "entra-id");
        insta::assert_snapshot!(serde_json::to_string_pretty(&sync.scope()).unwrap(), @r#"
        {
          "direction": "\"oneWay\"",
          "exclude": "",
          "filters": "{\"source\":{\"all\":[]},\"target\":{\"all\":[]}}",
          "firstRun": "\"mirror\"",
          "guests": "[false,[]]",
          "mapping": "{\"rules\":[],\"route\":null}",
          "matching": "[\"objectId\",\"address\",\"phone\",\"employeeId\"]",
          "mode": "\"mirror\"",
          "protected": "",
          "source": "{\"connection\":\"hr\",\"lists\":[],\"excludeLists\":[],\"nested\":\"direct\",\"under\":null,\"include\":[]}",
          "target": "{\"connection\":\"entra-id\",\"lists\":[],\"excludeLists\":[],\"nested\":\"direct\",\"under\":null,\"include\":[]}"
        }
        "#);
    }

    #[test]
    fn what_widens_or_moves_a_sync_is_told_and_what_makes_it_more_careful_is_not() {
        let before = Sync::between("staff", "hr", "entra-id");
        let changed = |change: fn(&mut Sync)| {
            let mut sync = before.clone();
            change(&mut sync);
            redefined(&before.scope(), &sync.scope())
        };
        assert!(changed(|_| ()).is_empty());
        assert!(changed(|sync| sync.limits.only_above = 3).is_empty());
        assert!(changed(|sync| sync.schedule.automatic = true).is_empty());
        assert!(changed(|sync| sync.protected = vec![pattern("ceo@acme.example")]).is_empty());
        assert!(
            changed(|sync| sync.source.create = Some(crate::model::list::GroupKind::Security))
                .is_empty()
        );
        assert_eq!(
            changed(|sync| sync.target.lists = vec!["Staff".to_owned()]),
            ["target"]
        );
        assert_eq!(
            changed(|sync| sync.removes = Removes::OnlyAdded),
            ["removes"]
        );
        type Change = fn(&mut Sync);
        let widened: [(&str, Change); 9] = [
            ("source", |sync| sync.source.nested = Nested::Flatten),
            ("source", |sync| sync.source.under = Some("ceo".to_owned())),
            ("source", |sync| {
                sync.source.include = vec![Included::Contacts];
            }),
            ("source", |sync| {
                sync.source.exclude_lists = vec!["Board".to_owned()];
            }),
            ("direction", |sync| sync.direction = Direction::TwoWay),
            ("mode", |sync| sync.mode = Mode::AddOnly),
            ("firstRun", |sync| sync.first_run = FirstRun::Union),
            ("guests", |sync| sync.guests.invite = true),
            ("optOuts", |sync| sync.opt_outs = OptOuts::Leave),
        ];
        for (part, change) in widened {
            assert_eq!(changed(change), [part]);
        }
        let mut protecting = before.clone();
        protecting.exclude = vec![pattern("ceo@acme.example"), pattern("*@partner.example")];
        let mut less = protecting.clone();
        less.exclude.pop();
        assert_eq!(redefined(&protecting.scope(), &less.scope()), ["exclude"]);
        assert!(redefined(&less.scope(), &protecting.scope()).is_empty());
    }

    #[test]
    fn two_changes_of_one_part_are_told_apart() {
        let to = |group: &str| {
            let mut sync = Sync::between("staff", "hr", "entra-id");
            sync.target.lists = vec![group.to_owned()];
            redefined_to(&["target".to_owned()], &sync.scope())
        };
        assert_eq!(to("Staff"), to("Staff"));
        assert_ne!(to("Staff"), to("Board"));
        let sync = Sync::between("staff", "hr", "entra-id");
        assert_eq!(redefined_to(&[], &sync.scope()), None);
        // More careful parts may gain meanwhile.
        let mut careful = sync.clone();
        careful.protected = vec![pattern("ceo@acme.example")];
        let target = ["target".to_owned()];
        assert_eq!(
            redefined_to(&target, &sync.scope()),
            redefined_to(&target, &careful.scope())
        );
    }
}
