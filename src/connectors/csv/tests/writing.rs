use super::*;
use crate::model::phone::PhoneNumber;

const TEAM: &str = "\u{feff}Name;E-Mail;Phone;City\r\n\
    \"Kim; \"\"K\"\"\";Kim@acme.org; 079 ;Bern\r\n\
    \r\n\
    Lee ;lee@acme.org;;\"=cmd\"\r\n\
    ?;jon.smith@;;\r\n\
    Lee 2;LEE@acme.org;;Basel";

#[tokio::test]
async fn rows_nobody_changed_stay_byte_for_byte() {
    let fixture = Fixture::new(TEAM);
    let changes = [add(
        "dana@acme.org",
        &[("name", "Dana"), ("CITY", "Thun"), ("other", "x")],
    )];
    assert_eq!(fixture.write(&changes).await, [Outcome::Applied]);
    assert_eq!(
        fixture.text(),
        format!("{TEAM}\r\nDana;dana@acme.org;;Thun\r\n")
    );
    assert_eq!(
        fixture.write(&[remove("dana@acme.org")]).await,
        [Outcome::Applied]
    );
    assert_eq!(fixture.text(), format!("{TEAM}\r\n"));
    assert_eq!(fixture.files(), ["team.csv"]);
}

#[tokio::test]
async fn a_removal_takes_every_row_of_the_address() {
    let fixture = Fixture::new(TEAM);
    assert_eq!(
        fixture.write(&[remove("lee@acme.org")]).await,
        [Outcome::Applied]
    );
    let left = TEAM
        .replace("Lee ;lee@acme.org;;\"=cmd\"\r\n", "")
        .replace("Lee 2;LEE@acme.org;;Basel", "");
    assert_eq!(fixture.text(), left);
}

#[tokio::test]
async fn an_update_changes_its_cells_and_no_other() {
    let fixture = Fixture::new(TEAM);
    let changes = [update(
        "kim@acme.org",
        &[("city", "Bern, \"Stadt\""), ("Phone", "+41791234567")],
    )];
    assert_eq!(fixture.write(&changes).await, [Outcome::Applied]);
    let old = "\"Kim; \"\"K\"\"\";Kim@acme.org; 079 ;Bern\r\n";
    let new = "\"Kim; \"\"K\"\"\";Kim@acme.org;+41791234567;\"Bern, \"\"Stadt\"\"\"\r\n";
    assert_eq!(fixture.text(), TEAM.replace(old, new));
    assert_eq!(fixture.write(&changes).await, [Outcome::AlreadySo]);
    assert_eq!(
        fixture
            .write(&[update("lee@acme.org", &[("City", "")])])
            .await,
        [Outcome::Applied]
    );
    assert!(fixture.text().contains("Lee ;lee@acme.org;;\r\n"));
    assert!(fixture.text().ends_with("Lee 2;LEE@acme.org;;"));
}

#[tokio::test]
async fn the_same_changes_a_second_time_are_so_already() {
    let fixture = Fixture::new(TEAM);
    for (changes, count) in [
        (
            vec![
                add("dana@acme.org", &[("name", "=1+1")]),
                add("joe@acme.org", &[]),
            ],
            2,
        ),
        (vec![update("dana@acme.org", &[("name", "@Dana")])], 1),
        (vec![remove("kim@acme.org"), remove("joe@acme.org")], 2),
    ] {
        assert_eq!(fixture.write(&changes).await, vec![Outcome::Applied; count]);
        let text = fixture.text();
        let modified = fs::metadata(fixture.path("team.csv"))
            .unwrap()
            .modified()
            .unwrap();
        assert_eq!(
            fixture.write(&changes).await,
            vec![Outcome::AlreadySo; count]
        );
        assert_eq!(fixture.text(), text);
        // Nothing to change means the file is not even replaced by an equal one.
        assert_eq!(
            fs::metadata(fixture.path("team.csv"))
                .unwrap()
                .modified()
                .unwrap(),
            modified
        );
    }
    assert_eq!(fixture.files(), ["team.csv"]);
}

