//! The whole directory as a list of people.

use rollcall::{
    connectors::ports::{Everyone, Lists},
    model::attributes::Value,
};

use super::*;

const DESK: &str = "00000000-0000-4000-8000-00000000c001";

fn everyone(everyone: Everyone, reads: &[&str]) -> WantedList {
    WantedList {
        reads: reads.iter().map(|name| (*name).to_owned()).collect(),
        everyone,
        ..wanted("")
    }
}

async fn read_as(
    connection: &EntraConnection,
    wanted: &WantedList,
) -> Result<Reading, ConnectorError> {
    connection.reader(wanted)?.read(&Unwatched).await
}

fn labels(reading: &Reading) -> Vec<&str> {
    reading.members.iter().map(Member::label).collect()
}

/// Somebody's attribute as one line; nothing when it is absent.
fn attribute(reading: &Reading, label: &str, name: &str) -> Option<String> {
    let member = reading
        .members
        .iter()
        .find(|member| member.label() == label);
    let value = member.unwrap().attributes.get(name);
    value.map(Value::to_line)
}

/// 0 leads 1 and 2, 1 leads 3; 4 and 5 lead each other; nobody leads 6.
fn company() -> Scenario {
    let mut scenario = Scenario::with_people(7);
    for (person, manager) in [(1, 0), (2, 0), (3, 1), (4, 5), (5, 4)] {
        scenario.users[person].manager = Some(User::numbered_id(manager));
    }
    scenario
}

#[tokio::test]
async fn what_a_sync_looks_at_is_read_by_name() {
    let extension = "extension_0123456789abcdef0123456789abcdef_costCentre";
    let mut scenario = company();
    let ben = &mut scenario.users[1];
    ben.extension_attributes
        .insert("extensionAttribute7".to_owned(), "blue".to_owned());
    ben.extensions
        .insert(extension.to_owned(), "4711".to_owned());
    ben.state = Some("WA".to_owned());
    ben.account_enabled = Some(false);
    ben.proxy_addresses
        .push("smtp:Ben@contoso.example".to_owned());
    scenario.users[2].user_type = Some("Guest".to_owned());
    let (sandbox, connection) = open(scenario).await;
    let reads = [
        "extensionAttribute7",
        extension,
        "state",
        "manager",
        "managerId",
        "aliases",
    ];
    let reading = read_as(&connection, &everyone(Everyone::default(), &reads))
        .await
        .unwrap();
    assert!(reading.is_whole(), "{:?}", reading.doubts);
    let ben = "user0001@contoso.example";
    for (name, value) in [
        ("extensionAttribute7", "blue"),
        (extension, "4711"),
        ("state", "WA"),
        ("manager", "user0000@contoso.example"),
        ("managerId", &User::numbered_id(0)),
        ("aliases", "ben@contoso.example"),
        ("objectType", "user"),
        ("accountEnabled", "false"),
    ] {
        assert_eq!(
            attribute(&reading, ben, name).as_deref(),
            Some(value),
            "{name}"
        );
    }
    let guest = "user0002@contoso.example";
    assert_eq!(
        attribute(&reading, guest, "userType").as_deref(),
        Some("Guest")
    );
    assert_eq!(attribute(&reading, guest, "extensionAttribute7"), None);
    assert_eq!(sandbox.counters().requests, 1, "one batch");
    let log = serde_json::to_string(&sandbox.log()).unwrap();
    assert!(
        !log.contains("$filter"),
        "disabled and gone must stay different"
    );

    let unknown = read_as(&connection, &everyone(Everyone::default(), &["shoeSize"])).await;
    let unknown = unknown.unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::Settings);
    assert!(unknown.message.contains("`shoeSize`"), "{unknown}");
    let of_group = WantedList {
        reads: vec!["shoeSize".to_owned()],
        ..wanted(EVERYONE)
    };
    assert_eq!(
        read_as(&connection, &of_group).await.unwrap_err().kind,
        ErrorKind::Settings
    );
}

