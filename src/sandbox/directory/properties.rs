//! Which properties an object has and what they say.
//!
//! Knows nothing of queries: it answers for one object and one name.

use serde_json::{Map, Value, json};

use super::{Object, Thing};
use crate::sandbox::scenario::{Contact, Group, User};
use crate::sandbox::text::odata_time;

/// The kinds of objects in the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A person.
    User,
    /// A group.
    Group,
    /// An organisational contact.
    Contact,
    /// A device.
    Device,
    /// A service principal.
    ServicePrincipal,
}

/// Properties of a user that exist but that the sandbox does not keep: always null.
const USER_NULL: &str = "aboutMe ageGroup authorizationInfo consentProvidedForMinor creationType \
    customSecurityAttributes employeeHireDate employeeLeaveDateTime employeeOrgData \
    externalUserStateChangeDateTime identityParentId isManagementRestricted isResourceAccount \
    lastPasswordChangeDateTime legalAgeGroupClassification mailboxSettings mySite onPremisesDistinguishedName \
    onPremisesDomainName onPremisesImmutableId onPremisesLastSyncDateTime \
    onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesUserPrincipalName passwordPolicies passwordProfile \
    preferredDataLocation preferredName print securityIdentifier showInAddressList \
    signInActivity signInSessionsValidFromDateTime";
/// The same for lists: always empty.
const USER_EMPTY: &str = "assignedLicenses assignedPlans identities imAddresses interests licenseAssignmentStates \
    onPremisesProvisioningErrors pastProjects provisionedPlans responsibilities schools serviceProvisioningErrors skills";
/// Properties that cannot be null and that the sandbox does not keep: left out.
const LEFT_OUT: &str = "birthday deviceEnrollmentLimit hireDate";
const GROUP_NULL: &str = "accessType allowExternalSenders autoSubscribeNewMembers classification expirationDateTime \
    hasMembersWithLicenseErrors hideFromAddressLists hideFromOutlookClients isArchived isFavorite isSubscribedByMail \
    licenseProcessingState membershipRuleProcessingState onPremisesDomainName onPremisesExtensionAttributes \
    onPremisesLastSyncDateTime onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier \
    organizationId preferredDataLocation preferredLanguage renewedDateTime securityIdentifier theme \
    unseenConversationsCount unseenCount unseenMessagesCount welcomeMessageEnabled";
const GROUP_EMPTY: &str = "assignedLabels assignedLicenses infoCatalogs onPremisesProvisioningErrors \
    resourceBehaviorOptions resourceProvisioningOptions serviceProvisioningErrors";
const CONTACT_EMPTY: &str = "addresses onPremisesProvisioningErrors serviceProvisioningErrors";

/// What each kind gives without `$select`.
const USER_DEFAULT: &str = "businessPhones displayName givenName id jobTitle mail mobilePhone officeLocation \
    preferredLanguage surname userPrincipalName";
const GROUP_DEFAULT: &str = "id deletedDateTime classification createdDateTime description displayName \
    expirationDateTime groupTypes isAssignableToRole mail mailEnabled mailNickname membershipRule \
    membershipRuleProcessingState onPremisesDomainName onPremisesLastSyncDateTime onPremisesNetBiosName \
    onPremisesProvisioningErrors onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled \
    preferredDataLocation preferredLanguage proxyAddresses renewedDateTime resourceBehaviorOptions \
    resourceProvisioningOptions securityEnabled securityIdentifier serviceProvisioningErrors theme uniqueName visibility";
const CONTACT_DEFAULT: &str = "id deletedDateTime addresses companyName department displayName givenName jobTitle mail \
    mailNickname onPremisesLastSyncDateTime onPremisesProvisioningErrors onPremisesSyncEnabled phones proxyAddresses \
    serviceProvisioningErrors surname";
const OTHER_DEFAULT: &str = "id displayName";

impl Kind {
    /// The type's name after `microsoft.graph.`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Contact => "orgContact",
            Self::Device => "device",
            Self::ServicePrincipal => "servicePrincipal",
        }
    }

    /// The kind with this name after `microsoft.graph.`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        [
            Self::User,
            Self::Group,
            Self::Contact,
            Self::Device,
            Self::ServicePrincipal,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }

    /// What it gives without `$select`.
    pub(crate) fn defaults(self) -> impl Iterator<Item = &'static str> {
        let names = match self {
            Self::User => USER_DEFAULT,
            Self::Group => GROUP_DEFAULT,
            Self::Contact => CONTACT_DEFAULT,
            Self::Device | Self::ServicePrincipal => OTHER_DEFAULT,
        };
        names.split_ascii_whitespace()
    }
}

/// Whether objects of this kind have a property of this name.
pub(crate) fn is_known(kind: Kind, name: &str) -> bool {
    let probe = match kind {
        Kind::User => user_property(&User::default(), name),
        Kind::Group => group_property(&Group::default(), name),
        Kind::Contact => contact_property(&Contact::default(), name),
        Kind::Device | Kind::ServicePrincipal => (name == "displayName").then_some(Value::Null),
    };
    let common = ["id", "deletedDateTime"].contains(&name);
    let dated = name == "createdDateTime" && matches!(kind, Kind::User | Kind::Group);
    let unkept = kind == Kind::User && (has(LEFT_OUT, name) || is_extension(name));
    probe.is_some() || common || dated || unkept
}

