//! Writes one list: addresses go out in one request, and a look at the list afterwards says what became of each.
//!
//! It must not delete contacts or lists: PoliteMail takes a deleted contact off all lists.

use std::time::Duration;

use async_trait::async_trait;

use super::{
    api::Api,
    create,
    read::{OnList, not_there, path},
    settle::{self, Doing, Said},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, ListWriter, WantedList, Watch},
        web::Request,
    },
    model::{
        address::Address,
        attributes::Value,
        member::{Member, Standing},
    },
    plan::{
        change::{Action, Change},
        outcome::{OPTED_OUT, Outcome},
    },
};

/// How often a request that was refused as a whole is halved to find out whom the refusal means: enough for two or
/// three bad addresses among a thousand.
const MOST_HALVINGS: u32 = 24;

/// How often what nobody knows the end of is handed over in all.
const MOST_TRIES: u32 = 3;

/// Writes one list.
pub(super) struct Writer {
    pub(super) api: Api,
    pub(super) wanted: WantedList,
    list: Option<i32>,
    /// Who is on the list as far as known; forgotten with every request that may change it.
    pub(super) on_list: Option<OnList>,
    asked_to_wait: Option<Duration>,
}

/// One change on its way.
pub(super) struct Job<'a> {
    member: &'a Member,
    /// Normalised.
    pub(super) address: Address,
    /// As PoliteMail writes it.
    spelling: String,
    /// Where its outcome stands.
    place: usize,
    pub(super) said: Said,
}

#[async_trait]
impl ListWriter for Writer {
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError> {
        let list = match self.list {
            Some(list) => list,
            None => {
                let mut waits = self.api.start();
                let made = create::list(&self.api, &self.wanted, &mut waits).await?;
                self.on_list = made.is_new.then(OnList::nobody);
                self.list = Some(made.id);
                made.id
            }
        };
        Ok(Some(list.to_string()))
    }

    async fn write(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome> {
        self.asked_to_wait = None;
        let doing = match changes.first().map(|change| &change.action) {
            Some(Action::Add) => Doing::Adding,
            Some(Action::Remove) => Doing::Removing,
            Some(Action::Invite) => return vec![cannot("invites nobody"); changes.len()],
            Some(Action::Update(_)) => {
                return vec![cannot("changes no fields of contacts"); changes.len()];
            }
            None => return Vec::new(),
        };
        let outcomes = self.put(doing, changes).await;
        watch.progress("changes made", outcomes.len(), Some(changes.len()));
        outcomes
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        self.asked_to_wait
    }
}

impl Writer {
    /// The writer of the list with this id; without one the list is found or made first.
    pub(super) fn new(api: Api, wanted: WantedList, list: Option<i32>) -> Self {
        Self {
            api,
            wanted,
            list,
            on_list: None,
            asked_to_wait: None,
        }
    }

    async fn put(&mut self, doing: Doing, changes: &[Change]) -> Vec<Outcome> {
        let mut waits = self.api.start();
        let Some(list) = self.list else {
            let error = not_there(&self.wanted.list.list);
            return vec![self.failure(&error); changes.len()];
        };
        let before = match self.look(list, &mut waits).await {
            Ok(before) => before,
            Err(error) => return vec![self.failure(&error); changes.len()],
        };
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(changes.len());
        let mut jobs: Vec<Job<'_>> = Vec::new();
        for (place, change) in changes.iter().enumerate() {
            match job(doing, &change.member, before, place) {
                Ok(job) => {
                    outcomes.push(None);
                    jobs.push(job);
                }
                Err(outcome) => outcomes.push(Some(outcome)),
            }
        }
        if doing == Doing::Adding && self.api.settings.create_contacts {
            let newcomers: Vec<(&Address, &Member)> =
                jobs.iter().map(|job| (&job.address, job.member)).collect();
            if let Err(error) = create::contacts(&self.api, &newcomers, &mut waits).await {
                let failure = self.failure(&error);
                let given = outcomes.into_iter();
                return given
                    .map(|outcome| outcome.unwrap_or(failure.clone()))
                    .collect();
            }
        }
        self.settle(doing, list, jobs, &mut outcomes, &mut waits)
            .await;
        let given = outcomes.into_iter();
        given
            .map(|outcome| outcome.unwrap_or_else(|| Outcome::not_tried("it was not settled")))
            .collect()
    }

