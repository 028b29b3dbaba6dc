//! The first stage of a run: both lists as they are, and the directory where somebody has to be looked up.
//!
//! Before it, for a sync that routes people to many lists: which lists those are.
//!
//! This room must not know a concrete connector, nor anything that writes.

use std::collections::BTreeMap;

use crate::{
    connectors::ports::{
        ConnectorError, ErrorKind, Invitation, ListReader, Readers, WantedList, Watch,
    },
    definition::sync::{Endpoint, Nested, Sync},
    model::{
        attributes::Value,
        baseline::Baseline,
        list::{ListRef, Side, Sides},
        member::Kind,
        reading::Reading,
    },
    plan::value::Plan,
    reconcile::{reconcile, with_mapped_phones},
};

/// Both readers of a sync.
pub type OpenReaders = Sides<Box<dyn ListReader>>;

/// The list a sync means on one side.
pub fn wanted(sync: &Sync, side: Side) -> Result<WantedList, ConnectorError> {
    let endpoint = match side {
        Side::Source => &sync.source,
        Side::Target => &sync.target,
    };
    let invitation = sync.guests.invite.then(|| Invitation {
        redirect_url: sync.guests.redirect_url.clone(),
        send_message: sync.guests.send_message,
    });
    let fields = sync.mapping.rules.iter().map(|rule| match side {
        Side::Source => &rule.attribute,
        Side::Target => &rule.field,
    });
    let list = ListRef {
        connection: endpoint.connection.clone(),
        list: only_list(sync, side, endpoint)?,
    };
    Ok(WantedList {
        flatten: endpoint.nested == Nested::Flatten,
        create: endpoint.create,
        invitation,
        fields: fields.cloned().collect(),
        ..WantedList::of(list)
    })
}

fn only_list(sync: &Sync, side: Side, endpoint: &Endpoint) -> Result<String, ConnectorError> {
    let unsupported = |what: &str| {
        let message = format!("{what} on `{}` cannot be run yet", endpoint.connection);
        Err(ConnectorError::new(ErrorKind::Settings, message)
            .help("use one list on each side for now"))
    };
    match endpoint.lists.as_slice() {
        _ if side == Side::Target && sync.mapping.route.is_some() => {
            let message = format!("`{}` routes people to many lists", sync.id);
            Err(ConnectorError::new(ErrorKind::Settings, message)
                .help("each list is run by itself; `rollcall local` and the functions app do that"))
        }
        _ if !endpoint.exclude_lists.is_empty() => {
            unsupported("leaving out the members of other lists")
        }
        [] => Ok(String::new()),
        [one] => Ok(one.clone()),
        _ => unsupported("more than one list"),
    }
}

/// The lists that a sync routes the people of its source to, in the order of the alphabet. Names that differ only in
/// case are one list.
pub async fn routes(
    readers: &dyn Readers,
    sync: &Sync,
    watch: &dyn Watch,
) -> Result<Vec<String>, ConnectorError> {
    let Some(attribute) = &sync.mapping.route else {
        return Ok(Vec::new());
    };
    let reader = readers.reader(&wanted(sync, Side::Source)?).await?;
    let reading = reader.read(watch).await?;
    let mut lists: BTreeMap<String, String> = BTreeMap::new();
    for member in &reading.members {
        let is_wanted = member.kind == Kind::Person
            && sync.filter.holds(&member.attributes)
            && !sync.exclude.iter().any(|pattern| pattern.fits(member));
        let names = match member.attributes.get(attribute) {
            Some(Value::Text(name)) if is_wanted => std::slice::from_ref(name),
            Some(Value::Texts(names)) if is_wanted => names,
            _ => continue,
        };
        for name in names {
            let first = lists.entry(name.to_lowercase()).or_insert(name.clone());
            // Not the order of the rows: the same people give the same names.
            if name < first {
                first.clone_from(name);
            }
        }
    }
    Ok(lists.into_values().collect())
}

/// Opens both readers.
pub async fn open(readers: &dyn Readers, sync: &Sync) -> Result<OpenReaders, ConnectorError> {
    Ok(Sides {
        source: readers.reader(&wanted(sync, Side::Source)?).await?,
        target: readers.reader(&wanted(sync, Side::Target)?).await?,
    })
}

/// Reads both lists, at the same time. One that fails is an error: nothing is planned from half of the truth.
pub async fn both(open: &OpenReaders, watch: &dyn Watch) -> Result<Sides<Reading>, ConnectorError> {
    // Where both fail, it is the source's problem that is told, whichever of them is faster.
    let target = async { Ok(open.target.read(watch).await) };
    let (source, target) = tokio::try_join!(open.source.read(watch), target)?;
    Ok(Sides {
        source,
        target: target?,
    })
}

/// The plan. Where somebody has to be looked up, reads that side's directory once and plans again.
pub async fn plan(
    open: &OpenReaders,
    sync: &Sync,
    readings: &mut Sides<Reading>,
    baseline: Option<&Baseline>,
    watch: &dyn Watch,
) -> Result<Plan, ConnectorError> {
    with_mapped_phones(sync, readings);
    let mut plan = reconcile(sync, &readings.source, &readings.target, baseline);
    let mut looked_up = false;
    for side in [Side::Source, Side::Target] {
        if *plan.wants_directory.of(side) {
            readings.of_mut(side).directory = Some(open.of(side).directory(watch).await?);
            looked_up = true;
        }
    }
    if looked_up {
        with_mapped_phones(sync, readings);
        plan = reconcile(sync, &readings.source, &readings.target, baseline);
    }
    Ok(plan)
}
