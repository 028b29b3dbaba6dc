//! The reference configuration, as it is written, against a stand-in tenant and a stand-in account.

use std::path::Path;

use jiff::Timestamp;
use rollcall::{
    app::{self, Connections},
    definition::{sync::Definition, validate::load},
    plan::change::Because,
    run::{self, Finished, Ports, RunRequest},
    sandbox::{self, Sandbox, Scenario, scenario::User},
    settings::{ENTRA_SECRET, MESSAGEMEDIA_KEY, MESSAGEMEDIA_SECRET, Settings},
    store::ports::Stores,
    summary::Status,
};

use super::*;

/// What the tenant knows of a person: name, department, mobile number, whether the account is enabled.
const PEOPLE: [(&str, &str, &str, bool); 8] = [
    ("Ada King Lovelace", "Sales", "+61 491 570 006", true),
    ("Bob Builder", "Sales", "0491 570 007", true),
    ("Cyd", "Support", "+61491570156", true),
    ("Dan Opted", "Support", "+61491570157", true),
    ("Eve Blocked", "Support", "+61491570158", true),
    ("Fay Engineer", "Engineering", "+61491570159", true),
    ("Hal Gone", "Sales", "+61491570110", false),
    ("Ida Known", "Sales", "+61491570110", true),
];

fn tenant() -> Scenario {
    let users = (0..)
        .zip(PEOPLE)
        .map(|(number, (name, department, mobile, enabled))| User {
            display_name: Some(name.to_owned()),
            department: Some(department.to_owned()),
            mobile_phone: Some(mobile.to_owned()),
            account_enabled: Some(enabled),
            mail: Some(format!(
                "{}@contoso.example",
                name.to_lowercase().replace(' ', ".")
            )),
            ..User::numbered(number)
        });
    Scenario {
        users: users.collect(),
        ..Scenario::with_people(0).with_permissions(&["User.Read.All", "GroupMember.Read.All"])
    }
}

/// Dan unsubscribed, Eve's number is blocked, Ida is a contact under an old name. Nobody is on a list, and there is
/// none of theirs.
fn account_before() -> MessageMedia {
    let mut account = account(0, 0);
    account.custom_fields.clear();
    let mut dan = Contact::with_number(&contact_id(1), "+61491570157");
    dan.unsubscribe();
    let mut ida = Contact::with_number(&contact_id(2), "+61491570110");
    ida.first_name = "Ida Maiden".to_owned();
    account.contacts = vec![dan, ida];
    account.block_list = vec!["+61491570158".to_owned()];
    account
}

struct Stage {
    tenant: Sandbox,
    stand_in: StandIn<MessageMedia>,
    definition: Definition,
    connections: Connections,
    stores: Stores,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn open() -> Self {
        let scenario = tenant();
        let entra_secret = scenario.client_secret.clone();
        let stand_in = start(account_before()).await;
        let settings = Settings {
            entra_tenant_id: Some(scenario.tenant_id.clone()),
            entra_client_id: Some(scenario.client_id.clone()),
            messagemedia_url: Some(stand_in.url().to_owned()),
            ..Settings::default()
        };
        let tenant = sandbox::start(scenario, 0).await.unwrap();
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/entra-sync-messagemedia.json");
        let text = std::fs::read_to_string(file).unwrap();
        let mut definition = load(&text, &app::kinds()).unwrap();
        // Microsoft has one address and a stand-in another: the only thing that the environment cannot say.
        let entra = definition.connections.get_mut("entra-id").unwrap();
        for address in ["graphUrl", "loginUrl"] {
            entra.settings[address] = json!(tenant.url());
        }
        let secrets = move |name: &str| match name {
            ENTRA_SECRET => Some(entra_secret.clone()),
            MESSAGEMEDIA_KEY => Some(KEY.to_owned()),
            MESSAGEMEDIA_SECRET => Some(SECRETS[0].to_owned()),
            _ => None,
        };
        let folder = tempfile::tempdir().unwrap();
        Self {
            connections: Connections::new(&definition, folder.path(), &settings, &secrets),
            stores: app::stores(&folder.path().join("state")).unwrap(),
            tenant,
            stand_in,
            definition,
            _folder: folder,
        }
    }

