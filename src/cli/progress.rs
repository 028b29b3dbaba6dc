//! How far a long read or write is: a line that moves on a terminal, plain lines when piped. To standard error.

use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::complain;
use crate::connectors::ports::Watch;

/// How many more there have to be before another plain line is worth its space.
const PLAIN_STEP: usize = 10_000;

/// Tells a person how far things are.
pub(super) struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
    last: Mutex<(String, usize)>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let target = ProgressDrawTarget::stderr();
        let is_terminal = !target.is_hidden();
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self {
            bar,
            is_terminal,
            last: Mutex::new((String::new(), 0)),
        }
    }

    /// Takes the moving line away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Progress {
    fn progress(&self, what: &str, done: usize, total: Option<usize>) {
        if what.is_empty() {
            return;
        }
        let text = match total {
            Some(total) => format!("{what}: {done} of {total}"),
            None => format!("{what}: {done}"),
        };
        if self.is_terminal {
            self.bar.set_message(text);
            self.bar.tick();
            return;
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (last_what, last_done) = &mut *last;
        if last_what != what {
            *last_what = what.to_owned();
            *last_done = 0;
        }
        if done >= last_done.saturating_add(PLAIN_STEP) {
            *last_done = done;
            complain(&text);
        }
    }
}
