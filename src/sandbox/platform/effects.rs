//! What an injected fault does to the answer of a platform.

use super::{Platform, PlatformAnswer, PlatformCall};
use crate::sandbox::{
    fault::{Effect, add_unknown_fields},
    wire::{Answer, Body},
};

/// The platform's answer, after the effect of a fault that the request met.
pub(super) fn answered<P: Platform>(
    platform: &mut P,
    mut call: PlatformCall,
    effect: Option<Effect>,
) -> Answer {
    if let Some(instead) = effect.as_ref().and_then(instead_of_an_answer::<P>) {
        return instead;
    }
    call.twist.clone_from(&effect);
    let mut answer = platform.answer(&call).0;
    match effect {
        Some(Effect::GatewayTimeoutAfter) => {
            answer = P::error(504, "GatewayTimeout", "The gateway timed out.").0;
        }
        Some(Effect::ErrorAfter { status: 502 }) => answer = bad_gateway().0,
        Some(Effect::ErrorAfter { status }) => {
            answer = P::error(status, "AfterTheEffect", "Something went wrong.").0;
        }
        Some(Effect::NotJson) if answer.status == 200 => answer.body = portal().0.body,
        Some(Effect::UnknownFields) => {
            if let Body::Json(body) = &mut answer.body {
                add_unknown_fields(body);
            }
        }
        _ => {}
    }
    answer
}

/// What some effects answer without anything being done.
fn instead_of_an_answer<P: Platform>(effect: &Effect) -> Option<Answer> {
    let waiting = |answer: Answer, seconds: &Option<f64>| match seconds {
        Some(seconds) => answer.with("retry-after", seconds.to_string()),
        None => answer,
    };
    Some(match effect {
        Effect::Throttle {
            retry_after_seconds,
        } => waiting(
            P::error(429, "TooManyRequests", "Too many requests.").0,
            retry_after_seconds,
        ),
        Effect::Unavailable {
            retry_after_seconds,
        } => waiting(
            P::error(503, "ServiceUnavailable", "Please try again later.").0,
            retry_after_seconds,
        ),
        Effect::ServerError => P::error(500, "InternalServerError", "Something went wrong.").0,
        Effect::Conflict => P::error(409, "conflict", "It is there already.").0,
        Effect::BadGateway => bad_gateway().0,
        Effect::Portal => portal().0,
        Effect::Error {
            status,
            code,
            message,
        } => P::error(*status, code, message).0,
        _ => return None,
    })
}

fn portal() -> PlatformAnswer {
    PlatformAnswer::page(200, "<html><body>Sign in to continue</body></html>")
}

fn bad_gateway() -> PlatformAnswer {
    PlatformAnswer::page(502, "<html><body><h1>502 Bad Gateway</h1></body></html>")
}
