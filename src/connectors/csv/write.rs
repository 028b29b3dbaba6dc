//! Writes a file by replacing it whole. Whatever goes wrong, the old file is what remains.

use std::{
    fs::{File, Permissions},
    io::{self, BufWriter, Read, Write as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::{
    columns, dialect, off_thread,
    path::{Found, Place},
    rewrite::rewrite,
    settings::{Delimiter, Settings},
    table::{Table, file_error},
};
use crate::{
    connectors::ports::{ConnectorError, ListWriter, Unwatched, WantedList, Watch},
    plan::{
        change::Change,
        outcome::{Outcome, Problem},
    },
};

/// Writes one file.
pub(super) struct Writer {
    settings: Settings,
    place: Place,
    fields: Vec<String>,
}

impl Writer {
    pub(super) fn new(
        settings: &Settings,
        base: &Path,
        wanted: &WantedList,
    ) -> Result<Self, ConnectorError> {
        Ok(Self {
            settings: settings.clone(),
            place: Place::new(settings, base, &wanted.list.list)?,
            fields: wanted.fields.clone(),
        })
    }
}

#[async_trait]
impl ListWriter for Writer {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        let (settings, place, fields) = (
            self.settings.clone(),
            self.place.clone(),
            self.fields.clone(),
        );
        off_thread("", &Unwatched, move |_| create(&settings, &place, &fields)).await??;
        Ok(None)
    }

    async fn write(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome> {
        let (settings, place) = (self.settings.clone(), self.place.clone());
        let owned = changes.to_vec();
        let done = off_thread("rows written", watch, move |progress| {
            let prepared = prepare(&settings, &place, &owned, progress);
            match prepared.and_then(Prepared::commit) {
                Ok(outcomes) => outcomes,
                Err(outcome) => vec![outcome; owned.len()],
            }
        });
        match done.await {
            Ok(outcomes) => outcomes,
            Err(error) => vec![failed(&error); changes.len()],
        }
    }
}

/// A new file that has not taken the old one's place yet.
pub(super) struct Prepared {
    outcomes: Vec<Outcome>,
    /// Nothing when there is nothing to change.
    new: Option<NamedTempFile>,
    path: PathBuf,
    name: String,
    /// The hash of the old file as it was copied.
    read: Vec<u8>,
}

/// Copies the file with the changes made. The error is the outcome of every change.
pub(super) fn prepare(
    settings: &Settings,
    place: &Place,
    changes: &[Change],
    progress: &dyn Fn(usize),
) -> Result<Prepared, Outcome> {
    let found = place.look().map_err(|error| failed(&error))?;
    if let Some(reason) = place.capabilities(settings, &found).read_only {
        return Err(Outcome::Refused(problem("read-only", reason, None)));
    }
    try_prepare(settings, place, changes, progress).map_err(|error| failed(&error))
}

fn try_prepare(
    settings: &Settings,
    place: &Place,
    changes: &[Change],
    progress: &dyn Fn(usize),
) -> Result<Prepared, ConnectorError> {
    let to_error = |error: io::Error| file_error(&place.name, &error);
    let (file, path) = place.open()?;
    let permissions = file.metadata().map_err(to_error)?.permissions();
    let mut hash = Sha256::new();
    let input = Hashing {
        input: file,
        hash: &mut hash,
    };
    let table = Table::open(input, &place.name, &settings.form())?;
    let mut new = new_file(&path, Some(permissions)).map_err(to_error)?;
    let mut output = BufWriter::with_capacity(64 * 1024, new.as_file_mut());
    let rewritten = rewrite(table, &place.name, settings, changes, &mut output, progress)?;
    output.flush().map_err(to_error)?;
    drop(output);
    if rewritten.differs {
        new.as_file().sync_all().map_err(to_error)?;
    }
    Ok(Prepared {
        outcomes: rewritten.outcomes,
        new: rewritten.differs.then_some(new),
        path,
        name: place.name.clone(),
        read: hash.finalize().to_vec(),
    })
}

impl Prepared {
    /// Puts the new file in the old one's place, unless somebody wrote to the old one since it was copied. The error
    /// is the outcome of every change.
    pub(super) fn commit(self) -> Result<Vec<Outcome>, Outcome> {
        let Some(new) = self.new else {
            return Ok(self.outcomes);
        };
        let to_outcome = |error: io::Error| failed(&file_error(&self.name, &error));
        let mut hash = Sha256::new();
        let mut input = Hashing {
            input: File::open(&self.path).map_err(to_outcome)?,
            hash: &mut hash,
        };
        io::copy(&mut input, &mut io::sink()).map_err(to_outcome)?;
        if hash.finalize().to_vec() != self.read {
            return Err(Outcome::Failed(problem(
                "changed-meanwhile",
                format!("somebody else changed `{}` at the same time", self.name),
                Some(
                    "nothing was written; the next run starts from the file as it is then"
                        .to_owned(),
                ),
            )));
        }
        new.persist(&self.path)
            .map_err(|error| to_outcome(error.error))?;
        sync_folder_of(&self.path);
        Ok(self.outcomes)
    }
}

/// Makes a file with a header and no rows, unless there is a file.
fn create(settings: &Settings, place: &Place, fields: &[String]) -> Result<(), ConnectorError> {
    if let Found::File(..) = place.look()? {
        return Ok(());
    }
    let to_error = |error: io::Error| file_error(&place.name, &error);
    let (_, path) = place.new_file()?;
    let headers = columns::for_new_file(&settings.columns, fields);
    let delimiter = match settings.delimiter {
        Delimiter::Is(byte) => byte,
        Delimiter::Auto => b',',
    };
    let mut bytes = dialect::render(&headers, delimiter)?;
    bytes.push(b'\n');
    let mut new = new_file(&path, None).map_err(to_error)?;
    new.write_all(&bytes).map_err(to_error)?;
    new.as_file().sync_all().map_err(to_error)?;
    match new.persist_noclobber(&path) {
        Ok(_) => sync_folder_of(&path),
        // Somebody else made it at the same moment, which is as good.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(to_error(error.error)),
    }
    Ok(())
}

/// A file beside `path`, because only within a folder is a rename sure to be one step. It begins with a dot so that
/// nobody takes it for a list, and is removed again unless it takes the other's place.
fn new_file(path: &Path, permissions: Option<Permissions>) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".rollcall-").suffix(".tmp");
    #[cfg(unix)]
    if permissions.is_none() {
        // The usual mode of a new file, less what the umask takes away.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let file = builder.tempfile_in(folder)?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file)
}

/// Makes the rename itself survive a power cut. Some file systems cannot do this for a folder; the new file is whole
/// either way, so there is nothing to report.
fn sync_folder_of(path: &Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        drop(folder.sync_all());
    }
}

fn failed(error: &ConnectorError) -> Outcome {
    Outcome::Failed(problem(
        error.code(),
        error.message.clone(),
        error.help.clone(),
    ))
}

fn problem(code: &str, message: String, help: Option<String>) -> Problem {
    Problem {
        code: code.to_owned(),
        message,
        help,
    }
}

/// Hashes what is read through it.
struct Hashing<'a> {
    input: File,
    hash: &'a mut Sha256,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
