//! Where the requests of a connection go.
//!
//! A token is worth as much as the secret behind it: it leaves this machine encrypted, and for one cloud only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// One of the Microsoft clouds. Tokens never cross from one to another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cloud {
    /// Worldwide and GCC.
    #[default]
    Public,
    /// GCC High.
    UsGov,
    /// The Department of Defense.
    UsDod,
    /// China, operated by 21Vianet.
    China,
}

/// Where requests go: both are origins, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoints {
    /// Microsoft Graph.
    pub(super) graph: Url,
    /// The place of signing in.
    pub(super) login: Url,
}

impl Cloud {
    /// The addresses of Microsoft Graph and of signing in.
    /// <https://learn.microsoft.com/graph/deployments>
    pub(super) fn hosts(self) -> (&'static str, &'static str) {
        match self {
            Self::Public => (
                "https://graph.microsoft.com",
                "https://login.microsoftonline.com",
            ),
            Self::UsGov => (
                "https://graph.microsoft.us",
                "https://login.microsoftonline.us",
            ),
            Self::UsDod => (
                "https://dod-graph.microsoft.us",
                "https://login.microsoftonline.us",
            ),
            Self::China => (
                "https://microsoftgraph.chinacloudapi.cn",
                "https://login.chinacloudapi.cn",
            ),
        }
    }
}

/// Whether a host is this machine itself.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An https address, or an http one on this machine: a token must not cross the network in the clear.
pub(super) fn origin(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|_| format!("`{text}` is not a URL"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(format!(
                "`{text}` would send the token unencrypted; use https (http is for this machine only)"
            ));
        }
        _ => return Err(format!("`{text}` is neither https nor http")),
    }
    if url.host().is_none() || !url.username().is_empty() || url.password().is_some() {
        return Err(format!("`{text}` is not the address of a service"));
    }
    if !matches!(url.path(), "/" | "/v1.0" | "/v1.0/") || url.query().is_some() {
        return Err(format!("`{text}` must end after the host"));
    }
    url.set_path("/");
    url.set_fragment(None);
    Ok(url)
}
