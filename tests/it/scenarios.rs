//! The definitions that are shipped as examples, run as they are written against the stand-ins: what is planned, what
//! comes of it, and that a second run has nothing to do.

mod files;
mod office;

use rollcall::{
    model::list::Side, plan::change::Because, sandbox::scenario::User, summary::Status,
};

use office::{Office, company};

#[tokio::test]
async fn a_politemail_list_and_a_group_both_ways() {
    let mut office = Office::open("politemail-two-way.json", company()).await;
    let list = [
        "ada@acme.example",
        "bob@acme.example",
        "zoe@partner.example",
        "cid@acme.example",
    ];
    office.politemail.edit(|server| {
        server.put_list("Region Asia", list);
    });
    let plan = office.plan("region-asia").await;
    assert_eq!(plan.create, Some(Side::Target));
    let cyd = |because: &Because| matches!(because, Because::Unresolved { nearest: Some(nearest), .. } if nearest == "cyd@acme.example");
    assert!(
        plan.withheld.iter().any(|withheld| cyd(&withheld.because)),
        "{:#?}",
        plan.withheld
    );
    assert_eq!(
        office.run("region-asia").await.status,
        Some(Status::Succeeded)
    );
    let members = [
        "ada@acme.example",
        "bob@acme.example",
        "zoe@partner.example",
    ];
    assert_eq!(office.group("Region Asia"), members);
    assert_eq!(
        office.run("region-asia").await.status,
        Some(Status::Unchanged)
    );

    office.a_day_passes();
    // Bob opts out of everything, Dan is added to the group by hand.
    office.politemail.edit(|server| {
        let bob = server.meet("bob@acme.example");
        let contacts = server.contacts.iter_mut();
        contacts
            .filter(|contact| contact.id == bob)
            .for_each(|contact| contact.opted_out = true);
        for list in &mut server.lists {
            list.members.remove(&bob);
        }
    });
    office.join("Region Asia", "dan@acme.example");
    office.run("region-asia").await;
    let members = [
        "ada@acme.example",
        "dan@acme.example",
        "zoe@partner.example",
    ];
    assert_eq!(office.group("Region Asia"), members);
    assert_eq!(
        office.run("region-asia").await.status,
        Some(Status::Unchanged)
    );

    office.a_day_passes();
    // Somebody puts Bob into the group again: PoliteMail does not take him, and is not asked twice.
    office.join("Region Asia", "bob@acme.example");
    assert_eq!(
        office.run("region-asia").await.status,
        Some(Status::Partial)
    );
    office.politemail.clear_log();
    let plan = office.plan("region-asia").await;
    assert!(
        plan.withheld
            .iter()
            .any(|withheld| matches!(withheld.because, Because::NotTaken { .. })),
        "{:#?}",
        plan.withheld
    );
    office.run("region-asia").await;
    assert_eq!(office.politemail.counters().writes, 0);
}

#[tokio::test]
async fn hr_feeds_a_list_and_the_list_a_group() {
    let office = Office::open("syncronym.json", company()).await;
    let head = "Work mail|Number|First name|Last name|Manager\n";
    let row = |name: &str| format!("{name}@acme.example|17|{name}|Smith|ada@acme.example\n");
    let staff = |names: &[&str]| -> String {
        let rows = names.iter().map(|name| row(name));
        [head.to_owned()].into_iter().chain(rows).collect()
    };
    // Everybody has a number of their own.
    let numbered = |text: String| {
        let lines = text.lines().enumerate();
        let lines = lines.map(|(number, line)| line.replace("|17|", &format!("|{number}|")) + "\n");
        lines.collect::<String>()
    };
    office.file("hr/staff.csv", &numbered(staff(&["ada", "bob", "cyd"])));
    for sync in ["payroll-to-list", "list-to-group"] {
        office.plan(sync).await;
        assert_eq!(
            office.run(sync).await.status,
            Some(Status::Succeeded),
            "{sync}"
        );
        assert_eq!(
            office.run(sync).await.status,
            Some(Status::Unchanged),
            "{sync}"
        );
    }
    let everybody = ["ada@acme.example", "bob@acme.example", "cyd@acme.example"];
    assert_eq!(
        office.politemail.snapshot().emails_on("All staff"),
        everybody
    );
    assert_eq!(office.group("All staff"), everybody);
    let ada = office.politemail.snapshot();
    let ada = ada.contact("ada@acme.example").unwrap();
    assert_eq!(ada.fields["LastName"], "Smith");

    office.file("hr/staff.csv", &numbered(staff(&["ada", "cyd", "dan"])));
    for sync in ["payroll-to-list", "list-to-group"] {
        assert_eq!(
            office.run(sync).await.status,
            Some(Status::Succeeded),
            "{sync}"
        );
    }
    let everybody = ["ada@acme.example", "cyd@acme.example", "dan@acme.example"];
    assert_eq!(
        office.politemail.snapshot().emails_on("All staff"),
        everybody
    );
    assert_eq!(office.group("All staff"), everybody);
}

