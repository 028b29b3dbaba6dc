//! The directory objects of a scenario: people, groups and what else can be a member.
//!
//! Knows nothing of HTTP or of the running directory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A person. `{"id": "…", "userPrincipalName": "…"}` is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct User {
    /// Object id, a UUID.
    pub id: String,
    /// Sign-in name; unique without regard to case.
    pub user_principal_name: String,
    /// Primary address; may be absent, shared with others, or differ from the sign-in name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Name as shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub surname: Option<String>,
    /// Mobile number as typed by somebody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<String>,
    /// Office numbers; Graph keeps at most one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub business_phones: Vec<String>,
    /// Department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Job title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_title: Option<String>,
    /// Company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Office.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office_location: Option<String>,
    /// Personnel number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<String>,
    /// What kind of worker (`Contractor`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_type: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// Fax number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fax_number: Option<String>,
    /// Two letters of the country whose licences apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_location: Option<String>,
    /// Language (`en-AU`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
    /// `extensionAttribute1` to `extensionAttribute15`, as `onPremisesExtensionAttributes` shows them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extension_attributes: BTreeMap<String, String>,
    /// Directory extensions by their full name: `extension_{application id without dashes}_{name}`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, String>,
    /// Whether the person can sign in; true unless said otherwise.
    pub account_enabled: Option<bool>,
    /// `Member` (unless said otherwise) or `Guest`; null on some old objects.
    pub user_type: Option<String>,
    /// Further addresses without a mailbox here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_mails: Vec<String>,
    /// All mailbox addresses with their prefix: `SMTP:` primary, `smtp:` alias, `sip:`, `X500:` …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proxy_addresses: Vec<String>,
    /// True when synced from on-premises, null (never false) when never synced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_sync_enabled: Option<bool>,
    /// Object id of the manager.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// True for somebody who holds an administrator role: numbers and other addresses of theirs are protected.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_admin: bool,
    /// Invitation state of a guest: `PendingAcceptance` or `Accepted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_user_state: Option<String>,
}

/// An organisational contact: an address book entry that cannot sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Contact {
    /// Object id, a UUID.
    pub id: String,
    /// Name as shown to people.
    pub display_name: Option<String>,
    /// Address.
    pub mail: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Family name.
    pub surname: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Mobile number.
    pub mobile_phone: Option<String>,
    /// All addresses with their prefix, as on a user.
    pub proxy_addresses: Vec<String>,
    /// True when synced from on-premises.
    pub on_premises_sync_enabled: Option<bool>,
}

/// A device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Device {
    /// Object id, a UUID.
    pub id: String,
    /// Name.
    pub display_name: Option<String>,
}

/// A service principal: an application's identity in the tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ServicePrincipal {
    /// Object id, a UUID.
    pub id: String,
    /// Name.
    pub display_name: Option<String>,
}

/// A group of any kind; without further words an ordinary security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Group {
    /// Object id, a UUID.
    pub id: String,
    /// Name as shown to people; not unique.
    pub display_name: String,
    /// Description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Mail alias, unique in the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_nickname: Option<String>,
    /// Address of a mail-enabled group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// All its addresses with their prefix, as on a user; just `mail` when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proxy_addresses: Vec<String>,
    /// Alternate key, unique and immutable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_name: Option<String>,
    /// `Unified` makes a Microsoft 365 group, `DynamicMembership` one that fills itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_types: Vec<String>,
    /// Whether it has an address.
    pub mail_enabled: bool,
    /// Whether it can grant access; true unless said otherwise.
    pub security_enabled: bool,
    /// True when synced from on-premises: Graph cannot write it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_premises_sync_enabled: Option<bool>,
    /// True when directory roles can be given to it: protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_assignable_to_role: Option<bool>,
    /// Rule of a dynamic group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub membership_rule: Option<String>,
    /// True inside a restricted management administrative unit: protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_management_restricted: Option<bool>,
    /// `Public`, `Private` or `HiddenMembership`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
    /// Object ids of direct members: users, groups, devices, contacts, service principals.
    pub members: Vec<String>,
    /// Object ids of owners.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
}

impl Default for User {
    fn default() -> Self {
        Self {
            id: String::new(),
            user_principal_name: String::new(),
            mail: None,
            display_name: None,
            given_name: None,
            surname: None,
            mobile_phone: None,
            business_phones: Vec::new(),
            department: None,
            job_title: None,
            company_name: None,
            country: None,
            city: None,
            office_location: None,
            employee_id: None,
            employee_type: None,
            state: None,
            postal_code: None,
            street_address: None,
            fax_number: None,
            usage_location: None,
            preferred_language: None,
            extension_attributes: BTreeMap::new(),
            extensions: BTreeMap::new(),
            account_enabled: Some(true),
            user_type: Some("Member".to_owned()),
            other_mails: Vec::new(),
            proxy_addresses: Vec::new(),
            on_premises_sync_enabled: None,
            manager: None,
            is_admin: false,
            external_user_state: None,
        }
    }
}

impl User {
    /// The id of the person with this number in a made-up tenant.
    pub fn numbered_id(number: usize) -> String {
        format!("00000000-0000-4000-8001-{number:012x}")
    }

    /// `user0007@contoso.example` with a stable id and a mailbox.
    pub fn numbered(number: usize) -> Self {
        let address = format!("user{number:04}@contoso.example");
        Self {
            id: Self::numbered_id(number),
            mail: Some(address.clone()),
            display_name: Some(format!("User {number:04}")),
            given_name: Some("User".to_owned()),
            surname: Some(format!("{number:04}")),
            proxy_addresses: vec![format!("SMTP:{address}")],
            user_principal_name: address,
            ..Self::default()
        }
    }
}

impl Default for Group {
    fn default() -> Self {
        Self {
            id: String::new(),
            display_name: String::new(),
            description: None,
            mail_nickname: None,
            mail: None,
            proxy_addresses: Vec::new(),
            unique_name: None,
            group_types: Vec::new(),
            mail_enabled: false,
            security_enabled: true,
            on_premises_sync_enabled: None,
            is_assignable_to_role: None,
            membership_rule: None,
            is_management_restricted: None,
            visibility: None,
            members: Vec::new(),
            owners: Vec::new(),
        }
    }
}
