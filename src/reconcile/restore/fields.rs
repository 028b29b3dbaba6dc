//! Fields that get the value they had before a run.

use super::{
    super::{
        draft::Draft,
        fields::{Write, written},
        matching::Person,
    },
    leaving::{is_conflict, why_nobody},
    touched::Touch,
    undoing::{Standing, Undoing},
};
use crate::{
    definition::mapping::Rule,
    model::{
        address::Address,
        attributes::{Attributes, Value, say_the_same},
        list::Side,
        member::Member,
    },
    plan::{
        aliases,
        change::{Because, Change, Considered, FieldChange, Seen, Why},
        put_back::NotPutBack,
    },
};

/// How one field stands.
enum Field<'a> {
    /// It has the value from before the run.
    AsBefore(&'a Rule),
    /// It gets that value.
    Back(&'a Rule, FieldChange),
    /// It stays as it is.
    Stays(Because),
    /// It stays as it is, and that is told already.
    Told,
}

impl<'a> Undoing<'a> {
    /// Gives fields of a member the values they had before the run, as far as they still have the run's.
    pub(super) fn undo_update(&mut self, touch: Touch, change: &Change, fields: &[FieldChange]) {
        let Change { side, member, .. } = change;
        let side = *side;
        let standing = match self.find(side, member, false) {
            Ok(Some(standing)) => standing,
            Ok(None) => return self.gone(side, member),
            Err(because) => {
                return self.withhold(side, Considered::Update, member, because, Seen::default());
            }
        };
        let Some(person) = self.person(standing.person).cloned() else {
            return;
        };
        if self.situation.is_excluded(&person) {
            return self.ignore(side, standing.member, Why::Excluded);
        }
        let read_only = self.situation.reading(side).capabilities.read_only.clone();
        let against = read_only
            .map(Because::ReadOnly)
            .or_else(|| why_nobody(&person).filter(|because| !is_conflict(because)));
        if let Some(because) = against {
            let seen = person.at;
            return self.withhold(side, Considered::Update, standing.member, because, seen);
        }
        let mut changes = Vec::new();
        let mut stays = false;
        for field in fields {
            match self.undo_field(side, &standing, &person, field, touch) {
                Field::AsBefore(rule) => self.agree(side, &standing, rule, field),
                Field::Back(rule, change) => {
                    self.agree(side, &standing, rule, field);
                    changes.push(change);
                }
                Field::Stays(because) => {
                    stays = true;
                    let seen = person.at.clone();
                    self.withhold(side, Considered::Update, standing.member, because, seen);
                }
                Field::Told => stays = true,
            }
        }
        if !changes.is_empty() {
            let member = Member {
                attributes: Attributes::new(),
                ..standing.member.clone()
            };
            self.update(side, changes, member, person.at);
        } else if !stays {
            self.ignore(side, standing.member, Why::AsBefore);
        }
    }

    fn gone(&mut self, side: Side, member: &Member) {
        match self.doubt(side) {
            Some(doubt) => {
                let because = Because::NotPutBack(doubt);
                self.withhold(side, Considered::Update, member, because, Seen::default());
            }
            None => self.ignore(side, member, Why::NoLongerThere),
        }
    }

    fn undo_field(
        &mut self,
        side: Side,
        standing: &Standing<'_>,
        person: &Person,
        field: &FieldChange,
        touch: Touch,
    ) -> Field<'a> {
        let stays = |why: NotPutBack| Field::Stays(Because::NotPutBack(why));
        let mut values = [&field.before, &field.after].into_iter().flatten();
        if values.any(Value::is_forgotten) {
            return stays(NotPutBack::Forgotten);
        }
        let Some(rule) = self.rule(side, &field.field) else {
            return stays(NotPutBack::FieldNotRead(field.field.clone()));
        };
        let now = match self.shown(side, rule, standing.member) {
            Ok(now) => now,
            Err(why) => return Field::Stays(Because::UnusableValue(why)),
        };
        let own = [
            self.situation.member_of(person, Side::Source),
            self.situation.member_of(person, Side::Target),
        ];
        let same = |one: &Option<Value>, other: &Option<Value>| {
            if field.field == aliases::FIELD {
                alike(one, other, own)
            } else {
                say_the_same(one.as_ref(), other.as_ref())
            }
        };
        if same(&now, &field.before) {
            return match self.unsettled(side, standing.member, touch) {
                Some(why) => stays(why),
                None => Field::AsBefore(rule),
            };
        }
        if !same(&now, &field.after) {
            return stays(NotPutBack::FieldChangedSince {
                field: field.field.clone(),
                written: field.after.clone(),
                now,
            });
        }
        if touch == Touch::FoundSo {
            return stays(NotPutBack::SoBefore);
        }
        if !self
            .situation
            .reading(side)
            .capabilities
            .updatable
            .allows(&field.field)
        {
            return Field::Stays(Because::Locked {
                field: field.field.clone(),
                why: "the connection does not change it any more".to_owned(),
            });
        }
        let mut at = person.clone();
        *at.at.of_mut(side) = Some(standing.place);
        let (mut back, mut draft) = (Vec::new(), Draft::default());
        let write = Write {
            side,
            field: &field.field,
            before: field.after.clone(),
            after: field.before.clone(),
        };
        let _agreed = written(self.situation, &at, write, &mut back, &mut draft);
        self.withheld.append(&mut draft.withheld);
        match back.pop() {
            Some(change) => Field::Back(rule, change),
            None => Field::Told,
        }
    }

    /// Lets both sides agree on the value from before the run again.
    fn agree(&mut self, side: Side, standing: &Standing<'_>, rule: &Rule, field: &FieldChange) {
        let before = match side {
            Side::Target => Ok(field.before.clone()),
            // In the target's words, as every agreement is.
            Side::Source => {
                let mut attributes = standing.member.attributes.clone();
                match &field.before {
                    Some(value) => attributes.insert(field.field.clone(), value.clone()),
                    None => attributes.remove(&field.field),
                };
                self.situation.value(rule, &attributes)
            }
        };
        self.remember(standing.person, |agreed| match before {
            Ok(Some(value)) => {
                agreed.insert(rule.field.clone(), value);
            }
            Ok(None) => {
                agreed.remove(&rule.field);
            }
            Err(_) => {}
        });
    }

    /// The rule of the mapping that is about a field of a side.
    pub(super) fn rule(&self, side: Side, field: &str) -> Option<&'a Rule> {
        let mut rules = self.situation.sync.mapping.rules.iter();
        rules.find(|rule| match side {
            Side::Source => rule.attribute == field,
            Side::Target => rule.field == field,
        })
    }

    /// The value that a member shows, as plans tell it.
    fn shown(&self, side: Side, rule: &Rule, member: &Member) -> Result<Option<Value>, String> {
        match side {
            Side::Source => Ok(member.attributes.get(&rule.attribute).cloned()),
            Side::Target => self.situation.value_there(rule, &member.attributes),
        }
    }
}

/// Whether two values hold the same aliases. Primary addresses are no aliases of their own.
fn alike(one: &Option<Value>, other: &Option<Value>, own: [Option<&Member>; 2]) -> bool {
    let own = own.into_iter().flatten().filter_map(Member::address);
    let own: Vec<&str> = own.map(Address::as_str).collect();
    let held = |value: &Option<Value>| -> Vec<String> {
        match aliases::each_once(value.clone()) {
            Some(Value::Texts(mut texts)) => {
                texts.retain(|text| !own.contains(&text.as_str()));
                texts
            }
            _ => Vec::new(),
        }
    };
    held(one) == held(other)
}
