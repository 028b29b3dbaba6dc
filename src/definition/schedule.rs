//! When a sync runs by itself.

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
