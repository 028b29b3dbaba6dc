use super::{
    places::{about, connection_place},
    *,
};
use crate::{app::kinds, store::embedded};

fn now() -> Timestamp {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

async fn put_new(
    stores: &Stores,
    shelf: Shelf,
    name: &str,
    value: Value,
) -> Result<Version, CatalogError> {
    put(
        stores,
        &kinds(),
        shelf,
        name,
        value,
        &Expected::Nothing,
        now(),
    )
    .await
}

fn sync_between(source: &str, target: &str) -> Value {
    json!({ "source": source, "target": { "connection": target, "list": "a.csv" } })
}

fn csv() -> Value {
    json!({ "type": "csv", "folder": "lists" })
}

#[tokio::test]
async fn what_is_put_is_judged_beside_everything_else() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    let missing = put_new(
        &stores,
        Shelf::Syncs,
        "a",
        sync_between("entra-id", "lists"),
    )
    .await;
    let Err(CatalogError::Faults(faults)) = missing else {
        panic!("{missing:?}");
    };
    assert_eq!(faults[0].path, "target.connection", "{faults:?}");
    put_new(&stores, Shelf::Connections, "lists", csv())
        .await
        .unwrap();
    put_new(
        &stores,
        Shelf::Syncs,
        "a",
        sync_between("entra-id", "lists"),
    )
    .await
    .unwrap();
    let twice = put_new(
        &stores,
        Shelf::Syncs,
        "b",
        sync_between("entra-id", "lists"),
    )
    .await;
    assert!(
        matches!(&twice, Err(CatalogError::Faults(faults)) if faults[0].path == "target"),
        "two mirrors onto one list: {twice:?}"
    );
    let bad = put_new(
        &stores,
        Shelf::Connections,
        "bad",
        json!({ "type": "csv", "x": 1 }),
    )
    .await;
    assert!(matches!(bad, Err(CatalogError::Faults(_))));
    let found = sync(&stores, &kinds(), "a").await.unwrap().unwrap();
    assert_eq!(found.unwrap().1.id, "a");
    assert!(sync(&stores, &kinds(), "b").await.unwrap().is_none());
}

#[tokio::test]
async fn somebody_elses_change_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    let first = put_new(&stores, Shelf::Connections, "lists", csv())
        .await
        .unwrap();
    let again = put_new(&stores, Shelf::Connections, "lists", csv()).await;
    assert!(matches!(again, Err(CatalogError::Changed(_))));
    let change = |version: &Version| {
        let expected = Expected::Version(version.clone());
        let stores = stores.clone();
        async move {
            let shelf = Shelf::Connections;
            put(&stores, &kinds(), shelf, "lists", csv(), &expected, now()).await
        }
    };
    let second = change(&first).await.unwrap();
    assert!(matches!(
        change(&first).await,
        Err(CatalogError::Changed(_))
    ));
    let late = delete(&stores, Shelf::Connections, "lists", &first, now()).await;
    assert!(matches!(late, Err(CatalogError::Changed(_))));
    delete(&stores, Shelf::Connections, "lists", &second, now())
        .await
        .unwrap();
    assert_eq!(list(&stores, Shelf::Connections).await.unwrap(), []);
}

#[tokio::test]
async fn a_connection_in_use_stays() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    let version = put_new(&stores, Shelf::Connections, "lists", csv())
        .await
        .unwrap();
    put_new(
        &stores,
        Shelf::Syncs,
        "a",
        sync_between("entra-id", "lists"),
    )
    .await
    .unwrap();
    let refused = delete(&stores, Shelf::Connections, "lists", &version, now()).await;
    assert!(
        matches!(&refused, Err(CatalogError::InUse { syncs, .. }) if syncs == &["`a`"]),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_fault_in_another_sync_is_called_by_its_id() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    put_new(&stores, Shelf::Connections, "lists", csv())
        .await
        .unwrap();
    let onto = |list: &str| json!({ "source": "entra-id", "target": { "connection": "lists", "list": list } });
    let first = put_new(&stores, Shelf::Syncs, "a", onto("a.csv"))
        .await
        .unwrap();
    put_new(&stores, Shelf::Syncs, "b", onto("b.csv"))
        .await
        .unwrap();
    let (kinds, expected) = (kinds(), Expected::Version(first));
    let put = put(
        &stores,
        &kinds,
        Shelf::Syncs,
        "a",
        onto("b.csv"),
        &expected,
        now(),
    );
    let Err(CatalogError::Faults(faults)) = put.await else {
        panic!("two mirrors onto one list");
    };
    assert_eq!(faults[0].path, "syncs.b.target");
}

#[test]
fn only_whole_steps_are_taken_off_a_place() {
    let fault = |path: &str| Fault {
        path: path.to_owned(),
        message: String::new(),
        help: None,
    };
    let places = ["", ".folder", "2.folder", "[0].x"];
    let faults = places.map(|rest| fault(&format!("connections.files{rest}")));
    let told = about(&connection_place("files"), &[], faults.to_vec());
    let paths: Vec<&str> = told.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["", "folder", "connections.files2.folder", "[0].x"]);
    let quoted = about(
        &connection_place("a.b"),
        &[],
        vec![fault("connections[\"a.b\"].x")],
    );
    assert_eq!(quoted[0].path, "x");
}

#[tokio::test]
async fn a_connection_is_judged_without_the_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    put_new(&stores, Shelf::Connections, "lists", csv())
        .await
        .unwrap();
    let names = |name: &'static str| {
        let stores = stores.clone();
        async move {
            let found = connections(&stores, &kinds(), name).await.unwrap().unwrap();
            found.connections.into_keys().collect::<Vec<_>>()
        }
    };
    assert_eq!(names("lists").await, ["lists"]);
    assert_eq!(names("entra-id").await, ["entra-id", "lists"]);
    assert_eq!(names("nowhere").await, ["lists"]);
}
