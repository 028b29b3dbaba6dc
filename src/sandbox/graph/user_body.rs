//! The body of a request that changes a person.
//!
//! Knows nothing of permissions, or of other people.

use serde_json::{Map, Value};

use crate::sandbox::refusal;
use crate::sandbox::scenario::User;
use crate::sandbox::wire::Answer;

/// What only a higher role may change of somebody who holds an administrator role.
const PROTECTED: [&str; 3] = ["mobilePhone", "businessPhones", "otherMails"];

/// Refuses people who are mastered elsewhere, and what is protected of administrators.
pub(super) fn refuse_protected(body: &Value, user: &User) -> Result<(), Answer> {
    if user.on_premises_sync_enabled == Some(true) {
        return Err(refusal::bad_request(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects \
             currently undergoing migration.",
        ));
    }
    if user.is_admin && PROTECTED.iter().any(|name| body.get(name).is_some()) {
        return Err(refusal::denied());
    }
    Ok(())
}

/// Writes a body's properties into a person; says which it named.
pub(super) fn write(body: &Value, user: &mut User) -> Result<Vec<&'static str>, Answer> {
    let mut named = Vec::new();
    for (name, value) in body.as_object().into_iter().flatten() {
        if name.starts_with("@odata.") {
            continue;
        }
        if let Some((name, text)) = text_property(user, name) {
            *text = text_of(name, value)?;
            named.push(name);
            continue;
        }
        match name.as_str() {
            "businessPhones" => {
                user.business_phones = texts_of(name, value, 1)?;
                named.push("businessPhones");
            }
            "otherMails" => {
                user.other_mails = texts_of(name, value, 250)?;
                named.push("otherMails");
            }
            "accountEnabled" => {
                user.account_enabled = Some(value.as_bool().ok_or_else(|| invalid(name))?);
                named.push("accountEnabled");
            }
            "onPremisesExtensionAttributes" => {
                write_extension_attributes(value.as_object().ok_or_else(|| invalid(name))?, user)?;
                named.push("onPremisesExtensionAttributes");
            }
            _ => return Err(refusal::bad_request(&format!("Invalid property '{name}'."))),
        }
    }
    Ok(named)
}

/// The property of this name that is one text.
fn text_property<'a>(
    user: &'a mut User,
    name: &str,
) -> Option<(&'static str, &'a mut Option<String>)> {
    Some(match name {
        "displayName" => ("displayName", &mut user.display_name),
        "givenName" => ("givenName", &mut user.given_name),
        "surname" => ("surname", &mut user.surname),
        "mobilePhone" => ("mobilePhone", &mut user.mobile_phone),
        "department" => ("department", &mut user.department),
        "jobTitle" => ("jobTitle", &mut user.job_title),
        "companyName" => ("companyName", &mut user.company_name),
        "country" => ("country", &mut user.country),
        "city" => ("city", &mut user.city),
        "state" => ("state", &mut user.state),
        "postalCode" => ("postalCode", &mut user.postal_code),
        "streetAddress" => ("streetAddress", &mut user.street_address),
        "officeLocation" => ("officeLocation", &mut user.office_location),
        "employeeId" => ("employeeId", &mut user.employee_id),
        "employeeType" => ("employeeType", &mut user.employee_type),
        "faxNumber" => ("faxNumber", &mut user.fax_number),
        "usageLocation" => ("usageLocation", &mut user.usage_location),
        "preferredLanguage" => ("preferredLanguage", &mut user.preferred_language),
        _ => return None,
    })
}

/// A text, or nothing for null. The display name cannot be emptied, the usage location is two letters.
fn text_of(name: &str, value: &Value) -> Result<Option<String>, Answer> {
    let text = match value {
        Value::Null => None,
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        _ => return Err(invalid(name)),
    };
    let longest = match name {
        "displayName" => 256,
        "streetAddress" => 1024,
        "employeeId" => 16,
        "postalCode" => 40,
        "givenName" | "surname" | "mobilePhone" | "faxNumber" | "companyName" | "department" => 64,
        _ => 128,
    };
    let fits = match (&text, name) {
        (None, "displayName" | "usageLocation") => false,
        (Some(text), "usageLocation") => text.len() == 2,
        (Some(text), _) => text.chars().count() <= longest,
        (None, _) => true,
    };
    if fits { Ok(text) } else { Err(invalid(name)) }
}

fn texts_of(name: &str, value: &Value, most: usize) -> Result<Vec<String>, Answer> {
    let texts = value.as_array().filter(|texts| texts.len() <= most);
    texts
        .and_then(|texts| {
            texts
                .iter()
                .map(|text| text.as_str().map(str::to_owned))
                .collect()
        })
        .ok_or_else(|| invalid(name))
}

fn write_extension_attributes(body: &Map<String, Value>, user: &mut User) -> Result<(), Answer> {
    for (name, value) in body {
        let number = name.strip_prefix("extensionAttribute");
        let number = number.and_then(|number| number.parse::<u8>().ok());
        if !number.is_some_and(|number| (1..=15).contains(&number)) {
            return Err(invalid("onPremisesExtensionAttributes"));
        }
        match value {
            Value::Null => user.extension_attributes.remove(name),
            Value::String(text) => user.extension_attributes.insert(name.clone(), text.clone()),
            _ => return Err(invalid(name)),
        };
    }
    Ok(())
}

fn invalid(name: &str) -> Answer {
    refusal::invalid_property(name, "User")
}