#[tokio::test]
async fn everyone_under_somebody_is_read_whole_whatever_the_pages() {
    let (sandbox, connection) = open_with_pages_of(2, company()).await;
    let under = |chief: &str| {
        let under = Some(chief.to_owned());
        everyone(
            Everyone {
                under,
                ..Everyone::default()
            },
            &[],
        )
    };
    for chief in ["USER0000@contoso.example", &User::numbered_id(0)] {
        let reading = read_as(&connection, &under(chief)).await.unwrap();
        assert_eq!(
            labels(&reading),
            [0, 1, 2, 3].map(|number| format!("user{number:04}@contoso.example"))
        );
        assert!(reading.is_whole(), "{:?}", reading.doubts);
        assert!(reading.capabilities.read_only.is_some());
    }
    let circle = read_as(&connection, &under("user0005@contoso.example"))
        .await
        .unwrap();
    assert_eq!(circle.members.len(), 2);
    let nobody = read_as(&connection, &under("nobody@contoso.example"))
        .await
        .unwrap_err();
    assert_eq!(nobody.kind, ErrorKind::NotFound);

    sandbox.inject(Fault::new(Effect::TruncatedListing { size: 1 }).on("GET", "/users?"));
    let cut = read_as(&connection, &under(&User::numbered_id(0)))
        .await
        .unwrap();
    assert!(!cut.is_whole(), "{:?}", cut.members);
    sandbox.clear_faults();
    sandbox.inject(
        Fault::new(Effect::ServerError)
            .on("GET", "/users?")
            .after(2)
            .times(1_000),
    );
    let error = read_as(&connection, &under(&User::numbered_id(0)))
        .await
        .unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unavailable(_)), "{error}");
}

fn with_others() -> Scenario {
    let mut scenario = Scenario::with_people(2);
    scenario.contacts.push(Contact {
        id: DESK.to_owned(),
        display_name: Some("Desk".to_owned()),
        mail: Some("desk@partner.example".to_owned()),
        mobile_phone: Some("+61491570006".to_owned()),
        ..Contact::default()
    });
    scenario.groups[0].members = vec![User::numbered_id(0), DESK.to_owned()];
    scenario.groups.push(Group {
        id: "00000000-0000-4000-8000-00000000a002".to_owned(),
        display_name: "Sales".to_owned(),
        mail: Some("sales@contoso.example".to_owned()),
        mail_enabled: true,
        security_enabled: false,
        proxy_addresses: ["SMTP:sales@contoso.example", "smtp:orders@contoso.example"]
            .map(str::to_owned)
            .to_vec(),
        ..Group::default()
    });
    scenario.with_permissions(&[
        "User.Read.All",
        "GroupMember.Read.All",
        "OrgContact.Read.All",
    ])
}

#[tokio::test]
async fn contacts_and_groups_with_an_address_come_where_they_are_wanted() {
    let (sandbox, connection) = open(with_others()).await;
    let both = Everyone {
        contacts: true,
        mail_groups: true,
        ..Everyone::default()
    };
    let reading = read_as(&connection, &everyone(both.clone(), &[]))
        .await
        .unwrap();
    assert!(reading.is_whole(), "{:?}", reading.doubts);
    assert!(
        reading
            .members
            .iter()
            .all(|member| member.kind == Kind::Person)
    );
    let types: Vec<_> = labels(&reading)
        .into_iter()
        .map(|label| (label, attribute(&reading, label, "objectType").unwrap()))
        .collect();
    let expected = [
        ("desk@partner.example", "contact"),
        ("sales@contoso.example", "group"),
        ("user0000@contoso.example", "user"),
        ("user0001@contoso.example", "user"),
    ];
    assert_eq!(
        types,
        expected.map(|(label, of_type)| (label, of_type.to_owned()))
    );
    assert_eq!(
        attribute(&reading, "sales@contoso.example", "aliases").as_deref(),
        Some("orders@contoso.example")
    );
    assert_eq!(sandbox.counters().requests, 1, "one batch");
    let people = read_as(&connection, &everyone(Everyone::default(), &[]))
        .await
        .unwrap();
    assert_eq!(people.members.len(), 2);

    for (permission, kind) in [
        ("OrgContact.Read.All", "contacts"),
        ("GroupMember.Read.All", "groups"),
    ] {
        let mut fewer = with_others();
        fewer.permissions.retain(|granted| granted != permission);
        let (_sandbox, connection) = open(fewer).await;
        let error = read_as(&connection, &everyone(both.clone(), &[]))
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::Denied, "{error}");
        assert!(error.message.contains(kind), "{error}");
        assert!(error.help.unwrap().contains(permission));
    }
}

