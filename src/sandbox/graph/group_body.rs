//! The body of a request that makes or changes a group.
//!
//! Knows nothing of other groups.

use serde_json::Value;

use crate::sandbox::refusal;
use crate::sandbox::scenario::Group;
use crate::sandbox::wire::Answer;

/// Characters that a mail nickname cannot have.
const NOT_IN_NICKNAME: &str = "@()\\[]\";:<>, ";

/// Writes a body's properties into a group; says which it named.
pub(super) fn write(body: &Value, group: &mut Group) -> Result<Vec<&'static str>, Answer> {
    let mut named = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        let invalid = || refusal::invalid_property(name, "Group");
        let text = || match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            _ => Err(invalid()),
        };
        let flag = || value.as_bool().ok_or_else(invalid);
        match name.as_str() {
            "displayName" => {
                let name = text()?
                    .filter(|name| (1..=256).contains(&name.chars().count()))
                    .ok_or_else(invalid)?;
                group.display_name = name;
                named.push("displayName");
            }
            "description" => {
                group.description = text()?;
                named.push("description");
            }
            "mailNickname" => {
                group.mail_nickname = Some(
                    text()?
                        .filter(|name| is_nickname(name))
                        .ok_or_else(invalid)?,
                );
                named.push("mailNickname");
            }
            "mailEnabled" => {
                group.mail_enabled = flag()?;
                named.push("mailEnabled");
            }
            "securityEnabled" => {
                group.security_enabled = flag()?;
                named.push("securityEnabled");
            }
            "groupTypes" => {
                let kinds = value.as_array().ok_or_else(invalid)?.iter().map(|kind| {
                    kind.as_str()
                        .filter(|kind| ["Unified", "DynamicMembership"].contains(kind))
                        .map(str::to_owned)
                });
                group.group_types = kinds.collect::<Option<_>>().ok_or_else(invalid)?;
                named.push("groupTypes");
            }
            "visibility" => {
                let known = ["Private", "Public", "HiddenMembership"];
                let visibility = text()?;
                if visibility
                    .as_deref()
                    .is_some_and(|one| !known.contains(&one))
                {
                    return Err(invalid());
                }
                group.visibility = visibility;
                named.push("visibility");
            }
            "membershipRule" => {
                group.membership_rule = text()?;
                named.push("membershipRule");
            }
            "uniqueName" => {
                let unique = text()?;
                if group.unique_name.is_some() && group.unique_name != unique {
                    return Err(invalid());
                }
                group.unique_name = unique;
                named.push("uniqueName");
            }
            "isAssignableToRole" => {
                let assignable = flag()?;
                if group
                    .is_assignable_to_role
                    .is_some_and(|before| before != assignable)
                {
                    return Err(invalid());
                }
                group.is_assignable_to_role = Some(assignable);
            }
            "members@odata.bind"
            | "owners@odata.bind"
            | "membershipRuleProcessingState"
            | "preferredDataLocation"
            | "resourceBehaviorOptions"
            | "resourceProvisioningOptions" => {}
            annotation if annotation.starts_with("@odata.") => {}
            _ => return Err(refusal::bad_request(&format!("Invalid property '{name}'."))),
        }
    }
    Ok(named)
}

fn is_nickname(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.is_ascii()
        && !name.chars().any(|one| NOT_IN_NICKNAME.contains(one))
}
