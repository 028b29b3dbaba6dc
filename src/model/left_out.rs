//! Who is left out of a list because another list names them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::member::Member;

/// What was read of the lists whose members are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// Their members; each says which list it is on.
    pub members: Vec<Member>,
    /// How many members each of them has, by its name.
    pub counts: BTreeMap<String, usize>,
    /// Reasons to doubt that these are all of them, in words.
    pub doubts: Vec<String>,
}

/// Who is left out, ready to be searched.
pub struct LeftOutIndex<'a>(BTreeMap<&'a str, Vec<&'a Member>>);

impl LeftOut {
    /// Ready to be searched.
    pub fn index(&self) -> LeftOutIndex<'_> {
        let mut known: BTreeMap<&str, Vec<&Member>> = BTreeMap::new();
        for member in &self.members {
            for key in member.keys() {
                known.entry(key).or_default().push(member);
            }
        }
        LeftOutIndex(known)
    }
}

impl<'a> LeftOutIndex<'a> {
    /// Why a member of the same platform is left out (`is on Leavers`); `None` when it is not.
    pub fn why(&self, member: &Member) -> Option<&'a str> {
        let mut alike = member.keys().filter_map(|key| self.0.get(key)).flatten();
        let one = alike.find(|one| member.is_same_as(one))?;
        one.left_out.as_deref()
    }
}
