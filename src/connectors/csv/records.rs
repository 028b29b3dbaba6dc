//! Cuts a file into records, one at a time, and knows the bytes and the line of each.
//!
//! The `csv` crate says what the cells are; it does not say where exactly a record begins when line endings or blank
//! lines come before it. Rewriting a file without touching its other rows, and naming the line a person has to look
//! at, need both. So the crate reads from here and gets one record at a time.

use std::io::{self, BufRead, Read};

use crate::connectors::ports::{ConnectorError, ErrorKind};

/// A file, one record at a time. The record last handed out is `record`.
pub(super) struct Records<R> {
    input: R,
    name: String,
    cutter: Cutter,
    record: Vec<u8>,
    served: usize,
    line: u64,
    blank_before: Vec<u8>,
    blank_at_end: Vec<u8>,
}

impl<R: BufRead> Records<R> {
    /// Cuts `input`; `name` is for messages.
    pub(super) fn new(input: R, name: &str, delimiter: u8) -> Self {
        Self {
            input,
            name: name.to_owned(),
            cutter: Cutter {
                delimiter,
                state: State::CellStart,
                after_return: false,
                line: 1,
                quote_line: 1,
            },
            record: Vec::new(),
            served: 0,
            line: 1,
            blank_before: Vec::new(),
            blank_at_end: Vec::new(),
        }
    }

    /// The record, as it stands in the file, with its line ending if it has one.
    pub(super) fn record(&self) -> &[u8] {
        &self.record
    }

    /// The line the record begins on.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// The blank lines before the record.
    pub(super) fn blank_before(&self) -> &[u8] {
        &self.blank_before
    }

    /// The blank lines after the last record.
    pub(super) fn blank_at_end(&self) -> &[u8] {
        &self.blank_at_end
    }

    /// Goes to the next record; false at the end of the file.
    fn advance(&mut self) -> io::Result<bool> {
        let mut blank = Vec::new();
        loop {
            let line = self.cutter.line;
            let mut record = Vec::new();
            loop {
                let buffer = self.input.fill_buf()?;
                if buffer.is_empty() {
                    break;
                }
                let (used, ended) = self.cutter.cut(buffer);
                record.extend_from_slice(buffer.get(..used).unwrap_or_default());
                self.input.consume(used);
                if ended {
                    break;
                }
            }
            if record.is_empty() {
                self.blank_at_end = blank;
                return Ok(false);
            }
            if self.cutter.state == State::Quoted {
                return Err(io::Error::other(self.unclosed()));
            }
            self.cutter.state = State::CellStart;
            self.check_text(&record, line).map_err(io::Error::other)?;
            if record.iter().all(|byte| b"\r\n".contains(byte)) {
                blank.append(&mut record);
                continue;
            }
            self.record = record;
            self.line = line;
            self.blank_before = blank;
            self.served = 0;
            return Ok(true);
        }
    }

    /// Without this check the rest of the file would be one cell, and everybody in it would seem to have left.
    fn unclosed(&self) -> ConnectorError {
        ConnectorError::new(
            ErrorKind::BadData,
            format!(
                "`{}`: the quote that opens on line {} is never closed",
                self.name, self.cutter.quote_line
            ),
        )
        .help("close the quote, or write a quote within a cell twice")
    }

    fn check_text(&self, record: &[u8], line: u64) -> Result<(), ConnectorError> {
        let Err(wrong) = std::str::from_utf8(record) else {
            return Ok(());
        };
        let before = record.get(..wrong.valid_up_to()).unwrap_or_default();
        let before = String::from_utf8_lossy(before);
        let lines = before.replace("\r\n", "\n").replace('\r', "\n");
        let line = line + lines.matches('\n').count() as u64;
        let column = lines
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        Err(ConnectorError::new(
            ErrorKind::BadData,
            format!("`{}`: line {line}, column {column} is not UTF-8", self.name),
        )
        .help("save it as `CSV UTF-8`; it is probably in an older Windows encoding"))
    }
}

/// Gives one record and then stops short, so that the crate asks for the next only when it wants the next.
impl<R: BufRead> Read for Records<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.served == self.record.len() && !self.advance()? {
            return Ok(0);
        }
        let mut rest = self.record.get(self.served..).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.served += count;
        Ok(count)
    }
}

/// Where in a record the cutter stands. The grammar is the `csv` crate's: a quote opens only at the start of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    QuoteInQuoted,
    /// A carriage return ended the record; a line feed right after it belongs to it.
    Return,
}

struct Cutter {
    delimiter: u8,
    state: State,
    after_return: bool,
    line: u64,
    quote_line: u64,
}

impl Cutter {
    /// How many of `bytes` belong to the record, and whether it ends there.
    fn cut(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (index, &byte) in bytes.iter().enumerate() {
            self.state = match (self.state, byte) {
                (State::Return, b'\n') => return (index + 1, true),
                (State::Return, _) => return (index, true),
                (State::Quoted, b'"') => State::QuoteInQuoted,
                (State::Quoted, _) => {
                    self.count_line_in_quotes(byte);
                    State::Quoted
                }
                (State::CellStart, b'"') => {
                    self.quote_line = self.line;
                    self.after_return = false;
                    State::Quoted
                }
                (State::QuoteInQuoted, b'"') => State::Quoted,
                (_, b'\n') => {
                    self.line += 1;
                    return (index + 1, true);
                }
                (_, b'\r') => {
                    self.line += 1;
                    State::Return
                }
                (_, byte) if byte == self.delimiter => State::CellStart,
                _ => State::Plain,
            };
        }
        (bytes.len(), false)
    }

    fn count_line_in_quotes(&mut self, byte: u8) {
        if byte == b'\r' || (byte == b'\n' && !self.after_return) {
            self.line += 1;
        }
        self.after_return = byte == b'\r';
    }
}
