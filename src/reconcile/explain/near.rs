//! Addresses that look like one that nobody has.

use super::Asked;
use crate::{
    model::{address::Address, list::Side},
    reconcile::situation::Situation,
};

/// How many slips of the pen are still taken for one.
const MOST_SLIPS: usize = 2;

/// How many addresses are named.
const MOST: usize = 3;

/// The addresses on the lists and in the directories that were asked which look most like the one that was asked for.
pub(super) fn nearest(situation: &Situation<'_>, asked: &Asked) -> Vec<String> {
    let Some(wanted) = asked.address() else {
        return Vec::new();
    };
    let wanted = wanted.as_str();
    let most_slips = MOST_SLIPS.min(wanted.chars().count() / 4);
    let everybody = [Side::Source, Side::Target].into_iter().flat_map(|side| {
        let reading = situation.reading(side);
        let known = reading.directory.iter();
        let known = known.flat_map(|directory| &directory.people);
        reading.members.iter().chain(known)
    });
    let addresses = everybody
        .flat_map(|member| &member.addresses)
        .map(Address::as_str);
    let near = addresses.filter_map(|address| {
        let near_length = address.len().abs_diff(wanted.len()) <= most_slips;
        let slips = near_length.then(|| strsim::damerau_levenshtein(address, wanted))?;
        (slips <= most_slips).then(|| (slips, address.to_owned()))
    });
    let mut near: Vec<(usize, String)> = near.collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter()
        .take(MOST)
        .map(|(_, address)| address)
        .collect()
}
