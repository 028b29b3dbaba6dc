//! When a sync runs by itself.

mod cron;
#[cfg(test)]
mod tests;

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase},
};

pub(crate) use self::cron::normalised;

/// When a sync runs by itself; off unless asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Whether it runs by itself at all.
    pub automatic: bool,
    /// The times; `None` when only started by hand or over HTTP.
    pub when: Option<When>,
    /// The IANA time zone the times are in.
    pub zone: String,
}

/// The times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// A cron expression with six fields, seconds first.
    Cron(String),
    /// Evenly spread over the day, 1 to 4 times.
    TimesPerDay(u8),
}

impl Schedule {
    /// Only by hand or over HTTP.
    pub fn manual() -> Self {
        Self {
            automatic: false,
            when: None,
            zone: "UTC".to_owned(),
        }
    }

    /// The first time after `now` that a run is due; `None` when it does not run by itself.
    ///
    /// A run is due once on every day, also when the clock is changed: what falls into the hour that is skipped is due
    /// at its end, and what falls into the hour that comes twice is due the first time. Only a schedule for every hour
    /// of the day follows the hours as they really pass.
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        if !self.automatic {
            return None;
        }
        let zone = zone(&self.zone)?;
        let times = match self.when.as_ref()? {
            When::Cron(expression) => cron::parse(expression).ok()?,
            When::TimesPerDay(times) => cron::parse(&times_per_day(*times)?).ok()?,
        };
        if cron::is_hourly(&times) {
            let next = times
                .find_next_occurrence(&now.to_zoned(zone), false)
                .ok()?;
            return Some(next.timestamp());
        }
        // The search goes over the local clock as if it had no gaps, so that no due time is lost in one.
        let mut local = zone.to_datetime(now);
        loop {
            local = times
                .find_next_occurrence(&local.to_zoned(TimeZone::UTC).ok()?, false)
                .ok()?
                .datetime();
            let due = instant(&zone, local)?;
            if due > now {
                return Some(due);
            }
        }
    }
}

/// The zone of that name from the time zone data that is built in: the same on every machine.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The names of all zones.
pub(crate) fn zone_names() -> Vec<String> {
    TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.as_str().to_owned())
        .collect()
}

/// When the local clock shows this: the first time of two, and the end of the gap for a time that is skipped.
fn instant(zone: &TimeZone, local: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
        AmbiguousOffset::Gap { after, .. } => {
            let before_the_gap = after.to_timestamp(local).ok()?;
            let end = zone.following(before_the_gap).next()?;
            Some(end.timestamp())
        }
    }
}

fn times_per_day(times: u8) -> Option<String> {
    match times {
        1 => Some("0 0 0 * * *".to_owned()),
        2..=4 => Some(format!("0 0 */{} * * *", 24 / times)),
        _ => None,
    }
}
