use super::*;
use crate::{
    connectors::ports::{ErrorKind, Unwatched},
    model::{
        attributes::Value,
        list::{GroupKind, Side},
    },
    plan::{
        change::{Action, Change, FieldChange, Reason, Seen},
        outcome::Outcome,
    },
};

fn member(address: &str) -> Member {
    Member::with_address(Address::parse(address).unwrap())
}

fn change(action: Action, member: Member) -> Change {
    Change {
        side: Side::Target,
        action,
        member,
        reason: Reason::OnSource,
        seen: Seen::default(),
    }
}

fn wanted(list: &ListRef) -> WantedList {
    WantedList::of(list.clone())
}

async fn write(memory: &MemoryConnections, list: &ListRef, changes: &[Change]) -> Vec<Outcome> {
    let mut writer = memory.writer(&wanted(list), None).await.unwrap();
    writer.write(changes, &Unwatched).await
}

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Refused(problem) | Outcome::Failed(problem) => &problem.code,
        Outcome::Applied => "applied",
        Outcome::AlreadySo => "already-so",
        Outcome::HandedOver { .. } => "handed-over",
    }
}

fn one_list(capabilities: Capabilities) -> (MemoryConnections, ListRef) {
    let (memory, list) = (MemoryConnections::new(), list_ref("memory", "team"));
    memory.put_list(&list, capabilities, vec![member("kim@acme.org")]);
    (memory, list)
}

#[tokio::test]
async fn a_second_time_everything_is_so_already() {
    let (memory, list) = one_list(by_address());
    let field = FieldChange {
        field: "city".to_owned(),
        before: None,
        after: Value::text("Bern"),
    };
    let changes = [
        change(Action::Add, member("dana@acme.org")),
        change(Action::Update(vec![field]), member("dana@acme.org")),
        change(Action::Remove, member("kim@acme.org")),
    ];
    assert!(
        write(&memory, &list, &changes)
            .await
            .iter()
            .all(|outcome| *outcome == Outcome::Applied)
    );
    assert!(
        write(&memory, &list, &changes)
            .await
            .iter()
            .all(|outcome| *outcome == Outcome::AlreadySo)
    );
    assert_eq!(memory.labels(&list), ["dana@acme.org"]);
    let counters = memory.counters();
    assert_eq!(
        (counters.writers, counters.writes, counters.effects),
        (2, 2, 3)
    );
}

#[tokio::test]
async fn a_directory_list_takes_only_who_is_known_and_invites_the_others() {
    let (memory, list) = one_list(by_directory());
    let stranger = member("joe@partner.example");
    let mut unknown = stranger.clone();
    unknown.id = Some("nobody".into());
    let changes = [
        change(Action::Add, stranger.clone()),
        change(Action::Add, unknown),
        change(Action::Invite, stranger.clone()),
        change(Action::Invite, stranger),
    ];
    let outcomes = write(&memory, &list, &changes).await;
    let codes: Vec<&str> = outcomes.iter().map(code).collect();
    assert_eq!(codes, ["not-found", "not-found", "applied", "already-so"]);
    assert_eq!(memory.directory("memory").people.len(), 1);
    assert_eq!(
        memory.labels(&list),
        ["joe@partner.example", "kim@acme.org"]
    );
}

#[tokio::test]
async fn faults_happen_as_ordered() {
    let (memory, list) = one_list(by_address());
    memory.refuse(&list, "lee@acme.org", "policy");
    memory.lose_answers(&list, 1);
    let changes = [
        change(Action::Add, member("lee@acme.org")),
        change(Action::Add, member("dana@acme.org")),
    ];
    let outcomes = write(&memory, &list, &changes).await;
    assert_eq!(
        outcomes.iter().map(code).collect::<Vec<_>>(),
        ["policy", "no-answer"]
    );
    let outcomes = write(&memory, &list, &changes).await;
    assert_eq!(
        outcomes.iter().map(code).collect::<Vec<_>>(),
        ["policy", "already-so"]
    );
    memory.fail_writes(&list, 1);
    let outcomes = write(
        &memory,
        &list,
        &[change(Action::Remove, member("dana@acme.org"))],
    )
    .await;
    assert_eq!(code(&outcomes[0]), "unavailable");
    memory.set_read_only(&list, Some("because"));
    let outcomes = write(
        &memory,
        &list,
        &[change(Action::Remove, member("dana@acme.org"))],
    )
    .await;
    assert_eq!(code(&outcomes[0]), "read-only");
    assert_eq!(memory.labels(&list).len(), 2);
}

#[tokio::test]
async fn a_writer_that_dies_has_done_what_it_did() {
    let (memory, list) = one_list(by_address());
    memory.die_after(&list, 1);
    let changes = [
        change(Action::Add, member("dana@acme.org")),
        change(Action::Add, member("lee@acme.org")),
    ];
    tokio::select! {
        _ = write(&memory, &list, &changes) => panic!("the writer answered"),
        () = memory.until_dead() => {}
    }
    assert_eq!(memory.labels(&list), ["dana@acme.org", "kim@acme.org"]);
    let outcomes = write(&memory, &list, &changes).await;
    assert_eq!(outcomes, [Outcome::AlreadySo, Outcome::Applied]);
}

#[tokio::test]
async fn reading_fails_doubts_and_heals() {
    let (memory, list) = one_list(by_address());
    let reader = memory.reader(&wanted(&list)).await.unwrap();
    let fault = ConnectorError::new(ErrorKind::Denied, "page 2");
    memory.fail_read(&list, Some((1, fault.clone())));
    assert_eq!(reader.read(&Unwatched).await, Err(fault));
    memory.fail_read(&list, None);
    memory.doubt(&list, &["hidden"]);
    assert!(!reader.read(&Unwatched).await.unwrap().is_whole());
    memory.doubt(&list, &[]);
    assert!(reader.read(&Unwatched).await.unwrap().is_whole());
    assert_eq!(memory.counters().reads, 3);
}

#[tokio::test]
async fn an_absent_list_is_created_once() {
    let memory = MemoryConnections::new();
    memory.open_connection("memory", by_address());
    let list = list_ref("memory", "new");
    let refused = memory
        .reader(&wanted(&list))
        .await
        .unwrap()
        .read(&Unwatched)
        .await;
    assert_eq!(refused.unwrap_err().kind, ErrorKind::NotFound);
    let wanted = WantedList {
        create: Some(GroupKind::Security),
        ..wanted(&list)
    };
    let reading = memory
        .reader(&wanted)
        .await
        .unwrap()
        .read(&Unwatched)
        .await
        .unwrap();
    assert!(!reading.exists);
    let mut writer = memory.writer(&wanted, None).await.unwrap();
    let add = [change(Action::Add, member("dana@acme.org"))];
    assert_eq!(code(&writer.write(&add, &Unwatched).await[0]), "not-found");
    let id = writer.create_list().await.unwrap();
    assert_eq!(writer.create_list().await.unwrap(), id);
    assert_eq!(writer.write(&add, &Unwatched).await, [Outcome::Applied]);
    assert_eq!(memory.counters().creations, 1);
}
