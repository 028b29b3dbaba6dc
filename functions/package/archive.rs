//! The package as a zip: the same files give the same bytes, and the program stays executable.

use std::io::{Cursor, Read as _, Write as _};

use anyhow::{Context as _, Result, bail};
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::stage::File;

/// The files in the order they are given, all from the same moment.
pub(crate) fn zip(files: &[File]) -> Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for file in files {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(DateTime::default())
            .unix_permissions(file.mode);
        zip.start_file(&file.path, options)?;
        zip.write_all(&file.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// The files of a zip, as they would be unpacked.
pub(crate) fn files(bytes: &[u8]) -> Result<Vec<File>> {
    let mut zip = ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index)?;
        let path = entry.name().to_owned();
        if entry.enclosed_name().is_none() {
            bail!("`{path}` leads out of the package");
        }
        if entry.is_dir() {
            continue;
        }
        let mode = entry
            .unix_mode()
            .with_context(|| format!("`{path}` has no permissions"))?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files.push(File {
            path,
            mode: mode & 0o7777,
            bytes,
        });
    }
    Ok(files)
}
