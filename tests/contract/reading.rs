//! The part of the walk that reads: people, groups, members, feeds.
//!
//! Knows the sandbox only over HTTP; verdicts on the exchanges are not its business.

use rollcall::sandbox::scenario::User;
use rollcall::sandbox::{Effect, Fault};

use crate::tenant::{CONTACT, DEVICE, EVERYONE, EXTENSION, INNER, PERMISSIONS};
use crate::walker::Walker;

pub(crate) async fn read_people_and_groups(walker: &Walker) {
    walker.follow("/users?$top=999").await;
    let columns = "id,userPrincipalName,mail,otherMails,proxyAddresses,accountEnabled,userType,department,birthday,\
                   onPremisesSyncEnabled,createdDateTime,identities,signInActivity,employeeId,externalUserState";
    walker.follow(&format!("/users?$select={columns}")).await;
    walker
        .follow(&format!(
            "/users?$select=id,onPremisesExtensionAttributes,{EXTENSION}&$expand=manager($select=id,mail)"
        ))
        .await;
    let lead = format!("/users/{}?$expand=manager", User::numbered_id(4));
    assert_eq!(walker.get(&lead).await.0, 200);
    assert_eq!(
        walker
            .eventual("/contacts?$count=true&$top=1&$select=id")
            .await
            .0,
        200
    );
    let mail_groups = "/groups?$filter=mailEnabled eq true&$select=id,mail,proxyAddresses";
    walker.follow(mail_groups).await;
    assert_eq!(
        walker
            .eventual(&format!("{mail_groups}&$count=true&$top=1"))
            .await
            .0,
        200
    );
    assert_eq!(walker.get("/users/user0001@contoso.example").await.0, 200);
    assert_eq!(
        walker
            .get("/users/bob_fabrikam.example%23EXT%23%40contoso.onmicrosoft.example")
            .await
            .0,
        200
    );
    assert_eq!(
        walker
            .get("/users/nobody@contoso.example?$select=id")
            .await
            .0,
        404
    );
    for filter in [
        "mail eq 'user0001@contoso.example'",
        "proxyAddresses/any(p:p%20eq%20'smtp:user0001@contoso.example')",
    ] {
        let (_, page) = walker
            .get(&format!("/users?$select=id&%24filter={filter}"))
            .await;
        assert_eq!(page["value"].as_array().map(Vec::len), Some(1), "{filter}");
    }
    assert_eq!(
        walker
            .get("/users?$filter=endsWith(mail,'example')")
            .await
            .0,
        400
    );
    assert_eq!(
        walker
            .eventual("/users?$filter=endsWith(mail,'example')&$count=true&$orderby=displayName")
            .await
            .0,
        200
    );
    assert_eq!(
        walker
            .eventual("/users?$search=\"displayName:user\"")
            .await
            .0,
        200
    );
    assert_eq!(walker.eventual("/users/$count").await.0, 200);
    assert_eq!(walker.get("/users?$filter=aboutMe eq 'x'").await.0, 400);
    walker
        .follow("/groups?$select=id,displayName,groupTypes,mailEnabled,uniqueName,visibility")
        .await;
    walker
        .follow("/groups?$filter=displayName eq 'Closed'")
        .await;
    assert_eq!(walker.get(&format!("/groups/{EVERYONE}")).await.0, 200);
    assert_eq!(
        walker
            .get(&format!("/groups/{EVERYONE}?$expand=members"))
            .await
            .0,
        200
    );
    assert_eq!(
        walker.get(&format!("/groups/{DEVICE}?$select=id")).await.0,
        404
    );
    assert_eq!(walker.get("/groups(uniqueName='nobody')").await.0, 404);
    assert_eq!(walker.get("/organization").await.0, 200);
    assert_eq!(
        walker
            .get("/organization?$select=id,displayName,verifiedDomains")
            .await
            .0,
        200
    );
    walker.follow("/contacts?$top=5").await;
    assert_eq!(walker.get(&format!("/contacts/{CONTACT}")).await.0, 200);
    assert_eq!(walker.get(&format!("/contacts/{EVERYONE}")).await.0, 404);
}

pub(crate) async fn read_members(walker: &Walker) {
    for list in ["members", "transitiveMembers"] {
        walker.follow(&format!("/groups/{EVERYONE}/{list}")).await;
        walker
            .follow(&format!(
                "/groups/{EVERYONE}/{list}?$select=id,mail,groupTypes&$top=999"
            ))
            .await;
        walker
            .follow(&format!(
                "/groups/{EVERYONE}/{list}/microsoft.graph.user?$select=id,mail"
            ))
            .await;
        let filtered = format!(
            "/groups/{EVERYONE}/{list}/microsoft.graph.user?$filter=accountEnabled eq true"
        );
        assert_eq!(walker.get(&filtered).await.0, 400);
        assert_eq!(
            walker.eventual(&format!("{filtered}&$count=true")).await.0,
            200
        );
    }
    assert_eq!(
        walker
            .eventual(&format!("/groups/{EVERYONE}/members/$count"))
            .await
            .0,
        200
    );
    assert_eq!(
        walker.get(&format!("/groups/{CONTACT}/members")).await.0,
        404
    );
    walker
        .follow(&format!("/groups/{EVERYONE}/owners?$select=id,displayName"))
        .await;
    walker.sandbox.edit(|scenario| {
        scenario
            .permissions
            .retain(|name| !name.starts_with("User.R") && name != "Directory.Read.All")
    });
    assert_eq!(walker.get("/users").await.0, 403);
    walker.follow(&format!("/groups/{EVERYONE}/members")).await;
    walker
        .follow(&format!(
            "/groups/{EVERYONE}/members/microsoft.graph.user?$select=id,mail,otherMails"
        ))
        .await;
    walker.sandbox.edit(|scenario| {
        scenario.permissions = PERMISSIONS.iter().map(|name| (*name).to_owned()).collect()
    });
}

pub(crate) async fn follow_changes(walker: &Walker) {
    let groups = walker
        .follow("/groups/delta?$select=displayName,members")
        .await
        .expect("a delta link");
    let users = walker
        .follow("/users/delta?$select=id,mail,accountEnabled,manager")
        .await
        .expect("a delta link");
    walker.follow("/groups/delta").await;
    walker.follow("/contacts/delta").await;
    walker.follow("/users/delta?$deltatoken=latest").await;
    walker.sandbox.edit(|scenario| {
        scenario.users[3].mail = None;
        scenario
            .users
            .retain(|user| user.id != User::numbered_id(8));
        scenario.groups[0].members.truncate(5);
        scenario.groups.retain(|group| group.id != INNER);
    });
    walker.follow(&groups).await;
    walker.follow(&users).await;
    let minimal = [("Prefer", "return=minimal")];
    assert_eq!(
        walker
            .send("GET", "/users/delta?$select=mail", &minimal, None)
            .await
            .0,
        200
    );
    assert_eq!(walker.get("/users/delta?$deltatoken=garbage").await.0, 400);
    walker.sandbox.inject(Fault::new(Effect::ExpireDeltaTokens));
    assert_eq!(walker.get(&users).await.0, 410);
}
