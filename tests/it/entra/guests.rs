//! Guests against the stand-in for Microsoft Graph: looked up right before they are invited, refused by rules, and
//! waited for; and whole runs over them, each one repeated.

use rollcall::{
    model::{address::Address, attributes::Value, member::Member},
    plan::{change::Action, outcome::Outcome},
    sandbox::{
        Effect, Fault, Sandbox, Scenario,
        scenario::{ReplicationLag, User},
    },
};

use super::{EVERYONE, one, open, read, tally, write};

const RIGHTS: [&str; 3] = [
    "User.Read.All",
    "GroupMember.ReadWrite.All",
    "User.Invite.All",
];

fn tenant() -> Scenario {
    Scenario::with_people(3).with_permissions(&RIGHTS)
}

fn guest(address: &str) -> Member {
    Member::with_address(Address::parse(address).unwrap())
}

/// The account of a guest, as the directory may show it.
fn account(number: usize, name: &str, mail: Option<&str>) -> User {
    User {
        mail: mail.map(str::to_owned),
        user_principal_name: format!("{name}#EXT#@contoso.onmicrosoft.example"),
        user_type: Some("Guest".to_owned()),
        external_user_state: Some("PendingAcceptance".to_owned()),
        other_mails: Vec::new(),
        proxy_addresses: Vec::new(),
        ..User::numbered(number)
    }
}

fn invitations(sandbox: &Sandbox) -> usize {
    let users = sandbox.snapshot().users;
    let is_guest = |user: &&User| user.user_type.as_deref() == Some("Guest");
    users.iter().filter(is_guest).count()
}

fn message(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Refused(problem) | Outcome::Failed(problem) => &problem.message,
        Outcome::Applied | Outcome::AlreadySo | Outcome::HandedOver { .. } => "",
    }
}

#[tokio::test]
async fn whoever_has_an_account_is_found_under_whatever_property_and_not_invited() {
    let mut scenario = tenant();
    let mut by_other = account(11, "old_elsewhere.example", Some("old@elsewhere.example"));
    by_other.other_mails = vec!["Joe@Partner.example".to_owned()];
    let mut by_proxy = account(12, "old_else.example", None);
    by_proxy.proxy_addresses = vec!["smtp:ann@partner.example".to_owned()];
    scenario.users.extend([
        account(10, "x_partner.example", Some("kim@partner.example")),
        by_other,
        by_proxy,
        account(13, "Zoe_Partner.example", None),
        account(14, "renamed_partner.example", Some("now@elsewhere.example")),
    ]);
    let (sandbox, connection) = open(scenario).await;
    // Were one of them invited, there would be an answer to tell it by.
    let refuse = Effect::Error {
        status: 400,
        code: "BadRequest".to_owned(),
        message: "somebody was invited".to_owned(),
    };
    sandbox.inject(Fault::new(refuse).on("POST", "/invitations").times(100));
    let guests = ["kim", "joe", "ann", "zoe"].map(|name| guest(&format!("{name}@partner.example")));
    let outcomes = write(&connection, EVERYONE, Action::Invite, guests.to_vec()).await;
    assert_eq!(tally(&outcomes), one("applied", 4), "{outcomes:?}");
    let renamed = vec![guest("renamed@partner.example")];
    let outcomes = write(&connection, EVERYONE, Action::Invite, renamed).await;
    assert_eq!(tally(&outcomes), one("refused ambiguous", 1));
    assert!(
        message(&outcomes[0]).contains("now@elsewhere.example"),
        "{outcomes:?}"
    );
    assert_eq!(sandbox.members_of(EVERYONE).len(), 4);
    // An address that only begins like the name of somebody's account is nobody's.
    let other = vec![guest("zoe@partner.example.org")];
    let outcomes = write(&connection, EVERYONE, Action::Invite, other).await;
    assert_eq!(tally(&outcomes), one("refused invitation-refused", 1));
}

#[tokio::test]
async fn an_invited_guest_who_has_not_accepted_is_a_member_all_the_same() {
    let (_sandbox, connection) = open(tenant()).await;
    let outcomes = write(
        &connection,
        EVERYONE,
        Action::Invite,
        vec![guest("joe@partner.example")],
    )
    .await;
    assert_eq!(tally(&outcomes), one("applied", 1));
    let reading = read(&connection, EVERYONE).await.unwrap();
    assert!(reading.is_whole(), "{:?}", reading.doubts);
    let [joe] = reading.members.as_slice() else {
        panic!("{:?}", reading.members);
    };
    assert_eq!(joe.label(), "joe@partner.example");
    assert_eq!(
        joe.attributes.get("userType"),
        Some(&Value::Text("Guest".to_owned()))
    );
}