#[tokio::test]
async fn microsoft_365_fills_a_mailroute_domain() {
    let office = Office::open("microsoft365-to-mailroute.json", company()).await;
    let plan = office.plan("mail-recipients").await;
    assert_eq!(plan.totals().add, 6, "five people and one group: {plan:#?}");
    assert_eq!(
        office.run("mail-recipients").await.status,
        Some(Status::Succeeded)
    );
    let state = office.mailroute.snapshot();
    assert_eq!(state.aliases("ada@acme.example"), ["a.lovelace"]);
    assert_eq!(state.account("plant4@acme.example").unwrap().state, 2);
    assert!(state.account("ben@partner.example").is_none());
    assert!(
        state.account("scanner-01@acme.example").is_none(),
        "excluded"
    );
    assert_eq!(
        office.run("mail-recipients").await.status,
        Some(Status::Unchanged)
    );

    // An account and an alias that Microsoft 365 does not know stay, and are reported.
    office.mailroute.edit(|state| {
        state.give_alias("bob@acme.example", "bobby");
    });
    office.edit_user("bob@acme.example", |bob| {
        bob.proxy_addresses
            .push("smtp:robert@acme.example".to_owned());
    });
    let plan = office.plan("mail-recipients").await;
    assert!(
        plan.withheld
            .iter()
            .any(|withheld| matches!(&withheld.because, Because::KeepsValues { values, .. } if values == "bobby@acme.example")),
        "{:#?}",
        plan.withheld
    );
    assert_eq!(
        office.run("mail-recipients").await.status,
        Some(Status::Succeeded)
    );
    let aliases = office.mailroute.snapshot().aliases("bob@acme.example");
    assert_eq!(aliases, ["bobby", "robert"]);
    assert_eq!(
        office.run("mail-recipients").await.status,
        Some(Status::Unchanged)
    );
    office.edit_user("dan@acme.example", |dan| dan.account_enabled = Some(false));
    let plan = office.plan("mail-recipients").await;
    assert!(
        plan.withheld
            .iter()
            .any(|withheld| matches!(withheld.because, Because::Keeps(_))),
        "{:#?}",
        plan.withheld
    );
    assert!(plan.is_empty());
}

#[tokio::test]
async fn what_mailroute_knows_alone_is_a_report() {
    let office = Office::open("mailroute-drift.json", company()).await;
    office.mailroute.edit(|state| {
        *state = rollcall::sandbox::mailroute::MailRoute::with_accounts("acme.example", 2);
    });
    let plan = office.plan("unknown-to-microsoft-365").await;
    assert!(plan.is_empty());
    let unknown = plan.withheld.iter();
    let unknown = unknown.filter(|withheld| matches!(withheld.because, Because::ReadOnly(_)));
    assert_eq!(unknown.count(), 2, "{:#?}", plan.withheld);
    office.run("unknown-to-microsoft-365").await;
    assert_eq!(office.tenant.counters().writes, 0);
}

