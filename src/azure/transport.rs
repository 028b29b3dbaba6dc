//! Carries the requests of the official libraries (`azure_core` 1.x) through our own HTTP client.

use std::collections::HashMap;

use async_trait::async_trait;
use azure_core::{
    Error, Result,
    error::ErrorKind,
    http::{
        AsyncRawResponse, Body, HttpClient, Request, Url,
        headers::{HeaderName, HeaderValue, Headers},
    },
};

/// The way through our client; with a stand-in, every request goes to it, whatever host it names.
#[derive(Debug)]
pub struct Through {
    http: reqwest::Client,
    stand_in: Option<Url>,
}

impl Through {
    /// `stand_in` is an origin on this machine.
    pub fn new(http: reqwest::Client, stand_in: Option<Url>) -> Self {
        Self { http, stand_in }
    }

    fn url(&self, asked: &Url) -> Url {
        match &self.stand_in {
            None => asked.clone(),
            Some(stand_in) => {
                let mut url = stand_in.clone();
                url.set_path(asked.path());
                url.set_query(asked.query());
                url
            }
        }
    }
}

#[async_trait]
impl HttpClient for Through {
    async fn execute_request(&self, request: &Request) -> Result<AsyncRawResponse> {
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes())
            .map_err(|error| Error::with_error(ErrorKind::Other, error, "no HTTP method"))?;
        let mut builder = self.http.request(method, self.url(request.url()));
        for (name, value) in request.headers().iter() {
            builder = builder.header(name.as_str(), value.as_str());
        }
        let builder = match request.body().clone() {
            Body::Bytes(bytes) => builder.body(bytes),
            Body::SeekableStream(stream) => builder.body(reqwest::Body::wrap_stream(stream)),
        };
        let response = builder.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let headers: HashMap<HeaderName, HeaderValue> = response
            .headers()
            .iter()
            .filter_map(|(name, value)| {
                let value = value.to_str().ok()?.to_owned();
                Some((
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(value),
                ))
            })
            .collect();
        // Whole at once: an answer that breaks off is a failure of this request, which the library can repeat.
        let body = response.bytes().await.map_err(failed)?;
        Ok(AsyncRawResponse::from_bytes(
            status.into(),
            Headers::from(headers),
            body,
        ))
    }
}

fn failed(error: reqwest::Error) -> Error {
    let kind = if error.is_connect() {
        ErrorKind::Connection
    } else {
        ErrorKind::Io
    };
    // `without_url`: an address can hold a signature, and that of a managed identity's endpoint is nobody's business.
    Error::with_error(kind, error.without_url(), "no answer")
}