#[tokio::test]
async fn what_a_rule_refuses_is_refused_for_one_and_the_rest_goes_on() {
    let mut scenario = tenant();
    scenario.guest_policy.blocked_domains = vec!["blocked.example".to_owned()];
    let (_sandbox, connection) = open(scenario).await;
    let guests = ["no@blocked.example", "joe@partner.example"].map(guest);
    let outcomes = write(&connection, EVERYONE, Action::Invite, guests.to_vec()).await;
    assert_eq!(
        tally(&outcomes),
        [
            ("applied".to_owned(), 1),
            ("refused invitation-refused".to_owned(), 1)
        ]
    );
    assert!(
        outcomes[0]
            .guest_refused()
            .is_some_and(|said| said.contains("is blocked"))
    );
    assert!(!outcomes[0].may_have_invited(), "nobody was written to");

    let mut scenario = tenant();
    scenario.guest_policy.invitations_allowed = false;
    let (sandbox, connection) = open(scenario).await;
    let outcomes = write(
        &connection,
        EVERYONE,
        Action::Invite,
        vec![guest("joe@partner.example")],
    )
    .await;
    assert_eq!(
        tally(&outcomes),
        one("refused invitation-refused", 1),
        "a 403 by a rule is no missing permission"
    );
    assert_eq!(invitations(&sandbox), 0);
}

#[tokio::test]
async fn a_group_that_takes_no_guests_refuses_them_and_the_invitation_is_told() {
    let mut scenario = tenant();
    scenario.guest_policy.guests_in_m365_groups = false;
    scenario.groups[0].group_types = vec!["Unified".to_owned()];
    scenario.groups[0].mail_enabled = true;
    let (sandbox, connection) = open(scenario).await;
    let outcomes = write(
        &connection,
        EVERYONE,
        Action::Invite,
        vec![guest("joe@partner.example")],
    )
    .await;
    assert_eq!(tally(&outcomes), one("refused guest-refused", 1));
    assert!(
        message(&outcomes[0]).starts_with("invited, but not added: "),
        "{outcomes:?}"
    );
    assert!(outcomes[0].may_have_invited() && outcomes[0].guest_refused().is_some());
    assert_eq!(invitations(&sandbox), 1);
}

#[tokio::test]
async fn an_invitation_that_was_sent_is_told_whatever_becomes_of_the_rest() {
    // The directory does not spread the guest while anybody waits.
    let mut scenario = tenant();
    scenario.replication_lag_ms = ReplicationLag {
        directory: 3_600_000,
        delta: 0,
    };
    let (_sandbox, connection) = open(scenario).await;
    let outcomes = write(
        &connection,
        EVERYONE,
        Action::Invite,
        vec![guest("joe@partner.example")],
    )
    .await;
    assert_eq!(tally(&outcomes), one("failed invited", 1), "{outcomes:?}");

    // The group cannot be written any more.
    let (sandbox, connection) = open(tenant()).await;
    let denied = Effect::Error {
        status: 403,
        code: "Authorization_RequestDenied".to_owned(),
        message: "Insufficient privileges to complete the operation.".to_owned(),
    };
    sandbox.inject(Fault::new(denied).on("PATCH", "/groups/").times(100));
    let outcomes = write(
        &connection,
        EVERYONE,
        Action::Invite,
        vec![guest("joe@partner.example")],
    )
    .await;
    assert_eq!(tally(&outcomes), one("failed invited", 1), "{outcomes:?}");
    assert!(
        message(&outcomes[0]).contains("Insufficient privileges"),
        "{outcomes:?}"
    );
    assert_eq!(invitations(&sandbox), 1);

    // The answer is lost, and so is every answer to looking afterwards.
    let (sandbox, connection) = open(tenant()).await;
    sandbox.inject(Fault::new(Effect::GatewayTimeoutAfter).on("POST", "/invitations"));
    sandbox.inject(
        Fault::new(Effect::ServerError)
            .on("GET", "/users?")
            .after(1)
            .times(1_000),
    );
    let outcomes = write(
        &connection,
        EVERYONE,
        Action::Invite,
        vec![guest("joe@partner.example")],
    )
    .await;
    assert_eq!(
        tally(&outcomes),
        one("failed unconfirmed", 1),
        "{outcomes:?}"
    );
    assert!(outcomes[0].may_have_invited());
    assert_eq!(invitations(&sandbox), 1);
    sandbox.clear_faults();
    let outcomes = write(
        &connection,
        EVERYONE,
        Action::Invite,
        vec![guest("joe@partner.example")],
    )
    .await;
    assert_eq!(
        tally(&outcomes),
        one("applied", 1),
        "found, and not invited again"
    );
    assert_eq!(invitations(&sandbox), 1);
}
