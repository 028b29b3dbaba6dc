//! What HR says: a CSV file of everybody who works here, to a PoliteMail list, and from there to an Entra ID group.

use std::path::Path;

use serde_json::json;

use super::{
    act, company,
    stage::{Ended, Stage, Systems, all, start_platform, start_tenant, write},
};
use crate::{
    cli::{Failure, print},
    sandbox::{Sandbox, platform::StandIn, politemail::PoliteMail},
    settings::{ENTRA_SECRET, POLITEMAIL_TOKEN, Settings},
    summary::Status,
};

/// The name of the list and of the group.
const LIST: &str = "All Staff";
/// How many people work here.
const STAFF: usize = 60;
/// Who leaves, by position.
const LEAVES: usize = 17;

/// Plays the scenario.
pub(super) async fn play(folder: &Path) -> Result<Ended, Failure> {
    let tenant = company::tenant(STAFF + 1, &["User.Read.All", "Group.ReadWrite.All"]);
    let tenant = start_tenant(tenant).await?;
    let lists = start_platform(PoliteMail::with_login(company::TOKEN, company::TOKEN)).await?;
    let systems: Systems<'_> = &[("PoliteMail", &lists), ("Microsoft Graph", &tenant)];
    let settings = Settings {
        politemail_url: Some(lists.url().to_owned()),
        ..Settings::default()
    };
    let secrets = [
        (ENTRA_SECRET, company::SECRET),
        (POLITEMAIL_TOKEN, company::TOKEN),
    ];
    let file = folder.join("hr").join("staff.csv");
    write(&file, &staff(0..STAFF))?;
    let mut stage = Stage::set(folder, &definition(), &settings, &secrets, &tenant)?;
    let header = staff(0..0);
    print(&format!(
        "HR leaves {} with a row for each of {STAFF} employees ({}).\n\
         Neither PoliteMail nor the tenant has such a list yet.\n",
        file.display(),
        header.trim_end()
    ));

    act("The first round makes the list and fills it, and then the group.");
    stage.first(systems, true).await?;
    let staff_now = |people: std::ops::Range<usize>, left: Option<usize>| -> Vec<usize> {
        people.filter(|position| Some(*position) != left).collect()
    };
    stage.told(
        "list and group hold who is in the file",
        are_on_both(&lists, &tenant, &staff_now(0..STAFF, None)),
    );
    stage.told(
        "contacts are made with their names and managers",
        lists
            .snapshot()
            .contact(&company::address(1))
            .is_some_and(|contact| {
                contact.fields.get("LastName") == Some(&company::person(1).last)
                    && contact.fields.contains_key("Notes")
            }),
    );

    act("The next file: somebody has left, and somebody is new.");
    let rows = staff_now(0..STAFF + 1, Some(LEAVES));
    write(&file, &staff(rows.iter().copied()))?;
    let round = stage.apply_and_show().await?;
    stage.told("the next round succeeds", all(&round, Status::Succeeded));
    stage.told(
        "who left HR is on neither, and who is new on both",
        are_on_both(&lists, &tenant, &rows),
    );

    act("The same file again: nothing is left to do.");
    stage.idle(systems).await?;
    let members = company::members_of(&tenant, LIST).len();
    Ok(stage.ended(members))
}

fn definition() -> String {
    let definition = json!({
        "connections": {
            "hr": {
                "type": "csv",
                "folder": "hr",
                "delimiter": "|",
                "columns": { "address": "Work mail", "employeeId": "Number" },
                "readOnly": true,
            },
        },
        "syncs": [
            {
                "id": "hr-to-list",
                "source": { "connection": "hr", "list": "staff.csv" },
                "target": { "connection": "politemail", "list": LIST, "create": true },
                "mapping": {
                    "First name": "FirstName",
                    "Last name": "LastName",
                    "Manager": { "field": "Notes", "template": "Reports to {Manager}" },
                },
            },
            {
                "id": "list-to-group",
                "source": { "connection": "politemail", "list": LIST },
                "target": { "connection": "entra-id", "group": LIST, "create": true },
            },
        ],
    });
    format!("{definition:#}\n")
}

/// The file that HR leaves: one row for each active employee. Everybody but the director reports to one of the first
/// few.
fn staff(people: impl IntoIterator<Item = usize>) -> String {
    let mut text = String::from("Number|Work mail|First name|Last name|Department|Manager\n");
    for position in people {
        let person = company::person(position);
        let manager = company::address(position / 12);
        text.push_str(&format!(
            "{}|{}|{}|{}|{}|{manager}\n",
            person.number, person.address, person.first, person.last, person.department,
        ));
    }
    text
}

/// Whether exactly these people are on the list, and in the group.
fn are_on_both(lists: &StandIn<PoliteMail>, tenant: &Sandbox, people: &[usize]) -> bool {
    let mut addresses: Vec<String> = people.iter().copied().map(company::address).collect();
    addresses.sort();
    let mut ids: Vec<String> = people.iter().copied().map(company::id).collect();
    ids.sort();
    lists.snapshot().emails_on(LIST) == addresses && company::members_of(tenant, LIST) == ids
}
