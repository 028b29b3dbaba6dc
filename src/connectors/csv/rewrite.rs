//! Copies a table with changes. Rows that no change is about are copied byte for byte.

use std::{
    collections::{HashMap, HashSet},
    io::{Read, Write},
};

use super::{
    columns::{listed, position},
    dialect::render,
    keys::{Key, keys_of_change, keys_of_row},
    new_row::new_cell,
    read::REPORT_EVERY,
    row,
    settings::Settings,
    table::{Table, file_error},
};
use crate::{
    connectors::ports::ConnectorError,
    model::{attributes::Value, cell, member::Member},
    plan::{
        change::{Action, Change, FieldChange},
        outcome::{Outcome, Problem},
    },
};

/// What came of a copy.
pub(super) struct Rewritten {
    /// One outcome for each change, true once the copy has taken the table's place.
    pub(super) outcomes: Vec<Outcome>,
    /// Whether the copy differs from the table.
    pub(super) differs: bool,
}

/// Copies `table` to `output` with `changes` made.
pub(super) fn rewrite(
    mut table: Table<impl Read>,
    name: &str,
    settings: &Settings,
    changes: &[Change],
    output: &mut impl Write,
    progress: &dyn Fn(usize),
) -> Result<Rewritten, ConnectorError> {
    let region = settings.region.as_deref();
    let mut orders = Orders::new(&table, changes, region);
    let mut out = Output {
        output,
        name,
        ends_line: true,
    };
    out.write(&table.beginning)?;
    let mut differs = false;
    let mut cells = csv::StringRecord::new();
    let mut rows = 0;
    while let Some(line) = table.next_row(&mut cells)? {
        out.write(table.blank_before())?;
        let member = row::member(&cells, &table.headers, &table.columns, region, line);
        match orders.for_row(member.as_ref(), &cells) {
            Fate::Stays => out.write(table.row_bytes())?,
            Fate::Goes => differs = true,
            Fate::Becomes(cells) => {
                differs = true;
                out.write(&render(&cells, table.delimiter)?)?;
                out.write(ending_of(table.row_bytes()))?;
            }
        }
        rows += 1;
        if rows % REPORT_EVERY == 0 {
            progress(rows);
        }
    }
    out.write(table.blank_at_end())?;
    for cells in orders.new_rows(&table) {
        differs = true;
        if !out.ends_line {
            out.write(table.line_ending)?;
        }
        out.write(&render(&cells, table.delimiter)?)?;
        out.write(table.line_ending)?;
    }
    Ok(Rewritten {
        outcomes: orders.outcomes,
        differs,
    })
}

/// What happens to a row.
enum Fate {
    Stays,
    Goes,
    Becomes(Vec<String>),
}

/// The changes, found by the rows they are about.
struct Orders<'a> {
    changes: &'a [Change],
    by_key: HashMap<Key, Vec<usize>>,
    outcomes: Vec<Outcome>,
    /// For each update, the column of each of its fields.
    update_columns: HashMap<usize, Vec<usize>>,
    phone: Option<usize>,
    region: Option<&'a str>,
}

impl<'a> Orders<'a> {
    fn new(table: &Table<impl Read>, changes: &'a [Change], region: Option<&'a str>) -> Self {
        let mut orders = Self {
            changes,
            by_key: HashMap::new(),
            outcomes: Vec::with_capacity(changes.len()),
            update_columns: HashMap::new(),
            phone: table.columns.phone,
            region,
        };
        for (index, change) in changes.iter().enumerate() {
            let keys = keys_of_change(change, &table.columns);
            let outcome = match &change.action {
                Action::Invite => {
                    refused("not-supported", "a file has no directory to invite to", "")
                }
                _ if keys.is_empty() => refused(
                    "no-key",
                    &format!(
                        "`{}` has nothing that a column of the file could hold it by",
                        change.member.label()
                    ),
                    &format!("the file's headers are {}", listed(&table.headers)),
                ),
                // Until a row says otherwise: an addition is to be made, a removal has nothing to remove.
                Action::Add => Outcome::Applied,
                Action::Remove => Outcome::AlreadySo,
                Action::Update(fields) => {
                    orders.look_up_columns(index, fields, &table.headers, change)
                }
            };
            if !matches!(&outcome, Outcome::Refused(problem) if problem.code != "not-found") {
                for key in keys {
                    orders.by_key.entry(key).or_default().push(index);
                }
            }
            orders.outcomes.push(outcome);
        }
        orders
    }

