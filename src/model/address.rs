//! E-mail addresses as matching keys.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// An e-mail address, normalised so that two spellings of one mailbox compare equal.
///
/// ASCII letters are folded to lower case over the whole address (what Exchange does) and an international domain is
/// kept as punycode (what Entra ID stores). Nothing else is folded: `a+b@c` is not `a@c`, and a full-width or dotless
/// letter is not its ASCII look-alike. `Debug` shows only the first letter and the domain, so that logs cannot leak
/// whole addresses; `Display` shows all of it, for plans and reports that people asked for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(Arc<str>);

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address: {0}")]
pub struct NotAnAddress(pub &'static str);

impl Address {
    /// Reads an address as people and directories write it: white space around it, a `mailto:` or `smtp:` prefix and
    /// upper case are accepted.
    pub fn parse(text: &str) -> Result<Self, NotAnAddress> {
        let text = strip_prefix_ignoring_case(text.trim(), "mailto:");
        let text = strip_prefix_ignoring_case(text, "smtp:");
        let (local, domain) = text
            .rsplit_once('@')
            .ok_or(NotAnAddress("there is no `@`"))?;
        if local.is_empty() {
            return Err(NotAnAddress("nothing stands before the `@`"));
        }
        if text.len() > 320 {
            return Err(NotAnAddress("it is longer than 320 characters"));
        }
        let domain = ascii_domain(domain)?;
        let options = email_address::Options::default()
            .with_minimum_sub_domains(2)
            .without_display_text()
            .without_domain_literal();
        let mut whole = String::with_capacity(local.len() + 1 + domain.len());
        whole.push_str(local);
        whole.push('@');
        whole.push_str(&domain);
        whole.make_ascii_lowercase();
        if is_plain(local)
            || email_address::EmailAddress::parse_with_options(&whole, options).is_ok()
        {
            Ok(Self(whole.into()))
        } else {
            Err(NotAnAddress(
                "it has characters or a form that no mail system takes",
            ))
        }
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the last `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// What stands after the last `@`, in punycode.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// How a directory spells the address of a guest in the name of the account, in front of `#EXT#`
    /// (`joe_partner.example`). It cannot be turned back: `a_b@c` and `a@b_c` look the same in it.
    pub fn as_guest_name(&self) -> String {
        format!("{}_{}", self.local(), self.domain())
    }
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> &'a str {
    match (text.get(..prefix.len()), text.get(prefix.len()..)) {
        (Some(head), Some(rest)) if head.eq_ignore_ascii_case(prefix) => rest,
        _ => text,
    }
}

/// Letters, digits and the few signs nearly every address is made of: the full grammar need not be asked.
fn is_plain(local: &str) -> bool {
    local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-+'".contains(&byte))
}

fn ascii_domain(domain: &str) -> Result<std::borrow::Cow<'_, str>, NotAnAddress> {
    let wrong = NotAnAddress("the part after the `@` is not a mail domain");
    let plain = domain
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    let ascii = if plain && !domain.to_ascii_lowercase().contains("xn--") {
        std::borrow::Cow::Borrowed(domain)
    } else {
        // A full-width letter is mapped to ASCII by UTS 46. That would make two different texts one key, so a domain
        // that changes into plain ASCII by mapping alone is refused rather than folded.
        let mapped = idna::domain_to_ascii_strict(domain).map_err(|_| wrong.clone())?;
        if !domain.is_ascii() && !mapped.contains("xn--") {
            return Err(wrong);
        }
        std::borrow::Cow::Owned(mapped)
    };
    let labels_fit = ascii.split('.').all(|label| {
        !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    });
    if labels_fit && ascii.len() <= 253 && ascii.contains('.') {
        Ok(ascii)
    } else {
        Err(wrong)
    }
}

impl TryFrom<String> for Address {
    type Error = NotAnAddress;

    fn try_from(text: String) -> Result<Self, NotAnAddress> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.as_str().to_owned()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.0.chars().next().unwrap_or('?');
        write!(formatter, "{first}…@{}", self.domain())
    }
}
