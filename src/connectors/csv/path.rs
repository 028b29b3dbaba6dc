//! From a list's name to a file, and never to one outside the folder.

use std::{
    fs::{self, File, Metadata},
    io,
    path::{Path, PathBuf},
};

use super::{settings::Settings, table::file_error};
use crate::{
    connectors::ports::{ConnectorError, ErrorKind},
    model::capabilities::{AddsBy, Capabilities, Updatable},
};

/// Endings of files that hold lists.
const ENDINGS: [&str; 3] = ["csv", "tsv", "txt"];

/// How many changes are handed over at a time. Each hand-over writes the file anew, so few and large is right.
const CHUNK: usize = 10_000;

/// Where a list is kept.
#[derive(Debug, Clone)]
pub(super) struct Place {
    folder: PathBuf,
    file: String,
    /// The file as messages name it.
    pub(super) name: String,
}

/// What stands at a place.
pub(super) enum Found {
    /// A file: its path without links, and what the file system says about it.
    File(PathBuf, Metadata),
    /// Nothing.
    Nothing,
}

impl Place {
    /// The place of the list `list`. `.csv` is added to a name without an ending of its own.
    pub(super) fn new(
        settings: &Settings,
        base: &Path,
        list: &str,
    ) -> Result<Self, ConnectorError> {
        let folder = base.join(&settings.folder);
        let refused = |why: &str| {
            Err(ConnectorError::new(
                ErrorKind::Settings,
                format!(
                    "`{list}` cannot be the name of a list in `{}`: {why}",
                    folder.display()
                ),
            )
            .help(
                "a list is named by its file within the folder, such as `members` or `members.csv`",
            ))
        };
        if list.trim().is_empty() {
            return refused("it is empty");
        }
        if list.starts_with('.') {
            return refused("it begins with a dot");
        }
        if list.contains(['/', '\\', ':']) || list.contains(char::is_control) {
            return refused("it has a character that leads elsewhere");
        }
        let file = if has_ending(list) {
            list.to_owned()
        } else {
            format!("{list}.csv")
        };
        Ok(Self {
            name: folder.join(&file).display().to_string(),
            folder,
            file,
        })
    }

    /// Looks what is there.
    pub(super) fn look(&self) -> Result<Found, ConnectorError> {
        let folder = self.real_folder()?;
        let path = folder.join(&self.file);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(file_error(&self.name, &error)),
            Ok(_) => {}
        }
        let path = path
            .canonicalize()
            .map_err(|error| file_error(&self.name, &error))?;
        if path.parent() != Some(&folder) {
            return Err(ConnectorError::new(
                ErrorKind::Settings,
                format!("`{}` is a link that leads out of its folder", self.name),
            )
            .help("put the file itself into the folder"));
        }
        let metadata = fs::metadata(&path).map_err(|error| file_error(&self.name, &error))?;
        if !metadata.is_file() {
            let message = format!("`{}` is not a file", self.name);
            return Err(ConnectorError::new(ErrorKind::Settings, message));
        }
        Ok(Found::File(path, metadata))
    }

    /// Opens the file; one that is not there is an error that names those that are.
    pub(super) fn open(&self) -> Result<(File, PathBuf), ConnectorError> {
        let Found::File(path, _) = self.look()? else {
            return Err(self.not_found());
        };
        let file = File::open(&path).map_err(|error| file_error(&self.name, &error))?;
        Ok((file, path))
    }

    /// Where a new file is made: the folder without links, and the path in it.
    pub(super) fn new_file(&self) -> Result<(PathBuf, PathBuf), ConnectorError> {
        let folder = self.real_folder()?;
        let path = folder.join(&self.file);
        Ok((folder, path))
    }

    /// That the file is not there, with those that are.
    pub(super) fn not_found(&self) -> ConnectorError {
        let error =
            ConnectorError::new(ErrorKind::NotFound, format!("`{}` is not there", self.name));
        let files = files_in(&self.folder).unwrap_or_default();
        let nearest = files.iter().max_by(|left, right| {
            let likeness =
                |file: &str| strsim::jaro_winkler(&file.to_lowercase(), &self.file.to_lowercase());
            likeness(left).total_cmp(&likeness(right))
        });
        match nearest {
            None => error.help("the folder has no CSV files"),
            Some(nearest) => {
                let shown: Vec<String> = files
                    .iter()
                    .take(20)
                    .map(|file| format!("`{file}`"))
                    .collect();
                let more = files.len().saturating_sub(shown.len());
                let more = if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                };
                error.help(format!(
                    "nearest: `{nearest}`; the folder has {}{more}",
                    shown.join(", ")
                ))
            }
        }
    }

    /// What can be done with the list.
    pub(super) fn capabilities(&self, settings: &Settings, found: &Found) -> Capabilities {
        let read_only = self.read_only(settings, found);
        Capabilities {
            updatable: if read_only.is_none() {
                Updatable::Everything
            } else {
                Updatable::Nothing
            },
            read_only,
            ..Capabilities::new(AddsBy::Address, CHUNK)
        }
    }

    fn read_only(&self, settings: &Settings, found: &Found) -> Option<String> {
        if settings.read_only {
            return Some(
                "the connection has `readOnly` set; remove it to write to these files".to_owned(),
            );
        }
        let is_protected = |metadata: &Metadata| metadata.permissions().readonly();
        if let Found::File(_, metadata) = found
            && is_protected(metadata)
        {
            return Some(format!(
                "`{}` is write-protected; allow writing to it",
                self.name
            ));
        }
        // A file is replaced by a new one, so the folder must take new files too.
        let folder_is_protected =
            fs::metadata(&self.folder).is_ok_and(|folder| is_protected(&folder));
        folder_is_protected.then(|| {
            format!(
                "the folder `{}` is write-protected; allow writing to it",
                self.folder.display()
            )
        })
    }

    fn real_folder(&self) -> Result<PathBuf, ConnectorError> {
        self.folder
            .canonicalize()
            .map_err(|error| folder_error(&self.folder, &error))
    }
}

/// The files in `folder` that can be lists, sorted.
pub(super) fn files_in(folder: &Path) -> Result<Vec<String>, ConnectorError> {
    let failed = |error: io::Error| folder_error(folder, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A name that is not Unicode cannot stand in a definition.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if has_ending(&name) && !name.starts_with('.') && entry.path().is_file() {
            files.push(name);
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn has_ending(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

fn folder_error(folder: &Path, error: &io::Error) -> ConnectorError {
    let error = file_error(&folder.display().to_string(), error);
    ConnectorError {
        message: format!("the folder {}", error.message),
        ..error
    }
    .help("`folder` is relative to the folder of the definition file")
}
