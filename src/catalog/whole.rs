//! Everything in the catalog as one definition: what can be used, and what is wrong with the rest.

use super::{Item, Shelf, alone, document, readable};
use crate::{
    definition::{connection::ConnectionKind, fault::Fault, sync::Definition, validate::load},
    store::ports::{StoreError, Stores},
};

/// Everything in the catalog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Whole {
    /// What can be used.
    pub definition: Definition,
    /// What cannot, or not together with the rest.
    pub unfit: Vec<Unfit>,
}

/// Something in the catalog that cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfit {
    /// The sync; `None` of the connections, or of everything together.
    pub sync: Option<String>,
    /// Why not.
    pub faults: Vec<Fault>,
}

/// Reads everything in the catalog. Rows that cannot be read come back beside it; they hide no other.
pub async fn whole(
    stores: &Stores,
    kinds: &[ConnectionKind],
) -> Result<(Whole, Vec<StoreError>), StoreError> {
    let ((syncs, mut broken), (connections, others)) = futures::try_join!(
        readable(stores, Shelf::Syncs),
        readable(stores, Shelf::Connections),
    )?;
    broken.extend(others);
    Ok((together(kinds, &connections, syncs), broken))
}

fn together(kinds: &[ConnectionKind], connections: &[Item], syncs: Vec<Item>) -> Whole {
    let faults = match load(&document(connections, &syncs), kinds) {
        Ok(definition) => {
            return Whole {
                definition,
                unfit: Vec::new(),
            };
        }
        Err(faults) => faults,
    };
    if let Err(faults) = load(&document(connections, &[]), kinds) {
        // No sync can be judged beside them.
        return Whole {
            definition: Definition::default(),
            unfit: vec![Unfit { sync: None, faults }],
        };
    }
    let mut whole = Whole::default();
    for item in syncs {
        let name = item.name.clone();
        match alone(kinds, connections, item) {
            Ok((definition, sync)) => {
                whole.definition.connections.extend(definition.connections);
                whole.definition.syncs.push(sync);
            }
            Err(faults) => whole.unfit.push(Unfit {
                sync: Some(name),
                faults,
            }),
        }
    }
    if whole.unfit.is_empty() {
        // Each is fine by itself: what is wrong is between them.
        whole.unfit.push(Unfit { sync: None, faults });
    }
    whole
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::store::ports::Version;

    fn item(name: &str, value: Value) -> Item {
        Item {
            name: name.to_owned(),
            value,
            changed: Timestamp::UNIX_EPOCH,
            version: Version(String::new()),
        }
    }

    fn sync(name: &str, from: &str, to: &str) -> Item {
        let end = |connection: &str| json!({ "connection": connection, "list": "a.csv" });
        item(name, json!({ "source": end(from), "target": end(to) }))
    }

    fn of(connections: &[Item], syncs: &[Item]) -> (Vec<String>, Vec<Option<String>>) {
        let kinds = crate::app::kinds();
        let whole = together(&kinds, connections, syncs.to_vec());
        assert!(whole.unfit.iter().all(|unfit| !unfit.faults.is_empty()));
        let ids = whole.definition.syncs.into_iter().map(|sync| sync.id);
        let unfit = whole.unfit.into_iter().map(|unfit| unfit.sync);
        (ids.collect(), unfit.collect())
    }

    #[test]
    fn what_cannot_be_used_hides_nothing_else() {
        let folder = |name: &str| item(name, json!({ "type": "csv", "folder": name }));
        let connections = [folder("hr"), folder("lists")];
        let good = sync("good", "hr", "lists");
        let bad = item("bad", json!({ "source": "hr" }));
        let ids = |names: &[&str]| -> Vec<String> {
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(of(&connections, &[]), (ids(&[]), vec![]));
        assert_eq!(
            of(&connections, std::slice::from_ref(&good)),
            (ids(&["good"]), vec![])
        );
        assert_eq!(
            of(&connections, &[bad, good.clone()]),
            (ids(&["good"]), vec![Some("bad".to_owned())])
        );
        // Both mirror onto the same list.
        let same = sync("same", "hr", "lists");
        assert_eq!(
            of(&connections, &[good.clone(), same]),
            (ids(&["good", "same"]), vec![None])
        );
        let broken = item("broken", json!({ "type": "nothing" }));
        assert_eq!(of(&[broken], &[good]), (ids(&[]), vec![None]));
    }
}
