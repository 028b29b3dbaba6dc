//! What an account shall be like, and what came of it: aliases and state, wished for and read back.
//!
//! Pure: it must not know requests. `aliases` does what is wished.

use std::collections::{BTreeMap, BTreeSet};

use super::account::{
    ALIASES, Account, DISTRIBUTION_LIST, STANDARD, STATE, normalised, state_number,
};
use crate::{
    model::{
        address::Address,
        attributes::{Attributes, Value},
    },
    plan::outcome::{Outcome, Problem},
};

/// What shall become of one account.
#[derive(Debug)]
pub(super) struct Wish {
    /// The place of the change.
    pub(super) slot: usize,
    /// The account as it was found.
    pub(super) account: Account,
    /// Aliases to add, whole addresses.
    pub(super) add: BTreeSet<String>,
    /// Aliases to delete, whole addresses.
    pub(super) delete: BTreeSet<String>,
    /// The state it shall have.
    pub(super) state: Option<&'static str>,
    /// Whether anything was done already: the account was created, or a request was made.
    pub(super) changed: bool,
    /// What will not be done, or failed.
    pub(super) troubles: Vec<Trouble>,
    /// What MailRoute said of an alias, or of the state (under its own name).
    pub(super) said: BTreeMap<String, Problem>,
}

/// Something that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// What it is.
    pub(super) problem: Problem,
    /// Whether repeating will not help.
    pub(super) is_final: bool,
}

impl Trouble {
    /// Something that will be no other when it is tried again.
    pub(super) fn last(code: &str, message: String, help: &str) -> Self {
        Self {
            problem: problem(code, message, help),
            is_final: true,
        }
    }

    /// Something that the next run tries again.
    pub(super) fn passing(code: &str, message: String) -> Self {
        Self {
            problem: problem(code, message, ""),
            is_final: false,
        }
    }
}

/// The aliases and the state that a member's attributes ask for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Aliases, whole addresses in the account's own domain.
    pub(super) aliases: BTreeSet<String>,
    /// The state.
    pub(super) state: Option<&'static str>,
    /// What cannot be asked for.
    pub(super) troubles: Vec<Trouble>,
}

impl Asked {
    /// Reads the aliases for the account with this address.
    pub(super) fn aliases(&mut self, value: Option<&Value>, own: &Address) {
        let mut elsewhere = Vec::new();
        for text in texts(value) {
            match Address::parse(&text) {
                Ok(alias) if alias == *own => {}
                Ok(alias) if alias.domain() == own.domain() => {
                    self.aliases.insert(alias.as_str().to_owned());
                }
                Ok(alias) => elsewhere.push(format!("`{alias}`")),
                Err(reason) => {
                    let message = format!("the alias `{text}` cannot be used: {reason}");
                    self.troubles
                        .push(Trouble::last("unusable-alias", message, ""));
                }
            }
        }
        if !elsewhere.is_empty() {
            let message = format!(
                "an alias of `{own}` is in the same domain, and these are not: {}",
                elsewhere.join(", ")
            );
            let help = "map only aliases in the domain of the account, or make the other domain an alias of this domain at MailRoute";
            self.troubles
                .push(Trouble::last("alias-in-another-domain", message, help));
        }
    }

    /// Reads the state.
    pub(super) fn state(&mut self, value: Option<&Value>) {
        let text = value.map(Value::to_line).unwrap_or_default();
        let known = [STANDARD, DISTRIBUTION_LIST];
        match known.into_iter().find(|known| *known == text) {
            Some(state) => self.state = Some(state),
            None => {
                let message = format!("`{text}` is no state that an account can be given");
                let help = "map a value that is `standard` or `distribution-list`";
                self.troubles
                    .push(Trouble::last("unusable-value", message, help));
            }
        }
    }
}

/// The texts of an attribute; one text may hold several, as `aliases` of a CSV cell does.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    let split = |text: &String| -> Vec<String> {
        let parts = text.split([',', ';']).map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    match value {
        Some(Value::Texts(texts)) => texts.iter().flat_map(split).collect(),
        Some(Value::Text(text)) => split(text),
        Some(Value::Flag(_)) | None => Vec::new(),
    }
}

/// The same, as they are compared.
pub(super) fn aliases(value: Option<&Value>) -> BTreeSet<String> {
    texts(value).iter().map(|text| normalised(text)).collect()
}

/// Why an account with aliases stays what it is.
pub(super) fn would_lose_aliases<'a>(aliases: impl Iterator<Item = &'a String>) -> Trouble {
    let aliases: Vec<String> = aliases.map(|alias| format!("`{alias}`")).collect();
    let message = format!(
        "a distribution list has no aliases, and these would be lost: {}",
        aliases.join(", ")
    );
    let help = "take the aliases away first, or map `state` only for entries without aliases";
    Trouble::last("would-lose-aliases", message, help)
}

