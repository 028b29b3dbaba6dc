//! The timer trigger: when it is due, what it remembers, and how it tries again.

#[cfg(test)]
mod tests;

use croner::parser::CronParser;
use jiff::{Timestamp, tz::TimeZone};
use uuid::Uuid;

use crate::{
    deployed::Trigger,
    encode::{self, Call, Occurrences},
    invoke::{Done, invoke},
    process::Host,
};

/// A timer function with what the host remembers of it.
#[derive(Debug)]
pub(crate) struct Timer {
    function: String,
    binding: String,
    schedule: croner::Cron,
    retry: Option<(u32, std::time::Duration)>,
    is_monitored: bool,
    /// When it ran, as the host keeps it in a blob: a host that starts later finds it there.
    pub(crate) remembered: Option<Occurrences>,
}

impl Timer {
    /// The timer function with this name, which the host has not run before.
    pub(crate) fn of(host: &Host, function: &str) -> Self {
        let found = host.deployed().named(function);
        let Trigger::Timer {
            schedule,
            monitored,
        } = &found.trigger
        else {
            panic!("`{function}` is no timer");
        };
        let parser = CronParser::builder().dom_and_dow(true).build();
        Self {
            function: found.name.clone(),
            binding: found.binding.clone(),
            schedule: parser.parse(schedule).unwrap(),
            retry: found.retry,
            is_monitored: *monitored,
            remembered: None,
        }
    }

    /// When it is due next after `time`.
    pub(crate) fn next(&self, time: Timestamp) -> Timestamp {
        let time = time.to_zoned(TimeZone::UTC);
        let next = self.schedule.find_next_occurrence(&time, false).unwrap();
        next.timestamp()
    }

    /// Whether a host that starts now finds that an occurrence was missed.
    pub(crate) fn is_past_due(&self, now: Timestamp) -> bool {
        let remembered = self.remembered.filter(|_| self.is_monitored);
        remembered.is_some_and(|remembered| remembered.next < now)
    }

    /// An occurrence at `now`, once however many were missed, with the retries that a failure brings; the pauses
    /// between them pass `faster` times as fast. What each try gave.
    pub(crate) async fn tick(
        &mut self,
        host: &Host,
        now: Timestamp,
        faster: u32,
    ) -> Vec<Result<Done, String>> {
        let is_past_due = self.is_past_due(now);
        let most = self.retry.map_or(0, |(most, _)| most);
        let mut tries = Vec::new();
        for tried in 0..=most {
            let envelope = self.envelope(now, is_past_due, tried);
            let done = invoke(host, &self.function, envelope).await;
            let is_over = done.is_ok();
            tries.push(done);
            match self.retry {
                Some((_, pause)) if !is_over && tried < most => {
                    tokio::time::sleep(pause / faster).await
                }
                _ => break,
            }
        }
        // It ran, whether it failed or not: the next occurrence comes as usual.
        self.remembered = Some(Occurrences {
            last: Some(now),
            next: self.next(now),
        });
        tries
    }

    /// A call by hand: what is remembered stays as it is.
    pub(crate) async fn by_hand(&self, host: &Host, now: Timestamp) -> Result<Done, String> {
        invoke(host, &self.function, self.envelope(now, false, 0)).await
    }

    fn envelope(&self, now: Timestamp, is_past_due: bool, tried: u32) -> String {
        let call = Call {
            function: &self.function,
            binding: &self.binding,
            now,
            random: Uuid::new_v4().to_string(),
        };
        let occurrences = self.remembered.unwrap_or(Occurrences {
            last: None,
            next: now,
        });
        let occurrences = self.is_monitored.then_some(occurrences);
        let retry = self.retry.map(|(most, _)| (tried, most));
        encode::timer(&call, occurrences.as_ref(), is_past_due, retry)
    }
}
