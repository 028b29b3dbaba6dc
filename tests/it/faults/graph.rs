//! A group in the stand-in tenant.

use std::time::Duration;

use async_trait::async_trait;
use rollcall::{
    connectors::{
        entra::{EntraConnection, Settings, connect},
        http::Patience,
        ports::Connector,
    },
    definition::mapping::Rule,
    sandbox::{
        self, Effect, Fault, Sandbox, Scenario, Turn,
        scenario::{Group, User},
    },
};
use serde_json::json;

use super::{
    people::{AT_FIRST, address, phone},
    subject::{Subject, in_lines, member_fact, rule},
    table::{Case, Kind, Operation, Pending, Trouble},
};

const SECRET: &str = "correct-horse-battery";

/// How many people the directory knows.
const KNOWN: usize = 52;

/// The permissions that what is to be done takes, and no wider ones.
fn rights(pending: Pending) -> Vec<String> {
    let more: &[&str] = match pending {
        Pending::Everything | Pending::Updating => &["User.ReadWrite.All"],
        Pending::Inviting => &["User.Invite.All"],
        Pending::Creating => &["Group.ReadWrite.All"],
        Pending::Adding | Pending::AddingMany | Pending::Removing => &[],
    };
    let usual = [
        "User.Read.All",
        "GroupMember.Read.All",
        "GroupMember.ReadWrite.All",
    ];
    let all = usual.iter().chain(more);
    all.map(|name| (*name).to_owned()).collect()
}

pub(super) struct Tenant {
    sandbox: Sandbox,
    connection: EntraConnection,
    rights: Vec<String>,
}

/// Who waits no longer than a test may.
pub(super) fn hasty() -> Patience {
    Patience {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(4),
        total_wait: Duration::from_millis(24),
    }
}

fn facts(tenant: &Scenario) -> Vec<String> {
    let mut facts = Vec::new();
    for group in tenant
        .groups
        .iter()
        .filter(|group| group.display_name == Tenant::LIST)
    {
        facts.push("the group".to_owned());
        for member in &group.members {
            let mut users = tenant.users.iter();
            let user = users.find(|user| user.id == *member);
            let mail = user.and_then(|user| user.mail.as_deref());
            facts.push(member_fact(mail.unwrap_or(member)));
        }
    }
    for user in &tenant.users {
        let known = user.mail.as_deref().unwrap_or(&user.user_principal_name);
        facts.push(format!("person {known}"));
    }
    facts
}

#[async_trait]
impl Subject for Tenant {
    const NAME: &'static str = "Microsoft Graph";
    const FIELD: Option<&'static str> = Some("mobile");

    fn operations() -> Vec<Operation> {
        let read = |name, path, kind| Operation {
            name,
            method: "GET",
            path,
            kind,
            pending: Pending::Everything,
            permission: None,
        };
        let write = |name, method, path, kind, pending, permission| Operation {
            name,
            method,
            path,
            kind,
            pending,
            permission: Some(permission),
        };
        vec![
            read("find the group by name", "/groups?", Kind::Lookup),
            read("read the members", "/members?", Kind::Members),
            read("read the directory", "/v1.0/users?", Kind::Lookup),
            write(
                "add members",
                "PATCH",
                "/v1.0/groups/",
                Kind::Write,
                Pending::Adding,
                "GroupMember.ReadWrite.All",
            ),
            write(
                "add members: one request of a `$batch`",
                "PATCH",
                "/groups/",
                Kind::Item,
                Pending::AddingMany,
                "GroupMember.ReadWrite.All",
            ),
            write(
                "add members: the whole `$batch`",
                "POST",
                "$batch",
                Kind::Envelope,
                Pending::AddingMany,
                "",
            ),
            write(
                "remove members: one request of a `$batch`",
                "DELETE",
                "/$ref",
                Kind::Item,
                Pending::Removing,
                "GroupMember.ReadWrite.All",
            ),
            write(
                "remove members: the whole `$batch`",
                "POST",
                "$batch",
                Kind::Envelope,
                Pending::Removing,
                "",
            ),
            write(
                "update a person",
                "PATCH",
                "/users/",
                Kind::Write,
                Pending::Updating,
                "User.ReadWrite.All",
            ),
            write(
                "invite a guest",
                "POST",
                "/invitations",
                Kind::Write,
                Pending::Inviting,
                "User.Invite.All",
            ),
            write(
                "create the group",
                "PATCH",
                "uniqueName",
                Kind::Write,
                Pending::Creating,
                "Group.ReadWrite.All",
            ),
        ]
    }

    fn can(operation: Operation, trouble: Trouble) -> bool {
        match trouble {
            // What people are changed shows at once in the stand-in.
            Trouble::Stale => operation.pending != Pending::Updating,
            _ => true,
        }
    }

