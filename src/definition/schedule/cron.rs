//! Cron expressions as Azure Functions reads them (NCRONTAB): six fields, day *and* weekday, `0/5` allowed.

use croner::{Cron, parser::CronParser};

use crate::definition::words::quoted;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The parser's reading of an expression with six fields.
pub(super) fn parse(expression: &str) -> Result<Cron, croner::errors::CronError> {
    CronParser::builder()
        .dom_and_dow(true)
        .sloppy_ranges(true)
        .build()
        .parse(expression)
}

/// Whether every hour of the day is in it.
pub(super) fn is_hourly(times: &Cron) -> bool {
    times.pattern.hours.values().len() == 24
}

/// The expression with six fields and in upper case, or what is wrong with it.
pub(crate) fn normalised(expression: &str) -> Result<String, String> {
    if expression.trim_start().starts_with('@') {
        return Err(format!(
            "{} is no cron expression here; allowed: 5 or 6 fields\nsay `0 0 * * *` for midnight",
            quoted(expression)
        ));
    }
    let upper = expression.to_ascii_uppercase();
    let mut fields: Vec<&str> = upper.split_whitespace().collect();
    if fields.len() == 5 {
        fields.insert(0, "0");
    }
    let &[second, minute, hour, day, month, weekday] = fields.as_slice() else {
        return Err(format!(
            "a cron expression has 5 fields, or 6 with the seconds first; {} has {}",
            quoted(expression),
            fields.len()
        ));
    };
    check("second", second, 0..=59, &[])?;
    check("minute", minute, 0..=59, &[])?;
    check("hour", hour, 0..=23, &[])?;
    check("day", day, 1..=31, &[])?;
    check("month", month, 1..=12, &MONTHS)?;
    check("weekday", weekday, 0..=7, &WEEKDAYS)?;
    let six = fields.join(" ");
    match parse(&six) {
        Ok(times) if is_some_day(&times) => Ok(six),
        Ok(_) => Err(format!(
            "{} names a day that never comes",
            quoted(expression)
        )),
        Err(_) => Err(format!(
            "{} is not a cron expression; allowed in a field: `*`, `5`, `1-5`, `*/15`, `0/15`, `1,3,5`",
            quoted(expression)
        )),
    }
}

/// Checks one field by its own rules, so that the message can name it; the parser knows more than NCRONTAB allows.
fn check(
    field: &str,
    text: &str,
    range: std::ops::RangeInclusive<u8>,
    names: &[&str],
) -> Result<(), String> {
    let wrong = || {
        let names = match names {
            [first, .., last] => format!(", `{first}` to `{last}`"),
            _ => String::new(),
        };
        format!(
            "{} is not allowed for the {field}; allowed: `*`, {} to {}{names}, joined by `,` `-` `/`{}",
            quoted(text),
            range.start(),
            range.end(),
            special(text, names.is_empty()),
        )
    };
    let value = |text: &str| match names.iter().position(|name| *name == text) {
        Some(position) => u8::try_from(position).ok()?.checked_add(*range.start()),
        None if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok().filter(|number| range.contains(number))
        }
        None => None,
    };
    for part in text.split(',') {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, Some(step)),
            None => (part, None),
        };
        let is_span = span == "*"
            || match span.split_once('-') {
                Some((from, to)) => match (value(from), value(to)) {
                    // `FRI-SUN`: the parser reads Sunday at the end of a range as 7.
                    (Some(from), Some(to)) => from <= to || to == 0 && *range.end() == 7,
                    _ => false,
                },
                None => value(span).is_some(),
            };
        let is_step = step.is_none_or(|step| {
            step.parse::<u8>()
                .is_ok_and(|step| step > 0 && step <= *range.end())
        });
        if !is_span || !is_step {
            return Err(wrong());
        }
    }
    Ok(())
}

fn special(text: &str, is_number: bool) -> &'static str {
    if text.contains(['?', '#']) || is_number && text.contains(['L', 'W']) {
        "\n`L`, `W`, `#` and `?` are not understood by Azure Functions either; say `*` for `?`"
    } else {
        ""
    }
}

/// Whether at least one of its days is in some calendar (30 February is not). The year 2000 was a leap year.
fn is_some_day(times: &Cron) -> bool {
    let days = times.pattern.days.values();
    times.pattern.months.values().into_iter().any(|month| {
        let longest: u16 = match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        days.iter().any(|day| *day <= longest)
    })
}
