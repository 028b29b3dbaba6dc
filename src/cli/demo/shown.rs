//! What is shown of a long plan: every line that says something new.
//!
//! Pure text; it must not know plans.

use std::collections::BTreeMap;

/// How many lines that say the same of different people are shown.
const SHOWN_ALIKE: usize = 3;

/// A plan's text where lines that say the same of many people are shown a few times only.
pub(super) fn shortened(text: &str) -> String {
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for key in text.lines().filter_map(about_somebody) {
        *alike.entry(key).or_default() += 1;
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut short = String::new();
    for line in text.lines() {
        let Some(key) = about_somebody(line) else {
            short.push_str(line);
            short.push('\n');
            continue;
        };
        let all = alike.get(&key).copied().unwrap_or_default();
        let at = seen.entry(key).or_default();
        *at += 1;
        // One more line costs no more than to say that it is left out.
        if *at <= SHOWN_ALIKE || all == SHOWN_ALIKE + 1 {
            short.push_str(line);
            short.push('\n');
        } else if *at == SHOWN_ALIKE + 1 {
            let sign = line.chars().next().unwrap_or(' ');
            short.push_str(&format!("{sign} … {} more like these\n", all - SHOWN_ALIKE));
        }
    }
    short
}

/// What a line says of somebody, without whom it is about; nothing for a line that is about nobody.
fn about_somebody(line: &str) -> Option<String> {
    let sign = line.chars().next().filter(|sign| "+-~!".contains(*sign))?;
    let mut cells = line
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty());
    let _who = cells.next()?;
    let rest: Vec<&str> = cells.collect();
    match (rest.as_slice(), sign) {
        ([], _) => None,
        // What fields become is another thing for each person.
        ([place, ..], '~') => Some(format!("{sign} {place}")),
        (said, _) => Some(format!("{sign} {}", said.join("  "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_say_the_same_are_shown_a_few_times_and_all_others_always() {
        let many = |count: usize, sign: char, why: &str| -> String {
            let line = |at: usize| format!("{sign} user{at}@acme.example  to list  {why}\n");
            (0..count).map(line).collect()
        };
        let text = format!(
            "a  =>  b      (one-way)\n+ b will be created\n{}! ada  stays on b  protected\n{}{}Plan: 1 to add.\n",
            many(9, '+', "is on the source"),
            many(4, '-', "left"),
            many(2, '~', "a => b, c => d"),
        );
        let short = shortened(&text);
        let lines: Vec<&str> = short.lines().collect();
        assert_eq!(lines.len(), 2 + 4 + 1 + 4 + 2 + 1, "{short}");
        assert_eq!(lines[5], "+ … 6 more like these");
        assert_eq!(lines[6], "! ada  stays on b  protected");
        assert!(!short.contains("user3@acme.example  to list  is on"));
        assert!(short.contains("- user3@"));
        assert_eq!(shortened("a\nb\n"), "a\nb\n");
    }
}
