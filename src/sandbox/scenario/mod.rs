//! What the stand-in tenant holds and how it behaves: the JSON file a person writes, and its checks.
//!
//! Knows nothing of HTTP, of tokens or of how the directory is stored while it runs.
//!
//! Everything has a default, so a file says only what matters; the fields are described on the types below.
//!
//! ```json
//! {
//!   "permissions": ["User.Read.All", "GroupMember.ReadWrite.All"],
//!   "users": [{"id": "00000000-0000-4000-8001-000000000001", "userPrincipalName": "ada@contoso.example"}],
//!   "groups": [{
//!     "id": "00000000-0000-4000-8000-00000000a001", "displayName": "Everyone",
//!     "members": ["00000000-0000-4000-8001-000000000001"]
//!   }],
//!   "quota": {"enabled": true, "writesPer150s": 3000, "patchCost": "thirds", "clockSpeed": 10},
//!   "replicationLagMs": {"directory": 2000, "delta": 5000},
//!   "pageSizeLimit": 50
//! }
//! ```

mod load;
mod objects;

use serde::{Deserialize, Serialize};

pub use load::ScenarioError;
pub(crate) use load::is_uuid;
pub use objects::{Contact, Device, Group, ServicePrincipal, User};

/// A tenant: who and what is in it, and how the service in front of it behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scenario {
    /// The tenant's id; the token endpoint is `/{tenantId}/oauth2/v2.0/token`.
    pub tenant_id: String,
    /// The application that may sign in.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: String,
    /// What `X-IDENTITY-HEADER` must say at the managed identity endpoint.
    pub identity_header: String,
    /// Application permissions granted by the administrator, such as `User.Read.All`.
    pub permissions: Vec<String>,
    /// Name and domains of the tenant.
    pub organization: Organization,
    /// People: members and guests.
    pub users: Vec<User>,
    /// Organisational contacts.
    pub contacts: Vec<Contact>,
    /// Devices; they can be members of security groups.
    pub devices: Vec<Device>,
    /// Service principals; they can be members, but v1.0 leaves them out of member lists.
    pub service_principals: Vec<ServicePrincipal>,
    /// Groups with their members.
    pub groups: Vec<Group>,
    /// Whether and where guests are welcome.
    pub guest_policy: GuestPolicy,
    /// Throttling; off unless switched on.
    pub quota: Quota,
    /// How long the outside world sees the state before a write.
    pub replication_lag_ms: ReplicationLag,
    /// The server never sends more objects in a page, whatever `$top` says.
    pub page_size_limit: Option<usize>,
    /// How long an access token lives.
    pub token_lifetime_seconds: u64,
    /// How long an `@odata.nextLink` of a plain listing lives.
    pub page_token_lifetime_seconds: u64,
    /// How long an `@odata.deltaLink` lives; Graph documents seven days.
    pub delta_token_lifetime_seconds: u64,
    /// How many seconds the clock of the service is ahead of this machine's, in the `Date` of its answers.
    pub clock_ahead_seconds: i64,
    /// Whether `/members/microsoft.graph.user` insists on `ConsistencyLevel` and `$count`, as its documentation says.
    pub strict_cast: bool,
}

/// Name and domains of the tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Organization {
    /// The name shown to people.
    pub display_name: String,
    /// Domains of the tenant; the first is the default one, the last the initial one, which guests' names end in.
    pub verified_domains: Vec<String>,
}

/// Whether and where guests are welcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct GuestPolicy {
    /// Whether guests may join Microsoft 365 groups.
    #[serde(rename = "guestsInM365Groups")]
    pub guests_in_m365_groups: bool,
    /// Whether anyone may be invited at all.
    pub invitations_allowed: bool,
    /// Domains nobody may be invited from.
    pub blocked_domains: Vec<String>,
}

/// Throttling, as a bucket that holds one window's worth and refills evenly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Quota {
    /// Whether requests are throttled at all; costs are counted either way.
    pub enabled: bool,
    /// Decides the resource units per 10 s; worked out from the number of users when absent.
    pub tenant_size: Option<TenantSize>,
    /// Write units of one application in one tenant per 150 s.
    pub writes_per150s: u64,
    /// What a PATCH that binds members costs in write units.
    pub patch_cost: PatchCost,
    /// How much faster time goes for the quota: the 150 s window lasts `150 / clockSpeed` seconds.
    pub clock_speed: f64,
}

/// Tenant sizes of the throttling table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TenantSize {
    /// Under 50 users: 3,500 resource units per 10 s.
    S,
    /// 50 to 500 users: 5,000.
    M,
    /// Over 500 users: 8,000.
    L,
}

/// The two beliefs about the cost of a PATCH that binds members; neither is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PatchCost {
    /// One write unit, as the table of costs says.
    One,
    /// A third of the references, rounded up: 20 cost 7, as one large user budgets.
    Thirds,
}

/// How long the outside world sees the state before a write, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReplicationLag {
    /// New objects answer 404 and member lists are stale for this long after a write through the API.
    pub directory: u64,
    /// Changes reach the delta feeds this much later.
    pub delta: u64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            tenant_id: "00000000-0000-4000-8000-0000000000a2".to_owned(),
            client_id: "00000000-0000-4000-8000-0000000000a1".to_owned(),
            client_secret: "not-a-secret".to_owned(),
            identity_header: "not-a-secret-either".to_owned(),
            permissions: vec![
                "User.Read.All".to_owned(),
                "GroupMember.ReadWrite.All".to_owned(),
            ],
            organization: Organization::default(),
            users: Vec::new(),
            contacts: Vec::new(),
            devices: Vec::new(),
            service_principals: Vec::new(),
            groups: Vec::new(),
            guest_policy: GuestPolicy::default(),
            quota: Quota::default(),
            replication_lag_ms: ReplicationLag::default(),
            page_size_limit: None,
            token_lifetime_seconds: 3599,
            page_token_lifetime_seconds: 3600,
            delta_token_lifetime_seconds: 7 * 24 * 3600,
            clock_ahead_seconds: 0,
            strict_cast: false,
        }
    }
}

impl Default for Organization {
    fn default() -> Self {
        Self {
            display_name: "Contoso".to_owned(),
            verified_domains: vec![
                "contoso.example".to_owned(),
                "contoso.onmicrosoft.example".to_owned(),
            ],
        }
    }
}

impl Default for GuestPolicy {
    fn default() -> Self {
        Self {
            guests_in_m365_groups: true,
            invitations_allowed: true,
            blocked_domains: Vec::new(),
        }
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            enabled: false,
            tenant_size: None,
            writes_per150s: 3000,
            patch_cost: PatchCost::One,
            clock_speed: 1.0,
        }
    }
}

impl Scenario {
    /// The id of the group that [`Scenario::with_people`] makes.
    pub const EVERYONE: &str = "00000000-0000-4000-8000-00000000a001";

    /// `count` people `user0000@contoso.example`, … and an empty security group "Everyone", [`Scenario::EVERYONE`].
    pub fn with_people(count: usize) -> Self {
        let users = (0..count).map(User::numbered).collect();
        let everyone = Group {
            id: Self::EVERYONE.to_owned(),
            display_name: "Everyone".to_owned(),
            mail_nickname: Some("everyone".to_owned()),
            ..Group::default()
        };
        Self {
            users,
            groups: vec![everyone],
            ..Self::default()
        }
    }

    /// The same scenario with these application permissions instead.
    #[must_use]
    pub fn with_permissions(mut self, permissions: &[&str]) -> Self {
        self.permissions = permissions.iter().map(|name| (*name).to_owned()).collect();
        self
    }
}
