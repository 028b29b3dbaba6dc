//! Invites guests and adds them to the group.
//!
//! Nobody is invited before the directory was asked whether it knows the address, and it is asked right before: what was
//! read of it at the beginning of the run may be old. Whoever was invited, or may have been, has an outcome that says so.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    answer::Answer,
    batch::MOST_IN_A_BATCH,
    call::{Call, Sent},
    known_guest::found,
    settings::is_object_id,
    urls,
    verdict::Doing,
    write::{EntraWriter, problem_of, refused},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{Invitation, Watch},
    },
    model::address::Address,
    plan::{
        change::Change,
        outcome::{GUEST_REFUSED, INVITATION_REFUSED, INVITED, Outcome, Problem, UNCONFIRMED},
    },
};

/// What is known of one person who shall become a guest.
pub(super) enum Guest {
    /// Not in the directory.
    Unknown(Address),
    /// In the directory.
    Known(String),
    /// Invited just now.
    Invited(String),
    /// Not to be had.
    Settled(Outcome),
}

impl EntraWriter {
    /// Invites and adds; gives an outcome for each change, in their order.
    pub(super) async fn invite(
        &mut self,
        group: &str,
        changes: &[Change],
        watch: &dyn Watch,
    ) -> Vec<Outcome> {
        let Some(invitation) = self.wanted.invitation.clone() else {
            let off = refused(
                "invitations-off",
                "this sync invites nobody",
                "allow guests in the sync",
            );
            return vec![off; changes.len()];
        };
        let mut waits = self.graph.patience.start();
        let mut guests: Vec<Guest> = changes
            .iter()
            .map(|change| match change.member.address() {
                Some(address) => Guest::Unknown(address.clone()),
                None => Guest::Settled(refused(
                    "no-address",
                    "nobody can be invited without an e-mail address",
                    "add the address at the source",
                )),
            })
            .collect();
        self.look_up(&mut guests, &mut waits).await;
        self.send_invitations(&mut guests, &invitation, &mut waits, watch)
            .await;
        let members: Vec<Result<String, Outcome>> = guests
            .iter()
            .map(|guest| match guest {
                Guest::Known(id) | Guest::Invited(id) => Ok(id.clone()),
                Guest::Settled(outcome) => Err(outcome.clone()),
                Guest::Unknown(_) => Err(Outcome::not_tried("the invitation was not sent")),
            })
            .collect();
        let outcomes = self.settle(Doing::Adding, group, &members, watch).await;
        guests
            .iter()
            .zip(outcomes)
            .map(|(guest, outcome)| after_invitation(guest, outcome))
            .collect()
    }

    /// Fills in who is in the directory already.
    async fn look_up(&self, guests: &mut [Guest], waits: &mut Waits) {
        let mut unknown: Vec<&mut Guest> = guests
            .iter_mut()
            .filter(|guest| matches!(guest, Guest::Unknown(_)))
            .collect();
        for chunk in unknown.chunks_mut(MOST_IN_A_BATCH) {
            let calls: Vec<Call> = chunk
                .iter()
                .filter_map(|guest| match guest {
                    Guest::Unknown(address) => Some(Call::get(urls::users_with_address(address))),
                    _ => None,
                })
                .collect();
            match self.graph.read_batch(&calls, waits).await {
                Ok(answers) => {
                    for (guest, answer) in chunk.iter_mut().zip(answers) {
                        let Guest::Unknown(address) = &**guest else {
                            continue;
                        };
                        if let Some(found) = found(answer, address) {
                            **guest = found;
                        }
                    }
                }
                Err(error) => {
                    for guest in chunk {
                        **guest = Guest::Settled(Outcome::Failed(problem_of(&error)));
                    }
                }
            }
        }
    }

    async fn send_invitations(
        &mut self,
        guests: &mut [Guest],
        invitation: &Invitation,
        waits: &mut Waits,
        watch: &dyn Watch,
    ) {
        let mut open: Vec<usize> = (0..guests.len())
            .filter(|&at| matches!(guests.get(at), Some(Guest::Unknown(_))))
            .collect();
        let (total, mut unconfirmed) = (open.len(), Vec::new());
        while !open.is_empty() {
            let (now, rest) = open.split_at(open.len().min(MOST_IN_A_BATCH));
            let (now, mut later) = (now.to_vec(), rest.to_vec());
            let calls: Vec<Call> = now
                .iter()
                .filter_map(|&at| match guests.get(at)? {
                    Guest::Unknown(address) => Some(invite_call(address, invitation)),
                    _ => None,
                })
                .collect();
            let sent = match self.graph.batch_once(&calls).await {
                Ok(sent) => sent,
                Err(error) => {
                    for at in open {
                        put(
                            guests,
                            at,
                            Guest::Settled(Outcome::Failed(problem_of(&error))),
                        );
                    }
                    // Those whose answers were lost are still to be looked for.
                    break;
                }
            };
            let mut wait = None;
            for (at, sent) in now.into_iter().zip(sent) {
                match sent {
                    // Refused before anything was done, so that it can be repeated without a second mail. No other
                    // answer says that, 503 neither.
                    Sent::Answered(answer) if answer.status == 429 => {
                        let asked = wait.take().and_then(|(asked, _)| asked);
                        wait = Some((answer.retry_after.max(asked), answer.explain()));
                        later.push(at);
                    }
                    Sent::Answered(answer) if answer.is_passing() => unconfirmed.push(at),
                    Sent::Lost(_) => unconfirmed.push(at),
                    Sent::Answered(answer) => put(guests, at, invited(&answer)),
                }
            }
            watch.progress("guests invited", total - later.len(), Some(total));
            open = later;
            if let Some((asked, why)) = wait
                && let Err(error) = self.graph.wait(waits, asked, &why).await
            {
                self.asked_to_wait = asked;
                for at in open {
                    put(
                        guests,
                        at,
                        Guest::Settled(Outcome::Failed(problem_of(&error))),
                    );
                }
                break;
            }
        }
        self.confirm(guests, unconfirmed, waits).await;
    }

