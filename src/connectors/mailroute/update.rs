//! Changes the aliases and the state of accounts that are there.
//!
//! It must not delete an alias that the plan did not show.

use std::collections::BTreeSet;

use super::{
    account::{ALIASES, Account, STATE},
    aliases::fulfil,
    api::refused,
    find,
    wishes::{self, Asked, Trouble, Wish},
    write::{Placed, Work},
};
use crate::{
    connectors::ports::ConnectorError,
    plan::{
        change::{Action, FieldChange},
        outcome::{Outcome, Problem},
    },
};

/// Makes the changes.
pub(super) async fn update(
    work: &mut Work<'_>,
    changes: &[Placed<'_>],
) -> Result<(), ConnectorError> {
    let ids = changes
        .iter()
        .filter_map(|(_, change)| change.member.id.as_ref());
    let ids: BTreeSet<String> = ids.map(|id| id.as_str().to_owned()).collect();
    let accounts = find::by_ids(work, &ids).await?;
    let mut wishes = Vec::new();
    for (slot, change) in changes {
        let Action::Update(fields) = &change.action else {
            continue;
        };
        let id = change.member.id.as_ref().map(|id| id.as_str());
        match id.and_then(|id| accounts.get(id)) {
            Some(account) => match wish(work, *slot, account, fields) {
                Ok(wish) => wishes.push(wish),
                Err(outcome) => work.settle(*slot, outcome),
            },
            None => work.settle(*slot, gone()),
        }
    }
    fulfil(work, wishes).await
}

/// What a change asks of an account as it is now.
pub(super) fn wish(
    work: &Work<'_>,
    slot: usize,
    account: &Account,
    fields: &[FieldChange],
) -> Result<Wish, Outcome> {
    let own = account
        .address
        .clone()
        .filter(|_| find::is_ours(work, account));
    let Some(own) = own else {
        let message = format!(
            "`{}` is not in this list's domains any more",
            account.written
        );
        return Err(refused("not-our-domain", message, "run the sync again"));
    };
    let mut asked = Asked::default();
    let mut superfluous = BTreeSet::new();
    for field in fields {
        match field.field.as_str() {
            ALIASES => {
                asked.aliases(field.after.as_ref(), &own);
                let after = wishes::aliases(field.after.as_ref());
                let before = wishes::aliases(field.before.as_ref());
                superfluous = before.difference(&after).cloned().collect();
                superfluous.retain(|alias| account.aliases.contains(alias));
            }
            STATE => asked.state(field.after.as_ref()),
            other => {
                let message = format!("`{other}` of an account cannot be changed");
                let help = "map only `aliases` and `state` to MailRoute";
                return Err(refused("field-not-writable", message, help));
            }
        }
    }
    let mut wish = Wish::new(slot, account.clone(), false);
    wish.ask(asked);
    if !superfluous.is_empty() && !work.may.delete_aliases {
        wish.troubles.push(deletes_off(&superfluous));
    } else {
        wish.delete = superfluous;
    }
    Ok(wish)
}

fn deletes_off(aliases: &BTreeSet<String>) -> Trouble {
    let aliases: Vec<String> = aliases.iter().map(|alias| format!("`{alias}`")).collect();
    let message = format!(
        "aliases are not deleted, so these stay: {}",
        aliases.join(", ")
    );
    let help = "set `deleteAliases` on the connection to have them deleted";
    Trouble::last("deletes-off", message, help)
}

/// The account went away since the plan was made.
pub(super) fn gone() -> Outcome {
    Outcome::Failed(Problem {
        code: "not-found".to_owned(),
        message: "the account is not there any more".to_owned(),
        help: None,
    })
}
