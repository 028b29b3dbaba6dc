use std::sync::atomic::{AtomicUsize, Ordering};

use azure_core::error::{Error, ErrorKind};
use azure_core_021::auth::TokenCredential as _;

use super::*;
use crate::azure::credential_021::Adapted;

const SCOPE: &[&str] = &["https://storage.azure.com/.default"];

/// Gives the tokens `token-1`, `token-2` and so on, each good for `lasts`, as long as it is asked no more than `good`
/// times.
#[derive(Debug)]
struct Scripted {
    asked: AtomicUsize,
    good: usize,
    lasts: Duration,
}

impl Scripted {
    fn new(good: usize, lasts: Duration) -> Arc<Self> {
        Arc::new(Self {
            asked: AtomicUsize::new(0),
            good,
            lasts,
        })
    }
}

#[async_trait]
impl TokenCredential for Scripted {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> Result<AccessToken> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::task::yield_now().await;
        if asked > self.good {
            return Err(Error::with_message(ErrorKind::Credential, "no"));
        }
        Ok(AccessToken {
            token: Secret::new(format!("token-{asked}")),
            expires_on: OffsetDateTime::now_utc() + self.lasts,
        })
    }
}

async fn token(credential: &Steady, scopes: &[&str]) -> Option<String> {
    let token = credential.get_token(scopes, None).await.ok()?;
    Some(token.token.secret().to_owned())
}

#[tokio::test]
async fn a_token_is_asked_for_once_by_many() {
    let scripted = Scripted::new(9, Duration::hours(1));
    let credential = Steady::new(scripted.clone());
    let asked = (0..20).map(|_| token(&credential, SCOPE));
    for token in futures::future::join_all(asked).await {
        assert_eq!(token.as_deref(), Some("token-1"));
    }
    assert_eq!(scripted.asked.load(Ordering::SeqCst), 1);
    let other = token(&credential, &["https://graph.microsoft.com/.default"]).await;
    assert_eq!(other.as_deref(), Some("token-2"));
}

#[tokio::test]
async fn a_token_in_its_last_minutes_is_renewed() {
    let credential = Steady::new(Scripted::new(9, Duration::minutes(4)));
    assert_eq!(token(&credential, SCOPE).await.as_deref(), Some("token-1"));
    assert_eq!(token(&credential, SCOPE).await.as_deref(), Some("token-2"));
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_used_while_it_lasts() {
    let scripted = Scripted::new(1, Duration::minutes(4));
    let credential = Steady::new(scripted.clone());
    for _ in 0..5 {
        assert_eq!(token(&credential, SCOPE).await.as_deref(), Some("token-1"));
    }
    assert_eq!(
        scripted.asked.load(Ordering::SeqCst),
        2,
        "after a failure nobody asks again at once"
    );
    let expired = Steady::new(Scripted::new(1, Duration::seconds(-1)));
    assert!(token(&expired, SCOPE).await.is_some());
    assert_eq!(token(&expired, SCOPE).await, None, "an expired one is not");
}

#[tokio::test]
async fn the_older_libraries_get_the_same_token_and_show_nothing_of_it() {
    let steady = Arc::new(Steady::new(Scripted::new(1, Duration::hours(1))));
    let adapted = Adapted(steady.clone());
    let token = adapted.get_token(SCOPE).await.unwrap();
    assert_eq!(token.token.secret(), "token-1");
    let shown = format!("{adapted:?} {steady:?} {token:?}");
    assert!(!shown.contains("token-1"), "{shown}");
}

#[test]
fn who_signs_in() {
    let text = |text: &str| Some(text.to_owned());
    let chosen = |named: Named| match Identity::choose(named) {
        Ok(Identity::Managed(client)) => format!("managed {}", client.unwrap_or_default()),
        Ok(Identity::Secret { tenant, client, .. }) => format!("secret {tenant} {client}"),
        Ok(Identity::DeveloperTools) => "tools".to_owned(),
        Err(unclear) => format!("{unclear:?}"),
    };
    let application = Named {
        client: text("app"),
        tenant: text("tenant"),
        secret: Some(Secret::new("s3cret")),
        ..Named::default()
    };
    let hosted = Named {
        hosted: true,
        ..Named::default()
    };
    let outright = Named {
        credential: text("managedIdentity"),
        client: text("mine"),
        ..Named::default()
    };
    let secret_alone = Named {
        tenant: None,
        ..application.clone()
    };
    let other = Named {
        credential: text("magic"),
        ..Named::default()
    };
    for (named, expected) in [
        (Named::default(), "tools"),
        (hosted.clone(), "managed "),
        (
            Named {
                client: text("mine"),
                ..hosted
            },
            "managed mine",
        ),
        (outright, "managed mine"),
        (application.clone(), "secret tenant app"),
        (
            Named {
                hosted: true,
                ..application
            },
            "secret tenant app",
        ),
        (secret_alone, "SecretAlone"),
        (other, "Kind(\"magic\")"),
    ] {
        assert_eq!(chosen(named), expected);
    }
}
