//! Names the files of a folder.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::{
    off_thread,
    path::{Place, files_in},
    settings::Settings,
};
use crate::connectors::ports::{ConnectorError, KnownList, Lists, Watch};

/// The files in one folder.
pub(super) struct Files {
    settings: Settings,
    base: PathBuf,
}

impl Files {
    pub(super) fn new(settings: &Settings, base: &Path) -> Self {
        Self {
            settings: settings.clone(),
            base: base.to_owned(),
        }
    }
}

#[async_trait]
impl Lists for Files {
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let (settings, base) = (self.settings.clone(), self.base.clone());
        off_thread("files seen", watch, move |progress| {
            let files = files_in(&base.join(&settings.folder))?;
            progress(files.len());
            let known = |file: String| KnownList {
                note: note(&settings, &base, &file),
                id: None,
                name: file,
            };
            Ok(KnownList::sorted(files.into_iter().map(known).collect()))
        })
        .await?
    }
}

/// What keeps a file from being a list like any other.
fn note(settings: &Settings, base: &Path, file: &str) -> Option<String> {
    let look = || {
        let place = Place::new(settings, base, file)?;
        let found = place.look()?;
        Ok::<_, ConnectorError>(place.capabilities(settings, &found).read_only)
    };
    match look() {
        Ok(read_only) => read_only.map(|why| format!("can only be read: {why}")),
        Err(error) => Some(format!("cannot be used: {}", error.message)),
    }
}
