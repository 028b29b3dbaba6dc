//! One company with every stand-in, and a definition that is run as it is written: only addresses are put in.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use rollcall::{
    app::{self, Connections},
    connectors::ports::Unwatched,
    definition::{
        sync::{Definition, Sync},
        validate::load,
    },
    plan::value::Plan,
    run::{self, Ports, RunRequest},
    sandbox::{
        self, Sandbox, Scenario,
        mailroute::MailRoute,
        messagemedia::{Contact, List, MessageMedia},
        platform::{StandIn, start},
        politemail::PoliteMail,
        scenario::{Group, User},
    },
    settings::{
        ENTRA_SECRET, MAILROUTE_API_KEY, MAILROUTE_LOGIN, MESSAGEMEDIA_KEY, MESSAGEMEDIA_SECRET,
        POLITEMAIL_TOKEN, Settings,
    },
    store::ports::Stores,
    summary::Summary,
};
use serde_json::json;

const RIGHTS: &[&str] = &[
    "User.ReadWrite.All",
    "Group.ReadWrite.All",
    "User.Invite.All",
    "OrgContact.Read.All",
];

/// Everything a scenario works with.
pub(super) struct Office {
    pub(super) tenant: Sandbox,
    pub(super) politemail: StandIn<PoliteMail>,
    pub(super) mailroute: StandIn<MailRoute>,
    pub(super) messagemedia: StandIn<MessageMedia>,
    definition: Definition,
    connections: Connections,
    stores: Stores,
    folder: tempfile::TempDir,
    clock: Box<dyn Fn() -> Timestamp + Send + std::marker::Sync>,
    days: i64,
}

/// Ada to Eve, a guest, a scanner, somebody whose address is elsewhere, and a group with an address.
pub(super) fn company() -> Scenario {
    let names = ["ada", "bob", "cyd", "dan", "eve", "scanner-01"];
    let mut users: Vec<User> = (0..)
        .zip(names)
        .map(|(number, name)| user(number, name))
        .collect();
    if let Some(ada) = users.first_mut() {
        ada.proxy_addresses = [
            "SMTP:ada@acme.example",
            "smtp:A.Lovelace@acme.example",
            "smtp:ada@acme.onmicrosoft.example",
        ]
        .map(str::to_owned)
        .to_vec();
        // The address elsewhere is reported; these examples look at what is not.
        ada.proxy_addresses.pop();
    }
    let mut ben = user(6, "ben");
    ben.mail = Some("ben@partner.example".to_owned());
    ben.user_type = Some("Guest".to_owned());
    users.push(ben);
    let plant = Group {
        id: "00000000-0000-4000-8000-00000000a004".to_owned(),
        display_name: "Plant 4 mail".to_owned(),
        mail: Some("plant4@acme.example".to_owned()),
        mail_nickname: Some("plant4".to_owned()),
        mail_enabled: true,
        group_types: vec!["Unified".to_owned()],
        ..Group::default()
    };
    Scenario {
        users,
        groups: vec![plant],
        ..Scenario::with_people(0).with_permissions(RIGHTS)
    }
}

fn user(number: usize, name: &str) -> User {
    let address = format!("{name}@acme.example");
    User {
        mail: Some(address.clone()),
        user_principal_name: address,
        display_name: Some(name.to_owned()),
        ..User::numbered(number)
    }
}

impl Office {
    pub(super) async fn open(example: &str, company: Scenario) -> Self {
        let secret = company.client_secret.clone();
        let mut messagemedia = MessageMedia::default();
        messagemedia.lists.clear();
        let (key, own_secret) = (
            messagemedia.api_key.clone(),
            messagemedia.api_secret.clone(),
        );
        let settings = Settings {
            entra_tenant_id: Some(company.tenant_id.clone()),
            entra_client_id: Some(company.client_id.clone()),
            ..Settings::default()
        };
        let tenant = sandbox::start(company, 0).await.unwrap();
        let politemail = start(PoliteMail::with_login("token", "token"), 0)
            .await
            .unwrap();
        let mailroute = start(MailRoute::with_accounts("acme.example", 0), 0)
            .await
            .unwrap();
        let messagemedia = start(messagemedia, 0).await.unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(example);
        let text = std::fs::read_to_string(file).unwrap();
        let mut definition = load(&text, &app::kinds()).unwrap();
        for connection in definition.connections.values_mut() {
            match connection.kind.as_str() {
                "entra-id" => {
                    connection.settings["graphUrl"] = json!(tenant.url());
                    connection.settings["loginUrl"] = json!(tenant.url());
                }
                "politemail" => connection.settings["url"] = json!(politemail.url()),
                "mailroute" => {
                    connection.settings["url"] = json!(format!("{}/api/v1", mailroute.url()));
                }
                "messagemedia" => {
                    let settings = connection.settings.as_object_mut().unwrap();
                    settings.remove("region");
                    settings.insert("url".to_owned(), json!(messagemedia.url()));
                }
                _ => {}
            }
        }
        let secrets = move |name: &str| match name {
            ENTRA_SECRET => Some(secret.clone()),
            POLITEMAIL_TOKEN => Some("token".to_owned()),
            MAILROUTE_LOGIN => Some(MailRoute::LOGIN.to_owned()),
            MAILROUTE_API_KEY => Some(MailRoute::KEY.to_owned()),
            MESSAGEMEDIA_KEY => Some(key.clone()),
            MESSAGEMEDIA_SECRET => Some(own_secret.clone()),
            _ => None,
        };
        let folder = tempfile::tempdir().unwrap();
        let connections = Connections::new(&definition, folder.path(), &settings, &secrets);
        let stores = app::stores(&folder.path().join("state")).unwrap();
        Self {
            connections: connections.with_loads(&stores),
            tenant,
            politemail,
            mailroute,
            messagemedia,
            definition,
            stores,
            folder,
            clock: Box::new(Timestamp::now),
            days: 0,
        }
    }

