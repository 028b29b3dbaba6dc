//! The nearest existing address to one that nobody has.

use super::directory::DirectoryIndex;
use crate::model::address::Address;

/// How many slips of the pen are still taken for one.
const MOST_SLIPS: usize = 2;

/// The existing address that `wanted` was probably meant to be: the same domain and nearly the same name, or the same
/// name at a domain of ours that is spelled nearly like this one. A suggestion, never a match.
pub(super) fn nearest<'a>(wanted: &Address, directory: &DirectoryIndex<'a>) -> Option<&'a str> {
    let (local, domain) = (wanted.local(), wanted.domain());
    let most_slips = MOST_SLIPS.min(local.chars().count() / 3);
    let meant = directory
        .own_domains()
        .iter()
        .map(String::as_str)
        .filter(|own| {
            *own == domain || slips(own, domain) <= 1.max(MOST_SLIPS.min(domain.len() / 6))
        })
        .min_by_key(|own| (slips(own, domain), *own))?;
    let domain_is_wrong = meant != domain;
    directory
        .addresses()
        .filter_map(|address| {
            let (known, known_domain) = address.rsplit_once('@')?;
            let near_length = known.len().abs_diff(local.len()) <= most_slips;
            (known_domain == meant && near_length).then(|| (slips(known, local), address))
        })
        .filter(|(slips, _)| {
            if domain_is_wrong {
                *slips == 0
            } else {
                *slips <= most_slips
            }
        })
        .min()
        .map(|(_, address)| address)
}

fn slips(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}
