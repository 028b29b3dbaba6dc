//! What additions and removals have in common: they are handed over, judged, and held against the list as it is.

use rollcall::{
    connectors::ports::ListWriter,
    model::list::Side,
    plan::{
        change::{Action, Change, Reason, Seen},
        outcome::Outcome,
    },
};

use super::*;

/// How many people are on the list all the time.
pub(super) const AT_FIRST: usize = 3;

/// How many are added or removed: more than one request to Microsoft Graph takes, and no round number.
pub(super) const MANY: usize = 45;

/// A list that is written.
pub(super) struct Written<S> {
    pub(super) subject: S,
    pub(super) reading: Reading,
    pub(super) writer: Box<dyn ListWriter>,
    adding: bool,
}

pub(super) fn change(action: Action, member: Member) -> Change {
    Change {
        side: Side::Target,
        action,
        member,
        reason: Reason::OnSource,
        seen: Seen::default(),
    }
}

/// Hands changes over as a run does.
pub(super) async fn hand_over(
    writer: &mut Box<dyn ListWriter>,
    chunk: usize,
    changes: &[Change],
) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for chunk in changes.chunks(chunk) {
        let of_chunk = writer.write(chunk, &Unwatched).await;
        assert_eq!(of_chunk.len(), chunk.len(), "one outcome for each change");
        outcomes.extend(of_chunk);
    }
    outcomes
}

impl<S: Subject> Written<S> {
    /// A list of few to which people are added, from number [`AT_FIRST`] on.
    pub(super) async fn to_add() -> Self {
        Self::open(AT_FIRST, true).await
    }

    /// A list of many from which people are removed, from number [`AT_FIRST`] on.
    pub(super) async fn to_remove() -> Self {
        Self::open(AT_FIRST + MANY, false).await
    }

    async fn open(members: usize, adding: bool) -> Self {
        let subject = S::start(members).await;
        let reading = whole(&subject).await;
        let writer = subject
            .writer(&staff::<S>(), reading.list_id.as_deref())
            .await;
        Self {
            subject,
            reading,
            writer,
            adding,
        }
    }

    /// The people to add or remove.
    pub(super) fn numbers(&self) -> Range<usize> {
        AT_FIRST..AT_FIRST + MANY
    }

    /// Everybody who is on the list when all is done.
    pub(super) fn in_the_end(&self) -> Vec<usize> {
        let all = if self.adding {
            AT_FIRST + MANY
        } else {
            AT_FIRST
        };
        (0..all).collect()
    }

    /// Makes something go wrong with the requests that add or remove, or that carry those over HTTP.
    pub(super) fn inject(&self, effect: Effect, after: u32, times: u32) {
        let of_the_connection = matches!(effect, Effect::DropBefore | Effect::DropAfter);
        let (each, carrying) = if self.adding {
            (self.subject.adding(), self.subject.carrying_additions())
        } else {
            let each = self.subject.removing().unwrap();
            (each, self.subject.carrying_removals().unwrap())
        };
        // One that lasts meets them too where they travel by themselves.
        let met = match of_the_connection {
            true if each != carrying && times == ALWAYS => vec![each, carrying],
            true => vec![carrying],
            false => vec![each],
        };
        for (method, piece) in met {
            let fault = Fault::new(effect.clone()).on(method, piece);
            assert!(self.subject.inject(fault.after(after).times(times)));
        }
    }

