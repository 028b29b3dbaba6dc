//! Who reports to whom.
//!
//! Pure: it must not know requests.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    connectors::ports::{ConnectorError, ErrorKind},
    model::{
        attributes::Value,
        member::{ExternalId, Member},
    },
};

/// The attribute that holds the address of somebody's manager.
pub(super) const MANAGER: &str = "manager";

/// The attribute that holds the object id of somebody's manager.
pub(super) const MANAGER_ID: &str = "managerId";

/// Everyone who reports to `chief`, directly or through others, and that person. `chief` is an object id, a user
/// principal name or any address. People who report to each other in a circle are taken once.
pub(super) fn under(people: Vec<Member>, chief: &str) -> Result<Vec<Member>, ConnectorError> {
    let top = find(&people, chief)?;
    let mut reports: BTreeMap<ExternalId, Vec<ExternalId>> = BTreeMap::new();
    for person in &people {
        if let (Some(id), Some(manager)) = (&person.id, manager_of(person)) {
            reports.entry(manager).or_default().push(id.clone());
        }
    }
    let mut found = BTreeSet::from([top.clone()]);
    let mut waiting = vec![top];
    while let Some(next) = waiting.pop() {
        for report in reports.get(&next).into_iter().flatten() {
            if found.insert(report.clone()) {
                waiting.push(report.clone());
            }
        }
    }
    Ok(people
        .into_iter()
        .filter(|person| person.id.as_ref().is_some_and(|id| found.contains(id)))
        .collect())
}

/// A reason to believe that managers were not shown: nobody has one.
pub(super) fn doubt(people: &[Member]) -> Option<String> {
    (people.len() > 1 && people.iter().all(|person| manager_of(person).is_none())).then(|| {
        format!(
            "none of {} people was shown with a manager, so nobody is known to report to anybody",
            people.len()
        )
    })
}

fn manager_of(person: &Member) -> Option<ExternalId> {
    match person.attributes.get(MANAGER_ID) {
        Some(Value::Text(id)) => Some(id.as_str().into()),
        _ => None,
    }
}

fn find(people: &[Member], key: &str) -> Result<ExternalId, ConnectorError> {
    let key = key.trim();
    let id = ExternalId::from(key);
    let address = crate::model::address::Address::parse(key).ok();
    let named = |person: &Member| matches!(person.attributes.get("userPrincipalName"), Some(Value::Text(name)) if name.eq_ignore_ascii_case(key));
    let is_meant = |person: &&Member| {
        person.id.as_ref() == Some(&id)
            || named(person)
            || address
                .as_ref()
                .is_some_and(|address| person.addresses.contains(address))
    };
    let candidates: Vec<&Member> = people.iter().filter(is_meant).collect();
    match candidates.as_slice() {
        [] => Err(ConnectorError::new(
            ErrorKind::NotFound,
            format!("there is nobody `{key}` in the directory for others to report to"),
        )
        .help("name a person by address, user principal name or object id")),
        [one] => one.id.clone().ok_or_else(|| {
            ConnectorError::new(ErrorKind::BadData, format!("`{key}` came without an id"))
        }),
        several => {
            let ids = several.iter().take(5).filter_map(|one| one.id.as_ref());
            let ids: Vec<String> = ids.map(|id| format!("`{id}`")).collect();
            Err(ConnectorError::new(
                ErrorKind::Ambiguous,
                format!(
                    "several people have the address `{key}`: {}",
                    ids.join(", ")
                ),
            )
            .help("name the person by object id"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::address::Address;

    fn person(id: &str, manager: Option<&str>) -> Member {
        let mut person = Member {
            id: Some(id.into()),
            addresses: vec![Address::parse(&format!("{id}@acme.org")).unwrap()],
            ..Member::default()
        };
        if let Some(manager) = manager {
            let manager = Value::Text(manager.to_owned());
            person.attributes.insert(MANAGER_ID.to_owned(), manager);
        }
        person
    }

    fn ids(people: &[Member]) -> Vec<&str> {
        people
            .iter()
            .map(|person| person.id.as_ref().unwrap().as_str())
            .collect()
    }

    #[test]
    fn an_organisation_is_its_chief_and_everyone_below_even_in_circles() {
        let people = vec![
            person("ada", None),
            person("ben", Some("ADA")),
            person("cem", Some("ben")),
            person("dot", Some("eve")),
            person("eve", Some("dot")),
            person("fay", Some("nobody")),
        ];
        let below = |chief: &str| under(people.clone(), chief).unwrap();
        assert_eq!(ids(&below("ada@ACME.org")), ["ada", "ben", "cem"]);
        assert_eq!(ids(&below("BEN")), ["ben", "cem"]);
        assert_eq!(ids(&below("dot")), ["dot", "eve"]);
        assert_eq!(ids(&below("fay")), ["fay"]);
        assert_eq!(doubt(&people), None);
        assert!(doubt(&[person("ada", None), person("ben", None)]).is_some());
        assert_eq!(doubt(&[person("ada", None)]), None);
    }

    #[test]
    fn a_chief_is_found_by_every_name_or_not_at_all() {
        let guest = "joe_partner.example#EXT#@acme.onmicrosoft.com";
        let mut joe = person("joe", None);
        let name = Value::Text(guest.to_owned());
        joe.attributes.insert("userPrincipalName".to_owned(), name);
        let mut twin = person("twin", None);
        twin.addresses.clone_from(&joe.addresses);
        assert_eq!(
            ids(&under(vec![joe.clone(), twin.clone()], guest).unwrap()),
            ["joe"]
        );
        for (key, kind) in [
            ("joe@acme.org", ErrorKind::Ambiguous),
            ("eve@acme.org", ErrorKind::NotFound),
            ("", ErrorKind::NotFound),
        ] {
            let people = vec![joe.clone(), twin.clone()];
            assert_eq!(under(people, key).unwrap_err().kind, kind, "{key}");
        }
    }
}
