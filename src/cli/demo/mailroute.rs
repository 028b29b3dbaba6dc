//! Microsoft 365 to a MailRoute domain: accounts, their aliases, and groups with an address as distribution lists.

use std::path::Path;

use serde_json::json;

use super::{
    act, company,
    stage::{Ended, Stage, Systems, all, reports, start_platform, start_tenant},
};
use crate::{
    cli::{Failure, print},
    plan::change::Because,
    sandbox::{
        Scenario,
        mailroute::MailRoute,
        scenario::{Group, User},
    },
    settings::{ENTRA_SECRET, MAILROUTE_API_KEY, MAILROUTE_LOGIN, Settings},
    summary::Status,
};

/// How many people have a mailbox.
const PEOPLE: usize = 30;
/// Every so many has an alias.
const ALIAS_EACH: usize = 3;
/// How many aliases one run may add.
const MOST_ALIASES: usize = 20;
/// An account that Microsoft 365 does not know.
const UNKNOWN: &str = "old.fax";
/// An alias that somebody has at MailRoute alone, given by hand.
const BY_HAND: &str = "boss";
/// The local part of a group with an address.
const GROUP: &str = "sales-team";

/// Plays the scenario.
pub(super) async fn play(folder: &Path) -> Result<Ended, Failure> {
    let tenant = start_tenant(microsoft365()).await?;
    let mut before = MailRoute::with_accounts(company::DOMAIN, 2);
    let called = [localpart(0), UNKNOWN.to_owned()];
    for (account, localpart) in before.accounts.iter_mut().zip(called) {
        account.localpart = localpart;
    }
    let accounts = start_platform(before).await?;
    let systems: Systems<'_> = &[("MailRoute", &accounts), ("Microsoft Graph", &tenant)];
    let settings = Settings {
        mailroute_url: Some(format!("{}/api/v1", accounts.url())),
        ..Settings::default()
    };
    let secrets = [
        (ENTRA_SECRET, company::SECRET),
        (MAILROUTE_LOGIN, MailRoute::LOGIN),
        (MAILROUTE_API_KEY, MailRoute::KEY),
    ];
    let mut stage = Stage::set(folder, &definition(), &settings, &secrets, &tenant)?;
    let here = tenant.snapshot();
    print(&format!(
        "Microsoft 365 has {} users and {} mail-enabled group; MailRoute's domain {} has {} accounts.\n",
        here.users.len(),
        here.groups.len(),
        company::DOMAIN,
        accounts.snapshot().accounts.len(),
    ));

    act(
        "The first run makes accounts, aliases and a distribution list; it leaves the scanners out, and reports the \
         account that Microsoft 365 does not know. Nothing is ever deleted unless the connection says so.",
    );
    stage.plan().await?;
    let first = stage.first(systems, false).await?;
    let now = accounts.snapshot();
    let address = |localpart: &str| format!("{localpart}@{}", company::DOMAIN);
    stage.told("the account that is not known stays, and is reported", {
        now.account(&address(UNKNOWN)).is_some()
            && reports(&first, |why| matches!(why, Because::Keeps(_)))
    });
    stage.told(
        "everybody has an account, and every scanner none",
        now.accounts.len() == PEOPLE + 2,
    );
    stage.told(
        "aliases came along, as far as they are in the domain",
        now.aliases(&company::address(ALIAS_EACH)) == [alias(ALIAS_EACH)],
    );
    stage.told(
        "the group is a distribution list",
        now.account(&address(GROUP))
            .is_some_and(|account| account.state == 2),
    );

    act(
        "Later somebody gets a new alias in Microsoft 365, and a colleague is given one at MailRoute by hand: \
         what differs only there is reported.",
    );
    let married = format!("{}-keller", localpart(7));
    tenant.edit(|tenant| company::give_alias(tenant, 7, &address(&married)));
    accounts.edit(|state| state.give_alias(&company::address(ALIAS_EACH), BY_HAND));
    stage.plan().await?;
    let later = stage.apply().await?;
    let now = accounts.snapshot();
    stage.told(
        "the new alias is there",
        all(&later, Status::Succeeded) && now.aliases(&company::address(7)) == [married],
    );
    stage.told(
        "the alias from elsewhere stays, and is reported",
        now.aliases(&company::address(ALIAS_EACH))
            .contains(&BY_HAND.to_owned())
            && reports(&later, |why| matches!(why, Because::KeepsValues { .. })),
    );

    act("Again: nothing is left to do.");
    stage.idle(systems).await?;

    act(&format!(
        "A script gives everybody one more alias. The limit is {MOST_ALIASES} aliases in one run."
    ));
    tenant.edit(|tenant| {
        for position in 0..PEOPLE {
            let alias = address(&format!("{}.new", localpart(position)));
            company::give_alias(tenant, position, &alias);
        }
    });
    let planned = stage.plan().await?;
    stage.told(
        "too many aliases wait for approval",
        planned.iter().all(|preview| preview.review.held.is_some()),
    );
    Ok(stage.ended(now.accounts.len()))
}

