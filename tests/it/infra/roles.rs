//! Roles: the documented ids, on one resource each, and a reason for each.

use std::collections::BTreeMap;

use super::{bicep, block, file};

/// Built-in roles by the names they have here.
/// <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>
const DOCUMENTED: [(&str, &str); 7] = [
    (
        "keyVaultSecretsOfficer",
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    ),
    (
        "keyVaultSecretsUser",
        "4633458b-17de-408a-b874-0445c86b69e6",
    ),
    (
        "monitoringMetricsPublisher",
        "3913510d-42f4-4e42-8a64-420c390055eb",
    ),
    (
        "storageBlobDataContributor",
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    ),
    (
        "storageBlobDataOwner",
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    ),
    (
        "storageQueueDataContributor",
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    ),
    (
        "storageTableDataContributor",
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    ),
];

#[test]
fn every_role_has_its_documented_id_and_a_reason() {
    let roles = file("infra/modules/roles.bicep");
    let mut found = BTreeMap::new();
    let mut has_reason = false;
    for line in block(&roles, "var role = {").lines().skip(1) {
        let line = line.trim();
        if line.starts_with("//") {
            has_reason = true;
            continue;
        }
        let (name, id) = line.split_once(": ").unwrap();
        assert!(has_reason, "`{name}` has no reason");
        found.insert(name.to_owned(), id.trim_matches('\'').to_owned());
        has_reason = false;
    }
    let documented = DOCUMENTED.map(|(name, id)| (name.to_owned(), id.to_owned()));
    assert_eq!(found, BTreeMap::from(documented));
}

#[test]
fn every_role_is_on_one_resource_and_says_what_for() {
    let mut count = 0;
    for (path, text) in bicep() {
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if !line.contains("'Microsoft.Authorization/roleAssignments@") {
                continue;
            }
            count += 1;
            let place = format!("{path}:{}", number + 1);
            assert!(lines[number - 1].starts_with("// "), "{place}: no reason");
            let rest = lines[number..].join("\n");
            let body = block(&rest, "resource ");
            let scope = body.lines().find(|line| line.starts_with("  scope: "));
            let scope = scope.unwrap_or_else(|| panic!("{place}: it is for the whole group"));
            assert!(!scope.contains('('), "{place}: it is for more than one");
            let role = body.split("role.").nth(2).unwrap();
            let role = role.split(')').next().unwrap();
            let is_named_alike = body.contains(&format!("role.{role})\n  scope"));
            assert!(
                is_named_alike,
                "{place}: its name would be that of another role"
            );
        }
    }
    assert_eq!(count, 8, "the test no longer finds the roles");
}
