//! What is not right yet: cases that are known to go wrong, each with the reason. A case that goes wrong and is not among
//! them fails the test, and so does an entry that nothing goes wrong for any more.

use super::{
    case::Found,
    judge::Wrong,
    table::{Kind, Pending, Trouble},
};

/// Something that is not right yet.
pub(super) struct Open {
    /// What goes wrong, and why, for the page.
    pub(super) why: &'static str,
    /// Whether a case is one of those.
    pub(super) covers: fn(&Found) -> bool,
}

/// Everything that is not right yet.
pub(super) const OPEN: &[Open] = &[
    Open {
        why: "An empty answer that counts nobody is no doubt. Nobody is removed for it, but whoever left the other list \
              meanwhile is forgotten: the next whole reading takes them for newcomers and puts them back there; and a \
              one-way run calls itself done although it saw nobody whom it had to remove.",
        covers: |found| {
            let is_of_words =
                |wrong: &Wrong| matches!(wrong, Wrong::FalseSuccess(_) | Wrong::Untold(_));
            found.case.trouble == Trouble::NobodyCounted
                && found.case.operation.kind == Kind::Members
                && found.wrong.iter().all(is_of_words)
        },
    },
    Open {
        why: "A list that is not found by its name once, although a run read it before, is taken for one that is not there: \
              what both lists agreed on is forgotten, whoever left one of them comes back, and where the platform takes \
              two lists of one name a second one is made.",
        covers: |found| {
            found.case.trouble == Trouble::NobodyCounted
                && found.case.operation.kind == Kind::Lookup
        },
    },
    Open {
        why: "A list that does not show a new member yet is taken for one that this member left, and they are removed from \
              the other list; one that still shows a removed member brings them back to the other list.",
        covers: |found| {
            let pending = [Pending::Adding, Pending::AddingMany, Pending::Removing];
            found.is(Trouble::Stale, &pending)
        },
    },
    Open {
        why: "A list that still shows the old value of a field is taken for one where it was changed back, and the old \
              value goes to the other list.",
        covers: |found| found.is(Trouble::Stale, &[Pending::Updating]),
    },
    Open {
        why: "A guest whom the directory does not show yet is invited again by the next run.",
        covers: |found| found.is(Trouble::Stale, &[Pending::Inviting]) && is_harm_alone(found),
    },
    Open {
        why: "A list that was made and does not show yet is made again by the next run, where the platform takes two of one \
              name.",
        covers: |found| {
            let is_second = |wrong: &Wrong| matches!(wrong, Wrong::Harm(_) | Wrong::Restless);
            found.platform == "PoliteMail"
                && found.is(Trouble::Stale, &[Pending::Creating])
                && found.wrong.iter().all(is_second)
        },
    },
];

fn is_harm_alone(found: &Found) -> bool {
    let mut wrong = found.wrong.iter();
    wrong.all(|wrong| matches!(wrong, Wrong::Harm(_)))
}

/// Which entry covers a case, by its place.
pub(super) fn open_for(found: &Found) -> Option<usize> {
    OPEN.iter().position(|open| (open.covers)(found))
}
