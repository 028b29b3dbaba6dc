//! A PoliteMail list and an Entra ID group, kept in step in both directions.

use std::path::Path;

use serde_json::json;

use super::{
    act, company,
    stage::{Ended, Stage, Systems, all, reports, start_platform, start_tenant},
};
use crate::{
    cli::{Failure, print},
    plan::change::Because,
    run::Finished,
    sandbox::{
        Sandbox,
        platform::StandIn,
        politemail::{Contact, List, PoliteMail},
    },
    settings::{ENTRA_SECRET, POLITEMAIL_TOKEN, Settings},
    summary::Status,
};

/// The name of the list, and of the group that it becomes.
const LIST: &str = "Region Asia";
const EXTERNAL: &str = "joe.keller@partner.example";

/// Who does what the day after, by position: one leaves the company, one unsubscribes, and behind the last on the list
/// come two who join the group, one who opted out long ago, and one who joins the list.
const LEAVES: usize = 5;
const UNSUBSCRIBES: usize = 11;
const JOIN_GROUP: usize = 2;

/// Plays the scenario with this many people on the list.
pub(super) async fn play(folder: &Path, members: usize) -> Result<Ended, Failure> {
    let employees = (members + members / 4).max(members + 14);
    let mut tenant = company::tenant(
        employees,
        &["User.Read.All", "Group.ReadWrite.All", "User.Invite.All"],
    );
    let alias = format!("asia.{}", company::address(1));
    company::give_alias(&mut tenant, 1, &alias);
    let tenant = start_tenant(tenant).await?;
    let lists = start_platform(server(members, &alias)).await?;
    let systems: Systems<'_> = &[("PoliteMail", &lists), ("Microsoft Graph", &tenant)];
    let secrets = [
        (ENTRA_SECRET, company::SECRET),
        (POLITEMAIL_TOKEN, company::TOKEN),
    ];
    let settings = Settings {
        politemail_url: Some(lists.url().to_owned()),
        ..Settings::default()
    };
    let mut stage = Stage::set(folder, &definition(), &settings, &secrets, &tenant)?;

    print(&format!(
        "The PoliteMail list \"{LIST}\" has {} members; the tenant of {employees} people has no such group yet.\n",
        lists.snapshot().emails_on(LIST).len(),
    ));

    act("The first run makes the group, fills it, and invites the external address as a guest.");
    stage.plan().await?;
    let first = stage.first(systems, false).await?;
    let meant = company::address(2);
    stage.told(
        "the misspelled address is reported with the one that was meant",
        reports(&first, |why| {
            matches!(why, Because::Unresolved { nearest, .. } if nearest.as_ref() == Some(&meant))
        }),
    );
    stage.told(
        "everybody but the misspelled address is in the group, the guest too",
        company::members_of(&tenant, LIST).len() + 1 == members && has_guest(&tenant),
    );

    act(&format!(
        "A day later: people joined and left on both sides, one of them unsubscribed in PoliteMail, somebody put a \
         person into the group who opted out long ago, and took the director out of it ({} is protected).",
        company::DIRECTOR
    ));
    stage.a_day_passes();
    the_day_after(&tenant, &lists, members);
    stage.plan().await?;
    let day = stage.apply().await?;
    let (leaver, opted_out) = (
        company::id(UNSUBSCRIBES),
        company::address(members + JOIN_GROUP),
    );
    let group = company::members_of(&tenant, LIST);
    let list = lists.snapshot().emails_on(LIST);
    stage.told(
        "who joined on one side is on the other, and who left the company on neither",
        list.contains(&company::address(members))
            && group.contains(&company::id(members + JOIN_GROUP + 1))
            && !list.contains(&company::address(LEAVES)),
    );
    stage.told("who unsubscribed left the group", !group.contains(&leaver));
    stage.told(
        "the director is still on the list",
        list.contains(&company::DIRECTOR.to_owned()),
    );
    stage.told(
        "nobody who opted out is on the list",
        !list.contains(&opted_out),
    );
    stage.told(
        "one change is refused, and the rest is made",
        only_one_refused(&day),
    );

    act("Again: nothing is left to do, and who opted out is not asked for again.");
    stage.idle(systems).await?;

    act(
        "Another day later somebody empties a third of the group by mistake. The limit for removals is 10 %.",
    );
    stage.a_day_passes();
    let before = lists.snapshot();
    edit_group(&tenant, |group| {
        group.truncate(group.len() - group.len() / 3)
    });
    stage.plan().await?;
    let held = stage.apply().await?;
    stage.told(
        "the removals wait, and the list is as it was",
        all(&held, Status::Held) && lists.snapshot() == before,
    );
    Ok(stage.ended(list.len()))
}

