//! A file as a table: its header, then row after row.

use std::io::{BufReader, Chain, Cursor, Read};

use super::{
    columns::{self, Columns},
    dialect::{self, BYTE_ORDER_MARK},
    records::Records,
    settings::Form,
};
use crate::connectors::ports::{ConnectorError, ErrorKind};

/// How much of a file is looked at to find out how it is written.
const HEAD: u64 = 64 * 1024;

/// What was looked at already, and the rest.
type Input<R> = Chain<Cursor<Vec<u8>>, BufReader<R>>;

/// An open file.
pub(super) struct Table<R: Read> {
    reader: csv::Reader<Records<Input<R>>>,
    name: String,
    /// The headers, trimmed.
    pub(super) headers: Vec<String>,
    /// Which column says what.
    pub(super) columns: Columns,
    /// What separates the cells.
    pub(super) delimiter: u8,
    /// What ends the lines.
    pub(super) line_ending: &'static [u8],
    /// The bytes up to and with the header line.
    pub(super) beginning: Vec<u8>,
}

impl<R: Read> Table<R> {
    /// Reads the header of `input`; `name` is for messages.
    pub(super) fn open(input: R, name: &str, form: &Form) -> Result<Self, ConnectorError> {
        let mut input = BufReader::with_capacity(HEAD as usize, input);
        let mut head = Vec::new();
        let failed = |error| file_error(name, &error);
        input
            .by_ref()
            .take(HEAD)
            .read_to_end(&mut head)
            .map_err(failed)?;
        dialect::check_encoding(&head, name)?;
        let mut beginning = Vec::new();
        if head.starts_with(BYTE_ORDER_MARK) {
            beginning = head.drain(..BYTE_ORDER_MARK.len()).collect();
        }
        let delimiter = dialect::delimiter(form.delimiter, &head);
        let records = Records::new(Cursor::new(head).chain(input), name, delimiter);
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(records);
        let mut table = Self {
            reader,
            name: name.to_owned(),
            headers: Vec::new(),
            columns: Columns::default(),
            delimiter,
            line_ending: b"\n",
            beginning,
        };
        table.read_header(form)?;
        Ok(table)
    }

    fn read_header(&mut self, form: &Form) -> Result<(), ConnectorError> {
        let mut header = csv::StringRecord::new();
        if !self.read_record(&mut header)? {
            let message = format!("`{}` is empty: it has not even a header", self.name);
            return Err(ConnectorError::new(ErrorKind::BadData, message)
                .help("a list without members is a file with a header line and nothing else"));
        }
        self.headers = header
            .iter()
            .map(|header| header.trim().to_owned())
            .collect();
        self.columns = columns::find(&self.headers, &form.columns, &self.name)?;
        let records = self.reader.get_ref();
        self.line_ending = dialect::line_ending(records.record());
        self.beginning.extend_from_slice(records.blank_before());
        self.beginning.extend_from_slice(records.record());
        Ok(())
    }

    /// Reads the next row into `cells`, and gives the line it begins on. A row with more or fewer cells than the
    /// header is an error: whose cells they are would be a guess.
    pub(super) fn next_row(
        &mut self,
        cells: &mut csv::StringRecord,
    ) -> Result<Option<u64>, ConnectorError> {
        if !self.read_record(cells)? {
            return Ok(None);
        }
        let line = self.reader.get_ref().line();
        let is_blank = || cells.iter().all(|cell| cell.trim().is_empty());
        if cells.len() != self.headers.len() && !is_blank() {
            let message = format!(
                "`{}`: line {line} has {} {}, and the header has {}",
                self.name,
                cells.len(),
                if cells.len() == 1 { "field" } else { "fields" },
                self.headers.len()
            );
            return Err(ConnectorError::new(ErrorKind::BadData, message).help(
                "put quotes around a cell that holds the delimiter; nothing of the file was used",
            ));
        }
        Ok(Some(line))
    }

    /// The bytes of the row last read.
    pub(super) fn row_bytes(&self) -> &[u8] {
        self.reader.get_ref().record()
    }

    /// The blank lines before the row last read.
    pub(super) fn blank_before(&self) -> &[u8] {
        self.reader.get_ref().blank_before()
    }

    /// The blank lines after the last row.
    pub(super) fn blank_at_end(&self) -> &[u8] {
        self.reader.get_ref().blank_at_end()
    }

    fn read_record(&mut self, record: &mut csv::StringRecord) -> Result<bool, ConnectorError> {
        self.reader.read_record(record).map_err(|error| {
            let text = error.to_string();
            match error.into_kind() {
                csv::ErrorKind::Io(error) => match error.downcast::<ConnectorError>() {
                    Ok(ours) => ours,
                    Err(error) => file_error(&self.name, &error),
                },
                _ => ConnectorError::new(ErrorKind::BadData, format!("`{}`: {text}", self.name)),
            }
        })
    }
}

/// A file that could not be read or written.
pub(super) fn file_error(name: &str, error: &std::io::Error) -> ConnectorError {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        std::io::ErrorKind::PermissionDenied => ErrorKind::Denied,
        _ => ErrorKind::Io,
    };
    ConnectorError::new(kind, format!("`{name}`: {error}"))
}
