//! Invitations of which nobody knows whether they went out.

use super::*;

#[tokio::test]
async fn an_invitation_that_may_have_gone_out_is_not_sent_again() {
    let guest = || {
        vec![Member::with_address(
            Address::parse("joe@partner.example").unwrap(),
        )]
    };
    for status in [500, 502, 503, 504] {
        let rights = [
            "User.Read.All",
            "GroupMember.ReadWrite.All",
            "User.Invite.All",
        ];
        let (sandbox, connection) = open(Scenario::with_people(1).with_permissions(&rights)).await;
        let lost = Fault::new(Effect::ErrorAfter { status });
        sandbox.inject(lost.on("POST", "/invitations").times(9));
        let outcomes = write(&connection, EVERYONE, Action::Invite, guest()).await;
        assert_eq!(tally(&outcomes), one("applied", 1), "{status}");
        let counters = sandbox.counters();
        assert_eq!(
            (counters.invitations, counters.repeated_invitations),
            (1, 0)
        );
    }
}
