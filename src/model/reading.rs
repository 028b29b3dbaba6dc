//! One side as it was read, with what is known of its completeness.

use serde::{Deserialize, Serialize};

use super::{capabilities::Capabilities, left_out::LeftOut, list::ListRef, member::Member};

/// One list as it was read, whole or with doubts. A read that failed leaves no `Reading` at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// The list.
    pub list: ListRef,
    /// The list's own id on the platform (an Entra group's object id), where it has one.
    pub list_id: Option<String>,
    /// Whether the list is there. An absent list reads as empty and is created when the sync allows it.
    pub exists: bool,
    /// Its members, sorted by label.
    pub members: Vec<Member>,
    /// Reasons to doubt that this is all of it, in words; empty when the read was proven whole.
    pub doubts: Vec<String>,
    /// What the connection can do with this list.
    pub capabilities: Capabilities,
    /// Who is on the lists whose members are left out, on this list or not: nobody of them is brought here.
    #[serde(default)]
    pub left_out: LeftOut,
    /// The people the connection knows who could be added to this list. Read only when somebody has to be looked up,
    /// so `None` means "not asked", not "nobody".
    pub directory: Option<Directory>,
}

impl Reading {
    /// A list that is there, read to its last page. Sorts the members, so that the order of pages means nothing.
    pub fn whole(list: ListRef, members: Vec<Member>, capabilities: Capabilities) -> Self {
        Self {
            list,
            list_id: None,
            exists: true,
            members: sorted(members),
            doubts: Vec::new(),
            capabilities,
            left_out: LeftOut::default(),
            directory: None,
        }
    }

    /// A list that is not there yet.
    pub fn absent(list: ListRef, capabilities: Capabilities) -> Self {
        Self {
            exists: false,
            ..Self::whole(list, Vec::new(), capabilities)
        }
    }

    /// Whether a missing member may be believed to be really gone.
    pub fn is_whole(&self) -> bool {
        self.doubts.is_empty()
    }
}

/// Sorts by label, and by what else tells members apart. Whole members are heavy to move and their labels lie anywhere
/// in memory, so positions are sorted, by the first letters of the labels mostly.
fn sorted(members: Vec<Member>) -> Vec<Member> {
    let mut labels: Vec<(u128, &str, u32)> = (0..)
        .zip(&members)
        .map(|(place, member)| (first_letters(member.label()), member.label(), place))
        .collect();
    let rest = |place: u32| members.get(place as usize).map(order);
    labels.sort_by(|left, right| {
        (left.0, left.1)
            .cmp(&(right.0, right.1))
            .then_with(|| rest(left.2).cmp(&rest(right.2)))
    });
    let places: Vec<u32> = labels.into_iter().map(|(_, _, place)| place).collect();
    let mut members: Vec<Option<Member>> = members.into_iter().map(Some).collect();
    let places = places.into_iter();
    places
        .filter_map(|place| members.get_mut(place as usize)?.take())
        .collect()
}

/// A number that sorts as the first sixteen letters do.
fn first_letters(label: &str) -> u128 {
    let mut letters = [0; 16];
    for (letter, byte) in letters.iter_mut().zip(label.bytes()) {
        *letter = byte;
    }
    u128::from_be_bytes(letters)
}

/// Everything that tells two members apart, the label first.
fn order(member: &Member) -> impl Ord {
    let Member {
        id,
        addresses,
        phones,
        employee_id,
        note,
        ..
    } = member;
    (member.label(), id, addresses, phones, employee_id, note)
}

/// The people a connection knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Directory {
    /// Everyone, sorted by label.
    pub people: Vec<Member>,
    /// The domains of the organisation itself, in punycode: an address elsewhere is an external one.
    pub own_domains: Vec<String>,
    /// Why some may be missing.
    #[serde(default)]
    pub doubts: Vec<String>,
}
