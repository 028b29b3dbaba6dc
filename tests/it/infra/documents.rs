//! `docs/deploy.md` tells what is there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{block, file, parameters};

/// The rows of a table under a heading: the first cells, without their ticks.
fn first_cells(text: &str, heading: &str) -> BTreeSet<String> {
    let section = text
        .split(&format!("\n## {heading}\n"))
        .nth(1)
        .unwrap_or_else(|| panic!("no section `{heading}`"));
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.flat_map(|row| {
        let cell = row.trim_start_matches("| ").split(" | ").next().unwrap();
        cell.split('`').skip(1).step_by(2)
    });
    cells.map(str::to_owned).collect()
}

#[test]
fn every_parameter_is_documented_and_none_that_is_not_there() {
    let main = file("infra/main.bicep");
    let there: BTreeSet<String> = parameters(&main)
        .into_iter()
        .map(|(name, ..)| name.to_owned())
        .collect();
    assert_eq!(first_cells(&file("docs/deploy.md"), "Parameters"), there);
}

#[test]
fn every_level_is_documented_with_its_permissions() {
    let deploy = file("docs/deploy.md");
    let table: Value = serde_json::from_str(&file("infra/graph-permissions.json")).unwrap();
    for level in table["levels"].as_array().unwrap() {
        let name = level["name"].as_str().unwrap();
        let row = deploy
            .lines()
            .find(|line| line.starts_with(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("no row of `{name}`"));
        let cells: Vec<&str> = row.split(" | ").collect();
        assert_eq!(cells[1], level["allows"].as_str().unwrap());
        let told: Vec<&str> = cells[2].split('`').skip(1).step_by(2).collect();
        let granted: Vec<&str> = level["permissions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|permission| permission.as_str().unwrap())
            .collect();
        assert_eq!(told, granted, "{name}");
    }
}

/// How many resources a file makes in any case.
fn made(name: &str) -> usize {
    let text = file(&format!("infra/{name}.bicep"));
    let made = text.lines().filter(|line| {
        let is_resource = line.trim_start().starts_with("resource ");
        is_resource && line.ends_with(" = {") && !line.contains(" existing ")
    });
    made.count()
}

#[test]
fn the_figures_are_those_of_the_templates() {
    const OF_THE_PUBLISHER: usize = 3;
    const ENDPOINTS: usize = 4;
    let roles = file("infra/modules/roles.bicep");
    let of_the_publisher = roles.matches(" = if (!empty(publisherId)) {").count();
    assert_eq!(of_the_publisher, OF_THE_PUBLISHER);
    let usual = ["app", "identity", "logs", "roles", "storage", "vault"];
    let usual = usual.map(|name| made(&format!("modules/{name}")));
    let usual = usual.into_iter().sum::<usize>() + OF_THE_PUBLISHER;
    let alerts = file("infra/monitoring/alerts.bicep");
    let rules = block(&alerts, "var always = [")
        .matches("\n    name: '")
        .count();
    let monitoring = ["main", "alerts", "secrets", "workbook"];
    let monitoring = monitoring.map(|name| made(&format!("monitoring/{name}")));
    let monitoring = monitoring.into_iter().sum::<usize>() + rules;
    // With the network interface that Azure makes.
    let private = made("modules/network") + ENDPOINTS * (made("modules/endpoint") + 1);
    let deploy = file("docs/deploy.md");
    let figures = deploy.split("| Resources you see | All of them |").nth(1);
    let rows = figures.unwrap().lines().skip(2).take(4);
    let told: Vec<usize> = rows
        .map(|row| row.split(" | ").nth(2).unwrap().parse().unwrap())
        .collect();
    assert_eq!(
        told,
        [
            usual + monitoring,
            usual,
            usual + monitoring + private,
            usual + private
        ]
    );
}
