//! `docs/reliability.md`, written from what was found.

use std::fmt::Write;

use super::{
    case::{CLEAN_RUNS, Found},
    open::{OPEN, open_for},
    table::{Case, Lasts, Trouble},
};

const INTRODUCTION: &str = "\
# Reliability

What goes wrong between rollcall and a platform, and what comes of it. This page is written by the test that tries it
(`tests/it/faults`); the test fails when the page says anything else than what it found.

```
cargo test --test it faults            # plays every case
UPDATE=1 cargo test --test it faults   # and writes this page anew
```

**How a case goes.** A list on a platform and a list in memory that never fails agree on twenty people. Then people join
and leave on both, and a field changes. One operation of the platform is troubled in one way: for one request, for a whole
run, for two runs in a row. Then all is well again and the clock moves on by a day, for at most three further runs. It is
the real connector, the whole run with its store and its limits, and a stand-in for the platform over real HTTP.

**What is held against what is so**, in every case:

- After the last run both lists are as they shall be, or that run says what is missing, by name or with the reason why it
  cannot name it, and what to do next. Once all is done, one more run finds nothing to do and opens no writer.
- Every run that does not say that all is done has a next step, and nobody is told of a problem without what to do about it.
- No run says that all is done and keeps to itself what is missing. The outcomes of a run add up to its plan.
- Nobody is removed who is on the other list, at no time: the stand-in keeps a journal of who came and went.
- Nothing takes effect twice: no second contact, account, list or group, no second invitation, nobody who comes and goes
  and comes again. No welcome mail, no subscription state, no removal without `/$ref`, no person deleted.
- The trouble met somebody. A case whose trouble met no request fails.

**How to read a cell.** The numbers are runs: after so many of them all was as it should be and said so, where the trouble
lasted for one request · one run · two runs. Trouble that lasts for a run can be over in the second at the earliest.
Where reads lag, they lag until the run that wrote, the next one, or the one after that is over.

| Mark | |
|---|---|
| `1 · 2 · 3` | right after run 1 when it lasted for one request, after run 2 when for a run, after run 3 when for two |
| `told` | it lasted for good (the fourth place), and every run said what was missing and why |
| `*` | a run on the way said `succeeded` or `unchanged` and named what waited in its next steps |
| `†` | not right yet: see there |
| `–` | this cannot happen here |

";

const BESIDE: &str = "\
## Held elsewhere

Not repeated here, because a test of its own holds it:

| What | Test |
|---|---|
";

/// What other tests hold: what, the test's name, and where it is.
pub(super) const ELSEWHERE: &[(&str, &str, &str)] = &[
    (
        "a worker is killed between two writes",
        "a_worker_that_dies_anywhere_is_taken_over_and_the_lists_converge",
        "tests/it/jobs/working.rs",
    ),
    (
        "a run is killed in the middle of writing, and the next one does the rest",
        "a_run_that_died_is_closed_by_the_next_one_which_does_the_rest",
        "tests/it/spine/crashes.rs",
    ),
    (
        "two runs of one list at once",
        "of_two_runs_at_once_one_works",
        "tests/it/spine/crashes.rs",
    ),
    (
        "apply, then plan: nothing is left to do",
        "a_second_run_changes_nothing",
        "src/reconcile/tests/laws.rs",
    ),
    (
        "the order of what is read changes nothing",
        "the_order_of_pages_changes_nothing",
        "src/reconcile/tests/laws.rs",
    ),
    (
        "a preview makes no write, whatever goes wrong",
        "a_preview_writes_nothing_whatever_goes_wrong",
        "tests/it/spine/previews.rs",
    ),
    (
        "a merge never loses a member whom both lists kept",
        "whatever_goes_wrong_the_lists_converge",
        "tests/it/spine/law.rs",
    ),
];

const END: &str = "
Left out: replays and resets of delta feeds. No connector reads a delta feed yet.
";

/// The platforms in the order of the page, with a remark on each.
pub(super) type Platforms = [(&'static str, &'static str)];

