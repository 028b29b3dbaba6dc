//! Which settled members have to be looked at again for the sake of those who are still open.
//!
//! Most people are settled by the last run's pairs, and nobody new shares a key with them. Finding that out takes one
//! look at each of their keys; sorting all of them to find the same takes much longer.

use super::keys::Keyed;

/// Leaves of the keys of `settled` members those that can be reached from `open` ones: members who share a key with an
/// open one, their partners, whoever shares a key with these, and so on. Gives who they are, by node.
///
/// `settled` is in the order of nodes. Keys count as shared when their hashes are equal, so that rather too many are
/// left than too few.
pub(super) fn keep_reachable(
    settled: &mut Vec<Keyed<'_>>,
    open: &[Keyed<'_>],
    partner: &[Option<u32>],
) -> Vec<bool> {
    let mut reached = vec![false; partner.len()];
    let mut fresh: Vec<u64> = open.iter().map(Keyed::hash).collect();
    while !fresh.is_empty() && !settled.is_empty() {
        let wanted = Hashes::of(std::mem::take(&mut fresh));
        for keyed in settled.iter().filter(|keyed| wanted.contains(keyed.hash())) {
            let across = partner.get(keyed.node as usize).copied().flatten();
            for node in [Some(keyed.node), across].into_iter().flatten() {
                let is_new = reached
                    .get_mut(node as usize)
                    .is_some_and(|place| !std::mem::replace(place, true));
                if is_new {
                    fresh.extend(keys_of(settled, node).map(Keyed::hash));
                }
            }
        }
    }
    settled.retain(|keyed| reached.get(keyed.node as usize).copied().unwrap_or(false));
    reached
}

fn keys_of<'b, 'a>(keyed: &'b [Keyed<'a>], node: u32) -> impl Iterator<Item = &'b Keyed<'a>> {
    let start = keyed.partition_point(|keyed| keyed.node < node);
    let rest = keyed.get(start..).unwrap_or_default().iter();
    rest.take_while(move |keyed| keyed.node == node)
}

/// A set of hashes that says no quickly.
struct Hashes {
    sorted: Vec<u64>,
    /// Whether there is one with these last bits.
    perhaps: Vec<bool>,
}

impl Hashes {
    fn of(mut hashes: Vec<u64>) -> Self {
        let mut perhaps = vec![false; (hashes.len() * 32).next_power_of_two()];
        for hash in &hashes {
            let place = last_bits(*hash, perhaps.len());
            if let Some(place) = perhaps.get_mut(place) {
                *place = true;
            }
        }
        hashes.sort_unstable();
        Self {
            sorted: hashes,
            perhaps,
        }
    }

    fn contains(&self, hash: u64) -> bool {
        let place = last_bits(hash, self.perhaps.len());
        self.perhaps.get(place).copied().unwrap_or(false)
            && self.sorted.binary_search(&hash).is_ok()
    }
}

/// Something below `size`, which is a power of two.
fn last_bits(hash: u64, size: usize) -> usize {
    (hash & (size as u64 - 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(settled: &[(&str, u32)], open: &[(&str, u32)]) -> Vec<u32> {
        let mut left: Vec<Keyed<'_>> = settled
            .iter()
            .map(|(text, node)| Keyed::new(text, *node))
            .collect();
        let open: Vec<Keyed<'_>> = open
            .iter()
            .map(|(text, node)| Keyed::new(text, *node))
            .collect();
        // 0 and 3 are one person, 1 and 4, 2 and 5.
        let partner = [3, 4, 5, 0, 1, 2].map(Some);
        let reached = keep_reachable(&mut left, &open, &partner);
        let nodes = (0..)
            .zip(reached)
            .filter_map(|(node, is)| is.then_some(node));
        nodes.collect()
    }

    #[test]
    fn whoever_shares_a_key_is_reached_with_the_partner_and_through_others() {
        let settled = [("x", 0), ("y", 1), ("z", 2), ("w", 3), ("w", 4), ("z", 5)];
        assert_eq!(reached(&settled, &[("x", 6)]), [0, 1, 3, 4]);
        assert_eq!(reached(&settled, &[("z", 6)]), [2, 5]);
        assert!(reached(&settled, &[("q", 6)]).is_empty());
        assert!(reached(&settled, &[]).is_empty());
    }
}
