//! Schedule, limits, patterns and guests.

use crate::{
    definition::{
        fault::Report,
        path::Path,
        pattern::Pattern,
        raw::{
            choices::{GuestPolicy, NoLimit},
            details::{RawGuests, RawLimit, RawLimits, RawSchedule},
            forms::{Choice, TextOr},
        },
        schedule::{self, Schedule, When},
        sync::Guests,
        words::{did_you_mean, quoted},
    },
    model::address::Address,
    plan::limits::{Limit, Limits},
};

/// Where an invited person lands unless the file says otherwise.
const REDIRECT: &str = "https://myapps.microsoft.com";

/// The schedule: automatic when it is a text, off when it is an object that does not say `enabled`.
pub(super) fn schedule(
    raw: Option<&TextOr<String, RawSchedule>>,
    path: &Path,
    report: &mut Report,
) -> Schedule {
    let raw = match raw {
        None => return Schedule::manual(),
        Some(TextOr::Text(expression)) => {
            return Schedule {
                automatic: true,
                when: cron(expression, path, report),
                ..Schedule::manual()
            };
        }
        Some(TextOr::Object(raw)) => raw,
    };
    let times_at = path.key("timesPerDay");
    let by_cron = raw
        .cron
        .as_ref()
        .and_then(|expression| cron(expression, &path.key("cron"), report));
    let by_times = raw
        .times_per_day
        .and_then(|times| times_per_day(times, &times_at, report));
    if raw.cron.is_some() && raw.times_per_day.is_some() {
        let message = "`cron` and `timesPerDay` stand side by side; allowed: one of them";
        report.fault(path, message);
    }
    let is_said = raw.cron.is_some() || raw.times_per_day.is_some();
    if !is_said && !report.is_cut(&path.key("cron")) && !report.is_cut(&times_at) {
        let message = "the times are missing; allowed: one of `cron`, `timesPerDay`";
        report.fault(path, message);
    }
    let zone = raw.time_zone.as_deref().unwrap_or("UTC");
    Schedule {
        automatic: raw.enabled.unwrap_or(false),
        when: by_cron.or(by_times),
        zone: time_zone(zone, &path.key("timeZone"), report),
    }
}

/// The limits; what the file does not say keeps its default.
pub(super) fn limits(raw: Option<&RawLimits>, path: &Path, report: &mut Report) -> Limits {
    let mut limits = Limits::default();
    let Some(raw) = raw else { return limits };
    for (key, raw, own) in [
        ("additions", &raw.additions, &mut limits.additions),
        ("removals", &raw.removals, &mut limits.removals),
        (
            "aliasesAdded",
            &raw.aliases_added,
            &mut limits.aliases_added,
        ),
        (
            "aliasesRemoved",
            &raw.aliases_removed,
            &mut limits.aliases_removed,
        ),
        ("total", &raw.total, &mut limits.total),
        ("unresolved", &raw.unresolved, &mut limits.unresolved),
    ] {
        if let Some(raw) = raw {
            *own = limit(raw, &path.key(key), report);
        }
    }
    if let Some(only_above) = raw.only_above {
        limits.only_above = only_above;
    }
    if let Some(Choice(over_limit)) = raw.over_limit {
        limits.over_limit = over_limit;
    }
    limits
}

/// Patterns, folded; each must be able to fit something.
pub(super) fn patterns(
    raw: Option<&Vec<String>>,
    path: &Path,
    report: &mut Report,
) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for (index, text) in raw.into_iter().flatten().enumerate() {
        match Pattern::parse(text) {
            Ok(pattern) => patterns.push(pattern),
            Err(message) => report.fault(&path.index(index), message),
        }
    }
    patterns
}

/// A sync that sees nobody would take everyone for gone.
pub(super) fn check_not_blind(raw: Option<&Vec<String>>, path: &Path, report: &mut Report) {
    for (index, text) in raw.into_iter().flatten().enumerate() {
        if Pattern::parse(text).is_ok_and(|pattern| pattern.fits_everyone()) {
            let message = format!(
                "{} fits everyone, so the sync would see nobody\nname whom to leave out: `*@partner.example`",
                quoted(text)
            );
            report.fault(&path.index(index), message);
        }
    }
}

