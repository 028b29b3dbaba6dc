//! Nobody is planned to be removed without the proof that the other list was read whole: the type asks for it, and here
//! is held that nobody goes round the type.

use super::{Source, paths::without_comments, sources};

/// Where a text stands in the code of the rooms that plan, each place once for each time.
fn places<'a>(sources: &'a [Source], text: &str) -> Vec<&'a str> {
    let planning = sources
        .iter()
        .filter(|source| source.name.starts_with("reconcile/"));
    let found = planning.flat_map(|source| {
        let count = without_comments(&source.text).matches(text).count();
        std::iter::repeat_n(source.name.as_str(), count)
    });
    found.collect()
}

#[test]
fn a_removal_is_made_in_one_place_and_its_proof_in_another() {
    let sources = sources();
    assert_eq!(places(&sources, "Action::Remove"), ["reconcile/draft.rs"]);
    assert_eq!(
        places(&sources, "self.changes.push("),
        ["reconcile/draft.rs"; 3]
    );
    let made = places(&sources, "Whole {").into_iter();
    assert!(made.into_iter().all(|place| place == "reconcile/proof.rs"));
    // The changes of a draft belong to it alone.
    let mut drafts = sources.iter();
    let draft = drafts.find(|source| source.name == "reconcile/draft.rs");
    assert!(draft.is_some_and(|draft| draft.text.contains("\n    changes: Vec<Change>,\n")));
}

#[test]
fn a_planted_removal_is_found() {
    let planted = Source {
        name: "reconcile/one_way.rs".to_owned(),
        text: "// Action::Remove\nlet action = Action::Remove;".to_owned(),
    };
    assert_eq!(
        places(&[planted], "Action::Remove"),
        ["reconcile/one_way.rs"]
    );
}
