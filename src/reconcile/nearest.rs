//! The nearest existing address to one that nobody has.

use super::directory::DirectoryIndex;
use crate::model::address::Address;

/// How many slips of the pen are still taken for one.
const MOST_SLIPS: usize = 2;

/// For how many addresses of one plan the whole directory is searched. Whoever has more unresolved ones than this has
/// another problem than slips of the pen.
pub(super) const MOST_SEARCHES: usize = 200;

/// The existing address that `wanted` was probably meant to be: the same domain and nearly the same name, or the same
/// name at a domain of ours that is spelled nearly like this one. A suggestion, never a match. A search of the whole
/// directory takes one off `searches_left`.
pub(super) fn nearest<'a>(
    wanted: &Address,
    directory: &DirectoryIndex<'a>,
    searches_left: &mut usize,
) -> Option<&'a str> {
    let (local, domain) = (wanted.local(), wanted.domain());
    let own = || directory.own_domains().iter().map(String::as_str);
    if !own().any(|own| own == domain) {
        let most_slips = 1.max(MOST_SLIPS.min(domain.len() / 6));
        let meant = own()
            .filter(|own| slips(own, domain) <= most_slips)
            .min_by_key(|own| (slips(own, domain), *own))?;
        return directory.existing(&format!("{local}@{meant}"));
    }
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

fn slips(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(one, other)
}
