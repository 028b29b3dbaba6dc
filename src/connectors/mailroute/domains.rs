//! The domains that a list is: one by its name or id, several, or every one that the login sees.
//!
//! It must not know accounts.

use serde_json::Value;

use super::{
    api::Api,
    pages::{Listing, listing, number_or_text},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, Watch},
        web::Request,
    },
    model::address::Address,
};

/// One domain at MailRoute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Domain {
    /// Its id.
    pub(super) id: String,
    /// Its name, as addresses have it: lower case, in punycode.
    pub(super) name: String,
    /// Its name as MailRoute writes it.
    pub(super) written: String,
    /// How other objects name it (`/api/v1/domain/204/`).
    pub(super) uri: String,
    /// Whether MailRoute takes mail for it.
    pub(super) active: bool,
}

/// Which domains make a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Which {
    /// Every one that the login sees.
    All,
    /// These, by name or id.
    Named(Vec<String>),
}

impl Which {
    /// Reads a list's name: `harbor.example`, `204`, `harbor.example, quay.example`, or nothing.
    pub(super) fn of(list: &str) -> Result<Self, ConnectorError> {
        if list.trim().is_empty() {
            return Ok(Self::All);
        }
        let names = list.split(',').map(|name| name.trim().to_owned());
        let names: Vec<String> = names.collect();
        if names.iter().any(String::is_empty) {
            let message = format!("`{list}` names a domain that has no name");
            return Err(ConnectorError::new(ErrorKind::Settings, message)
                .help("name domains like `harbor.example, quay.example`"));
        }
        Ok(Self::Named(names))
    }
}

/// A domain's name as addresses have it.
fn normalised(name: &str) -> String {
    let name = name.trim().trim_start_matches('@');
    match Address::parse(&format!("x@{name}")) {
        Ok(address) => address.domain().to_owned(),
        Err(_) => name.to_lowercase(),
    }
}

impl Domain {
    /// Reads a domain as MailRoute tells it.
    pub(super) fn read(object: &Value) -> Result<Self, ConnectorError> {
        let id = number_or_text(object.get("id"));
        let name = object.get("name").and_then(Value::as_str);
        let (Some(id), Some(name)) = (id, name) else {
            let message = "MailRoute tells of a domain without id or name";
            return Err(ConnectorError::new(ErrorKind::BadData, message));
        };
        let uri = object.get("resource_uri").and_then(Value::as_str);
        Ok(Self {
            name: normalised(name),
            written: name.trim().to_owned(),
            uri: uri.map_or_else(|| format!("/api/v1/domain/{id}/"), str::to_owned),
            active: object.get("active").and_then(Value::as_bool) != Some(false),
            id,
        })
    }
}

/// Finds the domains, sorted by name, with the doubts that they are all. One that is not there is an error.
pub(super) async fn find(
    api: &Api,
    which: &Which,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<(Vec<Domain>, Vec<String>), ConnectorError> {
    let (mut domains, mut doubts) = (Vec::new(), Vec::new());
    match which {
        Which::All => {
            let Listing {
                objects,
                doubts: found,
            } = listing(api, "domain", &[], "domains", waits, watch).await?;
            for object in &objects {
                domains.push(Domain::read(object)?);
            }
            doubts = found;
        }
        Which::Named(names) => {
            for name in names {
                domains.push(named(api, name, waits, watch).await?);
            }
        }
    }
    domains.sort_by(|left, right| (&left.name, &left.id).cmp(&(&right.name, &right.id)));
    domains.dedup_by(|left, right| left.id == right.id);
    Ok((domains, doubts))
}

async fn named(
    api: &Api,
    name: &str,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Domain, ConnectorError> {
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        let request = Request::get(format!("domain/{name}/"));
        let found = api.read(&request, waits).await?;
        let domain = found.as_ref().map(Domain::read).transpose()?;
        return domain
            .filter(|domain| domain.id == name)
            .ok_or_else(|| not_there(name));
    }
    let wanted = normalised(name);
    let exact = [("name__exact", wanted.as_str())];
    // The look-up is told apart by case; what a domain is called is not.
    for filter in [exact.as_slice(), &[]] {
        let listed = listing(api, "domain", filter, "domains", waits, watch).await?;
        for object in &listed.objects {
            let domain = Domain::read(object)?;
            if domain.name == wanted {
                return Ok(domain);
            }
        }
    }
    Err(not_there(name))
}

fn not_there(name: &str) -> ConnectorError {
    let message = format!("MailRoute shows no domain `{name}` to this login");
    ConnectorError::new(ErrorKind::NotFound, message).help(
        "add the domain at MailRoute, use a login that administers it, or see `rollcall lists` for what there is",
    )
}

/// What names the list from run to run: the ids of its domains. Every domain there is has no name of its own: it is the
/// same list when one more is added.
pub(super) fn list_id(which: &Which, domains: &[Domain]) -> Option<String> {
    let mut ids: Vec<&str> = domains.iter().map(|domain| domain.id.as_str()).collect();
    ids.sort_unstable();
    (*which != Which::All).then(|| ids.join(","))
}

/// The domain that an address is in.
pub(super) fn of<'a>(domains: &'a [Domain], address: &Address) -> Option<&'a Domain> {
    domains
        .iter()
        .find(|domain| domain.name == address.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_one_domain_or_several_or_all() {
        let named = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned());
            Which::Named(names.collect())
        };
        assert_eq!(Which::of(" ").unwrap(), Which::All);
        assert_eq!(
            Which::of("harbor.example, Quay.Example,204").unwrap(),
            named(&["harbor.example", "Quay.Example", "204"])
        );
        assert_eq!(normalised("@Bücher.Example"), "xn--bcher-kva.example");
        assert!(Which::of("harbor.example,,").is_err());
    }
}
