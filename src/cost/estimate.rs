//! Usage with prices: the table that is shown.

use serde::Serialize;

use super::{
    figures::{
        HOST_BLOB_READS, HOST_BLOB_WRITES, OPERATION_MILLISECONDS, PAGE, RECORD_BYTES,
        REQUEST_MILLISECONDS, SECONDS_BETWEEN_POLLS, TICKS_A_DAY,
    },
    meter::Meter,
    prices::Prices,
    usage::{DAYS, Size, usage},
};

/// The version of an estimate's JSON.
pub const ESTIMATE_VERSION: u32 = 1;

/// What a month costs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// The version of this form.
    pub version: u32,
    /// For how much it is computed, in words.
    pub about: String,
    /// In what prices are.
    pub currency: String,
    /// One line for each meter.
    pub lines: Vec<Line>,
    /// All of it together.
    pub total: f64,
    /// What is assumed, in words.
    pub assumed: Vec<String>,
}

/// One meter of a month.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Which one.
    pub meter: Meter,
    /// How much of it is used.
    pub used: f64,
    /// How much of it is free.
    pub free: f64,
    /// The price of `per` units.
    pub price: f64,
    /// For how many units the price is.
    pub per: f64,
    /// What it costs.
    pub cost: f64,
}

/// What a month of this size costs. `assumed` is what was assumed to come to the size.
pub fn estimate(size: &Size, prices: &Prices, assumed: Vec<String>) -> Estimate {
    let lines = usage(size).into_iter().filter_map(|(meter, used)| {
        let price = prices.of.get(&meter)?;
        Some(Line {
            meter,
            used,
            free: price.free,
            price: price.price,
            per: price.per,
            cost: price.of(used),
        })
    });
    let lines: Vec<Line> = lines.collect();
    Estimate {
        version: ESTIMATE_VERSION,
        about: about(size),
        currency: prices.currency.clone(),
        total: lines.iter().map(|line| line.cost).sum(),
        lines,
        assumed: assumed.into_iter().chain(always(size)).collect(),
    }
}

fn about(size: &Size) -> String {
    let splits = match size.splits {
        0 => String::new(),
        splits => format!(" and {splits} that split people up"),
    };
    let endpoints = match size.endpoints {
        0 => "no private endpoints".to_owned(),
        1 => "1 private endpoint".to_owned(),
        endpoints => format!("{endpoints} private endpoints"),
    };
    let plural = if size.lists == 1 { "" } else { "s" };
    format!(
        "{} list{plural} of {} members, {} runs in a month{splits}, {} changes of a list on a day; instances of {} MB, \
         {endpoints}",
        size.lists, size.members, size.runs, size.changes, size.instance_mb
    )
}

fn always(size: &Size) -> Vec<String> {
    vec![
        format!(
            "a month has {DAYS} days; the scheduler looks {TICKS_A_DAY} times on a day, and the host looks at each queue \
             every {SECONDS_BETWEEN_POLLS} s all the time"
        ),
        format!(
            "a request to Microsoft Graph or a platform takes {REQUEST_MILLISECONDS} ms, an operation on the storage \
             {OPERATION_MILLISECONDS} ms; lists come in pages of {PAGE} members, and each change is a request"
        ),
        "each execution has an instance of its own: what shares one costs less".to_owned(),
        format!(
            "for each tick the host writes {HOST_BLOB_WRITES} blobs and does {HOST_BLOB_READS} other things with them"
        ),
        format!(
            "a record of the log has {RECORD_BYTES} bytes; traces are sent whole, and what writes to the storage or reads \
             blobs is logged there"
        ),
        format!(
            "runs are kept for {} days and their summaries for a year; each secret in the key vault ({}) is read once a day",
            size.keep_days, size.secrets
        ),
        "not counted: reading the whole directory to look somebody up, calls of the API, failures and what is tried \
         again, earlier versions of blobs, alerts, and what another app uses of the free amounts"
            .to_owned(),
    ]
}

impl Estimate {
    /// The estimate as text: a table, its sum, and what is assumed.
    pub fn as_text(&self) -> String {
        let heads = ["meter", "used", "unit", "free", "price", "per", "cost"];
        let mut rows = vec![heads.map(str::to_owned)];
        rows.extend(self.lines.iter().map(|line| {
            [
                line.meter.name().to_owned(),
                number(line.used),
                line.meter.unit().to_owned(),
                number(line.free),
                format!("{}", line.price),
                number(line.per),
                format!("{:.2}", line.cost),
            ]
        }));
        let mut text = format!("For {}:\n", self.about);
        for row in &rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let cells = rows.iter().filter_map(|row| row.get(column));
                let width = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
                // Texts to the left, numbers to the right.
                if matches!(column, 0 | 2) {
                    line.push_str(&format!("  {cell:<width$}"));
                } else {
                    line.push_str(&format!("  {cell:>width$}"));
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text.push_str(&format!(
            "In a month: {:.2} {}.\nAssumed:\n",
            self.total, self.currency
        ));
        for assumed in &self.assumed {
            text.push_str(&format!("  {assumed}\n"));
        }
        text
    }
}

/// A number as people read it: three digits that count, or all before the point.
fn number(value: f64) -> String {
    if value >= 100.0 || value == value.trunc() {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.4}")
    }
}
