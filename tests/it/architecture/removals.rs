//! Nobody is planned to be removed without a proof: that the other list was read whole, or, where a run is undone, that the
//! run put them there. The types ask for it, and here is held that nobody goes round the types.

use super::{Source, paths::without_comments, sources};

/// Where a text stands in the code of the rooms that plan, each place once for each time. An arm of a `match` makes
/// nothing.
fn places<'a>(sources: &'a [Source], text: &str) -> Vec<&'a str> {
    let planning = sources
        .iter()
        .filter(|source| source.name.starts_with("reconcile/"));
    let found = planning.flat_map(|source| {
        let code = without_comments(&source.text);
        let lines = code
            .lines()
            .filter(|line| !line.contains(&format!("{text} =>")));
        let count: usize = lines.map(|line| line.matches(text).count()).sum();
        std::iter::repeat_n(source.name.as_str(), count)
    });
    found.collect()
}

#[test]
fn a_removal_is_made_in_one_place_and_its_proof_in_another() {
    let sources = sources();
    let (draft, undoing) = ("reconcile/draft.rs", "reconcile/restore/undoing.rs");
    assert_eq!(places(&sources, "Action::Remove"), [draft, undoing]);
    assert_eq!(places(&sources, "self.changes.push("), [draft; 3]);
    assert_eq!(places(&sources, "self.planned.push("), [undoing]);
    for (proof, place) in [
        ("Whole {", "reconcile/proof.rs"),
        ("PutThere {", "reconcile/restore/proof.rs"),
    ] {
        let made = places(&sources, proof);
        assert!(!made.is_empty() && made.iter().all(|made| *made == place));
    }
    // What was planned belongs to the draft alone, and so does what undoes a run.
    for (name, field) in [(draft, "changes"), (undoing, "planned")] {
        let mut sources = sources.iter();
        let source = sources.find(|source| source.name == name);
        let own = format!("\n    {field}: Vec<Change>,\n");
        assert!(
            source.is_some_and(|source| source.text.contains(&own)),
            "{name}"
        );
    }
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