#[tokio::test]
async fn a_messagemedia_list_and_a_group_share_members_and_numbers() {
    let office = Office::open("messagemedia-both-ways.json", company()).await;
    let number = "+61491570006";
    office.edit_user("ada@acme.example", |ada| {
        ada.mobile_phone = Some("0491 570 006".to_owned())
    });
    office.edit_user("bob@acme.example", |bob| {
        bob.mobile_phone = Some("0491 570 156".to_owned())
    });
    office.add_group("Night crew", &["bob@acme.example"]);
    office.put_contacts("Night crew", &[number]);
    let plan = office.plan("night-crew").await;
    assert_eq!(plan.totals().add, 2, "{plan:#?}");
    let summary = office.run("night-crew").await;
    assert_eq!(summary.status, Some(Status::Succeeded), "{summary:#?}");
    assert_eq!(
        office.group("Night crew"),
        ["ada@acme.example", "bob@acme.example"]
    );
    assert_eq!(
        office.messagemedia.snapshot().on_list("Night crew").len(),
        2,
        "Bob is a contact now"
    );
    assert_eq!(
        office.run("night-crew").await.status,
        Some(Status::Unchanged),
        "the same number in two spellings"
    );

    // Ada tells the platform her new number: it is written to the directory, which was given no other field.
    let new = "+61491570110";
    office.messagemedia.edit(|account| {
        let mut contacts = account.contacts.iter_mut();
        let ada = contacts.find(|contact| contact.channels[0].channel_id == number);
        ada.unwrap().channels[0].channel_id = new.to_owned();
    });
    let plan = office.plan("night-crew").await;
    assert_eq!(plan.totals().update, 1, "{plan:#?}");
    let summary = office.run("night-crew").await;
    assert_eq!(summary.status, Some(Status::Succeeded), "{summary:#?}");
    let ada = office.user("ada@acme.example");
    assert_eq!(ada.mobile_phone.as_deref(), Some(new));
    assert_eq!(
        office.run("night-crew").await.status,
        Some(Status::Unchanged)
    );
}

#[tokio::test]
async fn everyone_under_a_manager_and_several_groups() {
    let office = Office::open("managers-organisation.json", company()).await;
    office.edit_user("bob@acme.example", |bob| {
        bob.mail = Some("head.of.operations@acme.example".to_owned());
    });
    for name in ["cyd", "dan", "eve"] {
        office.edit_user(&format!("{name}@acme.example"), |user| {
            user.manager = Some(User::numbered_id(1));
            user.country = Some("CH".to_owned());
        });
    }
    office.edit_user("dan@acme.example", |dan| {
        dan.country = Some("FR".to_owned())
    });
    office.add_group("On leave", &["eve@acme.example"]);
    office.add_group("Works council", &["ada@acme.example"]);
    let plan = office.plan("operations").await;
    assert_eq!(plan.totals().add, 1, "Cyd alone: {plan:#?}");
    assert_eq!(
        office.run("operations").await.status,
        Some(Status::Succeeded)
    );
    assert_eq!(
        office.politemail.snapshot().emails_on("Operations"),
        ["cyd@acme.example"]
    );
    assert_eq!(
        office.run("operations").await.status,
        Some(Status::Unchanged)
    );

    office.add_group("Plant 3", &["ada@acme.example", "cyd@acme.example"]);
    office.add_group("Plant 4", &["cyd@acme.example", "dan@acme.example"]);
    office.run("both-plants").await;
    assert_eq!(
        office.politemail.snapshot().emails_on("Both plants"),
        ["ada@acme.example", "cyd@acme.example", "dan@acme.example"]
    );
    assert_eq!(
        office.run("both-plants").await.status,
        Some(Status::Unchanged)
    );
}

#[test]
fn every_example_is_run_by_a_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for file in [
        "tests/it/scenarios.rs",
        "tests/it/connectors/messagemedia/reference.rs",
        "tests/it/connectors/rest/example.rs",
        "tests/it/scenarios/files.rs",
    ] {
        sources += &std::fs::read_to_string(root.join(file)).unwrap();
    }
    for entry in std::fs::read_dir(root.join("examples")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".json") {
            assert!(sources.contains(&name), "no test runs `{name}`");
        }
    }
}
