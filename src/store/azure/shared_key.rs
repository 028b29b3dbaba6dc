//! Signs blob requests with the key of the account; the official library knows tokens alone.
//! <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use azure_core::{
    credentials::Secret,
    error::{Error, ErrorKind},
    http::{
        Context, Request, Url,
        headers::HeaderName,
        policies::{Policy, PolicyResult},
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use sha2::Sha256;

/// The headers that are signed in this order, after the method.
const SIGNED: [&str; 11] = [
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
];

/// Signs each try anew; must stand last before the request is sent.
#[derive(Debug)]
pub(super) struct SharedKey {
    account: String,
    key: Secret,
}

impl SharedKey {
    pub(super) fn new(account: &str, key: Secret) -> Self {
        Self {
            account: account.to_owned(),
            key,
        }
    }

    fn sign(&self, text: &str) -> azure_core::Result<String> {
        let unusable = || Error::with_message(ErrorKind::Credential, "the account key is no key");
        let key = BASE64_STANDARD.decode(self.key.secret());
        let key = key.map_err(|_| unusable())?;
        let mut hmac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| unusable())?;
        hmac.update(text.as_bytes());
        Ok(BASE64_STANDARD.encode(hmac.finalize().into_bytes()))
    }
}

#[async_trait]
impl Policy for SharedKey {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let now = Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
        request.insert_header("x-ms-date", now.to_string());
        let length = request.body().len().unwrap_or(0);
        if length > 0 {
            request.insert_header("content-length", length.to_string());
        }
        let headers: BTreeMap<String, String> = request
            .headers()
            .iter()
            .map(|(name, value)| (lower(name), value.as_str().to_owned()))
            .collect();
        let text = string_to_sign(
            &self.account,
            request.method().as_str(),
            request.url(),
            &headers,
        );
        let signature = self.sign(&text)?;
        let authorization = format!("SharedKey {}:{signature}", self.account);
        request.insert_header("authorization", authorization);
        let Some((first, rest)) = next.split_first() else {
            return Err(Error::with_message(
                ErrorKind::Other,
                "nothing sends this request",
            ));
        };
        first.send(context, request, rest).await
    }
}

fn lower(name: &HeaderName) -> String {
    name.as_str().to_ascii_lowercase()
}

fn string_to_sign(
    account: &str,
    method: &str,
    url: &Url,
    headers: &BTreeMap<String, String>,
) -> String {
    let mut text = method.to_owned();
    for name in SIGNED {
        let value = headers.get(name).map_or("", String::as_str);
        text.push('\n');
        // A length of nought is signed as no length.
        if (name, value) != ("content-length", "0") {
            text.push_str(value);
        }
    }
    text.push('\n');
    for (name, value) in headers {
        if name.starts_with("x-ms-") {
            text.push_str(&format!("{name}:{}\n", value.trim()));
        }
    }
    text.push_str(&format!("/{account}{}", url.path()));
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        let values = parameters.entry(name.to_ascii_lowercase()).or_default();
        values.push(value.into_owned());
    }
    for (name, mut values) in parameters {
        values.sort();
        text.push_str(&format!("\n{name}:{}", values.join(",")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// The example of Microsoft's page.
    #[test]
    fn the_published_example_is_signed_as_published() {
        let url = Url::parse(
            "https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20",
        )
        .unwrap();
        let headers = headers(&[
            ("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"),
            ("x-ms-version", "2015-02-21"),
            ("content-length", "0"),
            ("accept", "*/*"),
        ]);
        assert_eq!(
            string_to_sign("myaccount", "GET", &url, &headers),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n\
             /myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
        );
    }

    #[test]
    fn lengths_types_and_repeated_parameters_are_signed() {
        let url = Url::parse(
            "http://127.0.0.1:10000/devstoreaccount1/rollcall/a%20b?Comp=block&x=2&blockid=QQ%3D%3D&x=1",
        )
        .unwrap();
        let headers = headers(&[
            ("content-length", "11"),
            ("content-type", "application/octet-stream"),
            ("if-match", "\"0x1\""),
            ("x-ms-blob-type", " BlockBlob "),
        ]);
        assert_eq!(
            string_to_sign("devstoreaccount1", "PUT", &url, &headers),
            "PUT\n\n\n11\n\napplication/octet-stream\n\n\n\"0x1\"\n\n\n\nx-ms-blob-type:BlockBlob\n\
             /devstoreaccount1/devstoreaccount1/rollcall/a%20b\nblockid:QQ==\ncomp:block\nx:1,2"
        );
    }

    /// Calculated with OpenSSL over the same text and key.
    #[test]
    fn a_signature_is_the_hmac_of_the_text_under_the_decoded_key() {
        let key = Secret::new("c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudA==");
        let signer = SharedKey::new("contoso", key);
        assert_eq!(
            signer.sign("GET\n/contoso/rollcall").unwrap(),
            "KJgd8iZI8x0TRR4/Nf4z3AXG6wMRQ2sAP0dTN8Hc6HI="
        );
        assert!(!format!("{signer:?}").contains("c2VjcmV0"));
        assert!(
            SharedKey::new("contoso", Secret::new("?"))
                .sign("x")
                .is_err()
        );
    }
}
