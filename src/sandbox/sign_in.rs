//! The token endpoints: client credentials at Entra ID, and the managed identity endpoint of App Service.
//!
//! Knows nothing of Graph; it only gives tokens out and says whether one still holds.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::text;
use super::wire::Answer;
use super::world::World;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// `POST /{tenant}/oauth2/v2.0/token`.
pub(crate) fn token(world: &mut World, tenant: &str, body: &[u8]) -> Answer {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let settings = &world.settings;
    if !tenant.eq_ignore_ascii_case(&settings.tenant_id) {
        let text = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
        );
        return refused(400, "invalid_request", 90002, &text);
    }
    if field("grant_type") != "client_credentials" {
        return refused(
            400,
            "unsupported_grant_type",
            70003,
            "The app requested an unsupported grant type.",
        );
    }
    if !field("client_id").eq_ignore_ascii_case(&settings.client_id) {
        let text = format!(
            "Application with identifier '{}' was not found in the directory.",
            field("client_id")
        );
        return refused(400, "unauthorized_client", 700_016, &text);
    }
    let Some(resource) = field("scope")
        .strip_suffix("/.default")
        .filter(|resource| !resource.is_empty())
    else {
        let text = format!(
            "The provided value for the input parameter 'scope' is not valid: '{}'.",
            field("scope")
        );
        return refused(400, "invalid_scope", 70011, &text);
    };
    let asserted =
        !field("client_assertion").is_empty() && field("client_assertion_type") == ASSERTION_TYPE;
    if !asserted && field("client_secret").is_empty() {
        let text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
        return refused(401, "invalid_client", 7_000_218, text);
    }
    if !asserted && field("client_secret") != settings.client_secret {
        return refused(
            401,
            "invalid_client",
            7_000_215,
            "Invalid client secret provided.",
        );
    }
    let lifetime = settings.token_lifetime_seconds;
    let token = mint(world, resource);
    Answer::json(
        200,
        json!({"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}),
    )
}

/// `GET /msi/token?api-version=2019-08-01&resource=…` with `X-IDENTITY-HEADER`.
pub(crate) fn managed_identity(
    world: &mut World,
    query: &str,
    identity_header: Option<&str>,
) -> Answer {
    let query: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let refusal = |status: u16, message: &str| {
        Answer::json(status, json!({"statusCode": status, "message": message}))
    };
    if identity_header != Some(world.settings.identity_header.as_str()) {
        return refusal(401, "the header X-IDENTITY-HEADER is missing or wrong");
    }
    if query.get("api-version").map(String::as_str) != Some("2019-08-01") {
        return refusal(400, "the query option api-version must be 2019-08-01");
    }
    let Some(resource) = query
        .get("resource")
        .filter(|resource| !resource.is_empty())
    else {
        return refusal(400, "the query option resource is missing");
    };
    let ends = now_seconds() + lifetime_seconds(world);
    let token = mint(world, resource);
    Answer::json(
        200,
        json!({
            "access_token": token, "expires_on": ends.to_string(), "resource": resource, "token_type": "Bearer",
            "client_id": world.settings.client_id,
        }),
    )
}

/// Whether this `Authorization` header carries a token that still holds.
pub(crate) fn holds(world: &World, authorization: Option<&str>) -> bool {
    let token = authorization
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    token
        .and_then(|(_, token)| world.tokens.get(token.trim()))
        .is_some_and(|ends| *ends > Instant::now())
}

/// A new token in the shape of a JWT, so that a client may look at its claims; the signature is a random number.
fn mint(world: &mut World, audience: &str) -> String {
    let settings = &world.settings;
    let issued = now_seconds();
    let claims = json!({
        "aud": audience, "tid": settings.tenant_id, "appid": settings.client_id, "oid": settings.client_id,
        "roles": settings.permissions, "iat": issued, "nbf": issued, "exp": issued + lifetime_seconds(world),
    });
    let header = json!({"typ": "JWT", "alg": "none"});
    let token = format!(
        "{}.{}.{}",
        text::base64url(header.to_string().as_bytes()),
        text::base64url(claims.to_string().as_bytes()),
        text::base64url(Uuid::new_v4().as_bytes()),
    );
    let ends = Instant::now() + Duration::from_secs(settings.token_lifetime_seconds);
    world.tokens.retain(|_, ends| *ends > Instant::now());
    world.tokens.insert(token.clone(), ends);
    token
}

fn lifetime_seconds(world: &World) -> i64 {
    i64::try_from(world.settings.token_lifetime_seconds).unwrap_or(i64::MAX / 2)
}

fn now_seconds() -> i64 {
    Timestamp::now().as_second()
}

fn refused(status: u16, error: &str, code: u64, text: &str) -> Answer {
    let now = Timestamp::now();
    let (trace, correlation) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
    let stamp = text::odata_time(now);
    Answer::json(
        status,
        json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
            ),
            "error_codes": [code], "timestamp": stamp, "trace_id": trace, "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    )
}
