//! What a run does with lists that an administrator changes: it looks how far the last package is, and makes a new one
//! of what was approved. Nothing here writes a list.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    connectors::ports::{ConnectorError, ErrorKind, ListWriter, Watch},
    hand_over::{
        self, Manifest, Occasion, archive,
        compare::{Progress, compare, set_aside},
        files::{File, files},
    },
    history::{self, LastPackage},
    model::{
        baseline::Baseline,
        capabilities::MemberCsv,
        list::{Side, Sides},
        reading::Reading,
    },
    plan::{
        change::Change,
        handed::{PackageNote, PackageState},
        outcome::Outcome,
        review::Approved,
        value::Plan,
    },
    store::ports::{StoreError, Stores},
};

/// The last packages of both lists, and how far each of them is.
#[derive(Debug, Default)]
pub(super) struct Packages(Sides<Option<Looked>>);

#[derive(Debug)]
struct Looked {
    last: LastPackage,
    progress: Option<Progress>,
}

/// Looks how far the last packages are, and takes what waits in them out of what is planned.
pub(super) async fn look(
    stores: &Stores,
    sync: &str,
    readings: Sides<&Reading>,
    plan: &mut Plan,
    now: Timestamp,
) -> Result<Packages, StoreError> {
    let mut packages = Packages::default();
    for side in [Side::Source, Side::Target] {
        let reading = *readings.of(side);
        if reading.capabilities.hand_over.is_none() {
            continue;
        }
        let last = history::last_package(stores, sync, side, &reading.list).await?;
        let progress = last
            .manifest
            .as_ref()
            .map(|manifest| compare(manifest, reading, plan, now));
        let known = last.manifest.as_ref().zip(progress.as_ref());
        set_aside(plan, side, reading, known);
        *packages.0.of_mut(side) = Some(Looked { last, progress });
    }
    Ok(packages)
}

impl Packages {
    /// Whether an administrator changes any of the lists.
    pub(super) fn are_looked_at(&self) -> bool {
        self.0.source.is_some() || self.0.target.is_some()
    }

    /// Makes a package of what was approved for lists that an administrator changes, together with what waits in the
    /// last one, which it replaces. Gives what is to be told of it.
    pub(super) async fn make(
        &self,
        stores: &Stores,
        sync: &str,
        run: &str,
        approved: &Approved,
        readings: Sides<&Reading>,
        now: Timestamp,
    ) -> Result<Vec<PackageNote>, StoreError> {
        let mut made: Vec<(Manifest, MemberCsv)> = Vec::new();
        for side in [Side::Source, Side::Target] {
            let Some(looked) = self.0.of(side) else {
                continue;
            };
            // What cannot be handed over is refused, and makes no package new.
            let changes: Vec<&Change> = approved
                .changes()
                .filter(|(_, change)| change.side == side && hand_over::row(change, now).is_ok())
                .map(|(_, change)| change)
                .collect();
            if changes.is_empty() {
                continue;
            }
            let reading = *readings.of(side);
            let occasion = Occasion {
                sync,
                run,
                now,
                side,
                reading,
                replaces: looked.replaced().filter(|earlier| *earlier != run),
            };
            let manifest = hand_over::manifest(&occasion, changes.into_iter(), looked.kept());
            made.extend(
                manifest.map(|manifest| (manifest, reading.capabilities.package.member_csv)),
            );
        }
        if made.is_empty() {
            return Ok(Vec::new());
        }
        let zip = zipped(&made)?;
        let manifests: Vec<Manifest> = made.into_iter().map(|(manifest, _)| manifest).collect();
        let notes = manifests.iter().map(Manifest::made_note).collect();
        let none = LastPackage::default();
        let last = |side: Side| {
            self.0
                .of(side)
                .as_ref()
                .map_or(&none, |looked| &looked.last)
        };
        let last = Sides {
            source: last(Side::Source),
            target: last(Side::Target),
        };
        history::keep_package(stores, sync, run, zip, manifests, last).await?;
        Ok(notes)
    }