    fn ports(&self) -> Ports<'_> {
        Ports {
            readers: &self.connections,
            stores: &self.stores,
            watch: &Unwatched,
            now: &Timestamp::now,
            lease: run::LEASE,
        }
    }

    /// Runs every list that people are routed to.
    async fn round(&self, number: usize) -> Vec<(String, Finished)> {
        let sync = &self.definition.syncs[0];
        let mut finished = Vec::new();
        for list in run::lists(self.ports(), sync).await.unwrap() {
            let request = RunRequest {
                run: format!("{list}-{number}"),
                cause: "a test".to_owned(),
                worker: format!("{list}-{number}"),
                approval: None,
                deadline: None,
            };
            let one = sync.for_list(&list);
            let end = run::run(self.ports(), &self.connections, &one, &request).await;
            finished.push((list, end.unwrap()));
        }
        finished
    }

    /// First name, last name and address of everybody on a list.
    fn on(&self, list: &str) -> Vec<String> {
        let account = self.stand_in.snapshot();
        let on = account.on_list(list);
        let contacts = account.contacts.iter();
        let mut people: Vec<String> = contacts
            .filter(|contact| on.contains(&contact.id))
            .map(|contact| {
                let email = contact.custom_fields.first();
                format!(
                    "{}|{}|{}",
                    contact.first_name,
                    contact.last_name,
                    email.map_or("", |field| &field.value)
                )
            })
            .collect();
        people.sort();
        people
    }
}

#[tokio::test]
async fn the_reference_configuration_runs_as_it_is_written() {
    let stage = Stage::open().await;
    let first = stage.round(1).await;
    let lists: Vec<&str> = first.iter().map(|(list, _)| list.as_str()).collect();
    assert_eq!(lists, ["Sales", "Support"]);
    for (list, finished) in &first {
        let summary = &finished.summary;
        assert_eq!(
            summary.status,
            Some(Status::Succeeded),
            "{list}: {summary:#?}"
        );
        assert_eq!(summary.done.created, 1, "{list}");
    }
    let account = stage.stand_in.snapshot();
    let names: Vec<&str> = account
        .lists
        .iter()
        .map(|list| list.name.as_str())
        .collect();
    assert_eq!(names, ["Staff", "Night crew", "Sales", "Support"]);
    assert_eq!(
        stage.on("Sales"),
        [
            "Ada King|Lovelace|ada.king.lovelace@contoso.example",
            "Ida|Known|ida.known@contoso.example",
        ]
    );
    assert_eq!(stage.on("Support"), ["Cyd||cyd@contoso.example"]);

    let withheld = |at: usize| -> Vec<(String, Because)> {
        let plan = &first[at].1.file.as_ref().unwrap().plan;
        let withheld = plan.withheld.iter();
        withheld
            .map(|one| (one.label.clone(), one.because.clone()))
            .collect()
    };
    let [(bob, because)] = <[_; 1]>::try_from(withheld(0)).unwrap();
    assert_eq!(bob, "bob.builder@contoso.example");
    assert!(
        matches!(&because, Because::NoKey(why) if why.contains("no country code")),
        "{because:?}"
    );
    let opted_out = |name: &str| (format!("{name}@contoso.example"), Because::OptedOut);
    assert_eq!(
        withheld(1),
        [opted_out("dan.opted"), opted_out("eve.blocked")]
    );

    stage.stand_in.clear_log();
    for (list, finished) in stage.round(2).await {
        let summary = &finished.summary;
        assert_eq!(
            summary.status,
            Some(Status::Unchanged),
            "{list}: {summary:#?}"
        );
    }
    let counters = stage.stand_in.counters();
    assert_eq!((counters.writes, counters.not_there), (0, 0));
    assert_eq!(stage.stand_in.snapshot(), account);
    assert_eq!(account.states_written, 0);
}

#[tokio::test]
async fn whoever_leaves_a_department_leaves_its_list_and_stays_a_contact() {
    let stage = Stage::open().await;
    stage.round(1).await;
    stage.tenant.edit(|scenario| {
        scenario.users[7].department = Some("Support".to_owned());
        scenario.users[0].display_name = Some("Ada Lovelace".to_owned());
    });
    for (list, finished) in stage.round(2).await {
        let summary = &finished.summary;
        assert_eq!(
            summary.status,
            Some(Status::Succeeded),
            "{list}: {summary:#?}"
        );
    }
    assert_eq!(
        stage.on("Sales"),
        ["Ada|Lovelace|ada.king.lovelace@contoso.example"]
    );
    assert_eq!(
        stage.on("Support"),
        [
            "Cyd||cyd@contoso.example",
            "Ida|Known|ida.known@contoso.example"
        ]
    );
    let account = stage.stand_in.snapshot();
    assert_eq!(account.contacts.len(), 4);
    assert_eq!(account.states_written, 0);
}
