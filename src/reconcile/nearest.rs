//! The existing addresses that one was probably meant to be that nobody has.

use std::collections::BTreeSet;

use super::directory::DirectoryIndex;
use crate::model::address::Address;

/// How many slips of the pen are still taken for one.
const MOST_SLIPS: usize = 2;

/// For how many addresses of one plan the whole directory is searched. Whoever has more unresolved ones than this has
/// another problem than slips of the pen.
pub(super) const MOST_SEARCHES: usize = 200;

/// The signs that part the names in an address.
const SEPARATORS: [char; 3] = ['.', '-', '_'];

/// An existing address that was probably meant, and what speaks for it. Never a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Suggestion {
    /// The address, as the directory holds it.
    pub(super) address: String,
    /// What speaks for it, in words.
    pub(super) hint: String,
}

/// The existing addresses that `wanted` was probably meant to be, the likeliest first: the same name at another domain of
/// ours, the parts of the name in another order, nearly the same name, or all of this at a domain of ours that is spelled
/// nearly like this one. A search of the whole directory takes one off `searches_left`.
pub(super) fn suggestions(
    wanted: &Address,
    directory: &DirectoryIndex<'_>,
    searches_left: &mut usize,
) -> Vec<Suggestion> {
    let (local, domain) = (wanted.local(), wanted.domain());
    let own = || directory.own_domains().iter().map(String::as_str);
    let mut found = Found {
        directory,
        seen: BTreeSet::new(),
        suggestions: Vec::new(),
    };
    if own().any(|own| own == domain) {
        for other in own().filter(|own| *own != domain) {
            found.look(local, other, "the same name at another domain");
        }
        for turned in turned(local) {
            found.look(&turned, domain, "the parts of the name in another order");
        }
        let nearly = nearly(local, domain, directory, searches_left);
        found.extend(nearly, "spelled nearly so");
        return found.suggestions;
    }
    let most_slips = 1.max(MOST_SLIPS.min(domain.len() / 6));
    let meant = own()
        .filter(|own| slips(own, domain) <= most_slips)
        .min_by_key(|own| (slips(own, domain), *own));
    if let Some(meant) = meant {
        found.look(local, meant, "the domain is spelled nearly so");
        for turned in turned(local) {
            let hint =
                "the domain is spelled nearly so, and the parts of the name in another order";
            found.look(&turned, meant, hint);
        }
    }
    found.suggestions
}

/// What was found so far, each address once.
struct Found<'a, 'b> {
    directory: &'b DirectoryIndex<'a>,
    seen: BTreeSet<&'a str>,
    suggestions: Vec<Suggestion>,
}

impl<'a> Found<'a, '_> {
    fn look(&mut self, local: &str, domain: &str, hint: &str) {
        let existing = self.directory.existing(&format!("{local}@{domain}"));
        self.extend(existing, hint);
    }

    fn extend(&mut self, existing: Option<&'a str>, hint: &str) {
        let Some(address) = existing.filter(|address| self.seen.insert(address)) else {
            return;
        };
        let disabled = if self.directory.is_disabled(address) {
            "; that account is disabled"
        } else {
            ""
        };
        self.suggestions.push(Suggestion {
            address: address.to_owned(),
            hint: format!("{hint}{disabled}"),
        });
    }
}

/// The address at this domain whose name is spelled nearly so.
fn nearly<'a>(
    local: &str,
    domain: &str,
    directory: &DirectoryIndex<'a>,
    searches_left: &mut usize,
) -> Option<&'a str> {
    *searches_left = searches_left.checked_sub(1)?;
    let most_slips = MOST_SLIPS.min(local.chars().count() / 3);
    directory
        .addresses()
        .filter_map(|address| {
            let (known, known_domain) = address.rsplit_once('@')?;
            let near_length = known.len().abs_diff(local.len()) <= most_slips;
            (known_domain == domain && near_length).then(|| (slips(known, local), address))
        })
        .filter(|(slips, _)| *slips <= most_slips)
        .min()
        .map(|(_, address)| address)
}

/// The name with its parts in another order: backwards, and with the first or the last one moved to the other end.
fn turned(local: &str) -> Vec<String> {
    let Some(separator) = SEPARATORS.into_iter().find(|sign| local.contains(*sign)) else {
        return Vec::new();
    };
    let parts: Vec<&str> = local.split(separator).collect();
    let mut turned: Vec<String> = Vec::new();
    let mut put = |parts: Vec<&str>| {
        let name = parts.join(separator.encode_utf8(&mut [0; 4]));
        if name != local && !turned.contains(&name) {
            turned.push(name);
        }
    };
    put(parts.iter().rev().copied().collect());
    let mut first_last = parts.clone();
    first_last.rotate_left(1);
    put(first_last);
    let mut last_first = parts;
    last_first.rotate_right(1);
    put(last_first);
    turned
}

fn slips(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}