/// People, some with aliases, one of these in another domain; two scanners; a group with an address.
fn microsoft365() -> Scenario {
    let mut tenant = company::tenant(PEOPLE, &["User.Read.All", "GroupMember.Read.All"]);
    for position in (ALIAS_EACH..PEOPLE).step_by(ALIAS_EACH) {
        let alias = format!("{}@{}", alias(position), company::DOMAIN);
        company::give_alias(&mut tenant, position, &alias);
    }
    let elsewhere = format!("{}@acme.onmicrosoft.example", localpart(1));
    company::give_alias(&mut tenant, 1, &elsewhere);
    tenant.users.extend([1, 2].map(|number| {
        let address = format!("scanner-{number}@{}", company::DOMAIN);
        User {
            id: company::id(9000 + number),
            user_principal_name: address.clone(),
            display_name: Some(format!("Scanner {number}")),
            proxy_addresses: vec![format!("SMTP:{address}")],
            mail: Some(address),
            ..User::default()
        }
    }));
    let address = format!("{GROUP}@{}", company::DOMAIN);
    tenant.groups.push(Group {
        id: company::id(9900),
        display_name: "Sales team".to_owned(),
        mail_nickname: Some(GROUP.to_owned()),
        proxy_addresses: vec![format!("SMTP:{address}")],
        mail: Some(address),
        mail_enabled: true,
        group_types: vec!["Unified".to_owned()],
        members: (0..PEOPLE).step_by(5).map(company::id).collect(),
        ..Group::default()
    });
    tenant
}

fn definition() -> String {
    let definition = json!({
        "syncs": [{
            "id": "mailboxes",
            "source": { "connection": "entra-id", "everyone": true, "include": ["mail-groups"] },
            "target": { "connection": "mailroute", "list": company::DOMAIN },
            "mapping": {
                "aliases": { "field": "aliases", "transforms": ["same-domain"] },
                "objectType": {
                    "field": "state",
                    "values": { "user": "standard", "group": "distribution-list" },
                },
            },
            "exclude": [format!("scanner-*@{}", company::DOMAIN)],
            "limits": {
                "additions": { "count": 50 },
                "removals": { "count": 5 },
                "aliasesAdded": { "count": MOST_ALIASES },
                "aliasesRemoved": { "count": 5 },
                "total": { "count": 100 },
            },
        }],
    });
    format!("{definition:#}\n")
}

/// What stands before the `@` of the person at a position.
fn localpart(position: usize) -> String {
    let person = company::person(position);
    format!("{}.{}", person.first, person.last).to_lowercase()
}

/// The alias of the person at a position.
fn alias(position: usize) -> String {
    let person = company::person(position);
    let first: String = person.first.chars().take(1).collect();
    format!("{first}.{}{position}", person.last).to_lowercase()
}
