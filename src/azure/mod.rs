//! Microsoft's client libraries over our own HTTP client: one pool, one TLS stack, our timeouts, for the libraries of
//! both generations.
//!
//! This room must not know what is stored, whose lists are kept, or how a failure is told to people.

pub mod credential;
pub mod credential_021;
pub mod transport;
pub mod transport_021;

use std::time::Duration;

/// A client for Azure's own services, with a pool and timeouts.
///
/// It follows no redirect, because a redirect would carry the token elsewhere, and does not unpack what it gets,
/// because a blob must come back as it went. `direct` leaves out the proxy of the machine, for stand-ins on the same
/// machine.
pub fn client(direct: bool) -> reqwest::Result<reqwest::Client> {
    // Without a provider building a client panics; a provider that is installed already stays.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(20))
        .timeout(Duration::from_secs(60))
        .gzip(false);
    let builder = if direct { builder.no_proxy() } else { builder };
    builder.build()
}