    /// Hands over and looks, and hands over once more what was lost on the way.
    async fn settle(
        &mut self,
        doing: Doing,
        list: i32,
        mut jobs: Vec<Job<'_>>,
        outcomes: &mut [Option<Outcome>],
        waits: &mut Waits,
    ) {
        for attempt in 1..=MOST_TRIES {
            if jobs.is_empty() {
                return;
            }
            let asked = self.hand_over(doing, list, &mut jobs, waits).await;
            let may_be_done = |job: &Job<'_>| matches!(job.said, Said::Yes | Said::Unknown(_));
            if !jobs.iter().any(may_be_done) {
                break;
            }
            let (after, looks) = match self.look_after(doing, list, &jobs, waits).await {
                Ok(looked) => looked,
                Err(error) => {
                    let failure = self.failure(&error);
                    for job in &jobs {
                        let known = match &job.said {
                            Said::No(outcome) | Said::Never(outcome) => outcome.clone(),
                            Said::Yes | Said::Unknown(_) => failure.clone(),
                        };
                        fill(outcomes, job.place, known);
                    }
                    return;
                }
            };
            jobs.retain(|job| {
                let outcome = settle::settle(doing, &job.address, &job.said, after, looks);
                let is_open = outcome.is_none();
                if let Some(outcome) = outcome {
                    fill(outcomes, job.place, outcome);
                }
                is_open
            });
            if jobs.is_empty() || attempt == MOST_TRIES {
                break;
            }
            match waits.next(asked) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => {
                    self.asked_to_wait = asked;
                    break;
                }
            }
        }
        for job in &jobs {
            fill(outcomes, job.place, settle::unknown(&job.said));
        }
    }

    /// Sends the addresses. What is refused as a whole is halved, so that one bad address keeps nobody else out. Gives
    /// how long the service asked to be left alone.
    async fn hand_over(
        &self,
        doing: Doing,
        list: i32,
        jobs: &mut [Job<'_>],
        waits: &mut Waits,
    ) -> Option<Duration> {
        let mut asked = None;
        let mut halvings = 0;
        let mut pieces: Vec<&mut [Job<'_>]> = vec![jobs];
        while let Some(piece) = pieces.pop() {
            let mut emails: Vec<&str> = piece.iter().map(|job| job.spelling.as_str()).collect();
            emails.sort_unstable();
            emails.dedup();
            let request = Request::post(path(list, doing.operation()), create::emails(&emails));
            let answer = self.api.ask(&request, waits).await;
            let said = settle::judge(&self.api, doing, &answer);
            if let (Said::No(_), true) = (&said, piece.len() > 1 && halvings < MOST_HALVINGS) {
                halvings += 1;
                let (left, right) = piece.split_at_mut(piece.len() / 2);
                pieces.extend([right, left]);
                continue;
            }
            let is_over = matches!(said, Said::Never(_) | Said::Unknown(_));
            for job in piece {
                job.said = said.clone();
            }
            if is_over {
                asked = match answer {
                    Ok(heard) => heard.wait(),
                    Err(error) => named_wait(&error),
                };
                // A service that is away is not asked for the other pieces.
                for job in pieces.into_iter().flatten() {
                    job.said = said.clone();
                }
                break;
            }
        }
        asked
    }

    /// The outcome of a change that an error kept from being made.
    fn failure(&mut self, error: &ConnectorError) -> Outcome {
        self.asked_to_wait = named_wait(error).or(self.asked_to_wait);
        Outcome::Failed(settle::problem(error))
    }
}

/// How long the service behind an error asked to be left alone.
fn named_wait(error: &ConnectorError) -> Option<Duration> {
    match error.kind {
        ErrorKind::Unavailable(asked) => asked,
        _ => None,
    }
}

/// What there is to do for a member, or the outcome where that is nothing.
fn job<'a>(
    doing: Doing,
    member: &'a Member,
    before: &OnList,
    place: usize,
) -> Result<Job<'a>, Outcome> {
    let Some(address) = member.address() else {
        return Err(settle::refused(
            "no-address",
            format!(
                "`{}` has no address that PoliteMail could take",
                member.label()
            ),
            "give the person an e-mail address",
        ));
    };
    let there = member.addresses.iter().find_map(|address| {
        let there = before.with(address)?;
        Some((address, there))
    });
    let (address, spelling) = match (doing, there) {
        (Doing::Adding, Some((address, there))) if there.standing == Standing::OptedOut => {
            return Err(settle::refused(
                OPTED_OUT,
                format!("`{address}` is on the list and not active: the person opted out"),
                "who opted out has to opt in again themselves",
            ));
        }
        (Doing::Adding, Some(_)) => return Err(Outcome::AlreadySo),
        (Doing::Adding, None) => (address, address.as_str().to_owned()),
        (Doing::Removing, None) if before.doubt.is_none() => return Err(Outcome::AlreadySo),
        (Doing::Removing, None) => (address, address.as_str().to_owned()),
        (Doing::Removing, Some((address, there))) => {
            let spelling = there.attributes.get(super::contacts::ADDRESS);
            let spelling = spelling.map_or_else(|| address.as_str().to_owned(), Value::to_line);
            (address, spelling)
        }
    };
    Ok(Job {
        member,
        address: address.clone(),
        spelling,
        place,
        said: Said::Yes,
    })
}

fn fill(outcomes: &mut [Option<Outcome>], place: usize, outcome: Outcome) {
    if let Some(slot) = outcomes.get_mut(place) {
        *slot = Some(outcome);
    }
}

fn cannot(what: &str) -> Outcome {
    settle::refused(
        "not-supported",
        format!("PoliteMail's published API {what}"),
        "do it in PoliteMail",
    )
}
