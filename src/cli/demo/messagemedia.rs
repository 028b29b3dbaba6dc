//! Entra ID to MessageMedia, with the reference configuration as it is written: each department a list of numbers.

use std::path::Path;

use super::{
    act, company,
    stage::{Ended, Stage, Systems, all, reports, start_platform, start_tenant},
};
use crate::{
    cli::{Failure, print},
    plan::change::Because,
    sandbox::{
        Scenario,
        messagemedia::{Contact, MessageMedia, NUMBERS},
    },
    settings::{ENTRA_SECRET, MESSAGEMEDIA_KEY, MESSAGEMEDIA_SECRET, Settings},
    summary::Status,
};

/// The definition. Not a word of it is changed.
const REFERENCE: &str = include_str!("../../../examples/entra-sync-messagemedia.json");

const KEY: &str = "a-key-of-the-stand-in-account";
const SECRET: &str = "a-secret-of-the-stand-in-account";

/// Who has a number without its country, who unsubscribed, and who moves to another department, by position.
const UNUSABLE: usize = 3;
const UNSUBSCRIBED: usize = 4;
const MOVES: usize = 6;

/// Plays the scenario.
pub(super) async fn play(folder: &Path) -> Result<Ended, Failure> {
    let tenant = start_tenant(tenant()).await?;
    let account = start_platform(account()).await?;
    let systems: Systems<'_> = &[("MessageMedia", &account), ("Microsoft Graph", &tenant)];
    let settings = Settings {
        messagemedia_url: Some(account.url().to_owned()),
        ..Settings::default()
    };
    let secrets = [
        (ENTRA_SECRET, company::SECRET),
        (MESSAGEMEDIA_KEY, KEY),
        (MESSAGEMEDIA_SECRET, SECRET),
    ];
    let mut stage = Stage::set(folder, REFERENCE, &settings, &secrets, &tenant)?;
    print(&format!(
        "The tenant has {} people in three departments; MessageMedia has {} lists and {} contact, who unsubscribed.\n\
         The definition is the reference configuration, unchanged:\n\n{REFERENCE}",
        tenant.snapshot().users.len(),
        account.snapshot().lists.len(),
        account.snapshot().contacts.len(),
    ));

    act(
        "The first run makes a list for each department the filter names. It reports whose number is no number, and \
         leaves alone who unsubscribed.",
    );
    stage.plan().await?;
    let first = stage.first(systems, false).await?;
    let now = account.snapshot();
    let on = |account: &MessageMedia, list: &str| account.on_list(list).len();
    let of = |department: &str| people().filter(|known| known.1 == department).count();
    stage.told(
        "there are the lists Sales and Support, each short of one person, and no other",
        now.lists.len() == 2
            && on(&now, "Sales") + 1 == of("Sales")
            && on(&now, "Support") + 1 == of("Support"),
    );
    stage.told(
        "the unusable number and the unsubscribed person are reported",
        reports(&first, |why| matches!(why, Because::NoKey(_)))
            && reports(&first, |why| *why == Because::OptedOut),
    );

    act("Somebody moves from Sales to Support: one list, then the other.");
    tenant.edit(|tenant| {
        let users = tenant.users.iter_mut();
        for user in users.filter(|user| user.id == company::id(MOVES)) {
            user.department = Some("Support".to_owned());
        }
    });
    let moved = stage.apply_and_show().await?;
    let then = account.snapshot();
    stage.told(
        "who moved is on the other list, and the same contact",
        all(&moved, Status::Succeeded)
            && on(&then, "Sales") + 1 == on(&now, "Sales")
            && on(&then, "Support") == on(&now, "Support") + 1
            && then.contacts.len() == now.contacts.len(),
    );

    act("Again: nothing is left to do.");
    stage.idle(systems).await?;
    let end = account.snapshot();
    let unsubscribed = end.contacts.iter().filter(|contact| {
        let mut channels = contact.channels.iter();
        channels.any(|channel| channel.subscription_state.as_deref() == Some("UNSUBSCRIBED"))
    });
    stage.told(
        "nobody was subscribed by us, and who unsubscribed is on no list",
        end.states_written == 0 && unsubscribed.filter(|one| one.lists.is_empty()).count() == 1,
    );
    Ok(stage.ended(on(&end, "Sales") + on(&end, "Support")))
}

/// Positions and departments.
fn people() -> impl Iterator<Item = (usize, &'static str)> {
    let departments = ["Sales", "Support", "Engineering"];
    (0..NUMBERS.len()).zip(departments.into_iter().cycle())
}

fn tenant() -> Scenario {
    let mut tenant = company::tenant(NUMBERS.len(), &["User.Read.All", "GroupMember.Read.All"]);
    let known = people().zip(NUMBERS);
    for (user, ((position, department), number)) in tenant.users.iter_mut().zip(known) {
        user.department = Some(department.to_owned());
        user.mobile_phone = Some(match position {
            UNUSABLE => number.replacen("+61", "0", 1),
            _ => number.to_owned(),
        });
    }
    tenant
}

/// One contact, who unsubscribed.
fn account() -> MessageMedia {
    let number = NUMBERS.get(UNSUBSCRIBED).copied().unwrap_or_default();
    let mut contact = Contact::with_number(&MessageMedia::numbered_id(1), number);
    contact.unsubscribe();
    MessageMedia {
        api_key: KEY.to_owned(),
        api_secret: SECRET.to_owned(),
        contacts: vec![contact],
        ..MessageMedia::default()
    }
}
