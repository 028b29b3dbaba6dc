//! What is not right yet: cases that are known to go wrong, each with the reason. A case that goes wrong and is not among
//! them fails the test, and so does an entry that nothing goes wrong for any more.

use super::case::Found;

/// Something that is not right yet.
pub(super) struct Open {
    /// What goes wrong, and why, for the page.
    pub(super) why: &'static str,
    /// Whether a case is one of those.
    pub(super) covers: fn(&Found) -> bool,
}

/// Everything that is not right yet.
pub(super) const OPEN: &[Open] = &[];

/// Which entry covers a case, by its place.
pub(super) fn open_for(found: &Found) -> Option<usize> {
    OPEN.iter().position(|open| (open.covers)(found))
}