    /// A lost invitation is not sent again in this run: that would be a second mail to the same person. Either the
    /// directory shows the guest now, or the next runs look again, and invite once it had the time to.
    async fn confirm(&self, guests: &mut [Guest], unconfirmed: Vec<usize>, waits: &mut Waits) {
        for at in unconfirmed {
            let Some(guest) = guests.get_mut(at) else {
                continue;
            };
            self.look_up(std::slice::from_mut(guest), waits).await;
            match guest {
                Guest::Known(id) => *guest = Guest::Invited(id.clone()),
                // Whatever came of looking: it may have been sent.
                Guest::Unknown(_) | Guest::Settled(_) => {
                    *guest = unconfirmed_guest("the answer to the invitation was lost");
                }
                Guest::Invited(_) => {}
            }
        }
    }
}

fn invite_call(address: &Address, invitation: &Invitation) -> Call {
    Call::with_body(
        Method::POST,
        "/invitations",
        json!({
            "invitedUserEmailAddress": address.as_str(),
            "inviteRedirectUrl": invitation.redirect_url,
            "sendInvitationMessage": invitation.send_message,
        }),
    )
}

fn unconfirmed_guest(what: &str) -> Guest {
    Guest::Settled(Outcome::Failed(Problem {
        code: UNCONFIRMED.to_owned(),
        message: what.to_owned(),
        help: Some(
            "nothing: the next runs look for the guest, and invite again after a day".to_owned(),
        ),
    }))
}

fn invited(answer: &Answer) -> Guest {
    let id = answer
        .body
        .get("invitedUser")
        .and_then(|user| user.get("id"))
        .and_then(Value::as_str);
    match (answer.status, id) {
        (201, Some(id)) if is_object_id(id) => Guest::Invited(id.to_ascii_lowercase()),
        (200..=299, _) => unconfirmed_guest("the answer to the invitation names nobody"),
        (403, _) if answer.message().starts_with("Insufficient privileges") => {
            Guest::Settled(refused(
                "permission-missing",
                &format!("Microsoft Graph {}", answer.explain()),
                "grant the application `User.Invite.All` (application permission) and admin consent",
            ))
        }
        (401, _) => Guest::Settled(Outcome::Failed(Problem {
            code: "sign-in-refused".to_owned(),
            message: format!("Microsoft Graph {}", answer.explain()),
            help: None,
        })),
        _ => Guest::Settled(refused(
            INVITATION_REFUSED,
            &format!("Microsoft Graph {}", answer.explain()),
            "check the address, and the tenant's external collaboration settings",
        )),
    }
}

/// Somebody who was invited moments ago may not be known to every server yet. Whatever kept them from being added, the
/// invitation was sent, and the outcome has to say so.
fn after_invitation(guest: &Guest, outcome: Outcome) -> Outcome {
    match (guest, outcome) {
        (Guest::Invited(_), Outcome::Refused(problem)) if problem.code == GUEST_REFUSED => {
            Outcome::Refused(Problem {
                message: format!("invited, but not added: {}", problem.message),
                ..problem
            })
        }
        (Guest::Invited(_), Outcome::Refused(problem) | Outcome::Failed(problem)) => {
            let is_young = ["not-found", "not-yet-visible"].contains(&problem.code.as_str());
            let (message, help) = if is_young {
                (
                    "invited; the directory does not show the guest yet".to_owned(),
                    Some("nothing: a later run adds the guest".to_owned()),
                )
            } else {
                let message = format!("invited, and not added yet: {}", problem.message);
                (message, problem.help)
            };
            Outcome::Failed(Problem {
                code: INVITED.to_owned(),
                message,
                help,
            })
        }
        (Guest::Invited(_), Outcome::AlreadySo) => Outcome::Applied,
        (_, outcome) => outcome,
    }
}

fn put(guests: &mut [Guest], at: usize, guest: Guest) {
    if let Some(slot) = guests.get_mut(at) {
        *slot = guest;
    }
}
