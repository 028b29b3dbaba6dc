//! The first stage of a run: both lists as they are, and the directory where somebody has to be looked up.
//!
//! Before it, for a sync that routes people to many lists: which lists those are.
//!
//! This room must not know a concrete connector, nor anything that writes.

mod once;
mod several;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    connectors::ports::{
        ConnectorError, ErrorKind, Everyone, Invitation, ListReader, Readers, WantedList, Watch,
    },
    definition::{
        filter::routed,
        mapping::Rule,
        sync::{Endpoint, Included, Nested, Sync},
    },
    model::{
        baseline::Baseline,
        list::{ListRef, Side, Sides},
        member::Kind,
        reading::{Directory, Reading},
    },
    plan::value::Plan,
    reconcile::{reconcile, with_mapped_phones},
};
pub use once::ReadOnce;

/// The open readers of both sides.
pub type OpenReaders = Sides<OpenSide>;

/// The open readers of one side.
pub struct OpenSide {
    /// The side as one list.
    list: ListRef,
    /// The lists that are read as one.
    lists: Vec<Box<dyn ListReader>>,
    /// The lists whose members are left out, by name.
    left_out: Vec<(String, Box<dyn ListReader>)>,
}

/// The list a sync means on one side; several lists are one by all their names.
pub fn wanted(sync: &Sync, side: Side) -> Result<WantedList, ConnectorError> {
    let endpoint = endpoint_of(sync, side);
    if side == Side::Target && sync.mapping.route.is_some() {
        let message = format!("`{}` routes people to many lists", sync.id);
        return Err(ConnectorError::new(ErrorKind::Settings, message)
            .help("each list is run by itself; `rollcall local` and the functions app do that"));
    }
    Ok(wanted_named(sync, side, &endpoint.as_one_list().list))
}

/// The list that is written on one side, and held for as long as a run takes: its own name, whoever is left out of it.
/// Several lists, which are only ever read, are held by all their names.
pub fn written(sync: &Sync, side: Side) -> Result<WantedList, ConnectorError> {
    let wanted = wanted(sync, side)?;
    Ok(match endpoint_of(sync, side).lists.as_slice() {
        [] => wanted_named(sync, side, ""),
        [one] => wanted_named(sync, side, one),
        _ => wanted,
    })
}

/// One list of a side, opened the way the sync wants it.
fn wanted_named(sync: &Sync, side: Side, name: &str) -> WantedList {
    let endpoint = endpoint_of(sync, side);
    let invitation = sync.guests.invite.then(|| Invitation {
        redirect_url: sync.guests.redirect_url.clone(),
        send_message: sync.guests.send_message,
    });
    let list = ListRef {
        connection: endpoint.connection.clone(),
        list: name.to_owned(),
    };
    WantedList {
        flatten: endpoint.nested == Nested::Flatten,
        create: endpoint.create,
        invitation,
        fields: fields(sync, side),
        reads: looked_at(sync, side),
        given: given(sync, side),
        everyone: Everyone {
            under: endpoint.under.clone(),
            contacts: endpoint.include.contains(&Included::Contacts),
            mail_groups: endpoint.include.contains(&Included::MailGroups),
        },
        ..WantedList::of(list)
    }
}

fn endpoint_of(sync: &Sync, side: Side) -> &Endpoint {
    match side {
        Side::Source => &sync.source,
        Side::Target => &sync.target,
    }
}

fn fields(sync: &Sync, side: Side) -> Vec<String> {
    let fields = sync.mapping.rules.iter().map(|rule| match side {
        Side::Source => &rule.attribute,
        Side::Target => &rule.field,
    });
    fields.cloned().collect()
}

/// Everything the sync looks at in members of one side, sorted.
fn looked_at(sync: &Sync, side: Side) -> Vec<String> {
    let mut names: BTreeSet<&str> = sync.filters.of(side).attributes();
    match side {
        Side::Source => {
            let rules = sync.mapping.rules.iter().chain(&sync.mapping.route);
            names.extend(rules.flat_map(Rule::attributes));
        }
        Side::Target => names.extend(sync.mapping.rules.iter().map(|rule| rule.field.as_str())),
    }
    names.into_iter().map(str::to_owned).collect()
}

/// The fields of one side that the definition gives to the other side as their owner.
fn given(sync: &Sync, side: Side) -> Vec<String> {
    let rules = sync.mapping.rules.iter();
    let given = rules.filter(|rule| rule.owner_is_said && rule.owner == side.other());
    let fields = given.map(|rule| match side {
        Side::Source => &rule.attribute,
        Side::Target => &rule.field,
    });
    fields.cloned().collect()
}

