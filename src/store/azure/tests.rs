use std::sync::Mutex;

use async_trait::async_trait;
use axum::{Router, extract::Request, http::StatusCode};
use azure_core::{
    credentials::{AccessToken, Secret, TokenRequestOptions},
    time::OffsetDateTime,
};
use azure_core_021::auth::TokenCredential as _;

use super::*;
use crate::{
    azure::credential::{Identity, Steady},
    store::ports::{Records, Table},
};

#[derive(Debug)]
struct OneToken;

#[async_trait]
impl TokenCredential for OneToken {
    async fn get_token(
        &self,
        scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://storage.azure.com/.default"]);
        Ok(AccessToken {
            token: Secret::new("one-token"),
            expires_on: OffsetDateTime::now_utc() + AzureDuration::hours(1),
        })
    }
}

/// A service that answers everything in one way and keeps what it was shown. Azurite takes tokens over https alone,
/// with a certificate that nobody trusts.
async fn service(status: StatusCode, body: &'static str) -> (Url, Arc<Mutex<Vec<String>>>) {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let keep = shown.clone();
    let router = Router::new().fallback(move |request: Request| {
        let header = request.headers().get("authorization");
        let header = header.map(|value| value.to_str().unwrap().to_owned());
        keep.lock().unwrap().push(header.unwrap_or_default());
        async move { (status, body) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/contoso", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (Url::parse(&url).unwrap(), shown)
}

fn records(url: Url) -> AzureRecords {
    let connection = Connection {
        account: "contoso".to_owned(),
        tables: url.clone(),
        queues: url.clone(),
        blobs: url.clone(),
        access: Access::Identity(Identity::Managed(None)),
    };
    let token: Arc<dyn TokenCredential> = Arc::new(Steady::new(Arc::new(OneToken)));
    let credentials = older_credentials(&connection, Some(&token)).unwrap();
    let location = CloudLocation::Custom {
        account: "contoso".to_owned(),
        uri: url.to_string(),
    };
    let http = azure::client(true).unwrap();
    AzureRecords::new(
        TableServiceClientBuilder::with_location(location, credentials)
            .client_options(older_options(&http))
            .build(),
    )
}

#[tokio::test]
async fn an_identity_shows_its_token() {
    let body = r#"{"odata.error":{"code":"ResourceNotFound","message":{"value":"no such row"}}}"#;
    let (url, shown) = service(StatusCode::NOT_FOUND, body).await;
    let found = records(url).get(Table::State, "p", "r").await;
    assert_eq!(found, Ok(None));
    assert_eq!(*shown.lock().unwrap(), ["Bearer one-token"]);
}

#[tokio::test]
async fn a_table_that_is_gone_is_no_row_that_is_not_there() {
    let body = r#"{"odata.error":{"code":"TableNotFound","message":{"value":"no such table"}}}"#;
    let (url, _) = service(StatusCode::NOT_FOUND, body).await;
    let problem = records(url).get(Table::State, "p", "r").await.unwrap_err();
    assert!(problem.to_string().contains("`TableNotFound`"), "{problem}");
    assert!(problem.to_string().contains("start again"), "{problem}");
}

#[tokio::test]
async fn an_identity_without_its_role_is_told_which() {
    let body =
        r#"{"odata.error":{"code":"AuthorizationPermissionMismatch","message":{"value":"x"}}}"#;
    let (url, shown) = service(StatusCode::FORBIDDEN, body).await;
    let problem = records(url).get(Table::State, "p", "r").await.unwrap_err();
    assert!(
        problem.to_string().contains("Data Contributor"),
        "{problem}"
    );
    assert_eq!(shown.lock().unwrap().len(), 1, "a refusal is not repeated");
}

#[tokio::test]
async fn what_is_no_answer_of_a_table_is_reported_without_repeating_it() {
    let (url, _) = service(StatusCode::OK, "<html>ada@contoso.com</html>").await;
    let problem = records(url).get(Table::State, "p", "r").await.unwrap_err();
    assert!(matches!(problem, StoreError::Corrupt { .. }), "{problem}");
    assert!(!problem.to_string().contains("ada@"), "{problem}");
}

/// Fails as the official credentials do: the reason inside an error that names the credential.
#[derive(Debug)]
struct Refused;

#[async_trait]
impl TokenCredential for Refused {
    async fn get_token(
        &self,
        _scopes: &[&str],
        _options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        use azure_core::error::{Error, ErrorKind};
        let why = Error::with_message(ErrorKind::Credential, "no identity is assigned\nmore");
        Err(Error::with_error(
            ErrorKind::Credential,
            why,
            "ManagedIdentityCredential failed",
        ))
    }
}

#[tokio::test]
async fn who_cannot_sign_in_is_told_why() {
    let adapted = Adapted(Arc::new(Refused));
    let error = adapted.get_token(&["x"]).await.unwrap_err();
    let problem = Trouble::from(error).explain("table rollcallstate");
    let text = problem.to_string();
    assert!(
        text.contains("signing in failed: no identity is assigned\n"),
        "{text}"
    );
    assert!(text.contains("Data Contributor"), "{text}");
}
