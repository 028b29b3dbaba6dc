//! The table: which operations there are to be troubled, what goes wrong with them, and for how long.

use rollcall::sandbox::{Effect, Fault};

/// Longer than any run.
const ALWAYS: u32 = 10_000;

/// One operation of a platform.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    /// What it does, in words.
    pub(super) name: &'static str,
    /// HTTP method of its requests.
    pub(super) method: &'static str,
    /// A piece of their path and query.
    pub(super) path: &'static str,
    /// What it belongs to.
    pub(super) kind: Kind,
    /// What there is to be done when it is troubled.
    pub(super) pending: Pending,
    /// The permission that it needs, where permissions have names.
    pub(super) permission: Option<&'static str>,
}

/// What kind of operation it is; what can go wrong with it follows from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Reads the members of the list.
    Members,
    /// Reads something else that a run needs: the lists, the people of the directory.
    Lookup,
    /// Writes.
    Write,
    /// Writes what travels as an item of a batch: its connection is the batch's.
    Item,
    /// Carries several requests in one.
    Envelope,
}

/// What there is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    /// People joined and left on either side, and somebody has another field.
    Everything,
    /// Two people joined the other list.
    Adding,
    /// So many joined the other list that they take several requests.
    AddingMany,
    /// Two people left the other list.
    Removing,
    /// Somebody has another field on the other list.
    Updating,
    /// Somebody from outside joined the other list.
    Inviting,
    /// The list is not there yet.
    Creating,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Trouble {
    /// 429; the seconds of `Retry-After`.
    Throttled(Option<f64>),
    /// 409.
    Conflict,
    /// An error, and nothing was done.
    Before(u16),
    /// An error, and it was done all the same.
    After(u16),
    /// No answer, and nothing was done.
    DroppedBefore,
    /// No answer, and it was done all the same.
    DroppedAfter,
    /// The access token ended; a fresh one is good.
    TokenEnded,
    /// The permission, or the right of these credentials, was taken away.
    Forbidden,
    /// The listing ends before its end.
    Truncated,
    /// The next page is this page.
    Cycling,
    /// 200 with nobody; what counts the list still knows how many.
    Nobody,
    /// 200 with nobody, and nobody is counted.
    NobodyCounted,
    /// People with nothing but an id.
    IdsOnly,
    /// The list hides its members from whoever has no permission to see them.
    Hidden,
    /// 200 with a web page, and nothing was done.
    WebPage,
    /// Reads show what was before the last writes.
    Stale,
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasts {
    /// One request.
    Once,
    /// A whole run.
    Run,
    /// Two whole runs.
    TwoRuns,
    /// For good.
    ForGood,
}

/// One case of the matrix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    pub(super) operation: Operation,
    pub(super) trouble: Trouble,
    pub(super) lasts: Lasts,
}

impl Trouble {
    const OF_EVERY_REQUEST: [Self; 13] = [
        Self::Throttled(Some(0.004)),
        Self::Throttled(None),
        Self::Throttled(Some(3600.0)),
        Self::Conflict,
        Self::Before(500),
        Self::Before(502),
        Self::Before(503),
        Self::Before(504),
        Self::DroppedBefore,
        Self::DroppedAfter,
        Self::WebPage,
        Self::TokenEnded,
        Self::Forbidden,
    ];

    const OF_WRITES: [Self; 5] = [
        Self::After(500),
        Self::After(502),
        Self::After(503),
        Self::After(504),
        Self::Stale,
    ];

    const OF_LISTINGS: [Self; 6] = [
        Self::Truncated,
        Self::Cycling,
        Self::Nobody,
        Self::NobodyCounted,
        Self::IdsOnly,
        Self::Hidden,
    ];

    /// Everything that can go wrong with an operation of this kind.
    fn of(kind: Kind) -> Vec<Self> {
        let mut all = Self::OF_EVERY_REQUEST.to_vec();
        match kind {
            Kind::Members => all.extend(Self::OF_LISTINGS),
            Kind::Lookup => all.extend([Self::Truncated, Self::Cycling, Self::NobodyCounted]),
            Kind::Write => all.extend(Self::OF_WRITES),
            Kind::Item => all.extend(Self::OF_WRITES),
            Kind::Envelope => all.extend([Self::After(503), Self::After(504)]),
        }
        let is_possible = |trouble: &Self| match kind {
            // What concerns the connection cannot happen to an item.
            Kind::Item => !matches!(trouble, Self::DroppedBefore | Self::DroppedAfter),
            // Reading twice is no harm.
            Kind::Members | Kind::Lookup => !matches!(trouble, Self::DroppedAfter),
            Kind::Envelope => !matches!(trouble, Self::Forbidden | Self::Conflict),
            Kind::Write => true,
        };
        all.retain(is_possible);
        all
    }

    /// Where it stands on the page.
    pub(super) fn place(self) -> Option<usize> {
        let all = [
            &Self::OF_EVERY_REQUEST[..],
            &Self::OF_WRITES,
            &Self::OF_LISTINGS,
        ];
        all.concat().iter().position(|one| *one == self)
    }