    fn rules() -> Vec<Rule> {
        vec![rule("mobile", "mobilePhone")]
    }

    async fn start(pending: Pending) -> Self {
        let mut scenario = Scenario::with_people(KNOWN);
        scenario.permissions = rights(pending);
        SECRET.clone_into(&mut scenario.client_secret);
        for (number, user) in scenario.users.iter_mut().enumerate() {
            user.mobile_phone = Some(phone(number));
        }
        scenario.groups = match pending {
            Pending::Creating => Vec::new(),
            _ => vec![Group {
                id: Scenario::EVERYONE.to_owned(),
                display_name: Self::LIST.to_owned(),
                members: (0..AT_FIRST).map(User::numbered_id).collect(),
                ..Group::default()
            }],
        };
        let settings = json!({
            "tenantId": scenario.tenant_id, "clientId": scenario.client_id, "clientSecretVariable": "SECRET",
            "pageSize": 13,
        });
        let sandbox = sandbox::start(scenario, 0).await.unwrap();
        let mut settings: Settings = serde_json::from_value(settings).unwrap();
        settings.graph_url = Some(sandbox.url().to_owned());
        settings.login_url = Some(sandbox.url().to_owned());
        let connection = connect(&settings, &|_| Some(SECRET.to_owned()), hasty()).unwrap();
        sandbox.watch(facts);
        Self {
            sandbox,
            connection,
            rights: rights(pending),
        }
    }

    fn connector(&self) -> &dyn Connector {
        &self.connection
    }

    fn facts(&self) -> Vec<String> {
        facts(&self.sandbox.snapshot())
    }

    fn journal(&self) -> Vec<Turn> {
        self.sandbox.journal()
    }

    fn joins(&self, number: usize) {
        self.sandbox
            .edit(|tenant| tenant.groups[0].members.push(User::numbered_id(number)));
    }

    fn leaves(&self, number: usize) {
        let gone = User::numbered_id(number);
        self.sandbox
            .edit(|tenant| tenant.groups[0].members.retain(|member| *member != gone));
    }

    fn has_new_field(&self, number: usize) -> bool {
        let users = self.sandbox.snapshot().users;
        let mut users = users.iter();
        let user = users.find(|user| user.mail.as_deref() == Some(&address(number)));
        user.is_some_and(|user| user.mobile_phone == Some(Self::new_field()))
    }

    fn trouble(&self, case: &Case) {
        let Operation {
            method,
            path,
            permission,
            ..
        } = case.operation;
        let effect = match case.trouble {
            Trouble::Stale => return self.sandbox.hold_back(),
            Trouble::Hidden => {
                let hidden = Some("HiddenMembership".to_owned());
                return self
                    .sandbox
                    .edit(|tenant| tenant.groups[0].visibility = hidden);
            }
            Trouble::TokenEnded => Effect::ExpireTokens,
            Trouble::Forbidden if permission.is_some() => {
                let permission = permission.unwrap_or_default().to_owned();
                let fault = Fault::new(Effect::RevokePermission { permission });
                return self.sandbox.inject(fault.on(method, path));
            }
            // What counts the members is another request.
            Trouble::NobodyCounted if case.operation.kind == Kind::Members => {
                let fault = case.fault().unwrap();
                let times = fault.when.times.saturating_mul(2);
                return self
                    .sandbox
                    .inject(fault.on("GET", "/members").times(times));
            }
            _ => return self.sandbox.inject(case.fault().unwrap()),
        };
        let times = case.fault().unwrap().when.times;
        let fault = Fault::new(effect).on(method, path).times(times);
        self.sandbox.inject(fault);
    }

    fn relieve(&self, case: &Case) {
        self.sandbox.clear_faults();
        match case.trouble {
            Trouble::Stale => self.sandbox.catch_up(),
            Trouble::Hidden => self
                .sandbox
                .edit(|tenant| tenant.groups[0].visibility = None),
            Trouble::Forbidden => self.sandbox.edit(|tenant| {
                tenant.permissions.clone_from(&self.rights);
            }),
            _ => {}
        }
    }

    fn struck(&self) -> u64 {
        self.sandbox.counters().faults
    }

    fn offences(&self) -> Vec<String> {
        let counters = self.sandbox.counters();
        let counted = [
            ("people deleted", counters.users_deleted),
            ("removals without `/$ref`", counters.deletes_without_ref),
            ("people invited twice", counters.repeated_invitations),
        ];
        let done = counted.iter().filter(|(_, count)| *count > 0);
        done.map(|(what, count)| format!("{what}: {count}"))
            .collect()
    }

    fn asked(&self) -> Vec<String> {
        in_lines(self.sandbox.log())
    }
}
