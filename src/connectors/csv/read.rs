//! Reads a file whole, or not at all.

use std::{fs::File, io::Read, path::Path};

use async_trait::async_trait;

use super::{
    off_thread,
    path::{Found, Place},
    row,
    settings::{Form, Settings},
    table::{Table, file_error},
};
use crate::{
    connectors::ports::{ConnectorError, ErrorKind, ListReader, WantedList, Watch},
    model::{
        member::Member,
        reading::{Directory, Reading},
    },
};

/// How many rows are read between two reports of progress.
pub(super) const REPORT_EVERY: usize = 10_000;

/// Reads one file.
pub(super) struct Reader {
    settings: Settings,
    place: Place,
    wanted: WantedList,
}

impl Reader {
    pub(super) fn new(
        settings: &Settings,
        base: &Path,
        wanted: &WantedList,
    ) -> Result<Self, ConnectorError> {
        Ok(Self {
            settings: settings.clone(),
            place: Place::new(settings, base, &wanted.list.list)?,
            wanted: wanted.clone(),
        })
    }
}

#[async_trait]
impl ListReader for Reader {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let (settings, place, wanted) = (
            self.settings.clone(),
            self.place.clone(),
            self.wanted.clone(),
        );
        off_thread("rows read", watch, move |progress| {
            let found = place.look()?;
            let capabilities = place.capabilities(&settings, &found);
            match found {
                Found::File(..) => {
                    let members = members(&settings, &place, progress)?;
                    Ok(Reading::whole(wanted.list, members, capabilities))
                }
                Found::Nothing if wanted.create.is_some() => {
                    Ok(Reading::absent(wanted.list, capabilities))
                }
                Found::Nothing => Err(place.not_found()),
            }
        })
        .await?
    }

    /// A file knows nobody but its rows.
    async fn directory(&self, _watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        Ok(Directory::default())
    }
}

/// Every member in the file.
pub(super) fn members(
    settings: &Settings,
    place: &Place,
    progress: &dyn Fn(usize),
) -> Result<Vec<Member>, ConnectorError> {
    let (file, _) = place.open()?;
    let before = Stamp::of(&file, place)?;
    let mut members = Vec::new();
    each_member(&settings.form(), &place.name, &file, |member| {
        members.push(member);
        if members.len().is_multiple_of(REPORT_EVERY) {
            progress(members.len());
        }
    })?;
    progress(members.len());
    if Stamp::of(&file, place)? == before {
        Ok(members)
    } else {
        // A program that writes in place empties the file first: what was read may be a part of it.
        let message = format!("`{}` was changed while it was read", place.name);
        Err(ConnectorError::new(ErrorKind::Unavailable(None), message)
            .help("try again when the program that writes it has finished"))
    }
}

/// Hands over every member of `input`; `name` is for messages. After an error, nothing of it may be used.
pub fn each_member(
    form: &Form,
    name: &str,
    input: impl Read,
    mut hand_over: impl FnMut(Member),
) -> Result<(), ConnectorError> {
    let mut table = Table::open(input, name, form)?;
    let mut cells = csv::StringRecord::new();
    while let Some(line) = table.next_row(&mut cells)? {
        let region = form.region.as_deref();
        let member = row::member(&cells, &table.headers, &table.columns, region, line);
        member.into_iter().for_each(&mut hand_over);
    }
    Ok(())
}

/// What changes when somebody writes into an open file.
#[derive(PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<std::time::SystemTime>,
}

impl Stamp {
    fn of(file: &File, place: &Place) -> Result<Self, ConnectorError> {
        let metadata = file
            .metadata()
            .map_err(|error| file_error(&place.name, &error))?;
        Ok(Self {
            length: metadata.len(),
            modified: metadata.modified().ok(),
        })
    }
}
