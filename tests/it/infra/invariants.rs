//! What must be so of every resource, and what must never stand in Bicep.

use super::{bicep, block, code, file, parameters};

/// What ties a file to one cloud, or takes a key out of a resource.
const NEVER: [&str; 12] = [
    "listKeys(",
    "listAccountSas(",
    "listServiceSas(",
    "listSecrets(",
    ".listCredentials(",
    "core.windows.net",
    "azure.com",
    "azure.net",
    "azure.us",
    "azure.cn",
    "azurewebsites",
    "windows.net",
];

#[test]
fn no_key_is_read_and_no_cloud_is_named() {
    for (path, text) in bicep() {
        for line in code(&text) {
            for never in NEVER {
                assert!(!line.contains(never), "{path}: `{never}` in `{line}`");
            }
        }
    }
}

#[test]
fn no_output_is_a_secret() {
    let mut count = 0;
    for (path, text) in bicep() {
        for line in text.lines().filter(|line| line.starts_with("output ")) {
            count += 1;
            let (declared, value) = line.split_once('=').unwrap();
            let lower = value.to_lowercase();
            for never in [
                "connectionstring",
                "instrumentationkey",
                "password",
                ".list",
                "getsecret",
                "primarykey",
            ] {
                assert!(!lower.contains(never), "{path}: {line}");
            }
            let name = declared.split_whitespace().nth(1).unwrap().to_lowercase();
            let looks_like_one = ["key", "secret", "token", "password", "connectionstring"]
                .iter()
                .any(|end| name.ends_with(end));
            assert!(!looks_like_one, "{path}: {line}");
        }
        assert!(
            !text.contains("@secure()"),
            "{path}: secrets are put into the vault, and are no parameters"
        );
    }
    assert!(count > 10, "the test no longer finds outputs");
}

/// Every resource of a type that is made, from its line to its end.
fn made(kind: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, text) in bicep() {
        for part in text.split("\nresource ").skip(1) {
            let (head, _) = part.split_once('\n').unwrap();
            if head.contains(&format!("'{kind}@")) && !head.contains(" existing ") {
                let whole = format!("resource {part}");
                found.push((path.clone(), block(&whole, "resource ").to_owned()));
            }
        }
    }
    assert!(!found.is_empty(), "the test no longer finds any `{kind}`");
    found
}

#[test]
fn resources_are_closed_where_they_can_be() {
    for (kind, musts) in [
        (
            "Microsoft.Storage/storageAccounts",
            &[
                "\n    allowSharedKeyAccess: false\n",
                "\n    allowBlobPublicAccess: false\n",
                "\n    supportsHttpsTrafficOnly: true\n",
                "\n    minimumTlsVersion: 'TLS1_2'\n",
                "\n      deleteRetentionPolicy: {\n        enabled: true\n",
                "\n      containerDeleteRetentionPolicy: {\n        enabled: true\n",
            ][..],
        ),
        (
            "Microsoft.Web/sites",
            &[
                "\n    httpsOnly: true\n",
                "minTlsVersion: '1.2'\n",
                "scmMinTlsVersion: '1.2'\n",
                "\n    keyVaultReferenceIdentity: identityId\n",
                "    name: 'scm'\n    properties: {\n      allow: false\n",
                "    name: 'ftp'\n    properties: {\n      allow: false\n",
                "    type: 'UserAssigned'\n",
            ],
        ),
        (
            "Microsoft.KeyVault/vaults",
            &[
                "\n    enableRbacAuthorization: true\n",
                "\n    enableSoftDelete: true\n",
                "\n    enablePurgeProtection: true\n",
            ],
        ),
        (
            "Microsoft.OperationalInsights/workspaces",
            &["\n      disableLocalAuth: true\n"],
        ),
        (
            "Microsoft.Insights/components",
            &["\n    DisableLocalAuth: true\n"],
        ),
    ] {
        for (path, body) in made(kind) {
            for must in musts {
                assert!(body.contains(must), "{path}: {kind} lacks `{must}`");
            }
        }
    }
    let containers = file("infra/modules/storage.bicep");
    let count = containers.matches("'containers' = {").count();
    assert_eq!(containers.matches("publicAccess: 'None'").count(), count);
}

#[test]
fn every_parameter_says_what_it_is_and_how_far_it_goes() {
    for (path, text) in bicep() {
        if path.ends_with(".bicepparam") {
            continue;
        }
        for (name, _, decorators) in parameters(&text) {
            let described = decorators
                .iter()
                .any(|line| line.starts_with("@description('"));
            assert!(described, "{path}: `{name}` has no description");
        }
    }
    let main = file("infra/main.bicep");
    let all = parameters(&main);
    assert!(all.len() > 25, "the test no longer finds parameters");
    for (name, kind, decorators) in all {
        let has_limits = decorators.iter().any(|line| {
            ["@allowed", "@min", "@max"]
                .iter()
                .any(|limit| line.starts_with(limit))
        });
        assert!(
            has_limits || ["bool", "object", "alertLimitsType"].contains(&kind),
            "`{name}` has no limits"
        );
    }
}

#[test]
fn every_limit_of_alerts_says_what_it_is_and_how_far_it_goes() {
    let monitoring = file("infra/monitoring/main.bicep");
    let limits = block(&monitoring, "type alertLimits = {");
    let limits: Vec<&str> = limits.split("\n\n").collect();
    assert!(limits.len() > 6, "the test no longer finds limits");
    for limit in limits {
        assert!(limit.contains("  @description('"), "{limit}");
        let ends = limit.contains("  @minValue(") && limit.contains("  @maxValue(");
        assert!(ends || limit.contains(" | "), "{limit}");
        assert!(limit.ends_with('?'), "it can be left out: {limit}");
    }
}

/// What is there and is not said to be replaced is a conflict: the second deployment would fail.
#[test]
fn saved_searches_can_be_deployed_again() {
    for (path, body) in made("Microsoft.OperationalInsights/workspaces/savedSearches") {
        assert!(body.contains("\n    etag: '*'\n"), "{path}: {body}");
    }
}
