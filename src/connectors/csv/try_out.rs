//! What `rollcall test` says about a folder of CSV files.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{
    columns::listed,
    off_thread,
    path::{Place, files_in},
    settings::Settings,
    table::Table,
};
use crate::connectors::ports::{ConnectionTest, ConnectorError, TestLine, Unwatched};

/// Reads every file in the folder.
pub(super) struct TryOut {
    settings: Settings,
    base: PathBuf,
}

impl TryOut {
    pub(super) fn new(settings: &Settings, base: &Path) -> Self {
        Self {
            settings: settings.clone(),
            base: base.to_owned(),
        }
    }
}

#[async_trait]
impl ConnectionTest for TryOut {
    async fn test(&self) -> Vec<TestLine> {
        let (settings, base) = (self.settings.clone(), self.base.clone());
        let lines = off_thread("", &Unwatched, move |_| lines(&settings, &base));
        lines.await.unwrap_or_else(|error| {
            vec![TestLine {
                what: "read the folder".to_owned(),
                result: Err(error),
            }]
        })
    }
}

fn lines(settings: &Settings, base: &Path) -> Vec<TestLine> {
    let folder = base.join(&settings.folder);
    let files = files_in(&folder);
    let found = match &files {
        Ok(files) if files.is_empty() => Ok("no CSV files in it yet".to_owned()),
        Ok(files) if files.len() == 1 => Ok("1 CSV file".to_owned()),
        Ok(files) => Ok(format!("{} CSV files", files.len())),
        Err(error) => Err(error.clone()),
    };
    let mut lines = vec![TestLine {
        what: format!("read the folder `{}`", folder.display()),
        result: found,
    }];
    lines.extend(files.unwrap_or_default().into_iter().map(|file| TestLine {
        result: describe(settings, base, &file),
        what: format!("read `{file}`"),
    }));
    lines
}

fn describe(settings: &Settings, base: &Path, file: &str) -> Result<String, ConnectorError> {
    let place = Place::new(settings, base, file)?;
    let (input, _) = place.open()?;
    let mut table = Table::open(input, &place.name, &settings.form())?;
    let mut cells = csv::StringRecord::new();
    let mut rows = 0;
    while table.next_row(&mut cells)?.is_some() {
        rows += usize::from(cells.iter().any(|cell| !cell.trim().is_empty()));
    }
    Ok(format!("{rows} rows; columns {}", listed(&table.headers)))
}