impl Wish {
    /// What is wished of an account, before anything is done.
    pub(super) fn new(slot: usize, account: Account, changed: bool) -> Self {
        Self {
            slot,
            account,
            add: BTreeSet::new(),
            delete: BTreeSet::new(),
            state: None,
            changed,
            troubles: Vec::new(),
            said: BTreeMap::new(),
        }
    }

    /// Takes over what a member asks for; nothing is deleted by this.
    pub(super) fn ask(&mut self, asked: Asked) {
        let missing = asked.aliases.difference(&self.account.aliases);
        self.add = missing.cloned().collect();
        let is_so = asked.state.is_some() && self.account.state.as_deref() == asked.state;
        self.state = asked.state.filter(|_| !is_so);
        self.troubles.extend(asked.troubles);
    }

    /// Takes back what must not be: a distribution list with aliases.
    pub(super) fn settle_contradictions(&mut self) {
        let becomes_list = self.state == Some(DISTRIBUTION_LIST);
        let stays_list = self.account.is_distribution_list() && self.state.is_none();
        if stays_list && !self.add.is_empty() {
            let aliases: Vec<String> = self.add.iter().map(|alias| format!("`{alias}`")).collect();
            let message = format!(
                "a distribution list has no aliases, so these are not added: {}",
                aliases.join(", ")
            );
            let help = "map `aliases` only for people";
            self.troubles.push(Trouble::last(
                "distribution-list-has-no-aliases",
                message,
                help,
            ));
            self.add.clear();
        }
        let kept = self.account.aliases.difference(&self.delete);
        let aliases: BTreeSet<&String> = kept.chain(&self.add).collect();
        if becomes_list && !aliases.is_empty() {
            self.troubles.push(would_lose_aliases(aliases.into_iter()));
            self.state = None;
        }
    }

    /// Whether anything is to be done.
    pub(super) fn is_open(&self) -> bool {
        !self.add.is_empty() || !self.delete.is_empty() || self.state.is_some()
    }

    /// The number of the state that is wished.
    pub(super) fn state_number(&self) -> Option<u64> {
        self.state.and_then(state_number)
    }

    /// Holds what was wished against the account as it is now.
    pub(super) fn judge(&mut self, now: Option<&Account>) {
        let Some(now) = now else {
            let message = "the account is not there any more".to_owned();
            self.troubles
                .push(Trouble::passing("not-confirmed", message));
            return;
        };
        for alias in self.add.difference(&now.aliases) {
            let missing = match self.said.get(alias) {
                Some(problem) => Trouble {
                    problem: problem.clone(),
                    is_final: problem.code != "unavailable",
                },
                None => Trouble::passing(
                    "not-confirmed",
                    format!("MailRoute does not show the alias `{alias}`"),
                ),
            };
            self.troubles.push(missing);
        }
        for alias in self.delete.intersection(&now.aliases) {
            let message = match self.said.get(alias) {
                Some(problem) => format!("the alias `{alias}` stays: {}", problem.message),
                None => format!("MailRoute still shows the alias `{alias}`"),
            };
            self.troubles
                .push(Trouble::passing("not-confirmed", message));
        }
        if let Some(state) = self.state
            && now.state.as_deref() != Some(state)
        {
            let shown = now.state.as_deref().unwrap_or("nothing");
            let mut message = format!("MailRoute shows `{shown}` as the state, not `{state}`");
            if let Some(problem) = self.said.get(STATE) {
                message = format!("{message}: {}", problem.message);
            }
            self.troubles
                .push(Trouble::passing("not-confirmed", message));
        }
    }

    /// What became of the change.
    pub(super) fn outcome(self) -> Outcome {
        let Some(first) = self.troubles.first() else {
            return match self.changed {
                true => Outcome::Applied,
                false => Outcome::AlreadySo,
            };
        };
        let messages: Vec<&str> = self
            .troubles
            .iter()
            .map(|trouble| trouble.problem.message.as_str())
            .collect();
        let problem = Problem {
            message: messages.join("; "),
            ..first.problem.clone()
        };
        match self.troubles.iter().all(|trouble| trouble.is_final) {
            true => Outcome::Refused(problem),
            false => Outcome::Failed(problem),
        }
    }
}

/// A problem in words.
fn problem(code: &str, message: String, help: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message,
        help: (!help.is_empty()).then(|| help.to_owned()),
    }
}

/// Reads aliases and state of a newcomer. A newcomer that cannot be both is not created at all: half of it would be an
/// account that is billed.
pub(super) fn of_newcomer(attributes: &Attributes, own: &Address) -> Result<Asked, Outcome> {
    let mut asked = Asked::default();
    asked.aliases(attributes.get(ALIASES), own);
    if attributes.contains_key(STATE) {
        asked.state(attributes.get(STATE));
    }
    if asked.state == Some(DISTRIBUTION_LIST) && !asked.aliases.is_empty() {
        return Err(Outcome::Refused(
            would_lose_aliases(asked.aliases.iter()).problem,
        ));
    }
    Ok(asked)
}
