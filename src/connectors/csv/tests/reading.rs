use super::*;
use crate::model::{
    capabilities::{AddsBy, Updatable},
    member::{ExternalId, Standing},
};

fn attribute<'a>(member: &'a Member, name: &str) -> Option<&'a str> {
    match member.attributes.get(name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn notes(members: &[Member]) -> Vec<&str> {
    let mut notes: Vec<&str> = members
        .iter()
        .map(|member| member.note.as_deref().unwrap())
        .collect();
    notes.sort_unstable();
    notes
}

#[tokio::test]
async fn a_row_becomes_a_member_with_all_it_says() {
    let fixture = Fixture::new(
        "E-Mail,Mobile Phone,EmployeeID,Object-Id,Unsubscribed,Manager, City \n\
         Dana@Acme.org,079 123 45 67,E-17,00AA,Yes,kim@acme.org, Bern \n\
         lee@acme.org,,,,no,,\n",
    )
    .with(r#"{"region": "CH"}"#);
    let reading = fixture.read().await.unwrap();
    assert!(reading.exists && reading.is_whole());
    let [dana, lee] = reading.members.as_slice() else {
        panic!("{reading:?}")
    };
    assert_eq!(dana.label(), "dana@acme.org");
    assert_eq!(dana.phones[0].as_str(), "+41791234567");
    assert_eq!(dana.employee_id.as_deref(), Some("E-17"));
    assert_eq!(dana.id, Some(ExternalId::from("00aa")));
    assert_eq!(dana.standing, Standing::OptedOut);
    assert_eq!(attribute(dana, "Manager"), Some("kim@acme.org"));
    assert_eq!(attribute(dana, "City"), Some("Bern"));
    assert_eq!(attribute(dana, "E-Mail"), Some("Dana@Acme.org"));
    assert_eq!(dana.note.as_deref(), Some("line 2"));
    assert_eq!(lee.standing, Standing::Subscribed);
    assert_eq!(lee.attributes.len(), 2);
    assert!(lee.phones.is_empty() && lee.id.is_none() && lee.employee_id.is_none());
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_kept_with_a_note() {
    let fixture = Fixture::new(
        "email,phone,name\njon.smith@,,Jon\n,,Nobody\na@acme.org,12,A\n,+41791234567,P\na@acme.org,,Again\n",
    );
    let members = fixture.members().await;
    assert_eq!(members.len(), 5);
    assert_eq!(
        notes(&members),
        [
            "line 2: not an e-mail address: `jon.smith@`",
            "line 3: no address, phone number or id",
            "line 4: not a phone number: `12` (it has no country code and no default region is set)",
            "line 5",
            "line 6",
        ]
    );
    let jon = members
        .iter()
        .find(|member| attribute(member, "name") == Some("Jon"))
        .unwrap();
    assert_eq!(jon.label(), "line 2: not an e-mail address: `jon.smith@`");
    assert_eq!(attribute(jon, "email"), Some("jon.smith@"));
}

#[tokio::test]
async fn every_way_to_say_yes_is_an_opt_out() {
    let fixture = Fixture::new(
        "email,opted_out\na@x.org,YES\nb@x.org,True\nc@x.org,1\nd@x.org,X\ne@x.org,y\nf@x.org,0\ng@x.org,\nh@x.org,never\n",
    );
    let out: Vec<bool> = fixture
        .members()
        .await
        .iter()
        .map(|member| member.standing == Standing::OptedOut)
        .collect();
    assert_eq!(out, [true, true, true, true, true, false, false, false]);
}

#[tokio::test]
async fn line_numbers_are_those_of_an_editor() {
    let rows = "email,name\n\na@x.org,\"two\nlines\"\n\n\nb@x.org,B\n\"c@x.org\",\"say \"\"hi\"\"\n\n\"\nd@x.org,D";
    for text in [
        rows.to_owned(),
        rows.replace('\n', "\r\n"),
        rows.replace('\n', "\r"),
    ] {
        let members = Fixture::new(&text).members().await;
        assert_eq!(
            notes(&members),
            ["line 11", "line 3", "line 7", "line 8"],
            "{text:?}"
        );
        assert_eq!(members.len(), 4);
    }
    let members = Fixture::new(rows).members().await;
    assert_eq!(attribute(&members[0], "name"), Some("two\nlines"));
    assert_eq!(attribute(&members[2], "name"), Some("say \"hi\""));
}

#[tokio::test]
async fn cells_longer_than_any_buffer_are_read() {
    let long = "x".repeat(200_000);
    let text =
        format!("email,text\r\na@x.org,\"{long}\n{long}\"\r\nb@x.org,{long}\r\nc@x.org,short");
    let members = Fixture::new(text).members().await;
    assert_eq!(notes(&members), ["line 2", "line 4", "line 5"]);
    assert_eq!(attribute(&members[0], "text").unwrap().len(), 400_001);
}

#[tokio::test]
async fn blank_rows_are_no_members() {
    let fixture = Fixture::new("email,name\n,\n  \na@x.org,A\n\"\",\" \"\n\n");
    assert_eq!(fixture.members().await.len(), 1);
}

#[tokio::test]
async fn delimiters_are_found_out() {
    for (delimiter, named) in [(',', ","), (';', ";"), ('\t', "tab"), ('|', "|")] {
        let text = "email;\"last, first\";city\na@x.org;\"A; B|C,D\";Bern\n"
            .replace(';', &delimiter.to_string());
        let members = Fixture::new(&text).members().await;
        assert_eq!(attribute(&members[0], "city"), Some("Bern"), "{text}");
        let told = Fixture::new(&text).with(&format!("{{\"delimiter\": \"{named}\"}}"));
        assert_eq!(told.members().await, members);
    }
    let members = Fixture::new("mail\na@x.org\n").members().await;
    assert_eq!(members[0].label(), "a@x.org");
}

#[tokio::test]
async fn encodings_are_told_apart() {
    let members = Fixture::new("\u{feff}email,name\na@x.org,Zoë\n")
        .members()
        .await;
    assert_eq!(attribute(&members[0], "name"), Some("Zoë"));
    assert_eq!(members[0].label(), "a@x.org");

    let utf16 = |order: fn(u16) -> [u8; 2], mark: &[u8]| {
        let text = "email\na@x.org\n".encode_utf16().flat_map(order);
        mark.iter().copied().chain(text).collect::<Vec<u8>>()
    };
    for (bytes, name) in [
        (utf16(u16::to_le_bytes, b"\xFF\xFE"), "little"),
        (utf16(u16::to_be_bytes, b"\xFE\xFF"), "big"),
        (utf16(u16::to_le_bytes, b""), "little"),
        (utf16(u16::to_be_bytes, b""), "big"),
    ] {
        let error = Fixture::new(bytes).error().await;
        assert!(error.contains("UTF-16") && error.contains(name), "{error}");
    }
    let error = Fixture::new(b"email,name\r\na@x.org,\"A\r\nZo\xEB\"\r\n")
        .error()
        .await;
    assert!(error.contains("line 3, column 3 is not UTF-8"), "{error}");
}

#[tokio::test]
async fn broken_tables_are_refused_whole() {
    for (text, expected) in [
        ("", "is empty: it has not even a header"),
        ("\u{feff}", "is empty"),
        ("\n\n", "is empty"),
        (
            "email,name\na@x.org,A\nb@x.org\n",
            "line 3 has 1 field, and the header has 2",
        ),
        (
            "email,name\na@x.org,\"A\nB\"\n\nb@x.org,B,C\n",
            "line 5 has 3 fields, and the header has 2",
        ),
        (
            "email,name\na@x.org,A\nb@x.org,\"B\nc@x.org,C\n",
            "the quote that opens on line 3 is never closed",
        ),
        (
            "email,Name,name\na@x.org,A,B\n",
            "two columns with the header `name`",
        ),
        ("name,town\nA,B\n", "its headers are `name`, `town`"),
    ] {
        let error = Fixture::new(text).read().await.unwrap_err();
        assert!(error.message.contains(expected), "{text:?}: {error}");
        assert_eq!(error.kind, ErrorKind::BadData);
    }
    let error = Fixture::new("email\n")
        .with(r#"{"columns": {"phone": "Tel"}}"#)
        .error()
        .await;
    assert!(
        error.contains("has no column `Tel`; its headers are `email`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_header_alone_is_a_list_without_members() {
    for text in ["email", "email\n", "\u{feff}email,name\r\n\r\n"] {
        let reading = Fixture::new(text).read().await.unwrap();
        assert!(reading.exists && reading.is_whole() && reading.members.is_empty());
    }
}

#[tokio::test]
async fn columns_can_be_named() {
    let fixture = Fixture::new("email,Private Mail,Handy\nwork@x.org,home@x.org,+41791234567\n")
        .with(r#"{"columns": {"address": "private mail", "phone": "HANDY"}}"#);
    let members = fixture.members().await;
    assert_eq!(members[0].label(), "home@x.org");
    assert_eq!(members[0].phones[0].as_str(), "+41791234567");
}

#[tokio::test]
async fn a_column_without_a_header_is_no_attribute() {
    let members = Fixture::new("email,,\na@x.org,1,2\n").members().await;
    assert_eq!(members[0].attributes.len(), 1);
}

#[tokio::test]
async fn an_absent_file_is_an_error_or_an_absent_list() {
    let mut fixture = Fixture::empty();
    fixture.put("teams.csv", "email\n");
    fixture.put("all.csv", "email\n");
    let error = fixture.read().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let help = error.help.unwrap();
    assert_eq!(
        help,
        "nearest: `teams.csv`; the folder has `all.csv`, `teams.csv`"
    );
    fixture.wanted.create = Some(GroupKind::Security);
    let reading = fixture.read().await.unwrap();
    assert!(!reading.exists && reading.members.is_empty());
}

#[tokio::test]
async fn names_that_leave_the_folder_are_refused() {
    let mut fixture = Fixture::new("email\n");
    for name in [
        "",
        " ",
        ".",
        "..",
        "../team",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "C:x",
        ".hidden",
        "a\0b",
        "a\nb",
    ] {
        fixture.wanted.list.list = name.to_owned();
        let error = fixture.read().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Settings, "{name:?}: {error}");
    }
    for name in ["team", "team.csv", "team.CSV"] {
        fixture.put("team.CSV", "email\n");
        fixture.wanted.list.list = name.to_owned();
        fixture.read().await.unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_out_of_the_folder_are_refused() {
    let elsewhere = Fixture::new("email\na@x.org\n");
    let mut fixture = Fixture::new("email\n");
    std::os::unix::fs::symlink(elsewhere.path("team.csv"), fixture.path("out.csv")).unwrap();
    std::os::unix::fs::symlink(fixture.path("team.csv"), fixture.path("in.csv")).unwrap();
    fs::create_dir(fixture.path("folder.csv")).unwrap();
    fixture.wanted.list.list = "out".to_owned();
    assert!(fixture.error().await.contains("leads out of its folder"));
    assert_eq!(
        code(&fixture.write(&[add("b@x.org", &[])]).await[0]),
        "settings"
    );
    fixture.wanted.list.list = "in".to_owned();
    fixture.read().await.unwrap();
    fixture.wanted.list.list = "folder".to_owned();
    assert!(fixture.error().await.contains("is not a file"));
}

#[tokio::test]
async fn capabilities_say_what_can_be_written() {
    let fixture = Fixture::new("email\n");
    let capabilities = fixture.read().await.unwrap().capabilities;
    assert_eq!(capabilities.adds_by, AddsBy::Address);
    assert_eq!(
        (capabilities.updatable, capabilities.read_only),
        (Updatable::Everything, None)
    );
    assert_eq!((capabilities.invites, capabilities.chunk), (false, 10_000));

    let mut permissions = fs::metadata(fixture.path("team.csv"))
        .unwrap()
        .permissions();
    permissions.set_readonly(true);
    fs::set_permissions(fixture.path("team.csv"), permissions).unwrap();
    let capabilities = fixture.read().await.unwrap().capabilities;
    assert!(capabilities.read_only.unwrap().contains("write-protected"));
    assert_eq!(
        codes(&fixture.write(&[add("a@x.org", &[])]).await),
        ["read-only"]
    );

    let fixture = Fixture::new("email\n").with(r#"{"readOnly": true}"#);
    let capabilities = fixture.read().await.unwrap().capabilities;
    assert_eq!(capabilities.updatable, Updatable::Nothing);
    assert!(capabilities.read_only.unwrap().contains("readOnly"));
    assert_eq!(
        codes(&fixture.write(&[add("a@x.org", &[])]).await),
        ["read-only"]
    );
    assert_eq!(fixture.text(), "email\n");
}

#[tokio::test]
async fn progress_is_told_and_the_directory_is_empty() {
    struct Told(std::sync::Mutex<Vec<usize>>);
    impl Watch for Told {
        fn progress(&self, what: &str, done: usize, total: Option<usize>) {
            assert_eq!((what, total), ("rows read", None));
            self.0.lock().unwrap().push(done);
        }
    }
    let rows: String = (0..25_000)
        .map(|number| format!("p{number}@x.org\n"))
        .collect();
    let fixture = Fixture::new(format!("email\n{rows}"));
    let reader = connect(fixture.settings.clone(), fixture.folder.path())
        .reader(&fixture.wanted)
        .unwrap();
    let told = Told(std::sync::Mutex::default());
    assert_eq!(reader.read(&told).await.unwrap().members.len(), 25_000);
    assert_eq!(*told.0.lock().unwrap(), [10_000, 20_000, 25_000]);
    assert!(
        reader
            .directory(&Unwatched)
            .await
            .unwrap()
            .people
            .is_empty()
    );
}

#[test]
fn a_file_that_is_written_while_it_is_read_is_not_believed() {
    let rows: String = (0..20_000)
        .map(|number| format!("p{number}@x.org\n"))
        .collect();
    let fixture = Fixture::new(format!("email\n{rows}"));
    let place = path::Place::new(&fixture.settings, fixture.folder.path(), "team").unwrap();
    let shorten = |done| {
        if done == 10_000 {
            fixture.put("team.csv", "email\n");
        }
    };
    let error = read::members(&fixture.settings, &place, &shorten).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable(None));
    assert!(
        read::members(&fixture.settings, &place, &shorten)
            .unwrap()
            .is_empty()
    );
}
