//! A believable company: the people that all scenarios are about.

use crate::sandbox::{
    Sandbox, Scenario,
    scenario::{Organization, User},
};

/// The managing director.
pub(super) const DIRECTOR: &str = "mei.tanaka@acme.example";
/// The company's domain.
pub(super) const DOMAIN: &str = "acme.example";
/// The secret of the stand-in tenant.
pub(super) const SECRET: &str = "a-secret-of-the-stand-in-tenant";
/// The token of the stand-in server for PoliteMail.
pub(super) const TOKEN: &str = "a-token-of-the-stand-in-server";

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

/// One person of the company.
pub(super) struct Person {
    /// The object id in the tenant.
    pub(super) id: String,
    /// The first name.
    pub(super) first: String,
    /// The family name.
    pub(super) last: String,
    /// The address.
    pub(super) address: String,
    /// The department.
    pub(super) department: &'static str,
    /// The number HR gave them.
    pub(super) number: String,
}

/// The person at a position; the director is the first.
pub(super) fn person(position: usize) -> Person {
    let pick = |names: &[&'static str], step: usize| {
        names.get(step % names.len()).copied().unwrap_or_default()
    };
    let (first, last) = match position {
        0 => ("Mei", "Tanaka"),
        _ => (
            pick(FIRST_NAMES, position),
            pick(LAST_NAMES, position / FIRST_NAMES.len() + position),
        ),
    };
    let round = position / (FIRST_NAMES.len() * LAST_NAMES.len()).max(1);
    let namesake = if round == 0 {
        String::new()
    } else {
        (round + 1).to_string()
    };
    Person {
        id: id(position),
        first: first.to_owned(),
        last: last.to_owned(),
        address: format!("{first}.{last}{namesake}@{DOMAIN}").to_lowercase(),
        department: pick(DEPARTMENTS, position),
        number: format!("{}", 1000 + position),
    }
}

/// The object id of the person at a position.
pub(super) fn id(position: usize) -> String {
    format!("00000000-0000-4000-9000-{position:012x}")
}

/// The address of the person at a position.
pub(super) fn address(position: usize) -> String {
    person(position).address
}

impl Person {
    /// Who the person is to the tenant.
    pub(super) fn user(self) -> User {
        User {
            id: self.id,
            user_principal_name: self.address.clone(),
            display_name: Some(format!("{} {}", self.first, self.last)),
            given_name: Some(self.first),
            surname: Some(self.last),
            department: Some(self.department.to_owned()),
            employee_id: Some(self.number),
            proxy_addresses: vec![format!("SMTP:{}", self.address)],
            mail: Some(self.address),
            ..User::default()
        }
    }
}

/// A tenant with the first `people` of the company, and an application with these permissions.
pub(super) fn tenant(people: usize, permissions: &[&str]) -> Scenario {
    Scenario {
        client_secret: SECRET.to_owned(),
        organization: Organization {
            display_name: "Acme".to_owned(),
            verified_domains: vec![DOMAIN.to_owned(), "acme.onmicrosoft.example".to_owned()],
        },
        users: (0..people)
            .map(|position| person(position).user())
            .collect(),
        ..Scenario::default()
    }
    .with_permissions(permissions)
}

/// Gives the person at a position one more address.
pub(super) fn give_alias(tenant: &mut Scenario, position: usize, alias: &str) {
    let user = tenant.users.iter_mut();
    for user in user.filter(|user| user.id == id(position)) {
        user.proxy_addresses.push(format!("smtp:{alias}"));
    }
}

/// The object ids of the members of the group with this name, sorted.
pub(super) fn members_of(tenant: &Sandbox, group: &str) -> Vec<String> {
    let groups = tenant.snapshot().groups;
    let group = groups.iter().find(|known| known.display_name == group);
    group.map_or_else(Vec::new, |group| tenant.members_of(&group.id))
}

/// An address with two letters the wrong way round.
pub(super) fn misspelled(address: &str) -> String {
    let mut letters: Vec<char> = address.chars().collect();
    if letters.len() > 3 {
        letters.swap(1, 2);
    }
    letters.into_iter().collect()
}
