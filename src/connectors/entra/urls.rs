//! The addresses of Microsoft Graph that rollcall uses, built in one place.
//!
//! Ids are put into a path only when they have the form of an object id, texts only after quoting and encoding.

use url::Url;

use super::{properties::Properties, settings::is_object_id};
use crate::model::address::Address;

/// The properties of a group that say who it is and whether it can be written.
const GROUP_PROPERTIES: &str = "id,displayName,groupTypes,mailEnabled,securityEnabled,onPremisesSyncEnabled,\
isAssignableToRole,membershipRule,isManagementRestricted,visibility";

/// The properties of a contact that are read.
const CONTACT_PROPERTIES: &str = "id,displayName,givenName,surname,mail,proxyAddresses,companyName,department,jobTitle,\
phones,addresses,onPremisesSyncEnabled";

/// The properties of a group that is read as somebody who gets mail.
const MAIL_GROUP_PROPERTIES: &str = "id,displayName,description,mail,mailNickname,proxyAddresses,groupTypes,mailEnabled,\
securityEnabled,visibility,onPremisesSyncEnabled";

/// The manager comes along with the person: one each, so that nothing is cut off, as it would be with members.
const WITH_MANAGER: &str = "$expand=manager($select=id,mail,userPrincipalName)";

/// Groups that have an address: a kind of object, and no filter of people.
const HAS_ADDRESS: &str = "$filter=mailEnabled%20eq%20true";

/// Everyone. Never with a `$filter`: whoever is filtered out could not be told from whoever is gone.
pub(super) fn users(page_size: u16, properties: &Properties) -> String {
    let manager = if properties.manager {
        format!("&{WITH_MANAGER}")
    } else {
        String::new()
    };
    format!(
        "/users?$top={page_size}&$select={}{manager}",
        properties.select()
    )
}

/// Everyone's manager.
pub(super) fn managers(page_size: u16) -> String {
    format!("/users?$top={page_size}&$select=id,userPrincipalName&{WITH_MANAGER}")
}

/// One person, to change them; `None` when the id has not the form of one.
pub(super) fn user(id: &str) -> Option<String> {
    is_object_id(id).then(|| format!("/users/{id}"))
}

/// Organisational contacts.
pub(super) fn contacts(page_size: u16) -> String {
    format!("/contacts?$top={page_size}&$select={CONTACT_PROPERTIES}")
}

/// How many contacts there are, as `@odata.count` of a page with a single one. Needs `ConsistencyLevel: eventual`.
pub(super) const CONTACT_COUNT: &str = "/contacts?$count=true&$top=1&$select=id";

/// One contact, to see whether contacts may be read.
pub(super) const ONE_CONTACT: &str = "/contacts?$top=1&$select=id";

/// Groups that have an address.
pub(super) fn mail_groups(page_size: u16) -> String {
    format!("/groups?{HAS_ADDRESS}&$top={page_size}&$select={MAIL_GROUP_PROPERTIES}")
}

/// How many groups have an address, as `@odata.count`. Needs `ConsistencyLevel: eventual`.
pub(super) fn mail_group_count() -> String {
    format!("/groups?{HAS_ADDRESS}&$count=true&$top=1&$select=id")
}

/// How many users there are. Needs `ConsistencyLevel: eventual`.
pub(super) const USER_COUNT: &str = "/users/$count";

/// The users who have an address, under whatever property, and guests whose account was named after it: some are shown
/// with no address at all before they accept.
pub(super) fn users_with_address(address: &Address) -> String {
    let quoted = quote(address.as_str());
    let prefixed = quote(&format!("smtp:{address}"));
    let named = quote(&format!("{}#EXT#@", address.as_guest_name()));
    format!(
        "/users?$filter={}&$select=id,mail,userPrincipalName,otherMails,proxyAddresses,userType",
        encode(&format!(
            "mail eq {quoted} or otherMails/any(x:x eq {quoted}) or proxyAddresses/any(x:x eq {prefixed}) \
             or startsWith(userPrincipalName,{named})"
        ))
    )
}

/// One user, to see what may be read of people.
pub(super) fn one_user() -> String {
    users(1, &Properties::usual())
}

/// Every group.
pub(super) fn groups(page_size: u16) -> String {
    format!("/groups?$top={page_size}&$select={GROUP_PROPERTIES}")
}

/// One group, to see whether groups may be read.
pub(super) const ONE_GROUP: &str = "/groups?$top=1&$select=id";

/// The organisation's name.
pub(super) const ORGANIZATION: &str = "/organization?$select=id,displayName";

/// The groups with this display name: it is not unique.
pub(super) fn groups_named(name: &str) -> String {
    let filter = encode(&format!("displayName eq {}", quote(name)));
    format!("/groups?$filter={filter}&$select={GROUP_PROPERTIES}")
}

/// One group with the properties that matter; `None` when the id has not the form of one.
pub(super) fn group(id: &str) -> Option<String> {
    Some(format!("{}?$select={GROUP_PROPERTIES}", group_itself(id)?))
}

