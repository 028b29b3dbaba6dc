//! Which properties of people a sync looks at, and which it may write.
//!
//! Pure: it must not know requests. A name that Microsoft Graph has in another spelling is refused here; one that it
//! does not have at all is left to Microsoft Graph, which learns new ones without notice, and its refusal is put into
//! words here.

use super::answer::Answer;
use crate::connectors::ports::{ConnectorError, ErrorKind, WantedList};

/// What is read of everybody.
const USUAL: &str = "id displayName givenName surname mail userPrincipalName otherMails proxyAddresses accountEnabled \
    userType mobilePhone businessPhones department jobTitle companyName country city officeLocation employeeId \
    preferredLanguage";

/// What else Microsoft Graph 1.0 knows of people: for finding the name that was meant.
const OTHERS: &str = "aboutMe ageGroup assignedLicenses assignedPlans birthday consentProvidedForMinor createdDateTime \
    creationType customSecurityAttributes deletedDateTime employeeHireDate employeeLeaveDateTime employeeOrgData \
    employeeType externalUserState externalUserStateChangeDateTime faxNumber hireDate identities imAddresses interests \
    isManagementRestricted isResourceAccount lastPasswordChangeDateTime legalAgeGroupClassification \
    licenseAssignmentStates mailboxSettings mailNickname mySite onPremisesDistinguishedName onPremisesDomainName \
    onPremisesExtensionAttributes onPremisesImmutableId onPremisesLastSyncDateTime onPremisesProvisioningErrors \
    onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled onPremisesUserPrincipalName \
    passwordPolicies pastProjects postalCode preferredDataLocation preferredName provisionedPlans responsibilities \
    schools securityIdentifier serviceProvisioningErrors showInAddressList signInActivity \
    signInSessionsValidFromDateTime skills state streetAddress usageLocation";

/// What this connection makes of the rest, under names of its own.
const OURS: [&str; 4] = ["objectType", "aliases", "manager", "managerId"];

/// What an application may write, as far as it is somebody's to give: nothing that says who a person is, lets in or
/// keeps out. <https://learn.microsoft.com/graph/api/user-update>
const WRITABLE: [&str; 19] = [
    "businessPhones",
    "city",
    "companyName",
    "country",
    "department",
    "displayName",
    "employeeId",
    "employeeType",
    "faxNumber",
    "givenName",
    "jobTitle",
    "mobilePhone",
    "officeLocation",
    "postalCode",
    "preferredLanguage",
    "state",
    "streetAddress",
    "surname",
    "usageLocation",
];

/// The fifteen attributes come as one property.
const EXTENSION_ATTRIBUTES: &str = "onPremisesExtensionAttributes";

/// Says of a person that everything about them is mastered in Active Directory.
pub(super) const SYNCED: &str = "onPremisesSyncEnabled";

/// The properties of people that are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Properties {
    /// Their names, each once, the usual ones first.
    names: Vec<String>,
    /// Whether the manager is asked for as well.
    pub(super) manager: bool,
}

impl Properties {
    /// The usual ones and what this list is wanted for. Says which name cannot be read or written.
    pub(super) fn of(wanted: &WantedList) -> Result<Self, ConnectorError> {
        if let Some(field) = wanted
            .given
            .iter()
            .find(|field| !WRITABLE.contains(&field.as_str()))
        {
            return Err(settings(format!(
                "`{field}` is not a field of people in Entra ID that a sync may write"
            ))
            .help(format!("fields that it may write: {}", quoted(WRITABLE))));
        }
        let mut properties = Self {
            manager: wanted.everyone.under.is_some(),
            ..Self::usual()
        };
        for name in wanted.reads.iter().chain(&wanted.given) {
            properties.add(name)?;
        }
        if !wanted.given.is_empty() {
            properties.add(SYNCED)?;
        }
        Ok(properties)
    }

    /// What is read of everybody.
    pub(super) fn usual() -> Self {
        let names = USUAL.split_ascii_whitespace();
        Self {
            names: names.map(str::to_owned).collect(),
            manager: false,
        }
    }

    /// The value of `$select`.
    pub(super) fn select(&self) -> String {
        self.names.join(",")
    }

    fn add(&mut self, name: &str) -> Result<(), ConnectorError> {
        let known = || all_names().chain(OURS);
        let name = if ["manager", "managerId"].contains(&name) {
            self.manager = true;
            return Ok(());
        } else if OURS.contains(&name) {
            return Ok(());
        } else if is_extension_attribute(name) {
            EXTENSION_ATTRIBUTES
        } else if known().any(|known| known == name) {
            name
        } else if let Some(spelled) = known().find(|known| known.eq_ignore_ascii_case(name)) {
            return Err(unknown(name, Some(spelled)));
        } else if is_name(name) {
            name
        } else {
            return Err(unknown(name, nearest(name)));
        };
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        Ok(())
    }

    /// The error of an answer that refuses one of the names beyond the usual ones; `None` when it says something else.
    /// Graph answers 501 for a property that it does not give for many people at once.
    pub(super) fn refused(&self, answer: &Answer) -> Option<ConnectorError> {
        if !matches!(answer.status, 400 | 501) {
            return None;
        }
        let usual = || USUAL.split_ascii_whitespace();
        let mut asked = self
            .names
            .iter()
            .filter(|name| !usual().any(|usual| usual == name.as_str()));
        let message = answer.message();
        let named = |name: &&String| message.contains(&format!("'{name}'"));
        let error = match asked.clone().find(named) {
            Some(name) => unknown(name, nearest(name)),
            None if answer.status == 501 => {
                let name = asked.next()?;
                settings(format!(
                    "Microsoft Graph does not give all of {} for many people at once",
                    quoted(std::iter::once(name).chain(asked).map(String::as_str))
                ))
                .help("leave what is no property of the directory out of the sync")
            }
            None => return None,
        };
        Some(error)
    }
}

/// Whether this is one of `extensionAttribute1` to `extensionAttribute15`.
fn is_extension_attribute(name: &str) -> bool {
    let number = name.strip_prefix("extensionAttribute");
    number.is_some_and(|number| {
        !number.starts_with(['0', '+'])
            && number
                .parse::<u8>()
                .is_ok_and(|number| (1..=15).contains(&number))
    })
}

/// Whether a text can be put into `$select` as it is. Extensions of the directory are `extension_{application}_{name}`.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.len() <= 256
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn all_names() -> impl Iterator<Item = &'static str> {
    USUAL
        .split_ascii_whitespace()
        .chain(OTHERS.split_ascii_whitespace())
}

fn unknown(name: &str, near: Option<&str>) -> ConnectorError {
    let error = settings(format!("people in Entra ID have no attribute `{name}`"));
    error.help(match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "an attribute has the name that Microsoft Graph gives it: \
             https://learn.microsoft.com/graph/api/resources/user"
            .to_owned(),
    })
}

fn nearest(name: &str) -> Option<&'static str> {
    let written: String = name.to_lowercase().chars().take(100).collect();
    let likeness = |known: &str| strsim::jaro_winkler(&known.to_lowercase(), &written);
    all_names()
        .chain(OURS)
        .map(|known| (likeness(known), known))
        .filter(|(likeness, _)| *likeness >= 0.85)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn settings(message: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Settings, message)
}

#[cfg(test)]
mod tests;
