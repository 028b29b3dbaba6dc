//! What every connector that speaks HTTP needs: a client, patience, and answers cut short for messages.
//!
//! It must not know any platform, its addresses or its error codes.

use std::time::Duration;

use jiff::Timestamp;

use super::ports::{ConnectorError, ErrorKind, meter};

/// How long one piece of work may wait for an overloaded or silent service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first wait; each further one is twice as long. Also the least wait, whatever the service names.
    pub first_wait: Duration,
    /// The longest wait that we choose ourselves. A longer one is kept only when the service names it.
    pub longest_wait: Duration,
    /// All waits of one piece of work (one read, one hand-over of changes) together.
    pub total_wait: Duration,
}

/// What is left of the patience for one piece of work.
#[derive(Debug, Clone)]
pub(super) struct Waits {
    patience: Patience,
    left: Duration,
    next: Duration,
}

impl Default for Patience {
    /// Five minutes in all: twice the 150 seconds after which Microsoft Graph's write quota is full again.
    fn default() -> Self {
        Self {
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
            total_wait: Duration::from_secs(300),
        }
    }
}

impl Patience {
    /// The same, for somebody who sits and waits.
    #[must_use]
    pub fn at_most(self, total_wait: Duration) -> Self {
        Self {
            total_wait: self.total_wait.min(total_wait),
            ..self
        }
    }

    /// Starts a piece of work.
    pub(super) fn start(self) -> Waits {
        Waits {
            left: self.total_wait,
            next: self.first_wait,
            patience: self,
        }
    }
}

impl Waits {
    /// How long to wait before the next try, or `None` when the patience is used up. What the service asked for wins;
    /// without it the wait doubles, with jitter, so that clients that failed together do not come back together. Whoever
    /// is given a wait keeps it: it counts as waited.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Option<Duration> {
        // A service that names no time, or nought, must not turn this into a busy loop.
        let least = self.patience.first_wait.max(Duration::from_millis(1));
        let wait = match asked {
            Some(asked) => asked.max(least),
            None => {
                let wait = self.next.max(least);
                self.next = (wait * 2).min(self.patience.longest_wait.max(least));
                wait.mul_f64(0.75 + jitter() / 2.0)
            }
        };
        self.left = self.left.checked_sub(wait)?;
        meter::count_wait(wait);
        Some(wait)
    }

    /// After a success the waits start small again; what was waited stays waited.
    pub(super) fn relax(&mut self) {
        self.next = self.patience.first_wait;
    }
}

/// A client with a pool, gzip and timeouts that follows no redirect: a redirect would carry the token elsewhere.
/// `direct` leaves out the proxy of the machine, for stand-ins on the same machine.
pub(crate) fn client(direct: bool) -> Result<reqwest::Client, ConnectorError> {
    // Without a provider building a client panics; a provider that is installed already stays.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(100))
        .gzip(true);
    let builder = if direct { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| {
        ConnectorError::new(
            ErrorKind::Settings,
            format!("the HTTP client cannot be set up: {error}"),
        )
    })
}

/// `Retry-After`: seconds, also with a fraction (Microsoft documents `2.128`), or an HTTP date.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // A day is longer than any patience; the bound keeps nonsense from overflowing.
        return (0.0..=86_400.0)
            .contains(&seconds)
            .then(|| Duration::from_secs_f64(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?;
    let wait = date.timestamp().duration_since(now);
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO))
}

/// A foreign text for a message: one line, at most 200 characters, nothing in it that looks like a secret.
pub(super) fn shorten(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(if looks_secret(word) { "…" } else { word });
        if short.chars().count() > 200 {
            short = short.chars().take(199).collect();
            short.push('…');
            break;
        }
    }
    short
}

/// Tokens, assertions and keys are longer than an object id and unbroken, or say what they are.
fn looks_secret(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let longest_run = word
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || "-_~+".contains(letter)))
        .map(str::len)
        .max()
        .unwrap_or(0);
    longest_run > 36
        || lower.contains("eyj") && longest_run > 16
        || lower.contains("secret=")
        || lower.contains("token=")
        || lower.contains("assertion=")
}

/// A number from 0 to 1.
fn jitter() -> f64 {
    let (chance, _) = uuid::Uuid::new_v4().as_u64_pair();
    // The upper half of a version 4 id holds 48 random bits before its version.
    f64::from((chance >> 32) as u32) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_takes_seconds_fractions_and_dates() {
        let now: Timestamp = "2026-08-21T10:00:00Z".parse().unwrap();
        for (value, wait) in [
            ("12", Some(Duration::from_secs(12))),
            ("2.128", Some(Duration::from_millis(2128))),
            (" 0 ", Some(Duration::ZERO)),
            (
                "Fri, 21 Aug 2026 10:00:30 GMT",
                Some(Duration::from_secs(30)),
            ),
            ("Fri, 21 Aug 2026 09:00:00 GMT", Some(Duration::ZERO)),
            ("-4", None),
            ("NaN", None),
            ("1e300", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(value, now), wait, "{value}");
        }
    }

    #[test]
    fn waits_double_honour_the_service_and_end() {
        let mut waits = Patience {
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_millis(400),
            total_wait: Duration::from_secs(2),
        }
        .start();
        let first = waits.next(None).unwrap();
        assert!((75..=125).contains(&first.as_millis()), "{first:?}");
        let second = waits.next(None).unwrap();
        assert!((150..=250).contains(&second.as_millis()), "{second:?}");
        assert_eq!(
            waits.next(Some(Duration::ZERO)),
            Some(Duration::from_millis(100)),
            "nought is not a busy loop"
        );
        assert_eq!(
            waits.next(Some(Duration::from_secs(1))),
            Some(Duration::from_secs(1))
        );
        assert_eq!(waits.next(Some(Duration::from_secs(1))), None);
    }

    #[test]
    fn foreign_texts_are_cut_and_secrets_are_left_out() {
        assert_eq!(shorten("a\n  b\tc"), "a b c");
        assert_eq!(shorten(&"word ".repeat(100)).chars().count(), 200);
        let secret = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0";
        assert_eq!(
            shorten(&format!("Bearer {secret} refused")),
            "Bearer … refused"
        );
        assert_eq!(shorten("client_secret=hunter2&x=1"), "…");
        let id = "Resource '00000000-0000-4000-8000-000000009001' does not exist";
        assert_eq!(shorten(id), id, "object ids stay readable");
    }
}
