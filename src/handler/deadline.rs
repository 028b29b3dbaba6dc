//! How long an invocation may take: less than the host gives it.
//!
//! When its patience ends, the host kills the process with everything else that it was doing. So work is told to be over
//! at four fifths of that time, and what has not listened at nine tenths is dropped.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// What a host without a setting gives at least: the Consumption plan's default.
const DEFAULT: Duration = Duration::from_secs(5 * 60);
/// What is taken where the host would wait for ever: nothing of ours needs longer.
const UNBOUNDED: Duration = Duration::from_secs(30 * 60);
/// More is no help, and less than a second is refused by the host itself.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const SHORTEST: Duration = Duration::from_secs(1);

/// How long the host lets an invocation run.
///
/// That is what the environment sets in the place of `host.json`, or its own `functionTimeout`, or five minutes. An error says which of them is no time, and what is taken instead.
pub fn function_timeout(
    instead: Option<&str>,
    host_json: Option<&str>,
) -> Result<Duration, NoTime> {
    if let Some(text) = instead {
        return parsed(text).ok_or_else(|| NoTime(text.to_owned()));
    }
    let host_json: Value = host_json
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    match host_json.get("functionTimeout") {
        None | Some(Value::Null) => Ok(DEFAULT),
        Some(Value::String(text)) => parsed(text).ok_or_else(|| NoTime(text.clone())),
        Some(other) => Err(NoTime(other.to_string())),
    }
}

/// A `functionTimeout` that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no function timeout; five minutes are assumed\nwrite `00:10:00`, `1.00:00:00`, or `-1` for no end"
)]
pub struct NoTime(String);

impl NoTime {
    /// What is taken instead.
    pub fn instead(&self) -> Duration {
        DEFAULT
    }
}

/// A time as .NET writes it: `d`, `hh:mm`, `hh:mm:ss`, `hh:mm:ss.fffffff`, each of the last three after `d.`.
fn parsed(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text == "-1" {
        return Some(UNBOUNDED);
    }
    let number = |text: &str, below: u64| -> Option<u64> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().ok()).flatten()?;
        (number < below).then_some(number)
    };
    let (days, clock) = match text.split_once(':') {
        None => (text, None),
        Some((first, _)) => match first.split_once('.') {
            Some((days, _)) => (days, text.get(days.len() + 1..)),
            None => ("0", Some(text)),
        },
    };
    let days = number(days, 10_675_200)?;
    let parts: Vec<&str> = clock.map_or_else(Vec::new, |clock| clock.split(':').collect());
    let (hours, minutes, seconds) = match parts.as_slice() {
        [] => ("0", "0", "0"),
        [hours, minutes] => (*hours, *minutes, "0"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    let seconds = match seconds.split_once('.') {
        Some((whole, fraction)) => number(fraction, 10_000_000).and(Some(whole))?,
        None => seconds,
    };
    let minutes = number(hours, 24)? * 60 + number(minutes, 60)?;
    let seconds = days * 86_400 + minutes * 60 + number(seconds, 60)?;
    let time = Duration::from_secs(seconds);
    (!time.is_zero()).then(|| time.clamp(SHORTEST, LONGEST))
}

/// When work that begins now has to be over.
pub(super) fn deadline(now: Timestamp, timeout: Duration) -> Timestamp {
    let share = SignedDuration::try_from(share(timeout, 8)).unwrap_or(SignedDuration::MAX);
    now.checked_add(share).unwrap_or(Timestamp::MAX)
}

/// How long work is waited for: it should have ended by its deadline, and has to be dropped before the host acts.
pub(super) fn patience(timeout: Duration) -> Duration {
    share(timeout, 9)
}

fn share(timeout: Duration, tenths: u32) -> Duration {
    (timeout / 10) * tenths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<u64> {
        parsed(text).map(|time| time.as_secs())
    }

    #[test]
    fn times_are_read_as_the_host_reads_them() {
        for (text, wanted) in [
            ("00:10:00", Some(600)),
            ("0:10", Some(600)),
            ("01:30:05.5", Some(5405)),
            (" 00:00:20 ", Some(20)),
            ("0.00:05:00", Some(300)),
            ("1.00:00:00", Some(86_400)),
            ("1", Some(86_400)),
            ("10675199.02:48:05", Some(86_400)),
            ("00:00:01", Some(1)),
            ("-1", Some(1800)),
            ("", None),
            ("00:00:00", None),
            ("-00:10:00", None),
            ("00:60:00", None),
            ("24:00:00", None),
            ("00:00:10:00", None),
            ("ten minutes", None),
            ("+1:00:00", None),
            (".:", None),
            ("99999999999999999999:00", None),
        ] {
            assert_eq!(seconds(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn the_environment_comes_before_the_file() {
        let file = r#"{"version": "2.0", "functionTimeout": "00:10:00"}"#;
        let took = |instead, file| function_timeout(instead, file).map(|time| time.as_secs());
        assert_eq!(took(None, Some(file)), Ok(600));
        assert_eq!(took(Some("00:02:00"), Some(file)), Ok(120));
        assert_eq!(took(None, Some("{}")), Ok(300));
        assert_eq!(took(None, Some("not json")), Ok(300));
        assert_eq!(took(None, None), Ok(300));
        assert_eq!(took(None, Some(r#"{"functionTimeout": "-1"}"#)), Ok(1800));
        for (instead, file) in [(Some("soon"), file), (None, r#"{"functionTimeout": 600}"#)] {
            let problem = function_timeout(instead, Some(file)).unwrap_err();
            assert_eq!(problem.instead().as_secs(), 300);
            assert!(problem.to_string().contains('`'), "{problem}");
        }
    }

    #[test]
    fn work_ends_before_the_host_acts() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let timeout = Duration::from_secs(600);
        let wanted: Timestamp = "2026-11-20T10:08:00Z".parse().unwrap();
        assert_eq!(deadline(now, timeout), wanted);
        assert_eq!(patience(timeout), Duration::from_secs(540));
        assert_eq!(deadline(Timestamp::MAX, LONGEST), Timestamp::MAX);
    }
}