    fn look_up_columns(
        &mut self,
        index: usize,
        fields: &[FieldChange],
        headers: &[String],
        change: &Change,
    ) -> Outcome {
        let mut found = Vec::with_capacity(fields.len());
        for field in fields {
            match position(headers, &field.field) {
                Some(column) => found.push(column),
                None => {
                    return refused(
                        "no-column",
                        &format!("the file has no column `{}`", field.field),
                        &format!(
                            "add the column, or leave it out of the mapping; the headers are {}",
                            listed(headers)
                        ),
                    );
                }
            }
        }
        self.update_columns.insert(index, found);
        let message = format!("no row of the file is `{}` any more", change.member.label());
        refused("not-found", &message, "")
    }

    fn for_row(&mut self, member: Option<&Member>, cells: &csv::StringRecord) -> Fate {
        let Some(member) = member else {
            return Fate::Stays;
        };
        let mut hits: Vec<usize> = keys_of_row(member)
            .iter()
            .filter_map(|key| self.by_key.get(key))
            .flatten()
            .copied()
            .collect();
        hits.sort_unstable();
        hits.dedup();
        let mut fate = Fate::Stays;
        for index in hits {
            let Some(change) = self.changes.get(index) else {
                continue;
            };
            match &change.action {
                Action::Invite => {}
                Action::Add => self.set(index, Outcome::AlreadySo),
                Action::Remove => {
                    self.set(index, Outcome::Applied);
                    fate = Fate::Goes;
                }
                Action::Update(fields) => fate = self.update(index, fields, cells, fate),
            }
        }
        fate
    }

    fn update(
        &mut self,
        index: usize,
        fields: &[FieldChange],
        cells: &csv::StringRecord,
        fate: Fate,
    ) -> Fate {
        let mut texts: Vec<String> = match fate {
            Fate::Goes => return Fate::Goes,
            Fate::Stays => cells.iter().map(str::to_owned).collect(),
            Fate::Becomes(texts) => texts,
        };
        let mut differs = false;
        for (field, &column) in fields
            .iter()
            .zip(self.update_columns.get(&index).into_iter().flatten())
        {
            let after = field.after.as_ref().map(Value::to_line).unwrap_or_default();
            if row::text(cells, column).unwrap_or_default() != after.trim()
                && let Some(text) = texts.get_mut(column)
            {
                *text = self.safe(&after, column);
                differs = true;
            }
        }
        if differs {
            self.set(index, Outcome::Applied);
            return Fate::Becomes(texts);
        }
        if self.outcomes.get(index) != Some(&Outcome::Applied) {
            self.set(index, Outcome::AlreadySo);
        }
        fate_of(texts, cells)
    }

    /// The rows to add: one for each addition that met no row, and one only for a member that is added twice.
    fn new_rows(&mut self, table: &Table<impl Read>) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut added: HashSet<Key> = HashSet::new();
        for (index, change) in self.changes.iter().enumerate() {
            if change.action != Action::Add || self.outcomes.get(index) != Some(&Outcome::Applied) {
                continue;
            }
            let keys = keys_of_change(change, &table.columns);
            if keys.iter().any(|key| added.contains(key)) {
                self.set(index, Outcome::AlreadySo);
                continue;
            }
            added.extend(keys);
            let texts = table.headers.iter().enumerate().map(|(column, header)| {
                self.safe(
                    &new_cell(self.region, &change.member, header, column, &table.columns),
                    column,
                )
            });
            rows.push(texts.collect());
        }
        rows
    }

    fn safe(&self, text: &str, column: usize) -> String {
        cell::escape(text.trim(), self.phone == Some(column)).into_owned()
    }

    fn set(&mut self, index: usize, outcome: Outcome) {
        if let Some(place) = self.outcomes.get_mut(index) {
            *place = outcome;
        }
    }
}

fn fate_of(texts: Vec<String>, cells: &csv::StringRecord) -> Fate {
    if texts.iter().eq(cells.iter()) {
        Fate::Stays
    } else {
        Fate::Becomes(texts)
    }
}

fn ending_of(row: &[u8]) -> &[u8] {
    let text = row
        .iter()
        .rposition(|byte| !b"\r\n".contains(byte))
        .map_or(0, |last| last + 1);
    row.get(text..).unwrap_or_default()
}

fn refused(code: &str, message: &str, help: &str) -> Outcome {
    Outcome::Refused(Problem {
        code: code.to_owned(),
        message: message.to_owned(),
        help: (!help.is_empty()).then(|| help.to_owned()),
    })
}

/// Where the copy goes; remembers whether a line has been ended.
struct Output<'a, W> {
    output: &'a mut W,
    name: &'a str,
    ends_line: bool,
}

impl<W: Write> Output<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), ConnectorError> {
        if let Some(last) = bytes.last() {
            self.ends_line = b"\r\n".contains(last);
        }
        self.output
            .write_all(bytes)
            .map_err(|error| file_error(self.name, &error))
    }
}