/// The lists that a sync routes the people of its source to, in the order of the alphabet. Names that differ only in
/// case are one list.
pub async fn routes(
    readers: &dyn Readers,
    sync: &Sync,
    watch: &dyn Watch,
) -> Result<Vec<String>, ConnectorError> {
    let Some(rule) = &sync.mapping.route else {
        return Ok(Vec::new());
    };
    let reading = open_side(readers, sync, Side::Source)
        .await?
        .read(watch)
        .await?;
    let mut lists: BTreeMap<String, String> = BTreeMap::new();
    for member in &reading.members {
        let is_wanted = member.kind == Kind::Person
            && member.left_out.is_none()
            && sync.filters.source.holds(&member.attributes)
            && !sync.exclude.iter().any(|pattern| pattern.fits(member));
        if !is_wanted {
            continue;
        }
        for name in routed(rule, &member.attributes) {
            let first = lists.entry(name.to_lowercase()).or_insert(name.clone());
            // Not the order of the rows: the same people give the same names.
            if name < *first {
                *first = name;
            }
        }
    }
    Ok(lists.into_values().collect())
}

/// Opens the readers of both sides.
pub async fn open(readers: &dyn Readers, sync: &Sync) -> Result<OpenReaders, ConnectorError> {
    wanted(sync, Side::Target)?;
    Ok(Sides {
        source: open_side(readers, sync, Side::Source).await?,
        target: open_side(readers, sync, Side::Target).await?,
    })
}

async fn open_side(
    readers: &dyn Readers,
    sync: &Sync,
    side: Side,
) -> Result<OpenSide, ConnectorError> {
    let endpoint = endpoint_of(sync, side);
    let mut open = OpenSide {
        list: wanted_named(sync, side, "").list,
        lists: Vec::new(),
        left_out: Vec::new(),
    };
    if side == Side::Source || sync.mapping.route.is_none() {
        open.list = wanted(sync, side)?.list;
    }
    let whole = [String::new()];
    let names = if endpoint.lists.is_empty() {
        &whole[..]
    } else {
        &endpoint.lists
    };
    for name in names {
        let reader = readers.reader(&wanted_named(sync, side, name)).await?;
        open.lists.push(reader);
    }
    for name in &endpoint.exclude_lists {
        let left_out = WantedList {
            create: None,
            everyone: Everyone::default(),
            ..wanted_named(sync, side, name)
        };
        let reader = readers.reader(&left_out).await?;
        open.left_out.push((name.clone(), reader));
    }
    Ok(open)
}

impl OpenSide {
    /// The side as one list. A list that fails is an error, also one whose members are left out: without it they would
    /// be let in.
    pub async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let mut readings = Vec::new();
        for reader in &self.lists {
            readings.push(reader.read(watch).await?);
        }
        let mut left_out = Vec::new();
        for (name, reader) in &self.left_out {
            left_out.push((name.as_str(), reader.read(watch).await?));
        }
        several::joined(&self.list, readings, left_out).ok_or_else(|| {
            ConnectorError::new(
                ErrorKind::Settings,
                format!("`{}` names no list", self.list),
            )
        })
    }

    /// The people who could be added to it.
    pub async fn directory(&self, watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        match self.lists.first() {
            Some(reader) => reader.directory(watch).await,
            None => Ok(Directory::default()),
        }
    }
}

/// Reads both sides, at the same time. One that fails is an error: nothing is planned from half of the truth.
pub async fn both(open: &OpenReaders, watch: &dyn Watch) -> Result<Sides<Reading>, ConnectorError> {
    // Where both fail, it is the source's problem that is told, whichever of them is faster.
    let target = async { Ok(open.target.read(watch).await) };
    let (source, target) = tokio::try_join!(open.source.read(watch), target)?;
    Ok(Sides {
        source,
        target: target?,
    })
}

/// The plan of a sync.
pub async fn plan(
    open: &OpenReaders,
    sync: &Sync,
    readings: &mut Sides<Reading>,
    baseline: Option<&Baseline>,
    now: Timestamp,
    watch: &dyn Watch,
) -> Result<Plan, ConnectorError> {
    planned(open, sync, readings, watch, &|readings| {
        reconcile(sync, &readings.source, &readings.target, baseline, now)
    })
    .await
}

/// The plan that `make` gives. Where somebody has to be looked up, reads that side's directory once and asks again.
pub async fn planned(
    open: &OpenReaders,
    sync: &Sync,
    readings: &mut Sides<Reading>,
    watch: &dyn Watch,
    make: &(dyn Fn(&Sides<Reading>) -> Plan + std::marker::Sync),
) -> Result<Plan, ConnectorError> {
    with_mapped_phones(sync, readings);
    let mut plan = make(readings);
    let mut looked_up = false;
    for side in [Side::Source, Side::Target] {
        if *plan.wants_directory.of(side) {
            let directory = open.of(side).directory(watch).await?;
            let reading = readings.of_mut(side);
            reading.doubts.extend(directory.doubts.iter().cloned());
            reading.directory = Some(directory);
            looked_up = true;
        }
    }
    if looked_up {
        with_mapped_phones(sync, readings);
        plan = make(readings);
    }
    Ok(plan)
}