    /// The changes for these people.
    pub(super) fn changes(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<Change> {
        let change_of = |number| {
            if self.adding {
                change(Action::Add, self.subject.person(number))
            } else {
                let member = member_of(&self.subject, &self.reading, number);
                change(Action::Remove, member)
            }
        };
        numbers.into_iter().map(change_of).collect()
    }

    /// Adds or removes these people, and holds every outcome against the list: a change that is called done is done,
    /// one that is not has a code, and whatever was so before is not claimed.
    pub(super) async fn write(&mut self, numbers: Range<usize>) -> Vec<Outcome> {
        let before = self.subject.on_list();
        let changes = self.changes(numbers.clone());
        let chunk = self.reading.capabilities.chunk;
        let outcomes = hand_over(&mut self.writer, chunk, &changes).await;
        let after = self.subject.on_list();
        for (number, outcome) in numbers.zip(&outcomes) {
            let was_so = before.contains(&number) == self.adding;
            let is_so = after.contains(&number) == self.adding;
            match outcome {
                Outcome::Applied => assert!(is_so && !was_so, "{number}: a false success"),
                Outcome::AlreadySo => assert!(is_so, "{number}: a false success"),
                Outcome::HandedOver { .. } => panic!("{number}: a writer hands nothing over"),
                Outcome::Refused(problem) | Outcome::Failed(problem) => {
                    let is_kebab = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
                    assert!(!problem.code.is_empty() && problem.code.bytes().all(is_kebab));
                    assert!(!problem.message.trim().is_empty());
                }
            }
        }
        let bystanders = |numbers: &[usize]| -> Vec<usize> {
            let those = numbers.iter().copied();
            those.filter(|number| *number < AT_FIRST).collect()
        };
        assert_eq!(
            bystanders(&before),
            bystanders(&after),
            "somebody else was touched"
        );
        outcomes
    }

    /// A new run does the rest, however the last one ended, and the one after it finds nothing to do.
    pub(super) async fn converges(mut self) {
        for _ in 0..2 {
            self.writer = self
                .subject
                .writer(&staff::<S>(), self.reading.list_id.as_deref())
                .await;
            let outcomes = self.write(self.numbers()).await;
            let undone = outcomes.iter().find(|outcome| !outcome.is_done());
            assert_eq!(undone, None, "a repetition did not settle it");
            assert_eq!(self.subject.on_list(), self.in_the_end());
        }
        let outcomes = self.write(self.numbers()).await;
        assert_eq!(outcomes, vec![Outcome::AlreadySo; MANY]);
        let reading = whole(&self.subject).await;
        holds(&self.subject, &reading, 0..self.in_the_end().len());
    }
}

/// What can happen to a write of which nobody knows whether it had an effect.
fn losses() -> [Effect; 6] {
    [
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::GatewayTimeoutAfter,
        Effect::ServerError,
        Effect::BadGateway,
        Effect::Unavailable {
            retry_after_seconds: None,
        },
    ]
}

/// A list to be written, anew for every fault.
pub(super) trait Opens<S>: AsyncFn() -> Written<S> {}
impl<S, F: AsyncFn() -> Written<S>> Opens<S> for F {}

pub(super) async fn a_lost_answer_is_never_a_false_success<S: Subject>(open: impl Opens<S>) {
    for effect in losses() {
        for after in [0, 1] {
            let mut list = open().await;
            list.inject(effect.clone(), after, 1);
            list.write(list.numbers()).await;
            list.converges().await;
        }
    }
}

pub(super) async fn answers_that_stay_lost_are_failures<S: Subject>(open: impl Opens<S>) {
    for effect in losses() {
        let mut list = open().await;
        let before = list.subject.on_list();
        list.inject(effect.clone(), 0, ALWAYS);
        let outcomes = list.write(list.numbers()).await;
        if !matches!(effect, Effect::DropAfter | Effect::GatewayTimeoutAfter) {
            assert_eq!(list.subject.on_list(), before, "{effect:?}");
            assert!(
                !outcomes.iter().any(Outcome::is_done),
                "{effect:?}: nothing was done"
            );
        }
    }
}

impl<S: Subject> Written<S> {
    /// What can be said instead of doing it. That nobody is there to be removed is no refusal.
    fn refusals(&self) -> Vec<u16> {
        let all = [400, 401, 403, 404, 409, 422];
        let is_refusal = |status: &u16| self.adding || *status != 404;
        all.into_iter().filter(is_refusal).collect()
    }
}

pub(super) async fn a_refusal_of_one_request_is_told_truly<S: Subject>(open: impl Opens<S>) {
    for status in open().await.refusals() {
        let mut list = open().await;
        list.inject(refusal(status), 0, 1);
        list.write(list.numbers()).await;
        list.converges().await;
    }
}

pub(super) async fn a_refusal_of_every_request_is_told_truly<S: Subject>(open: impl Opens<S>) {
    for status in open().await.refusals() {
        let mut list = open().await;
        let before = list.subject.on_list();
        list.inject(refusal(status), 0, ALWAYS);
        let outcomes = list.write(list.numbers()).await;
        assert_eq!(list.subject.on_list(), before, "{status}");
        let done = outcomes.iter().find(|outcome| outcome.is_done());
        assert_eq!(done, None, "{status}");
    }
}

pub(super) async fn success_without_effect_is_no_success<S: Subject>(open: impl Opens<S>) {
    let mut list = open().await;
    let before = list.subject.on_list();
    list.inject(refusal(200), 0, ALWAYS);
    let outcomes = list.write(list.numbers()).await;
    assert_eq!(list.subject.on_list(), before);
    assert_eq!(outcomes.iter().find(|outcome| outcome.is_done()), None);
}

pub(super) async fn being_throttled_is_waited_out<S: Subject>(open: impl Opens<S>) {
    for retry_after_seconds in [Some(0.01), None] {
        for after in [0, 1] {
            let mut list = open().await;
            let effect = Effect::Throttle {
                retry_after_seconds,
            };
            list.inject(effect, after, 1);
            let outcomes = list.write(list.numbers()).await;
            assert_eq!(outcomes, vec![Outcome::Applied; MANY]);
            list.converges().await;
        }
    }
}

pub(super) async fn a_long_wait_is_left_to_the_caller<S: Subject>(open: impl Opens<S>) {
    let mut list = open().await;
    let before = list.subject.on_list();
    let effect = Effect::Throttle {
        retry_after_seconds: Some(3600.0),
    };
    list.inject(effect.clone(), 0, ALWAYS);
    let outcomes = list.write(list.numbers()).await;
    let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_));
    assert!(outcomes.iter().all(failed), "{outcomes:?}");
    assert_eq!(list.subject.on_list(), before);
    let an_hour = Some(Duration::from_secs(3600));
    assert_eq!(list.writer.asked_to_wait(), an_hour);

    let mut list = open().await;
    list.inject(effect, 0, 1);
    let outcomes = list.write(list.numbers()).await;
    assert!(outcomes.iter().any(failed), "{outcomes:?}");
    assert_eq!(list.writer.asked_to_wait(), an_hour);
    list.write(list.numbers()).await;
    assert_eq!(list.writer.asked_to_wait(), None, "that was before");
    list.converges().await;
}

pub(super) async fn unknown_fields_are_tolerated<S: Subject>(open: impl Opens<S>) {
    let mut list = open().await;
    let fault = Fault::new(Effect::UnknownFields).times(ALWAYS);
    assert!(list.subject.inject(fault));
    let outcomes = list.write(list.numbers()).await;
    assert_eq!(outcomes, vec![Outcome::Applied; MANY]);
    list.converges().await;
}