/// One group, to change it; `None` when the id has not the form of one.
pub(super) fn group_itself(id: &str) -> Option<String> {
    is_object_id(id).then(|| format!("/groups/{id}"))
}

/// The group that rollcall made under this key. The quotes around a key in a path stay as they are.
pub(super) fn group_by_unique_name(unique_name: &str) -> String {
    format!(
        "/groups(uniqueName='{}')",
        encode(&unique_name.replace('\'', "''"))
    )
}

/// The first page of a group's members.
pub(super) fn members(
    group: &str,
    flatten: bool,
    page_size: u16,
    properties: &Properties,
) -> Option<String> {
    let segment = if flatten {
        "transitiveMembers"
    } else {
        "members"
    };
    Some(format!(
        "{}/{segment}?$top={page_size}&$select={}",
        group_itself(group)?,
        properties.select()
    ))
}

/// The first page of a group's owners.
pub(super) fn owners(group: &str, page_size: u16) -> Option<String> {
    Some(format!(
        "{}/owners?$top={page_size}&$select=id",
        group_itself(group)?
    ))
}

/// How many members a group has. Needs `ConsistencyLevel: eventual`. For nested groups the number comes as
/// `@odata.count` of a page with a single member, because `transitiveMembers/$count` is not in the contract.
pub(super) fn member_count(group: &str, flatten: bool) -> Option<String> {
    let group = group_itself(group)?;
    Some(if flatten {
        format!("{group}/transitiveMembers?$count=true&$top=1&$select=id")
    } else {
        format!("{group}/members/$count")
    })
}

/// The link between a group and a member, for removing it; `None` when an id has not the form of one.
///
/// Everything that removes goes through here, because of the last five characters: `DELETE
/// /groups/{id}/members/{id}` without `/$ref` deletes *the person* from the directory when the application holds
/// `User.ReadWrite.All`. <https://learn.microsoft.com/graph/api/group-delete-members>
pub(super) fn member_link(group: &str, member: &str) -> Option<String> {
    if !is_object_id(group) || !is_object_id(member) {
        return None;
    }
    let link = format!("/groups/{group}/members/{member}/$ref");
    debug_assert!(link.ends_with("/$ref"), "a removal must end in `/$ref`");
    Some(link)
}

/// What a group is given to add a member: a URL on the same host, whatever the requests' own form.
pub(super) fn reference(graph: &Url, member: &str) -> Option<String> {
    is_object_id(member).then(|| format!("{graph}v1.0/directoryObjects/{member}"))
}

/// A text as an OData literal.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Percent-encodes everything but the unreserved characters: a bare `+` would be read as a space, and addresses with
/// a plus would silently find nobody.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 3 / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "00000000-0000-4000-8000-000000009001";
    const MEMBER: &str = "00000000-0000-4000-8000-000000000100";

    #[test]
    fn a_removal_ends_in_ref_or_is_not_built() {
        assert_eq!(
            member_link(GROUP, MEMBER).unwrap(),
            format!("/groups/{GROUP}/members/{MEMBER}/$ref")
        );
        for (group, member) in [
            ("", MEMBER),
            (GROUP, ""),
            (GROUP, "dana@acme.org"),
            (GROUP, "00000000-0000-4000-8000-000000000100/$ref?x="),
            (GROUP, "../../users/00000000-0000-4000-8000-00000"),
            ("{00000000-0000-4000-8000-000000009001}", MEMBER),
            (GROUP, "00000000000040008000000000000100"),
        ] {
            assert_eq!(member_link(group, member), None, "{group} {member}");
        }
    }

    #[test]
    fn texts_are_quoted_then_encoded() {
        assert_eq!(
            groups_named("o'neil+x#"),
            format!(
                "/groups?$filter=displayName%20eq%20%27o%27%27neil%2Bx%23%27&$select={GROUP_PROPERTIES}"
            )
        );
        assert_eq!(
            group_by_unique_name("rollcall-x"),
            "/groups(uniqueName='rollcall-x')"
        );
        let address = Address::parse("jo+news@o.example").unwrap();
        let looked_up = users_with_address(&address);
        assert!(looked_up.contains("smtp%3Ajo%2Bnews%40o.example"));
        assert!(looked_up.contains("userPrincipalName%2C%27jo%2Bnews_o.example%23EXT%23%40%27"));
        assert_eq!(encode("é&%"), "%C3%A9%26%25");
    }

    #[test]
    fn nobody_is_changed_by_anything_but_an_object_id() {
        assert_eq!(user(MEMBER).unwrap(), format!("/users/{MEMBER}"));
        for id in [
            "",
            "me",
            "dana@acme.org",
            "../groups/00000000-0000-4000-8000-00000",
        ] {
            assert_eq!(user(id), None, "{id}");
        }
    }

    #[test]
    fn references_stay_on_the_configured_host() {
        let graph = Url::parse("https://graph.microsoft.us/").unwrap();
        assert_eq!(
            reference(&graph, MEMBER).unwrap(),
            format!("https://graph.microsoft.us/v1.0/directoryObjects/{MEMBER}")
        );
        assert_eq!(reference(&graph, "me"), None);
    }
}
