//! Cells that a spreadsheet would run as a formula.
//!
//! A name like `=HYPERLINK(…)` that came from a directory must not become a program in a file that somebody opens in
//! Excel. An apostrophe in front makes it text (OWASP, "CSV Injection"); reading takes it off again.

use std::borrow::Cow;

/// The text to write for `text`, so that no spreadsheet runs it and `unescape` gives it back.
pub fn escape(text: &str, is_phone: bool) -> Cow<'_, str> {
    if is_harmless_number(text, is_phone) || !looks_like_a_formula(text) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(format!("'{text}"))
    }
}

/// What `escape` was given.
pub fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if looks_like_a_formula(text) => text,
        _ => cell,
    }
}

/// Apostrophes before the sign count as well: otherwise a text that begins with an apostrophe of its own would lose it
/// when it is read.
fn looks_like_a_formula(text: &str) -> bool {
    text.trim_start_matches('\'')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n'])
}

/// A sign and digits compute to nothing but themselves. Phone numbers stay as they are in the column that holds them,
/// because other programs read the same file and would not take `'+41791234567` for a number; elsewhere a leading `+`
/// is rare enough to be careful with. Negative numbers stay for the same reason.
fn is_harmless_number(text: &str, is_phone: bool) -> bool {
    let digits = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(rest), _) => is_phone && digits(rest),
        (_, Some(rest)) => match rest.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(rest),
        },
        _ => false,
    }
}