/// The list: employees, one of them by an alias; an external address, and a misspelled one. One who is not on it opted
/// out of everything.
fn server(members: usize, alias: &str) -> PoliteMail {
    let mut server = PoliteMail::with_login(company::TOKEN, company::TOKEN);
    let employees = 0..members.saturating_sub(2);
    let mut emails: Vec<String> = employees
        .map(|position| match position {
            1 => alias.to_owned(),
            _ => company::address(position),
        })
        .collect();
    emails.push(EXTERNAL.to_owned());
    emails.push(company::misspelled(&company::address(2)));
    // Each address is met once: there is no need to look for the contacts among those before them.
    let contacts = (70_001..).zip(emails).map(|(id, email)| Contact {
        id,
        email,
        ..Contact::default()
    });
    server.contacts = contacts.collect();
    server.lists.push(List {
        id: 318,
        name: LIST.to_owned(),
        members: server.contacts.iter().map(|contact| contact.id).collect(),
        ..List::default()
    });
    opt_out(&mut server, &company::address(members + JOIN_GROUP));
    server
}

fn opt_out(server: &mut PoliteMail, email: &str) {
    let id = server.meet(email);
    let contacts = server.contacts.iter_mut();
    for contact in contacts.filter(|contact| contact.id == id) {
        contact.opted_out = true;
    }
    for list in &mut server.lists {
        list.members.remove(&id);
    }
}

fn definition() -> String {
    let definition = json!({
        "syncs": [{
            "id": "region-asia",
            "source": { "connection": "politemail", "list": LIST },
            "target": { "connection": "entra-id", "group": LIST, "create": "microsoft365" },
            "direction": "two-way",
            "guests": { "policy": "invite", "domains": ["partner.example"] },
            "protected": [company::DIRECTOR],
            "limits": { "removals": { "percent": 10 } },
        }],
    });
    format!("{definition:#}\n")
}

fn the_day_after(tenant: &Sandbox, lists: &StandIn<PoliteMail>, members: usize) {
    tenant.edit(|tenant| tenant.users.retain(|user| user.id != company::id(LEAVES)));
    edit_group(tenant, |group| {
        group.retain(|member| *member != company::id(0));
        group.extend((members..=members + JOIN_GROUP).map(company::id));
    });
    lists.edit(|server| {
        opt_out(server, &company::address(UNSUBSCRIBES));
        let newcomer = server.meet(&company::address(members + JOIN_GROUP + 1));
        for list in &mut server.lists {
            list.members.insert(newcomer);
        }
    });
}

/// Somebody changes the members of the group by hand.
fn edit_group(tenant: &Sandbox, change: impl Fn(&mut Vec<String>)) {
    tenant.edit(|tenant| {
        let mut groups = tenant.groups.iter_mut();
        if let Some(group) = groups.find(|group| group.display_name == LIST) {
            change(&mut group.members);
        }
    });
}

fn has_guest(tenant: &Sandbox) -> bool {
    let users = tenant.snapshot().users;
    let guest = users
        .iter()
        .find(|user| user.mail.as_deref() == Some(EXTERNAL));
    guest.is_some_and(|guest| company::members_of(tenant, LIST).contains(&guest.id))
}

/// Whether one change was refused, and none failed.
fn only_one_refused(day: &[Finished]) -> bool {
    let done = day.iter().map(|finished| finished.summary.done);
    done.map(|done| (done.refused, done.failed)).eq([(1, 0)])
}