/// What a property says; nothing when the object has none of this name or leaves it out.
pub(crate) fn property(object: &Object, name: &str) -> Option<Value> {
    match name {
        "id" => Some(json!(object.id)),
        "deletedDateTime" => Some(
            object
                .deleted
                .map_or(Value::Null, |gone| json!(odata_time(gone.at))),
        ),
        "createdDateTime" if matches!(object.kind(), Kind::User | Kind::Group) => {
            Some(json!(odata_time(object.created)))
        }
        _ => match &object.body {
            Thing::User(user) => user_property(user, name),
            Thing::Group(state) => group_property(&state.group, name),
            Thing::Contact(contact) => contact_property(contact, name),
            Thing::Device(device) => (name == "displayName").then(|| json!(device.display_name)),
            Thing::ServicePrincipal(principal) => {
                (name == "displayName").then(|| json!(principal.display_name))
            }
        },
    }
}

/// The object as somebody sees it who may not read its type: the id, the rest null or empty.
pub(crate) fn limited(object: &Object, names: &[&str]) -> Map<String, Value> {
    let blank = |name: &&str| match property(object, name)? {
        id if *name == "id" => Some(("id".to_owned(), id)),
        Value::Array(_) => Some(((*name).to_owned(), json!([]))),
        _ => Some(((*name).to_owned(), Value::Null)),
    };
    names
        .iter()
        .filter_map(blank)
        .chain([("id".to_owned(), json!(object.id))])
        .collect()
}

fn user_property(user: &User, name: &str) -> Option<Value> {
    Some(match name {
        "userPrincipalName" => json!(user.user_principal_name),
        "mail" => json!(user.mail),
        "mailNickname" => json!(user.user_principal_name.split(['@', '#']).next()),
        "displayName" => json!(user.display_name),
        "givenName" => json!(user.given_name),
        "surname" => json!(user.surname),
        "mobilePhone" => json!(user.mobile_phone),
        "businessPhones" => json!(user.business_phones),
        "department" => json!(user.department),
        "jobTitle" => json!(user.job_title),
        "companyName" => json!(user.company_name),
        "country" => json!(user.country),
        "city" => json!(user.city),
        "officeLocation" => json!(user.office_location),
        "employeeId" => json!(user.employee_id),
        "employeeType" => json!(user.employee_type),
        "state" => json!(user.state),
        "postalCode" => json!(user.postal_code),
        "streetAddress" => json!(user.street_address),
        "faxNumber" => json!(user.fax_number),
        "usageLocation" => json!(user.usage_location),
        "preferredLanguage" => json!(user.preferred_language),
        "onPremisesExtensionAttributes" => (1..=15)
            .map(|number| format!("extensionAttribute{number}"))
            .map(|name| {
                let value = json!(user.extension_attributes.get(&name));
                (name, value)
            })
            .collect(),
        "accountEnabled" => json!(user.account_enabled),
        "userType" => json!(user.user_type),
        "otherMails" => json!(user.other_mails),
        "proxyAddresses" => json!(user.proxy_addresses),
        "onPremisesSyncEnabled" => json!(user.on_premises_sync_enabled),
        "externalUserState" => json!(user.external_user_state),
        _ if is_extension(name) => json!(user.extensions.get(name)?),
        _ if has(USER_NULL, name) => Value::Null,
        _ if has(USER_EMPTY, name) => json!([]),
        _ => return None,
    })
}

fn group_property(group: &Group, name: &str) -> Option<Value> {
    Some(match name {
        "displayName" => json!(group.display_name),
        "description" => json!(group.description),
        "mailNickname" => json!(group.mail_nickname),
        "mail" => json!(group.mail),
        "proxyAddresses" if !group.proxy_addresses.is_empty() => json!(group.proxy_addresses),
        "proxyAddresses" => json!(
            group
                .mail
                .iter()
                .map(|mail| format!("SMTP:{mail}"))
                .collect::<Vec<_>>()
        ),
        "uniqueName" => json!(group.unique_name),
        "groupTypes" => json!(group.group_types),
        "mailEnabled" => json!(group.mail_enabled),
        "securityEnabled" => json!(group.security_enabled),
        "onPremisesSyncEnabled" => json!(group.on_premises_sync_enabled),
        "isAssignableToRole" => json!(group.is_assignable_to_role),
        "membershipRule" => json!(group.membership_rule),
        "isManagementRestricted" => json!(group.is_management_restricted),
        "visibility" => json!(group.visibility),
        _ if has(GROUP_NULL, name) => Value::Null,
        _ if has(GROUP_EMPTY, name) => json!([]),
        _ => return None,
    })
}

fn contact_property(contact: &Contact, name: &str) -> Option<Value> {
    Some(match name {
        "displayName" => json!(contact.display_name),
        "mail" => json!(contact.mail),
        "mailNickname" => json!(
            contact
                .mail
                .as_deref()
                .and_then(|mail| mail.split('@').next())
        ),
        "givenName" => json!(contact.given_name),
        "surname" => json!(contact.surname),
        "companyName" => json!(contact.company_name),
        "department" => json!(contact.department),
        "jobTitle" => json!(contact.job_title),
        "phones" => contact
            .mobile_phone
            .iter()
            .map(|number| json!({"type": "mobile", "number": number}))
            .collect(),
        "proxyAddresses" => json!(contact.proxy_addresses),
        "onPremisesSyncEnabled" => json!(contact.on_premises_sync_enabled),
        "onPremisesLastSyncDateTime" => Value::Null,
        _ if has(CONTACT_EMPTY, name) => json!([]),
        _ => return None,
    })
}

/// Whether this is shaped like the name of a directory extension. Graph leaves one that has no value out.
fn is_extension(name: &str) -> bool {
    let rest = name.strip_prefix("extension_");
    rest.and_then(|rest| rest.split_once('_'))
        .is_some_and(|(application, name)| {
            application.len() == 32
                && application.bytes().all(|byte| byte.is_ascii_hexdigit())
                && !name.is_empty()
        })
}

fn has(names: &str, name: &str) -> bool {
    names.split_ascii_whitespace().any(|known| known == name)
}
