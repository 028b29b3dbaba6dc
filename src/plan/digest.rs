//! The digest that ties an approval to one plan.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    change::{Action, Change},
    outcome::Outcome,
    value::Plan,
};
use crate::model::member::Member;

/// What an approval names: a hash over the ordered changes of a plan, or of its waiting part, and the lists they go to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDigest(String);

/// How many hex digits people are shown and must give back at least.
pub const SHOWN_DIGITS: usize = 12;

impl PlanDigest {
    /// All 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits people are shown.
    pub fn short(&self) -> &str {
        self.0.get(..SHOWN_DIGITS).unwrap_or(&self.0)
    }

    /// Whether `given` names this plan: the shown digits or more of them.
    pub fn is_named_by(&self, given: &str) -> bool {
        let given = given.trim().to_ascii_lowercase();
        given.len() >= SHOWN_DIGITS && self.0.starts_with(&given)
    }
}

impl fmt::Display for PlanDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for PlanDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.short())
    }
}

impl Plan {
    /// The digest of this plan. Two plans share it only when they would write the same to the same lists, and the same
    /// change of the definition is behind it, if any; what is withheld, ignored or unchanged plays no part.
    pub fn digest(&self) -> PlanDigest {
        self.digest_of(self.create.is_some(), self.changes.iter())
    }

    /// The digest of what is left of this plan after a run that stopped: the plan of the next run, when nothing else
    /// changes meanwhile. Whoever approved the whole approved this.
    pub fn digest_of_rest(&self, outcomes: &[Option<Outcome>]) -> PlanDigest {
        // What was handed over is no part of the next run's plan.
        let is_open = |outcome: &Option<Outcome>| {
            let is_over = |outcome: &Outcome| {
                outcome.is_done() || matches!(outcome, Outcome::HandedOver { .. })
            };
            !outcome.as_ref().is_some_and(is_over)
        };
        let rest = self.changes.iter().zip(outcomes);
        let rest = rest.filter(|(_, outcome)| is_open(outcome));
        self.digest_of(false, rest.map(|(change, _)| change))
    }

    /// The digest of a part of this plan: with or without creating the list, and these changes.
    pub(super) fn digest_of<'a>(
        &self,
        creates: bool,
        changes: impl Iterator<Item = &'a Change>,
    ) -> PlanDigest {
        let mut hash = Hasher(Sha256::new());
        hash.part(&self.version.to_string());
        hash.part(&self.sync);
        for list in [&self.lists.source, &self.lists.target] {
            hash.part(&list.connection);
            hash.part(&list.list);
        }
        hash.part(&format!("{:?}", self.create.filter(|_| creates)));
        // Whoever approved these changes before the definition changed did not approve what else follows from it.
        if !self.redefined.is_empty() {
            hash.part("redefined");
            self.redefined.iter().for_each(|part| hash.part(part));
            hash.part(self.redefined_to.as_deref().unwrap_or_default());
            hash.part("");
        }
        for change in changes {
            hash.change(change);
        }
        PlanDigest(
            hash.0
                .finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        )
    }
}

/// What tells one change from any other, as the digest of its plan does.
pub(super) fn fingerprint(change: &Change) -> [u8; 32] {
    let mut hash = Hasher(Sha256::new());
    hash.change(change);
    hash.0.finalize().into()
}

struct Hasher(Sha256);

impl Hasher {
    /// Length first, so that two neighbours cannot be read as one.
    fn part(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn change(&mut self, change: &Change) {
        self.part(&format!("{:?}", change.side));
        self.part(change.action.name());
        self.part(change.member.id.as_ref().map_or("", |id| id.as_str()));
        self.part(change.member.label());
        match &change.action {
            Action::Update(fields) => {
                for field in fields {
                    self.part(&field.field);
                    self.part(&format!("{:?}", field.before));
                    self.part(&format!("{:?}", field.after));
                }
            }
            Action::Add | Action::Invite => self.newcomer(&change.member),
            // Who is removed is known by now; what else is known of them is not written anywhere.
            Action::Remove => {}
        }
        self.part("");
    }

    /// Everything of a member that an addition may write.
    fn newcomer(&mut self, member: &Member) {
        for address in &member.addresses {
            self.part("address");
            self.part(address.as_str());
        }
        for phone in &member.phones {
            self.part("phone");
            self.part(phone.as_str());
        }
        if let Some(employee_id) = &member.employee_id {
            self.part("employee id");
            self.part(employee_id);
        }
        for (name, value) in &member.attributes {
            self.part("attribute");
            self.part(name);
            self.part(&format!("{value:?}"));
        }
    }
}
