//! The texts the file chooses from, and what each means.

use super::forms::Choices;
use crate::{
    definition::sync::{
        Direction, FirstRun, Included, MatchKey, Mode, Nested, OptOuts, Removes, Unresolved,
    },
    model::list::{GroupKind, Side},
    plan::limits::OverLimit,
};

/// The word that switches a limit off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoLimit;

/// What is done about external addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GuestPolicy {
    /// They are listed.
    Report,
    /// They are invited.
    Invite,
}

/// The name of a transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransformName {
    /// White space around it goes.
    Trim,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// A phone number in E.164.
    E164,
    /// Of several addresses those in the person's own domain.
    SameDomain,
}

impl Choices for Direction {
    const NOUN: &'static str = "a direction";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        (
            "one-way",
            Self::OneWay,
            "The target becomes what the source is; the source is never written.",
        ),
        (
            "two-way",
            Self::TwoWay,
            "Changes on either side reach the other.",
        ),
        ("bidirectional", Self::TwoWay, "The same as `two-way`."),
    ];
}

impl Choices for Mode {
    const NOUN: &'static str = "a mode";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        (
            "mirror",
            Self::Mirror,
            "Members that are not wanted are removed.",
        ),
        ("add-only", Self::AddOnly, "Nobody is ever removed."),
    ];
}

impl Choices for FirstRun {
    const NOUN: &'static str = "a choice for the first run";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        (
            "union",
            Self::Union,
            "The first run brings both sides together and removes nobody.",
        ),
        (
            "mirror",
            Self::Mirror,
            "The first run is like every other (one-way only).",
        ),
    ];
}

impl Choices for Nested {
    const NOUN: &'static str = "a way to treat nested groups";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        ("direct", Self::Direct, "Direct members only."),
        (
            "flatten",
            Self::Flatten,
            "Members of nested groups too; only for what is read and never written.",
        ),
    ];
}

impl Choices for Included {
    const NOUN: &'static str = "something to include";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        ("contacts", Self::Contacts, "Organisational contacts."),
        (
            "mail-groups",
            Self::MailGroups,
            "Groups and distribution lists that have an address, as one member each.",
        ),
    ];
}

impl Choices for GroupKind {
    const NOUN: &'static str = "a kind of group";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        ("security", Self::Security, "A security group."),
        ("microsoft365", Self::Microsoft365, "A Microsoft 365 group."),
    ];
}

impl Choices for MatchKey {
    const NOUN: &'static str = "a key to match by";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        ("objectId", Self::ObjectId, "The Entra object id."),
        (
            "address",
            Self::Address,
            "Any e-mail address the person has.",
        ),
        ("phone", Self::Phone, "A phone number in E.164."),
        ("employeeId", Self::EmployeeId, "The employee id."),
    ];
}

impl Choices for Side {
    const NOUN: &'static str = "a side";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        ("source", Self::Source, "The source's value wins."),
        (
            "target",
            Self::Target,
            "The target's value wins (two-way only).",
        ),
    ];
}

impl Choices for OverLimit {
    const NOUN: &'static str = "a choice for what waits";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        (
            "removals-wait",
            Self::RemovalsWait,
            "Additions and updates go on, removals wait for approval.",
        ),
        (
            "everything-waits",
            Self::EverythingWaits,
            "The whole plan waits for approval.",
        ),
    ];
}

impl Choices for Removes {
    const NOUN: &'static str = "a rule for removals";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        (
            "anybody",
            Self::Anybody,
            "Whoever is not wanted leaves, whoever put them there.",
        ),
        (
            "only-added",
            Self::OnlyAdded,
            "Only whom a run of this sync put on the list leaves it.",
        ),
    ];
}

impl Choices for OptOuts {
    const NOUN: &'static str = "a rule for opt-outs";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        (
            "stay",
            Self::Stay,
            "Whoever opts out on the platform of one list stays on the other.",
        ),
        (
            "leave",
            Self::Leave,
            "Whoever opts out on the platform of one list leaves the other too (two-way only).",
        ),
    ];
}

impl Choices for Unresolved {
    const NOUN: &'static str = "a choice for unresolved members";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        (
            "report",
            Self::Report,
            "They are reported; the rest goes on.",
        ),
        (
            "removals-wait",
            Self::RemovalsWait,
            "Removals wait until nobody is unresolved.",
        ),
    ];
}

impl Choices for NoLimit {
    const NOUN: &'static str = "a limit";
    const ALL: &'static [(&'static str, Self, &'static str)] =
        &[("none", Self, "No limit at all.")];
}

impl Choices for GuestPolicy {
    const NOUN: &'static str = "a policy for guests";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        (
            "report",
            Self::Report,
            "External addresses without a directory object are reported.",
        ),
        ("invite", Self::Invite, "They are invited as guests."),
    ];
}

impl Choices for TransformName {
    const NOUN: &'static str = "a transform";
    const ALL: &'static [(&'static str, Self, &'static str)] = &[
        ("trim", Self::Trim, "White space around the value goes."),
        ("lower", Self::Lower, "Lower case."),
        ("upper", Self::Upper, "Upper case."),
        (
            "e164",
            Self::E164,
            "A phone number as `+61491570006`; `region` says where numbers without `+` belong.",
        ),
        (
            "same-domain",
            Self::SameDomain,
            "Of several addresses those in the same domain as `mail`; the others are reported.",
        ),
    ];
}