/// The whole page.
pub(super) fn page(platforms: &Platforms, all: &[Found]) -> String {
    let mut page = INTRODUCTION.to_owned();
    totals(&mut page, platforms, all);
    for (platform, remark) in platforms {
        let of_platform: Vec<&Found> = all.iter().filter(|one| one.platform == *platform).collect();
        let _ = writeln!(page, "## {platform}\n");
        if !remark.is_empty() {
            let _ = writeln!(page, "{remark}\n");
        }
        matrix(&mut page, &of_platform);
    }
    not_right(&mut page, all);
    page.push_str(BESIDE);
    for (what, test, file) in ELSEWHERE {
        let _ = writeln!(page, "| {what} | `{test}` in `{file}` |");
    }
    page.push_str(END);
    page
}

fn totals(page: &mut String, platforms: &Platforms, all: &[Found]) {
    page.push_str("## What was found\n\n");
    page.push_str("| | Cases | One run | Two | Three | Four | Told as missing | Not right yet |\n");
    page.push_str("|---|---|---|---|---|---|---|---|\n");
    let mut row = |name: &str, found: &[&Found]| {
        let right: Vec<&&Found> = found.iter().filter(|one| one.wrong.is_empty()).collect();
        let after = |runs: usize| {
            let those = right.iter().filter(|one| one.converged == Some(runs));
            those.count()
        };
        let told = right.iter().filter(|one| one.is_told()).count();
        let wrong = found.len() - right.len();
        let (one, two, three, four) = (after(1), after(2), after(3), after(4));
        let counted = one + two + three + four + told + wrong;
        assert_eq!(
            counted,
            found.len(),
            "{name}: a case took more than {} runs",
            CLEAN_RUNS + 1
        );
        let _ = writeln!(
            page,
            "| {name} | {} | {one} | {two} | {three} | {four} | {told} | {wrong} |",
            found.len()
        );
    };
    for (platform, _) in platforms {
        let found: Vec<&Found> = all.iter().filter(|one| one.platform == *platform).collect();
        row(platform, &found);
    }
    row("**All**", &all.iter().collect::<Vec<_>>());
    page.push('\n');
}

/// Troubles down, operations across.
fn matrix(page: &mut String, found: &[&Found]) {
    let mut operations: Vec<&str> = Vec::new();
    let mut troubles: Vec<Trouble> = Vec::new();
    for one in found {
        let Case {
            operation, trouble, ..
        } = one.case;
        if !operations.contains(&operation.name) {
            operations.push(operation.name);
        }
        if !troubles.contains(&trouble) {
            troubles.push(trouble);
        }
    }
    troubles.sort_by_key(|trouble| trouble.place());
    let _ = writeln!(page, "| | {} |", operations.join(" | "));
    let _ = writeln!(page, "|{}", "---|".repeat(operations.len() + 1));
    for trouble in troubles {
        let cells = operations.iter().map(|operation| {
            let of_cell = found
                .iter()
                .filter(|one| one.case.operation.name == *operation && one.case.trouble == trouble);
            cell(&of_cell.copied().collect::<Vec<_>>())
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(page, "| {} | {} |", trouble.in_words(), cells.join(" | "));
    }
    page.push('\n');
}

fn cell(found: &[&Found]) -> String {
    if found.is_empty() {
        return "–".to_owned();
    }
    let all = [Lasts::Once, Lasts::Run, Lasts::TwoRuns, Lasts::ForGood];
    let mut places: Vec<String> = all
        .iter()
        .map(|lasts| {
            let one = found.iter().find(|one| one.case.lasts == *lasts);
            one.map_or_else(|| "–".to_owned(), |one| place(one))
        })
        .collect();
    if places.last().is_some_and(|last| last == "–") {
        places.pop();
    }
    places.join(" · ")
}

fn place(found: &Found) -> String {
    let mut place = match found.converged {
        Some(runs) => runs.to_string(),
        None if found.wrong.is_empty() => "told".to_owned(),
        None => String::new(),
    };
    if !found.wrong.is_empty() {
        place.push('†');
    } else if found.quiet {
        place.push('*');
    }
    place
}

fn not_right(page: &mut String, all: &[Found]) {
    page.push_str("## Not right yet\n\n");
    let wrong: Vec<&Found> = all.iter().filter(|one| !one.wrong.is_empty()).collect();
    if wrong.is_empty() {
        page.push_str("Nothing that these cases find.\n\n");
        return;
    }
    page.push_str("| Cases | What goes wrong |\n|---|---|\n");
    for (place, open) in OPEN.iter().enumerate() {
        let those = wrong.iter().filter(|one| open_for(one) == Some(place));
        let _ = writeln!(page, "| {} | {} |", those.count(), open.why);
    }
    page.push('\n');
}
