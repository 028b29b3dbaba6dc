//! The storage account deletes nothing by itself that the program still needs.

use std::{collections::BTreeMap, fs, path::Path};

use super::{block, file};

/// Every folder of blobs, and what may become of it. The days are those of a rule of the storage account.
const FOLDERS: [(&str, &str); 8] = [
    ("baselines", "stays"),
    ("deliveries", "keepDays"),
    ("feeds", "stays"),
    ("garbage", "keepDays"),
    ("packages", "safetyNetDays"),
    ("runs", "safetyNetDays"),
    ("scopes", "stays"),
    ("snapshots", "safetyNetDays"),
];

/// The folders that the program writes blobs to: what stands before the first placeholder of a blob's name.
fn written() -> Vec<String> {
    fn below(path: &Path, found: &mut Vec<String>) {
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                below(&entry.unwrap().path(), found);
            }
            return;
        }
        let text = fs::read_to_string(path).unwrap();
        for part in text.split("format!(\"").skip(1) {
            let name = part.split('"').next().unwrap();
            if let Some((folder, _)) = name.split_once("/{") {
                let is_folder = folder.bytes().all(|byte| byte.is_ascii_lowercase());
                if is_folder && !folder.is_empty() {
                    found.push(folder.to_owned());
                }
            }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for place in ["history.rs", "history", "intake", "worker.rs", "worker"] {
        below(&source.join(place), &mut found);
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_folder_of_blobs_is_decided_about() {
    let decided: Vec<&str> = FOLDERS.iter().map(|(folder, _)| *folder).collect();
    assert_eq!(written(), decided);
}

#[test]
fn rules_delete_what_may_go_and_nothing_else() {
    let storage = file("infra/modules/storage.bicep");
    let policy = storage.split("resource lifecycle ").nth(1).unwrap();
    let policy = policy.split("\n    dependsOn").next().unwrap();
    let mut ruled = BTreeMap::new();
    for rule in policy.split("name: 'old-").skip(1) {
        let Some(prefixes) = rule.split("prefixMatch: [").nth(1) else {
            // Without a folder a rule may touch earlier versions alone.
            assert!(
                rule.contains("version: {") && !rule.contains("baseBlob"),
                "{rule}"
            );
            continue;
        };
        let days = rule
            .split("daysAfterModificationGreaterThan: ")
            .nth(1)
            .unwrap();
        let days = days.lines().next().unwrap();
        for prefix in prefixes
            .split(']')
            .next()
            .unwrap()
            .split('\'')
            .skip(1)
            .step_by(2)
        {
            let folder = prefix.strip_prefix("rollcall/").unwrap();
            ruled.insert(folder.strip_suffix('/').unwrap(), days);
        }
    }
    let going = FOLDERS.into_iter().filter(|(_, days)| *days != "stays");
    assert_eq!(ruled, going.collect());
    // Longer than the program itself keeps anything, by far.
    assert!(storage.contains("var safetyNetDays = keepDays + 365\n"));
}

#[test]
fn the_container_of_the_rules_is_the_one_of_the_program() {
    let container = rollcall::store::azure::CONTAINER;
    assert_eq!(container, "rollcall");
    let storage = file("infra/modules/storage.bicep");
    assert!(block(&storage, "resource account").contains(&format!("name: '{container}'")));
}
