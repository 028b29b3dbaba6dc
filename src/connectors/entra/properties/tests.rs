use serde_json::json;

use super::*;
use crate::model::list::ListRef;

fn wanted(reads: &[&str], given: &[&str]) -> WantedList {
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    WantedList {
        reads: texts(reads),
        given: texts(given),
        ..WantedList::of(ListRef {
            connection: "entra-id".to_owned(),
            list: String::new(),
        })
    }
}

fn error_of(reads: &[&str], given: &[&str]) -> String {
    let error = Properties::of(&wanted(reads, given)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Settings);
    error.to_string()
}

#[test]
fn what_a_sync_looks_at_is_asked_for_once() {
    let extension = "extension_0123456789abcdef0123456789abcdef_costCentre";
    let reads = [
        "department",
        "state",
        "state",
        "extensionAttribute3",
        "extensionAttribute15",
        extension,
        "objectType",
        "aliases",
    ];
    let properties = Properties::of(&wanted(&reads, &[])).unwrap();
    let select = properties.select();
    let (usual, more) = select.split_once(",preferredLanguage,").unwrap();
    assert!(usual.starts_with("id,displayName,"), "{select}");
    assert_eq!(
        more,
        format!("state,onPremisesExtensionAttributes,{extension}")
    );
    assert!(!properties.manager);
    assert!(
        Properties::of(&wanted(&["managerId"], &[]))
            .unwrap()
            .manager
    );
    assert_eq!(
        Properties::of(&wanted(&[], &[])).unwrap(),
        Properties::usual()
    );
}

#[test]
fn a_name_in_another_spelling_is_refused_with_the_right_one() {
    for (written, right) in [
        ("Department", "department"),
        ("usagelocation", "usageLocation"),
        ("Objecttype", "objectType"),
        ("job title", "jobTitle"),
        ("e-mail", "mail"),
    ] {
        let error = error_of(&[written], &[]);
        assert!(error.contains(&format!("`{written}`")), "{error}");
        assert!(
            error.contains(&format!("did you mean `{right}`?")),
            "{error}"
        );
    }
    for written in ["id,mail&$filter=x", "", "1st", "extensionAttribute0 "] {
        assert!(error_of(&[written], &[]).contains(&format!("`{written}`")));
    }
}

#[test]
fn what_graph_refuses_is_named() {
    let properties = Properties::of(&wanted(&["extensionAttribute16", "mySkils"], &[])).unwrap();
    let refused = |status, message: &str| {
        properties.refused(&Answer {
            status,
            retry_after: None,
            body: json!({"error": {"code": "BadRequest", "message": message}}),
        })
    };
    let error = refused(
        400,
        "Could not find a property named 'extensionAttribute16' on type 'microsoft.graph.user'.",
    )
    .unwrap();
    assert_eq!(error.kind, ErrorKind::Settings);
    assert!(error.message.contains("`extensionAttribute16`"), "{error}");
    let error = refused(501, "Not implemented").unwrap();
    assert!(error.message.contains("`mySkils`"), "{error}");
    assert_eq!(refused(400, "Invalid page size specified: '999'."), None);
    assert_eq!(refused(403, "'mySkils'"), None);
}

#[test]
fn only_what_is_not_about_who_somebody_is_can_be_given_away() {
    let properties = Properties::of(&wanted(&[], &["mobilePhone", "usageLocation"])).unwrap();
    assert!(
        properties
            .select()
            .ends_with(",usageLocation,onPremisesSyncEnabled")
    );
    for field in [
        "userPrincipalName",
        "accountEnabled",
        "otherMails",
        "mail",
        "MobilePhone",
        "manager",
    ] {
        let error = error_of(&[], &[field]);
        assert!(
            error.contains(&format!("`{field}`")) && error.contains("`mobilePhone`"),
            "{error}"
        );
    }
}