    /// In words, as the page has it.
    pub(super) fn in_words(self) -> String {
        match self {
            Self::Throttled(None) => "429 without `Retry-After`".to_owned(),
            Self::Throttled(Some(seconds)) if seconds < 1.0 => "429, wait a moment".to_owned(),
            Self::Throttled(Some(_)) => "429, wait an hour".to_owned(),
            Self::Conflict => "409".to_owned(),
            Self::Before(502) => "502 with HTML".to_owned(),
            Self::Before(status) => status.to_string(),
            Self::After(502) => "502 with HTML, done all the same".to_owned(),
            Self::After(status) => format!("{status}, done all the same"),
            Self::DroppedBefore => "connection dropped".to_owned(),
            Self::DroppedAfter => "connection dropped, done all the same".to_owned(),
            Self::TokenEnded => "401, sign-in ended".to_owned(),
            Self::Forbidden => "403, permission taken away".to_owned(),
            Self::Truncated => "listing ends too early".to_owned(),
            Self::Cycling => "next link to the same page".to_owned(),
            Self::Nobody => "200 with nobody, count says more".to_owned(),
            Self::NobodyCounted => "200 with nobody, count agrees".to_owned(),
            Self::IdsOnly => "ids only".to_owned(),
            Self::Hidden => "hidden membership".to_owned(),
            Self::WebPage => "200 with a web page, nothing done".to_owned(),
            Self::Stale => "reads lag behind writes".to_owned(),
        }
    }

    /// How long it may last.
    fn lasts(self, permissions_have_names: bool) -> Vec<Lasts> {
        match self {
            // A permission is not gone for one request.
            Self::Forbidden if permissions_have_names => {
                vec![Lasts::Run, Lasts::TwoRuns, Lasts::ForGood]
            }
            Self::Hidden => vec![Lasts::Run, Lasts::TwoRuns, Lasts::ForGood],
            Self::Forbidden => vec![Lasts::Once, Lasts::Run, Lasts::TwoRuns, Lasts::ForGood],
            _ => vec![Lasts::Once, Lasts::Run, Lasts::TwoRuns],
        }
    }

    /// What a stand-in does about it, where that is a matter of single requests.
    pub(super) fn effect(self) -> Option<Effect> {
        let error = |status| Effect::Error {
            status,
            code: "Trouble".to_owned(),
            message: "Something is wrong.".to_owned(),
        };
        Some(match self {
            Self::Throttled(retry_after_seconds) => Effect::Throttle {
                retry_after_seconds,
            },
            Self::Conflict => Effect::Conflict,
            Self::Before(500) => Effect::ServerError,
            Self::Before(502) => Effect::BadGateway,
            Self::Before(503) => Effect::Unavailable {
                retry_after_seconds: None,
            },
            Self::Before(status) => error(status),
            Self::After(status) => Effect::ErrorAfter { status },
            Self::DroppedBefore => Effect::DropBefore,
            Self::DroppedAfter => Effect::DropAfter,
            Self::TokenEnded => error(401),
            Self::Forbidden => error(403),
            Self::Truncated => Effect::TruncatedListing { size: 4 },
            Self::Cycling => Effect::CyclingNextLink,
            Self::Nobody => Effect::HiddenMembership,
            Self::NobodyCounted => Effect::EmptyListing,
            Self::IdsOnly => Effect::PartialObjects,
            Self::WebPage => Effect::Portal,
            Self::Hidden | Self::Stale => return None,
        })
    }
}

impl Lasts {
    /// In words, as the head of a column.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Run => "a whole run",
            Self::TwoRuns => "two runs",
            Self::ForGood => "for good",
        }
    }

    /// In how many runs it may strike; the first run is run 1.
    pub(super) fn runs(self, trouble: Trouble) -> usize {
        // A read that lags does no harm in the run that wrote: it is the next one that reads.
        let later = usize::from(trouble == Trouble::Stale);
        match self {
            Self::Once => 1,
            Self::Run => 1 + later,
            Self::TwoRuns => 2 + later,
            Self::ForGood => usize::MAX,
        }
    }
}

impl Case {
    /// Every case of these operations, as far as a platform can have them.
    pub(super) fn all(
        operations: &[Operation],
        can: impl Fn(Operation, Trouble) -> bool,
    ) -> Vec<Self> {
        let mut cases = Vec::new();
        for operation in operations {
            for trouble in Trouble::of(operation.kind) {
                if !can(*operation, trouble) {
                    continue;
                }
                let named = operation.permission.is_some();
                cases.extend(trouble.lasts(named).into_iter().map(|lasts| Self {
                    operation: *operation,
                    trouble,
                    lasts,
                }));
            }
        }
        cases
    }

    /// The fault that a stand-in is given, where it is a matter of single requests.
    pub(super) fn fault(&self) -> Option<Fault> {
        let times = match self.lasts {
            Lasts::Once => 1,
            _ => ALWAYS,
        };
        let fault = Fault::new(self.trouble.effect()?);
        let Operation { method, path, .. } = self.operation;
        Some(fault.on(method, path).times(times))
    }

    /// Whether it begins with the first write and not with the first read.
    pub(super) fn begins_with_writing(&self) -> bool {
        matches!(
            self.operation.kind,
            Kind::Write | Kind::Item | Kind::Envelope
        ) && self.operation.pending != Pending::Everything
    }
}
