//! A package as one zip: the same files give the same bytes.

use std::io::{Cursor, Read as _, Write as _};

use zip::{
    CompressionMethod, DateTime, ZipArchive, ZipWriter, result::ZipError, write::SimpleFileOptions,
};

use super::files::File;
use crate::model::list::Side;

/// The most bytes that a file of a package may have when it is unpacked: far more than the ids of a million people.
const LARGEST_FILE: u64 = 512 * 1024 * 1024;

/// The folder of one list in a zip of packages for both.
pub fn folder(side: Side) -> &'static str {
    match side {
        Side::Source => "source/",
        Side::Target => "target/",
    }
}

/// The files in the order they are given, all from the same moment.
pub fn zip(files: &[File]) -> Result<Vec<u8>, ZipError> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        zip.start_file(&file.path, options)?;
        zip.write_all(&file.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The files of a zip. One whose path leads out of the folder it is unpacked into is an error.
pub fn unzip(bytes: &[u8]) -> Result<Vec<File>, ZipError> {
    let mut zip = ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Vec::new();
    for at in 0..zip.len() {
        let entry = zip.by_index(at)?;
        let path = entry.name().to_owned();
        if entry.is_dir() || entry.enclosed_name().is_none() {
            return Err(ZipError::InvalidArchive(
                format!("`{path}` is no file of a package").into(),
            ));
        }
        let mut bytes = Vec::new();
        entry.take(LARGEST_FILE).read_to_end(&mut bytes)?;
        files.push(File { path, bytes });
    }
    Ok(files)
}
