//! A person in texts: where one of their addresses, numbers or ids stands, and the text without it.

use std::{collections::BTreeSet, ops::Range};

use super::person::Person;
use crate::model::{address::Address, forgotten::FORGOTTEN, member::ExternalId};

/// An id as short as a row's number says nothing in a text.
const TELLING_ID: usize = 16;

/// A number with fewer digits is none.
const TELLING_NUMBER: usize = 7;

/// What a person is known by, as it stands in texts: ASCII in lower case.
#[derive(Debug, Clone, Default)]
pub(super) struct Needles {
    /// What is theirs alone.
    own: Vec<String>,
    /// What somebody else may have as well.
    shared: Vec<String>,
    /// Short ids and employee ids, as JSON writes them.
    quoted: Vec<String>,
    /// Employee ids.
    employee_ids: Vec<String>,
    /// Numbers without the country, as people write them at home.
    digits: Vec<String>,
}

impl Needles {
    pub(super) fn of(person: &Person) -> Self {
        let mut needles = Self::default();
        needles.own.extend(person.first.iter().flat_map(spellings));
        needles
            .shared
            .extend(person.others.iter().flat_map(spellings));
        let phones = person.phones.iter();
        needles
            .shared
            .extend(phones.clone().map(ToString::to_string));
        let digits = phones.map(|phone| phone.national_digits());
        needles.digits = digits
            .filter(|digits| digits.len() >= TELLING_NUMBER)
            .collect();
        for id in &person.employee_ids {
            let id = id.to_ascii_lowercase();
            needles.quoted.push(format!("{id:?}"));
            needles.employee_ids.push(id);
        }
        let ids: BTreeSet<&ExternalId> = person.ids.iter().map(|(_, id)| id).collect();
        for id in ids {
            match id.as_str().len() >= TELLING_ID {
                true => needles.own.push(id.to_string()),
                false => needles.quoted.push(format!("{:?}", id.as_str())),
            }
        }
        needles
    }

    /// Whether stored JSON may be about the person. Only a no is certain.
    pub(super) fn may_be_in(&self, bytes: &[u8]) -> bool {
        let text = lower(bytes);
        let mut all = self.own.iter().chain(&self.shared).chain(&self.quoted);
        all.any(|needle| text.contains(needle.as_str()))
    }

    /// Whether a file that somebody sent names the person. A number counts however it is spelled.
    pub(super) fn are_in_file(&self, bytes: &[u8]) -> bool {
        let text = lower(bytes);
        let mut words = self
            .own
            .iter()
            .chain(&self.shared)
            .chain(&self.employee_ids);
        words.any(|needle| find(&text, needle, 0).is_some())
            || text.lines().any(|line| {
                let line: String = line.chars().filter(char::is_ascii_digit).collect();
                self.digits
                    .iter()
                    .any(|digits| line.contains(digits.as_str()))
            })
    }

    /// Whether a text names the person.
    pub(super) fn are_in(&self, text: &str) -> bool {
        self.without(text, false).is_some()
    }

    /// The text without the person, where it names them. `own_alone` leaves what other people may have as well.
    pub(super) fn without(&self, text: &str, own_alone: bool) -> Option<String> {
        let shared = self.shared.iter().filter(|_| !own_alone);
        let mut found: Option<String> = None;
        for needle in self.own.iter().chain(shared) {
            let mut from = 0;
            loop {
                let now = found.as_deref().unwrap_or(text);
                let Some(place) = find(&now.to_ascii_lowercase(), needle, from) else {
                    break;
                };
                from = place.start + FORGOTTEN.len();
                let mut next = now.to_owned();
                next.replace_range(place, FORGOTTEN);
                found = Some(next);
            }
        }
        found
    }
}

fn lower(bytes: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    text.make_ascii_lowercase();
    text
}

/// How an address may be written: as it is compared, with its domain in its own letters, and as the name of a guest's
/// account.
fn spellings(address: &Address) -> Vec<String> {
    let plain = address.as_str().to_owned();
    let (domain, readable) = idna::domain_to_unicode(address.domain());
    let mut all = vec![plain, format!("{}#ext#", address.as_guest_name())];
    if readable.is_ok() && domain != address.domain() {
        all.push(format!("{}@{}", address.local(), domain));
    }
    all
}

