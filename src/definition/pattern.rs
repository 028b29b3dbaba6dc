//! Exact and glob patterns over a member's addresses and id.

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::model::{address::Address, member::Member};

/// `ceo@acme.example` or `*@partner.example`; `*` stands for any run of characters, `?` for one. Without case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pattern(pub String);

impl Pattern {
    /// Reads a pattern as people write it and folds it as addresses are folded.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("an empty pattern fits nobody\nleave it out".to_owned());
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return Ok(Self(text.to_ascii_lowercase()));
        };
        if text.contains(['*', '?']) {
            let domain = folded_domain(domain)?;
            return Ok(Self(format!("{}@{domain}", local.to_ascii_lowercase())));
        }
        match Address::parse(text) {
            Ok(address) => Ok(Self(address.as_str().to_owned())),
            Err(reason) => Err(format!("`{text}` is {reason}, so it fits nobody")),
        }
    }

    /// Whether it is made of wildcards alone, so that it fits every id or every address.
    pub fn fits_everyone(&self) -> bool {
        self.0.contains('*')
            && self
                .0
                .chars()
                .all(|letter| matches!(letter, '*' | '?' | '@' | '.'))
    }

    /// Whether any address or phone number, or the id, of `member` fits.
    pub fn fits(&self, member: &Member) -> bool {
        member
            .id
            .as_ref()
            .is_some_and(|id| self.fits_text(id.as_str()))
            || member
                .addresses
                .iter()
                .any(|address| self.fits_text(address.as_str()))
            || member
                .phones
                .iter()
                .any(|phone| self.fits_text(phone.as_str()))
    }

    fn fits_text(&self, text: &str) -> bool {
        if self.0.contains(['*', '?']) {
            glob(&self.0, text)
        } else {
            self.0.eq_ignore_ascii_case(text)
        }
    }
}

/// A domain in punycode, label by label, so that wildcards can stand for whole labels.
fn folded_domain(domain: &str) -> Result<String, String> {
    let labels: Result<Vec<String>, String> = domain
        .split('.')
        .map(|label| {
            if label.is_ascii() {
                return Ok(label.to_ascii_lowercase());
            }
            let wrong = format!("`{label}` is not part of a mail domain\nwrite it in punycode");
            if label.contains(['*', '?']) {
                return Err(wrong);
            }
            idna::domain_to_ascii_strict(label)
                .ok()
                .filter(|folded| folded.starts_with("xn--"))
                .ok_or(wrong)
        })
        .collect();
    Ok(labels?.join("."))
}

/// Whether `pattern` fits all of `text`, without ASCII case.
///
/// Only the last `*` is ever tried again: when what follows it does not fit, an earlier `*` cannot help. So there is no
/// recursion, and the time is at most the product of both lengths.
fn glob(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    let mut text = text.chars();
    let mut last_star = None;
    loop {
        let before = (pattern.clone(), text.clone());
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                // The star begins by standing for nothing.
                text = before.1.clone();
                last_star = Some((pattern.clone(), before.1));
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(letter)) if wanted.eq_ignore_ascii_case(&letter) => {}
            _ => {
                let Some((after_star, mut rest)) = last_star else {
                    return false;
                };
                // The star takes one character more.
                if rest.next().is_none() {
                    return false;
                }
                pattern = after_star.clone();
                text = rest.clone();
                last_star = Some((after_star, rest));
            }
        }
    }
}