/// What happens to guests.
pub(super) fn guests(
    raw: Option<&TextOr<Choice<GuestPolicy>, RawGuests>>,
    path: &Path,
    report: &mut Report,
) -> Guests {
    let mut guests = Guests {
        invite: false,
        domains: Vec::new(),
        redirect_url: REDIRECT.to_owned(),
        send_message: false,
    };
    let raw = match raw {
        None => return guests,
        Some(TextOr::Text(Choice(policy))) => {
            guests.invite = *policy == GuestPolicy::Invite;
            return guests;
        }
        Some(TextOr::Object(raw)) => raw,
    };
    let policy_at = path.key("policy");
    match raw.policy {
        Some(Choice(policy)) => guests.invite = policy == GuestPolicy::Invite,
        None if report.is_cut(&policy_at) => {}
        None => {
            let message = "this key is missing; allowed: `report`, `invite`";
            report.fault(&policy_at, message);
        }
    }
    guests.domains = domains(raw, &path.key("domains"), report);
    if let Some(text) = &raw.redirect_url {
        let is_web = url::Url::parse(text)
            .is_ok_and(|address| address.scheme() == "https" && address.has_host());
        if !is_web {
            let message = format!(
                "{} is not a web address that starts with `https://`",
                quoted(text)
            );
            report.fault(&path.key("redirectUrl"), message);
        }
        guests.redirect_url.clone_from(text);
    }
    guests.send_message = raw.send_message.unwrap_or(false);
    guests
}

fn cron(expression: &str, path: &Path, report: &mut Report) -> Option<When> {
    match schedule::normalised(expression) {
        Ok(six) => Some(When::Cron(six)),
        Err(message) => {
            report.fault(path, message);
            None
        }
    }
}

fn times_per_day(times: u64, path: &Path, report: &mut Report) -> Option<When> {
    match u8::try_from(times) {
        Ok(times @ 1..=4) => Some(When::TimesPerDay(times)),
        _ => {
            let message =
                format!("found the number `{times}`; allowed: 1 to 4\nsay `cron` for more");
            report.fault(path, message);
            None
        }
    }
}

/// The zone in its usual spelling.
fn time_zone(name: &str, path: &Path, report: &mut Report) -> String {
    if let Some(zone) = schedule::zone(name) {
        return zone.iana_name().unwrap_or(name).to_owned();
    }
    let known = schedule::zone_names();
    let message = format!(
        "{} is not a time zone; allowed: an IANA name like `Europe/Zurich`{}",
        quoted(name),
        did_you_mean(name, known.iter().map(String::as_str))
    );
    report.fault(path, message);
    name.to_owned()
}

fn limit(raw: &TextOr<Choice<NoLimit>, RawLimit>, path: &Path, report: &mut Report) -> Limit {
    let raw = match raw {
        TextOr::Text(Choice(NoLimit)) => return Limit::default(),
        TextOr::Object(raw) => raw,
    };
    if raw.count.is_none() && raw.percent.is_none() && !report.is_cut(path) {
        let message = "an empty limit says nothing; allowed: `count`, `percent`, or both\nsay `\"none\"` to switch it off";
        report.fault(path, message);
    }
    let percent = raw.percent.and_then(|percent| match u8::try_from(percent) {
        Ok(percent @ 0..=100) => Some(percent),
        _ => {
            let message = format!("found the number `{percent}`; allowed: 0 to 100");
            report.fault(&path.key("percent"), message);
            None
        }
    });
    Limit {
        count: raw.count,
        percent,
    }
}

fn domains(raw: &RawGuests, path: &Path, report: &mut Report) -> Vec<String> {
    let Some(raw) = &raw.domains else {
        return Vec::new();
    };
    if raw.is_empty() && !report.is_cut(path) {
        let message = "an empty array would allow every domain\nleave it out if that is meant";
        report.fault(path, message);
    }
    let mut domains = Vec::new();
    for (index, text) in raw.iter().enumerate() {
        match Address::parse(&format!("somebody@{}", text.trim())) {
            Ok(address) if !text.contains('@') => {
                let domain = address.domain().to_owned();
                if !domains.contains(&domain) {
                    domains.push(domain);
                }
            }
            _ => {
                let message = format!(
                    "{} is not a mail domain; allowed: `partner.example`",
                    quoted(text)
                );
                report.fault(&path.index(index), message);
            }
        }
    }
    domains
}
