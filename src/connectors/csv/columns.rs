//! Which column of a file says what.

use super::settings::Columns as Wanted;
use crate::connectors::ports::{ConnectorError, ErrorKind};

/// Usual headers, the likeliest first, without case, spaces, hyphens and underscores.
const ADDRESS: &[&str] = &[
    "email",
    "emailaddress",
    "mail",
    "mailaddress",
    "primarysmtpaddress",
    "address",
];
const PHONE: &[&str] = &[
    "mobilephone",
    "mobile",
    "mobilenumber",
    "cellphone",
    "cell",
    "phonenumber",
    "phone",
    "telephone",
];
const EMPLOYEE_ID: &[&str] = &["employeeid", "employeenumber", "personnelnumber"];
const ID: &[&str] = &["objectid", "entraid", "id"];
const OPTED_OUT: &[&str] = &["optedout", "optout", "unsubscribed", "unsubscribe"];

/// The header of the address column in a new file.
const NEW_ADDRESS: &str = "email";

/// Positions of the columns that have a meaning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) address: Option<usize>,
    pub(super) phone: Option<usize>,
    pub(super) employee_id: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) opted_out: Option<usize>,
}

/// Finds the columns. A column that the settings name must be there, and one of address, phone and id as well.
pub(super) fn find(
    headers: &[String],
    wanted: &Wanted,
    name: &str,
) -> Result<Columns, ConnectorError> {
    refuse_doubles(headers, name)?;
    let column = |wanted: &Option<String>, usual: &[&str]| match wanted {
        Some(header) => match position(headers, header) {
            Some(found) => Ok(Some(found)),
            None => Err(missing(&format!("column `{header}`"), headers, name)),
        },
        None => Ok(usual.iter().find_map(|usual| {
            headers
                .iter()
                .position(|header| simplified(header) == *usual)
        })),
    };
    let columns = Columns {
        address: column(&wanted.address, ADDRESS)?,
        phone: column(&wanted.phone, PHONE)?,
        employee_id: column(&wanted.employee_id, EMPLOYEE_ID)?,
        id: column(&wanted.id, ID)?,
        opted_out: column(&wanted.opted_out, OPTED_OUT)?,
    };
    if columns.address.or(columns.phone).or(columns.id).is_none() {
        return Err(missing(
            "column with an address, a phone number or an id",
            headers,
            name,
        ));
    }
    Ok(columns)
}

/// The headers of a new file: the columns with a meaning that the settings name, then the fields a sync writes. The
/// address column gets its usual name unless the settings or one of the fields give it another.
pub(super) fn for_new_file<'a>(wanted: &'a Wanted, fields: &'a [String]) -> Vec<&'a str> {
    let is_address = |field: &&String| ADDRESS.contains(&simplified(field).as_str());
    let address = wanted
        .address
        .as_deref()
        .or_else(|| fields.iter().find(is_address).map(String::as_str));
    let named = [
        &wanted.phone,
        &wanted.employee_id,
        &wanted.id,
        &wanted.opted_out,
    ];
    let named = named.into_iter().filter_map(Option::as_deref);
    let mut headers = vec![address.unwrap_or(NEW_ADDRESS)];
    for header in named.chain(fields.iter().map(String::as_str)) {
        if !headers
            .iter()
            .any(|known| known.to_lowercase() == header.to_lowercase())
        {
            headers.push(header);
        }
    }
    headers
}

/// Where the column with this header is.
pub(super) fn position(headers: &[String], wanted: &str) -> Option<usize> {
    let wanted = wanted.trim();
    let exact = headers.iter().position(|header| header == wanted);
    exact.or_else(|| {
        let wanted = wanted.to_lowercase();
        headers
            .iter()
            .position(|header| header.to_lowercase() == wanted)
    })
}

/// Headers for a message.
pub(super) fn listed(headers: &[String]) -> String {
    let mut texts: Vec<String> = headers
        .iter()
        .take(20)
        .map(|header| format!("`{header}`"))
        .collect();
    if headers.len() > 20 {
        texts.push(format!("and {} more", headers.len() - 20));
    }
    texts.join(", ")
}

fn refuse_doubles(headers: &[String], name: &str) -> Result<(), ConnectorError> {
    let mut sorted: Vec<String> = headers
        .iter()
        .filter(|header| !header.is_empty())
        .map(|header| header.to_lowercase())
        .collect();
    sorted.sort_unstable();
    let double = sorted
        .windows(2)
        .find_map(|pair| (pair.first() == pair.last()).then(|| pair.first()))
        .flatten();
    match double {
        None => Ok(()),
        Some(header) => Err(ConnectorError::new(
            ErrorKind::BadData,
            format!("`{name}` has two columns with the header `{header}`"),
        )
        .help("give each column a header of its own")),
    }
}

fn missing(what: &str, headers: &[String], name: &str) -> ConnectorError {
    ConnectorError::new(
        ErrorKind::BadData,
        format!(
            "`{name}` has no {what}; its headers are {}",
            listed(headers)
        ),
    )
    .help("name the columns under `columns` in the connection's settings")
}

fn simplified(header: &str) -> String {
    header
        .chars()
        .filter(|character| !" -_".contains(*character))
        .collect::<String>()
        .to_lowercase()
}
