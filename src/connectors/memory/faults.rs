//! What can be made to go wrong with a list.

use std::collections::BTreeMap;

use super::MemoryConnections;
use crate::{
    connectors::ports::ConnectorError,
    model::{capabilities::HandOver, list::ListRef, member::Member},
};

/// The faults of one list.
#[derive(Default)]
pub(super) struct Faults {
    /// After how many pages reading fails, and how.
    pub(super) read: Option<(usize, ConnectorError)>,
    pub(super) directory: Option<ConnectorError>,
    pub(super) create: Option<ConnectorError>,
    pub(super) doubts: Vec<String>,
    /// Whom reading shows instead of the members.
    pub(super) shown: Option<Vec<Member>>,
    /// Whether the list is not found although it is there.
    pub(super) is_hidden: bool,
    /// The next so many changes take effect without an answer.
    pub(super) lost_answers: usize,
    /// The next so many changes fail without effect.
    pub(super) failures: usize,
    /// Labels of members no change to whom is taken, with the code of the refusal.
    pub(super) refusals: BTreeMap<String, String>,
    /// Whether whoever is invited is shown only when `show_guests` says so.
    pub(super) guests_are_late: bool,
    /// After how many more effects the writer falls silent.
    pub(super) effects_left: Option<usize>,
}

/// Making things go wrong. A fault stays until it is taken back, unless it says how often it happens.
impl MemoryConnections {
    /// Reading the list fails after `pages` pages; `None` lets it work again.
    pub fn fail_read(&self, list: &ListRef, fault: Option<(usize, ConnectorError)>) {
        self.fault(list, |faults| faults.read = fault);
    }

    /// Reading the directory for the list fails; `None` lets it work again.
    pub fn fail_directory(&self, list: &ListRef, fault: Option<ConnectorError>) {
        self.fault(list, |faults| faults.directory = fault);
    }

    /// Creating the list fails; `None` lets it work again.
    pub fn fail_create(&self, list: &ListRef, fault: Option<ConnectorError>) {
        self.fault(list, |faults| faults.create = fault);
    }

    /// The list reads with these doubts; none makes it whole again.
    pub fn doubt(&self, list: &ListRef, doubts: &[&str]) {
        let doubts = doubts.iter().map(|&doubt| doubt.to_owned()).collect();
        self.fault(list, |faults| faults.doubts = doubts);
    }

    /// The list reads as if these were its members, as a server does that is not as far as the others; `None` shows it as
    /// it is.
    pub fn show(&self, list: &ListRef, members: Option<Vec<Member>>) {
        self.fault(list, |faults| faults.shown = members);
    }

    /// The list is not found by its name, as on a server that is not as far as the others; `false` shows it again.
    pub fn hide(&self, list: &ListRef, is_hidden: bool) {
        self.fault(list, |faults| faults.is_hidden = is_hidden);
    }

    /// The next `count` changes take effect and their answers are lost: they are `Failed`, and a repetition says
    /// `AlreadySo`.
    pub fn lose_answers(&self, list: &ListRef, count: usize) {
        self.fault(list, |faults| faults.lost_answers = count);
    }

    /// The next `count` changes fail without effect.
    pub fn fail_writes(&self, list: &ListRef, count: usize) {
        self.fault(list, |faults| faults.failures = count);
    }

    /// Refuses every change to the member with this label (its address) with `code`.
    pub fn refuse(&self, list: &ListRef, label: &str, code: &str) {
        self.fault(list, |faults| {
            faults.refusals.insert(label.to_owned(), code.to_owned());
        });
    }

    /// Whoever is invited from now on is shown by neither the list nor the directory until [`Self::show_guests`].
    pub fn hide_guests(&self, list: &ListRef) {
        self.fault(list, |faults| faults.guests_are_late = true);
    }

    /// Shows every guest who was invited meanwhile, in the directory and on the list.
    pub fn show_guests(&self, list: &ListRef) {
        self.fault(list, |faults| faults.guests_are_late = false);
        let mut world = self.lock();
        let guests = std::mem::take(&mut world.late_guests);
        for guest in &guests {
            let directory = world
                .directories
                .entry(list.connection.clone())
                .or_default();
            directory.people.push(guest.clone());
        }
        if let Some(list) = world.list(list) {
            list.members.extend(guests);
        }
    }

    /// Lets the writer fall silent for good once `effects` more changes took effect, as if the process had been
    /// killed: its future never ends. `until_dead` tells when; drop the future then. Happens once.
    pub fn die_after(&self, list: &ListRef, effects: usize) {
        self.fault(list, |faults| faults.effects_left = Some(effects));
    }

    /// Waits until a writer has fallen silent.
    pub async fn until_dead(&self) {
        self.died.notified().await;
    }

    /// Lets nothing be written to the list, for this reason; `None` allows it again.
    pub fn set_read_only(&self, list: &ListRef, reason: Option<&str>) {
        if let Some(list) = self.lock().list(list) {
            list.capabilities.read_only = reason.map(str::to_owned);
        }
    }

    /// Lets an administrator change the list from now on, and rollcall no more.
    pub fn hand_over(&self, list: &ListRef, reason: &str) {
        if let Some(list) = self.lock().list(list) {
            list.capabilities.read_only = Some(reason.to_owned());
            list.capabilities.hand_over = Some(HandOver::Directory);
        }
    }

    /// For so many minutes after a change the list may be shown as it was before.
    pub fn set_settles_in(&self, list: &ListRef, minutes: u32) {
        if let Some(list) = self.lock().list(list) {
            list.capabilities.settles_in = minutes;
        }
    }

    fn fault(&self, list: &ListRef, change: impl FnOnce(&mut Faults)) {
        if let Some(list) = self.lock().list(list) {
            change(&mut list.faults);
        }
    }
}
