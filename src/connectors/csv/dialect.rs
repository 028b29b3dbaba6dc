//! How a file is written down: its encoding, what separates its cells and what ends its lines.

use super::settings::Delimiter;
use crate::connectors::ports::{ConnectorError, ErrorKind};

/// The mark some programs put before UTF-8 text.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Refuses what is recognisably not UTF-8 from the first bytes of a file, before its bytes make nonsense of a message.
pub(super) fn check_encoding(head: &[u8], name: &str) -> Result<(), ConnectorError> {
    let encoding = match head {
        [0xFF, 0xFE, ..] | [_, 0, _, _, ..] => "UTF-16 (little endian)",
        [0xFE, 0xFF, ..] | [0, _, ..] => "UTF-16 (big endian)",
        _ if head.contains(&0) => "not text (it has NUL characters)",
        _ => return Ok(()),
    };
    Err(
        ConnectorError::new(ErrorKind::BadData, format!("`{name}` is {encoding}"))
            .help("save it as `CSV UTF-8`"),
    )
}

/// The delimiter to read a file with. `head` is its beginning, without a byte order mark.
pub(super) fn delimiter(wanted: Delimiter, head: &[u8]) -> u8 {
    let candidates = match wanted {
        Delimiter::Is(byte) => return byte,
        // A comma wins a draw: a file with one column has no delimiter at all.
        Delimiter::Auto => [b',', b';', b'\t', b'|'],
    };
    let mut best = (b',', 0);
    for candidate in candidates {
        let count = cells_of_the_header(head, candidate);
        if count > best.1 {
            best = (candidate, count);
        }
    }
    best.0
}

/// What ends the header line: added rows end the same way.
pub(super) fn line_ending(header: &[u8]) -> &'static [u8] {
    if header.ends_with(b"\r\n") {
        b"\r\n"
    } else if header.ends_with(b"\r") {
        b"\r"
    } else {
        b"\n"
    }
}

/// A row as text, with everything quoted that needs quotes, without a line ending.
pub(super) fn render(cells: &[impl AsRef<[u8]>], delimiter: u8) -> Result<Vec<u8>, ConnectorError> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(Vec::new());
    let failed = |problem: String| ConnectorError::new(ErrorKind::Io, problem);
    writer
        .write_record(cells)
        .map_err(|error| failed(error.to_string()))?;
    let mut bytes = writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))?;
    bytes.pop();
    Ok(bytes)
}

fn cells_of_the_header(head: &[u8], delimiter: u8) -> usize {
    let mut record = csv::ByteRecord::new();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(head);
    match reader.read_byte_record(&mut record) {
        Ok(true) => record.len(),
        _ => 0,
    }
}