#[tokio::test]
async fn contacts_in_a_group_are_people_only_where_they_are_wanted() {
    let (_sandbox, connection) = open(with_others()).await;
    let contacts = Everyone {
        contacts: true,
        ..Everyone::default()
    };
    let with_contacts = WantedList {
        everyone: contacts,
        ..wanted(EVERYONE)
    };
    let reading = read_as(&connection, &with_contacts).await.unwrap();
    assert_eq!(
        labels(&reading),
        ["desk@partner.example", "user0000@contoso.example"]
    );
    assert!(reading.is_whole(), "{:?}", reading.doubts);
    let desk = reading.members[0].clone();
    let outcomes = write(&connection, EVERYONE, Action::Remove, vec![desk]).await;
    assert_eq!(tally(&outcomes), one("refused not-a-person", 1));

    let plain = read(&connection, EVERYONE).await.unwrap();
    let kinds: Vec<&Kind> = plain.members.iter().map(|member| &member.kind).collect();
    assert!(
        kinds.contains(&&Kind::Other("orgContact".to_owned())),
        "{kinds:?}"
    );

    let hidden = with_others().with_permissions(&["User.Read.All", "GroupMember.Read.All"]);
    let (_sandbox, connection) = open(hidden).await;
    let reading = read_as(&connection, &with_contacts).await.unwrap();
    assert!(
        reading.doubts[0].contains("OrgContact.Read.All"),
        "{:?}",
        reading.doubts
    );
}

#[tokio::test]
async fn groups_are_named_with_what_is_to_be_known_of_them() {
    let mut scenario = with_others();
    for number in 0..250 {
        scenario.groups.push(Group {
            id: format!("00000000-0000-4000-8000-00000000b{number:03}"),
            display_name: format!("Team {number:03}"),
            ..Group::default()
        });
    }
    let (sandbox, connection) = open_with_pages_of(100, scenario).await;
    let lists = connection.lists(&Unwatched).await.unwrap();
    assert_eq!(lists.len(), 252);
    assert_eq!(
        (lists[0].name.as_str(), lists[0].id.as_deref()),
        ("Everyone", Some(EVERYONE))
    );
    assert_eq!(lists[0].note, None);
    assert!(
        lists[1]
            .note
            .as_ref()
            .unwrap()
            .contains("distribution list"),
        "{:?}",
        lists[1]
    );
    sandbox.inject(
        Fault::new(Effect::ServerError)
            .on("GET", "/groups?")
            .after(1)
            .times(1_000),
    );
    assert!(connection.lists(&Unwatched).await.is_err());
}

#[tokio::test]
async fn a_list_of_managers_that_is_cut_off_is_a_doubt_about_the_group() {
    let mut scenario = company();
    scenario.groups[0].members = (0..4).map(User::numbered_id).collect();
    let (sandbox, connection) = open(scenario).await;
    let wanted = WantedList {
        reads: vec!["manager".to_owned()],
        ..wanted(EVERYONE)
    };
    let reading = read_as(&connection, &wanted).await.unwrap();
    assert!(reading.is_whole(), "{:?}", reading.doubts);
    assert!(attribute(&reading, "user0003@contoso.example", "manager").is_some());
    sandbox.inject(Fault::new(Effect::TruncatedListing { size: 2 }).on("GET", "/users?"));
    let reading = read_as(&connection, &wanted).await.unwrap();
    assert_eq!(reading.members.len(), 4);
    assert_eq!(reading.doubts.len(), 1, "{:?}", reading.doubts);
}