    /// What happens from now on happens a day later.
    pub(super) fn a_day_passes(&mut self) {
        self.days += 1;
        let later = SignedDuration::from_hours(24 * self.days);
        self.clock = Box::new(move || Timestamp::now() + later);
    }

    fn ports(&self) -> Ports<'_> {
        Ports {
            readers: &self.connections,
            stores: &self.stores,
            watch: &Unwatched,
            now: &self.clock,
            lease: run::LEASE,
        }
    }

    fn sync(&self, id: &str) -> &Sync {
        let mut syncs = self.definition.syncs.iter();
        syncs
            .find(|sync| sync.id == id)
            .expect("a sync of the example")
    }

    pub(super) async fn plan(&self, sync: &str) -> Plan {
        let preview = run::plan(self.ports(), self.sync(sync)).await.unwrap();
        preview.review.approved.plan().clone()
    }

    pub(super) async fn run(&self, sync: &str) -> Summary {
        let run = uuid::Uuid::new_v4().to_string();
        let request = RunRequest {
            worker: run.clone(),
            run,
            cause: "a test".to_owned(),
            approval: None,
            deadline: None,
        };
        let finished = run::run(self.ports(), &self.connections, self.sync(sync), &request).await;
        finished.unwrap().summary
    }

    pub(super) fn file(&self, name: &str, text: &str) {
        let file = self.folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// What a file of the folder holds now.
    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    pub(super) fn user(&self, mail: &str) -> User {
        let users = self.tenant.snapshot().users;
        let mut users = users.into_iter();
        users
            .find(|user| user.mail.as_deref() == Some(mail) || user.user_principal_name == mail)
            .unwrap_or_else(|| panic!("nobody has {mail}"))
    }

    pub(super) fn edit_user(&self, mail: &str, change: impl FnOnce(&mut User)) {
        let id = self.user(mail).id;
        self.tenant.edit(|tenant| {
            let mut users = tenant.users.iter_mut();
            change(users.find(|user| user.id == id).unwrap());
        });
    }

    pub(super) fn add_group(&self, name: &str, members: &[&str]) {
        let members = members.iter().map(|mail| self.user(mail).id).collect();
        self.tenant.edit(|tenant| {
            let number = tenant.groups.len();
            tenant.groups.push(Group {
                id: format!("00000000-0000-4000-8000-0000000b{number:04}"),
                display_name: name.to_owned(),
                members,
                ..Group::default()
            });
        });
    }

    pub(super) fn join(&self, group: &str, mail: &str) {
        let id = self.user(mail).id;
        self.tenant.edit(|tenant| {
            let mut groups = tenant.groups.iter_mut();
            let group = groups.find(|known| known.display_name == group).unwrap();
            group.members.push(id);
        });
    }

    /// The addresses of who is in a group, sorted.
    pub(super) fn group(&self, name: &str) -> Vec<String> {
        let tenant = self.tenant.snapshot();
        let mut groups = tenant.groups.iter();
        let group = groups.find(|group| group.display_name == name).unwrap();
        let members = tenant
            .users
            .iter()
            .filter(|user| group.members.contains(&user.id));
        let mut mails: Vec<String> = members.filter_map(|user| user.mail.clone()).collect();
        mails.sort();
        mails
    }

    /// Puts a list with these numbers on it there.
    pub(super) fn put_contacts(&self, list: &str, numbers: &[&str]) {
        self.messagemedia.edit(|account| {
            let id = MessageMedia::numbered_id(900);
            account.lists.push(List {
                id: id.clone(),
                name: list.to_owned(),
                ..List::default()
            });
            for (position, number) in (0..).zip(numbers) {
                let mut contact =
                    Contact::with_number(&MessageMedia::numbered_id(position), number);
                contact.lists.push(id.clone());
                account.contacts.push(contact);
            }
        });
    }
}
