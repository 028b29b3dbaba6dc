//! An answer as text.

use super::{Explained, ExplainedList};
use crate::{
    agenda::Paused,
    history::{Touch, Touched},
    plan::text::on_one_line,
    reconcile::explain,
};

/// The verdict, then what is known for each list.
pub(super) fn render(answer: &Explained) -> String {
    let mut text = String::new();
    if let [only] = answer.lists.as_slice()
        && only.explanation.verdict == answer.verdict
    {
        return of_list(only);
    }
    text.push_str(&on_one_line(&answer.verdict));
    text.push('\n');
    for explained in &answer.lists {
        text.push('\n');
        text.push_str(&of_list(explained));
    }
    text
}

fn of_list(explained: &ExplainedList) -> String {
    let mut text = explain::render(&explained.explanation);
    if let Some(Paused { reason, by, .. }) = &explained.paused {
        let reason = on_one_line(reason);
        text.push_str(&format!(
            "  paused by {by}: {reason}; nothing happens until it is resumed\n"
        ));
    }
    if let Some(why) = &explained.not_looked_up {
        let why = on_one_line(&why.replace('\n', "; "));
        text.push_str(&format!(
            "  not looked up: who the connections know beyond their lists ({why})\n"
        ));
    }
    for line in of_history(&explained.history) {
        text.push_str("  ");
        text.push_str(&on_one_line(&line));
        text.push('\n');
    }
    text
}

fn of_history(history: &Touched) -> Vec<String> {
    let mut lines: Vec<String> = history.last.iter().map(of_touch).collect();
    let (runs, plural) = (history.runs, if history.runs == 1 { "" } else { "s" });
    let gone = match history.gone {
        0 => String::new(),
        gone => format!("; what {gone} of them changed is not kept any more"),
    };
    if lines.is_empty() {
        lines.push(match (history.since, history.more) {
            (None, _) => "history: this sync has not run yet".to_owned(),
            (Some(_), false) => {
                format!("history: none of the {runs} run{plural} so far changed them{gone}")
            }
            (Some(since), true) => format!(
                "history: none of the last {runs} runs changed them, back to {}{gone}; older runs were not looked at",
                since.strftime(MOMENT)
            ),
        });
    } else if history.gone > 0 {
        lines.push(format!("history: {runs} run{plural} looked at{gone}"));
    }
    lines
}

const MOMENT: &str = "%Y-%m-%d %H:%M UTC";

fn of_touch(touch: &Touch) -> String {
    let Touch {
        run,
        at,
        cause,
        list,
        action,
        fields,
        reason,
        result,
        problem,
    } = touch;
    let at = at.strftime(MOMENT);
    let fields = if fields.is_empty() {
        String::new()
    } else {
        format!(" ({})", fields.join(", "))
    };
    let problem = problem
        .as_ref()
        .map_or_else(String::new, |problem| format!(": {problem}"));
    format!(
        "last change: {action}{fields} on {list} by run {run} of {at}, {cause}, because: {reason}; {result}{problem}"
    )
}
