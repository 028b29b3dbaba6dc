//! Carries the requests of the older libraries (`azure_core` 0.21) through our own HTTP client: theirs has no timeout
//! and opens a connection for each request.

use std::collections::HashMap;

use async_trait::async_trait;
use azure_core_021::{
    Body, BytesStream, Error, HttpClient, Request, Response, Result, StatusCode,
    error::ErrorKind,
    headers::{ERROR_CODE, HeaderName, HeaderValue, Headers},
};
use serde::Deserialize;

/// The way through our client.
#[derive(Debug)]
pub struct Through {
    http: reqwest::Client,
}

impl Through {
    /// Over `http`.
    pub fn new(http: reqwest::Client) -> Self {
        Self { http }
    }
}

#[async_trait]
impl HttpClient for Through {
    async fn execute_request(&self, request: &Request) -> Result<Response> {
        let method = reqwest::Method::from_bytes(request.method().as_ref().as_bytes())
            .map_err(|error| Error::new(ErrorKind::Other, error))?;
        let mut builder = self.http.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            builder = builder.header(name.as_str(), value.as_str());
        }
        let builder = match request.body().clone() {
            Body::Bytes(bytes) => builder.body(bytes),
            Body::SeekableStream(stream) => builder.body(reqwest::Body::wrap_stream(stream)),
        };
        let response = builder.send().await.map_err(failed)?;
        let status = StatusCode::try_from(response.status().as_u16())
            .map_err(|_| Error::message(ErrorKind::DataConversion, "an unknown HTTP status"))?;
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
        let mut headers = Headers::from(headers);
        let body = response.bytes().await.map_err(failed)?;
        if !status.is_success()
            && headers.get_optional_str(&ERROR_CODE).is_none()
            && let Some(code) = code_of_a_table(&body)
        {
            headers.insert(ERROR_CODE, code);
        }
        Ok(Response::new(
            status,
            headers,
            Box::pin(BytesStream::new(body)),
        ))
    }
}

fn failed(error: reqwest::Error) -> Error {
    // `without_url`: an address can hold a signature.
    Error::new(ErrorKind::Io, error.without_url())
}

/// The table service names its error in the body alone, in a form that the library does not read.
fn code_of_a_table(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(rename = "odata.error")]
        error: Code,
    }
    #[derive(Deserialize)]
    struct Code {
        code: String,
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    // A header holds printable ASCII; whatever else this is, it is no code.
    let fits = answer
        .error
        .code
        .bytes()
        .all(|byte| byte.is_ascii_graphic());
    fits.then_some(answer.error.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_its_code_in_the_body() {
        let body = br#"{"odata.error":{"code":"TableNotFound","message":{"lang":"en-US","value":"gone"}}}"#;
        assert_eq!(code_of_a_table(body).as_deref(), Some("TableNotFound"));
        for other in [&b"<html>"[..], b"{}", br#"{"odata.error":{"code":"a\nb"}}"#] {
            assert_eq!(code_of_a_table(other), None);
        }
    }
}