/// The first place from `from` on where `needle` stands as a word of its own: `ada@acme.example` is not in
/// `xada@acme.example`, nor in `ada@acme.example.org`.
fn find(text: &str, needle: &str, from: usize) -> Option<Range<usize>> {
    let mut from = from;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find(needle)) {
        let place = from + start..from + start + needle.len();
        let before = text
            .get(..place.start)
            .and_then(|before| before.chars().next_back());
        let mut after = text.get(place.end..).unwrap_or_default().chars();
        let goes_on_before =
            before.is_some_and(|sign| sign.is_alphanumeric() || "._-+".contains(sign));
        let goes_on_after = match after.next() {
            _ if needle.ends_with('#') => false,
            Some('.') => after.next().is_some_and(char::is_alphanumeric),
            Some(sign) => sign.is_alphanumeric() || "-_@".contains(sign),
            None => false,
        };
        if !goes_on_before && !goes_on_after {
            return Some(place);
        }
        from = place.start + needle.chars().next().map_or(1, char::len_utf8);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needles() -> Needles {
        let person = Person {
            first: [Address::parse("ada@acme.example").unwrap()].into(),
            others: [Address::parse("ada@xn--mller-kva.example").unwrap()].into(),
            phones: ["+61491570006".to_owned().try_into().unwrap()].into(),
            shared_phones: BTreeSet::new(),
            employee_ids: ["E-0042".to_owned()].into(),
            ids: [
                (String::new(), "0f0e0d0c-0000-4000-8000-000000000001".into()),
                ("mail:staff".to_owned(), "17".into()),
            ]
            .into(),
        };
        Needles::of(&person)
    }

    #[test]
    fn a_text_loses_every_spelling_and_nothing_else() {
        for (text, left) in [
            ("ada@acme.example", "(forgotten)"),
            ("Ada@ACME.example was refused.", "(forgotten) was refused."),
            (
                "no `ada@acme.example`; smtp:ada@acme.example.",
                "no `(forgotten)`; smtp:(forgotten).",
            ),
            ("ada@müller.example", "(forgotten)"),
            (
                "ada_acme.example#EXT#@t.onmicrosoft.com",
                "(forgotten)@t.onmicrosoft.com",
            ),
            ("call +61491570006", "call (forgotten)"),
            (
                "user 0F0E0D0C-0000-4000-8000-000000000001 is gone",
                "user (forgotten) is gone",
            ),
        ] {
            assert_eq!(
                needles().without(text, false).as_deref(),
                Some(left),
                "{text}"
            );
        }
        for text in [
            "xada@acme.example",
            "x.ada@acme.example",
            "ada@acme.example.org",
            "ada@acme.examples",
            "+614915700061",
            "row 17",
            "Ada",
            "",
        ] {
            assert_eq!(needles().without(text, false), None, "{text}");
        }
    }

    #[test]
    fn what_others_may_have_stays_theirs() {
        let both = "ada@acme.example +61491570006 ada@xn--mller-kva.example";
        let left = needles().without(both, true);
        let left = left.as_deref();
        assert_eq!(
            left,
            Some("(forgotten) +61491570006 ada@xn--mller-kva.example")
        );
    }

    #[test]
    fn a_file_names_a_number_in_any_spelling() {
        for (line, is_there) in [
            ("Ada,0491 570 006,Sales", true),
            ("Ada,+61 (491) 570-006", true),
            ("Ada;491570007", false),
            ("ADA@acme.example", true),
            ("bob@acme.example", false),
            ("Lovelace;e-0042;Sales", true),
            ("Lovelace;E-00421;Sales", false),
        ] {
            let file = format!("name,phone\n{line}\n");
            assert_eq!(needles().are_in_file(file.as_bytes()), is_there, "{line}");
        }
    }

    #[test]
    fn what_may_be_about_them_is_not_passed_over() {
        for (text, may) in [
            (r#"{"id":"17"}"#, true),
            (r#"{"id":"170"}"#, false),
            (r#"{"address":"ada@acme.example"}"#, true),
            (r#"{"employeeId":"E-0042"}"#, true),
            (r#"{"employeeId":"E-00421"}"#, false),
        ] {
            assert_eq!(needles().may_be_in(text.as_bytes()), may, "{text}");
        }
    }
}