    /// What is to be told of both lists: the packages that were made, else the last ones.
    pub(super) fn notes(&self, run: &str, made: Vec<PackageNote>) -> Vec<PackageNote> {
        let mut notes = made;
        for side in [Side::Source, Side::Target] {
            let is_made = notes.iter().any(|note| note.side == side);
            let known = self.0.of(side).as_ref().and_then(Looked::known);
            notes.extend(known.filter(|_| !is_made).map(
                |(manifest, progress)| match progress.state {
                    // An earlier attempt at this run made it, and died.
                    PackageState::Waiting if manifest.run == run => manifest.made_note(),
                    _ => progress.note(manifest),
                },
            ));
        }
        notes
    }

    /// Remembers whom administrators added from the last packages.
    pub(super) fn credit(&self, next: &mut Baseline) {
        for looked in [&self.0.source, &self.0.target].into_iter().flatten() {
            if let Some((manifest, progress)) = looked.known() {
                hand_over::credit(next, manifest, &progress.done);
            }
        }
    }

    /// Writes down which of the last packages are done with. What was made by this run is not.
    pub(super) async fn close(
        &self,
        stores: &Stores,
        sync: &str,
        notes: &[PackageNote],
    ) -> Result<(), StoreError> {
        for note in notes {
            let is_done_with =
                matches!(note.state, PackageState::Applied | PackageState::Superseded);
            if let Some(looked) = self.0.of(note.side).as_ref().filter(|_| is_done_with) {
                match history::close_package(stores, sync, &looked.last, note.state).await {
                    // Whoever took over the lists was faster, and knows more.
                    Ok(()) | Err(StoreError::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }
}

impl Looked {
    fn known(&self) -> Option<(&Manifest, &Progress)> {
        self.last.manifest.as_ref().zip(self.progress.as_ref())
    }

    /// What of the last package still waits and goes into the next one as well.
    fn kept(&self) -> Vec<hand_over::Row> {
        let open = self.progress.as_ref().filter(|last| last.is_open());
        open.map_or_else(Vec::new, |last| last.open.clone())
    }

    /// The run whose package the next one replaces.
    fn replaced(&self) -> Option<&str> {
        let (manifest, progress) = self.known()?;
        (progress.state != PackageState::Applied).then_some(&manifest.run)
    }
}

/// The packages as one zip: of one list as they are, of two each in a folder with the name of its side.
fn zipped(packages: &[(Manifest, MemberCsv)]) -> Result<Vec<u8>, StoreError> {
    let unwritable = |problem: String| StoreError::Other {
        place: "a package".to_owned(),
        problem,
    };
    let mut all: Vec<File> = Vec::new();
    for (manifest, form) in packages {
        let folder = match packages.len() {
            1 => "",
            _ => archive::folder(manifest.side),
        };
        let files = files(manifest, *form).map_err(|error| unwritable(error.to_string()))?;
        all.extend(files.into_iter().map(|file| File {
            path: format!("{folder}{}", file.path),
            ..file
        }));
    }
    archive::zip(&all).map_err(|error| unwritable(error.to_string()))
}

/// Stands where a writer would, and writes nothing: every change that is in the package of the run waits for an
/// administrator.
pub(super) struct HandsOver {
    pub(super) run: String,
    pub(super) now: Timestamp,
    /// Whether a package was made for the list.
    pub(super) is_made: bool,
}

#[async_trait]
impl ListWriter for HandsOver {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        Err(ConnectorError::new(
            ErrorKind::Denied,
            "a list that an administrator changes is not created by rollcall",
        )
        .help("create it by hand"))
    }

    async fn write(&mut self, changes: &[Change], _watch: &dyn Watch) -> Vec<Outcome> {
        let outcome = |change: &Change| match hand_over::row(change, self.now) {
            Ok(_) if !self.is_made => Outcome::not_tried("no package was made for the list"),
            Ok(_) => Outcome::HandedOver {
                run: self.run.clone(),
            },
            Err(problem) => Outcome::Refused(problem),
        };
        changes.iter().map(outcome).collect()
    }
}