#[tokio::test]
async fn who_is_there_already_is_not_added_again() {
    let fixture = Fixture::new("email,phone\nold@acme.org,\n,+41791234567\n");
    let mut renamed = person("new@acme.org", &[]);
    renamed
        .addresses
        .push(Address::parse("OLD@acme.org").unwrap());
    let mut phone_only = Member::default();
    phone_only
        .phones
        .push(PhoneNumber::parse("+41791234567", None).unwrap());
    let changes = [
        change(Action::Add, renamed),
        change(Action::Add, phone_only),
        add("twice@acme.org", &[]),
        add("TWICE@acme.org", &[]),
    ];
    let outcomes = fixture.write(&changes).await;
    assert_eq!(
        codes(&outcomes),
        ["already-so", "already-so", "applied", "already-so"]
    );
    assert_eq!(
        fixture.text(),
        "email,phone\nold@acme.org,\n,+41791234567\ntwice@acme.org,\n"
    );
}

#[tokio::test]
async fn a_member_without_an_address_is_found_by_id_or_phone() {
    let text = "email,phone,id,name\n\
        a@acme.org,+41791234567,,shares\n\
        ,+41791234567,,alone\n\
        broken@,+41791234567,,alone too\n\
        ,+41791234567,p-1,known\n\
        ,,P-2,gone\n";
    let fixture = Fixture::new(text);
    let members = fixture.members().await;
    let named = |name: &str| {
        let text = Value::text(name);
        let found = members
            .iter()
            .find(|member| member.attributes.get("name") == text.as_ref());
        change(Action::Remove, found.unwrap().clone())
    };
    assert_eq!(
        codes(&fixture.write(&[named("alone"), named("gone")]).await),
        ["applied", "applied"]
    );
    assert_eq!(
        fixture.text(),
        "email,phone,id,name\na@acme.org,+41791234567,,shares\n,+41791234567,p-1,known\n"
    );
}

#[tokio::test]
async fn what_a_file_cannot_hold_is_refused() {
    let fixture = Fixture::new("phone,name\n+41791234567,A\n");
    let nobody = change(Action::Remove, Member::default());
    let invited = change(Action::Invite, person("a@acme.org", &[]));
    let mut known = update("a@acme.org", &[("name", "B"), ("town", "Bern")]);
    known.member = fixture.members().await.remove(0);
    let mut stranger = update("a@acme.org", &[("name", "B")]);
    stranger
        .member
        .phones
        .push(PhoneNumber::parse("+41791234568", None).unwrap());
    let changes = [add("a@acme.org", &[]), nobody, invited, known, stranger];
    let outcomes = fixture.write(&changes).await;
    assert_eq!(
        codes(&outcomes),
        [
            "no-key",
            "no-key",
            "not-supported",
            "no-column",
            "not-found"
        ]
    );
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Refused(_)))
    );
    assert_eq!(fixture.text(), "phone,name\n+41791234567,A\n");
}

#[tokio::test]
async fn a_new_row_fills_the_columns_there_are() {
    let fixture = Fixture::new("id,email,mobile,employeeId,note\n");
    let mut member = person(
        "dana@acme.org",
        &[("email", "Dana@Acme.org"), ("NOTE", "a,b"), ("town", "x")],
    );
    member.id = Some("00AA".into());
    member.employee_id = Some("-17".to_owned());
    member
        .phones
        .push(PhoneNumber::parse("+41791234567", None).unwrap());
    assert_eq!(
        fixture.write(&[change(Action::Add, member)]).await,
        [Outcome::Applied]
    );
    assert_eq!(
        fixture.text(),
        "id,email,mobile,employeeId,note\n00aa,Dana@Acme.org,+41791234567,-17,\"a,b\"\n"
    );
}

