//! A believable company: its tenant, and the list its communications team keeps.

use crate::sandbox::{
    Scenario,
    scenario::{Group, Organization, User},
};

/// The group that is kept in step.
pub(super) const GROUP: &str = "00000000-0000-4000-8000-0000000a51a0";
/// The group's name.
pub(super) const GROUP_NAME: &str = "Region Asia";
/// The managing director, whom the definition protects.
pub(super) const DIRECTOR: &str = "mei.tanaka@acme.example";
/// The secret of the stand-in tenant.
pub(super) const SECRET: &str = "a-secret-of-the-stand-in-tenant";

const FIRST_NAMES: &[&str] = &[
    "Aiko", "Anil", "Asha", "Bao", "Chen", "Dewi", "Farah", "Gita", "Hana", "Hiro", "Indra", "Jun",
    "Kavya", "Kenji", "Lakshmi", "Lin", "Mina", "Nadia", "Nikhil", "Omar", "Priya", "Rahul",
    "Rina", "Sanjay", "Sota", "Tara", "Thanh", "Wei", "Yuki", "Zara",
];
const LAST_NAMES: &[&str] = &[
    "Abe", "Bose", "Chan", "Das", "Endo", "Fujita", "Goh", "Ho", "Iyer", "Jain", "Kapoor", "Lim",
    "Mori", "Nair", "Ong", "Patel", "Quek", "Rao", "Sato", "Tan", "Ueda", "Verma", "Wong",
    "Yamada", "Zhang",
];
const DEPARTMENTS: &[&str] = &["Sales", "Support", "Finance", "Engineering", "Operations"];

/// How many people stand on one side only when the demonstration begins.
const ONE_SIDED: usize = 3;

/// One person of the company.
struct Person {
    id: String,
    name: String,
    address: String,
    department: &'static str,
}

/// The stand-in tenant and the file `region-asia.csv`, with `members` rows.
///
/// The list has three people the group lacks, one external address, one misspelled one, and one person by an alias;
/// the group has three people the list lacks.
pub(super) fn company(members: usize) -> (Scenario, String) {
    let employees = (members + members / 4).max(members + 2 * ONE_SIDED + 8);
    let people: Vec<Person> = (0..employees).map(person).collect();
    let on_both = members.saturating_sub(ONE_SIDED + 2);
    let (both, rest) = people.split_at(on_both.min(people.len()));
    let (list_only, rest) = rest.split_at(ONE_SIDED.min(rest.len()));
    let group_only = rest.iter().take(ONE_SIDED);

    let group = Group {
        id: GROUP.to_owned(),
        display_name: GROUP_NAME.to_owned(),
        mail_nickname: Some("region-asia".to_owned()),
        members: both
            .iter()
            .chain(group_only)
            .map(|person| person.id.clone())
            .collect(),
        ..Group::default()
    };
    let scenario = Scenario {
        client_secret: SECRET.to_owned(),
        organization: Organization {
            display_name: "Acme".to_owned(),
            verified_domains: vec![
                "acme.example".to_owned(),
                "acme.onmicrosoft.example".to_owned(),
            ],
        },
        users: people
            .iter()
            .enumerate()
            .map(|(position, person)| user(position, person))
            .collect(),
        groups: [group].into_iter().chain(other_groups(&people)).collect(),
        ..Scenario::default()
    };
    (scenario, list(both, list_only))
}

/// The id of the person at a position.
pub(super) fn id(position: usize) -> String {
    format!("00000000-0000-4000-9000-{position:012x}")
}

/// The address of the person at a position.
pub(super) fn address(position: usize) -> String {
    person(position).address
}

/// A row for the person at a position.
pub(super) fn row(position: usize) -> String {
    line(&person(position))
}

fn person(position: usize) -> Person {
    if position == 0 {
        return Person {
            id: id(0),
            name: "Mei Tanaka".to_owned(),
            address: DIRECTOR.to_owned(),
            department: "Management",
        };
    }
    let pick = |names: &[&'static str], step: usize| {
        names.get(step % names.len()).copied().unwrap_or_default()
    };
    let first = pick(FIRST_NAMES, position);
    let last = pick(LAST_NAMES, position / FIRST_NAMES.len() + position);
    let round = position / (FIRST_NAMES.len() * LAST_NAMES.len()).max(1);
    let number = if round == 0 {
        String::new()
    } else {
        (round + 1).to_string()
    };
    Person {
        id: id(position),
        name: format!("{first} {last}"),
        address: format!("{first}.{last}{number}@acme.example").to_lowercase(),
        department: pick(DEPARTMENTS, position),
    }
}

fn user(position: usize, person: &Person) -> User {
    let (first, last) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    let mut proxy_addresses = vec![format!("SMTP:{}", person.address)];
    if position == 1 {
        proxy_addresses.push(format!("smtp:{}", alias(person)));
    }
    User {
        id: person.id.clone(),
        user_principal_name: person.address.clone(),
        mail: Some(person.address.clone()),
        display_name: Some(person.name.clone()),
        given_name: Some(first.to_owned()),
        surname: Some(last.to_owned()),
        department: Some(person.department.to_owned()),
        proxy_addresses,
        ..User::default()
    }
}

/// How the list knows somebody whom the directory knows under another address.
fn alias(person: &Person) -> String {
    format!("asia.{}", person.address)
}

fn other_groups(people: &[Person]) -> Vec<Group> {
    let of = |department: &str| -> Vec<String> {
        people
            .iter()
            .filter(|person| person.department == department)
            .map(|person| person.id.clone())
            .collect()
    };
    let group = |number: usize, name: &str, members: Vec<String>| Group {
        id: format!("00000000-0000-4000-8000-0000000b{number:04x}"),
        display_name: name.to_owned(),
        members,
        ..Group::default()
    };
    let everyone = people.iter().map(|person| person.id.clone()).collect();
    vec![
        group(1, "All Staff", everyone),
        group(2, "Sales", of("Sales")),
        group(3, "Finance", of("Finance")),
    ]
}

fn list(both: &[Person], list_only: &[Person]) -> String {
    let mut text = String::from("Email,Name,Office\n");
    for (position, person) in both.iter().chain(list_only).enumerate() {
        if position == 1 {
            text.push_str(&format!("{},{},Singapore\n", alias(person), person.name));
        } else {
            text.push_str(&line(person));
        }
    }
    text.push_str("joe.keller@partner.example,Joe Keller,\n");
    text.push_str(&format!("{},Somebody misspelled,\n", misspelled(both)));
    text
}

fn line(person: &Person) -> String {
    format!("{},{},Singapore\n", person.address, person.name)
}

/// An address with two letters the wrong way round.
fn misspelled(people: &[Person]) -> String {
    let address = people
        .get(2)
        .map_or("jon.smith@acme.example", |person| &person.address);
    let mut letters: Vec<char> = address.chars().collect();
    if letters.len() > 3 {
        letters.swap(1, 2);
    }
    letters.into_iter().collect()
}