#[tokio::test]
async fn a_new_list_is_a_header() {
    let fixture = Fixture::empty()
        .with(r#"{"delimiter": ";", "columns": {"address": "Mail; work", "phone": "Tel"}}"#);
    let connection = connect(fixture.settings.clone(), fixture.folder.path());
    let mut writer = connection.writer(&fixture.wanted, None).unwrap();
    let changes = [add("a@x.org", &[])];
    assert_eq!(
        codes(&writer.write(&changes, &Unwatched).await),
        ["not-found"]
    );
    assert_eq!(writer.create_list().await, Ok(None));
    assert_eq!(fixture.text(), "\"Mail; work\";Tel\n");
    assert_eq!(writer.write(&changes, &Unwatched).await, [Outcome::Applied]);
    assert_eq!(writer.create_list().await, Ok(None));
    assert_eq!(fixture.text(), "\"Mail; work\";Tel\na@x.org;\n");

    let plain = Fixture::empty();
    let connection = connect(plain.settings.clone(), plain.folder.path());
    let mut writer = connection.writer(&plain.wanted, None).unwrap();
    writer.create_list().await.unwrap();
    assert_eq!(plain.text(), "email\n");
    assert_eq!(plain.files(), ["team.csv"]);
}

#[cfg(unix)]
#[tokio::test]
async fn permissions_are_kept() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new("email\n");
    for mode in [0o640, 0o604] {
        fs::set_permissions(fixture.path("team.csv"), PermissionsExt::from_mode(mode)).unwrap();
        fixture.write(&[add(&format!("m{mode}@x.org"), &[])]).await;
        let now = fs::metadata(fixture.path("team.csv"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(now & 0o777, mode);
    }
    assert_eq!(fixture.members().await.len(), 2);
}

#[test]
fn a_file_that_changed_meanwhile_is_left_as_it_is() {
    let fixture = Fixture::new("email\na@x.org\n");
    let place = path::Place::new(&fixture.settings, fixture.folder.path(), "team").unwrap();
    let changes = [remove("a@x.org")];
    let prepared = write::prepare(&fixture.settings, &place, &changes, &|_| {})
        .ok()
        .unwrap();
    fixture.put("team.csv", "email\nb@x.org\n");
    let outcome = prepared.commit().unwrap_err();
    assert!(matches!(outcome, Outcome::Failed(_)));
    assert_eq!(code(&outcome), "changed-meanwhile");
    assert_eq!(fixture.text(), "email\nb@x.org\n");
    let prepared = write::prepare(&fixture.settings, &place, &changes, &|_| {})
        .ok()
        .unwrap();
    fs::remove_file(fixture.path("team.csv")).unwrap();
    assert_eq!(prepared.commit(), Ok(vec![Outcome::AlreadySo]));
    fixture.put("team.csv", "email\na@x.org\n");
    let prepared = write::prepare(&fixture.settings, &place, &changes, &|_| {})
        .ok()
        .unwrap();
    fs::remove_file(fixture.path("team.csv")).unwrap();
    assert_eq!(code(&prepared.commit().unwrap_err()), "not-found");
    assert!(fixture.files().is_empty());
}

#[tokio::test]
async fn a_table_that_cannot_be_read_is_not_written() {
    let broken = "email,name\na@x.org,A\nb@x.org\n";
    let fixture = Fixture::new(broken);
    let changes = [remove("a@x.org"), remove("c@x.org")];
    assert_eq!(
        codes(&fixture.write(&changes).await),
        ["bad-data", "bad-data"]
    );
    assert_eq!(fixture.text(), broken);
    assert_eq!(fixture.files(), ["team.csv"]);
}

#[test]
fn a_full_disk_is_an_error_of_the_whole_copy() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let text = "email\na@x.org\nb@x.org\n";
    let settings = settings("{}");
    let room = |bytes: usize| {
        let table = table::Table::open(text.as_bytes(), "team.csv", &settings.form()).unwrap();
        let changes = [add("c@x.org", &[])];
        rewrite::rewrite(
            table,
            "team.csv",
            &settings,
            &changes,
            &mut Full(bytes),
            &|_| {},
        )
    };
    for bytes in 0..text.len() + "c@x.org\n".len() {
        let error = room(bytes).err().unwrap();
        assert_eq!(error.kind, ErrorKind::Io);
    }
    assert!(room(text.len() + "c@x.org\n".len()).is_ok());
}

#[tokio::test]
async fn a_header_without_a_line_ending_gets_one() {
    let fixture = Fixture::new("email");
    assert_eq!(
        codes(&fixture.write(&[add("a@x.org", &[])]).await),
        ["applied"]
    );
    assert_eq!(fixture.text(), "email\na@x.org\n");
}
