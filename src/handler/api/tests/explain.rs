//! Why one person is, is not, or will be on a list.

use super::*;

fn of(sync: &str, query: &str) -> String {
    format!("/api/v1/syncs/{sync}/explain?{query}")
}

#[tokio::test]
async fn a_person_is_explained_from_the_lists_and_the_history() {
    let desk = Desk::furnished().await;
    desk.held("first").await;
    let told = desk
        .get(&of("everyone", "address=USER003@contoso.example"))
        .await
        .is(200)
        .json();
    assert_eq!(told["version"], 1);
    assert_eq!(told["lookedAt"], 1);
    assert_eq!(
        told["verdict"],
        "USER003@contoso.example is on both lists; nothing will change."
    );
    let gone = desk
        .get(&of("everyone", "address=user017@contoso.example"))
        .await
        .is(200)
        .json();
    let list = &gone["lists"][0];
    assert_eq!(
        list["explanation"]["people"][0]["next"],
        json!([{ "side": "target", "does": "remove", "why": "is not on the source", "waits": true }])
    );
    assert_eq!(list["history"]["runs"], 1);
    assert_eq!(list["history"]["more"], false);
    let last = &list["history"]["last"][0];
    assert_eq!(last["run"], "first");
    assert_eq!(last["action"], "remove");
    assert_eq!(last["result"], "waiting");
    let unknown = desk
        .get(&of("everyone", "address=usr003@contoso.example"))
        .await
        .is(200)
        .json();
    let verdict = unknown["verdict"].as_str().unwrap();
    assert!(verdict.starts_with("nobody on hr:staff.csv or lists:everyone.csv is known by "));
    assert_eq!(
        unknown["lists"][0]["explanation"]["nearest"][0],
        "user003@contoso.example"
    );
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let desk = Desk::furnished().await;
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    let long = format!("address={}", "a".repeat(321));
    for query in [
        "",
        "address=",
        "address=%20",
        "address=a%0Ab",
        &long,
        "who=ada",
    ] {
        desk.get(&of("everyone", query))
            .await
            .problem(Code::InvalidRequest);
    }
    let ada = "address=ada@contoso.example";
    desk.get(&of("nothing", ada)).await.problem(Code::NotFound);
    desk.get(&of("routed", &format!("{ada}&list=Nobody")))
        .await
        .problem(Code::NotFound);
    // The file is not there.
    let problem = desk
        .get(&of("everyone", ada))
        .await
        .problem(Code::ConnectionFailed);
    assert!(
        problem["detail"].as_str().unwrap().contains("staff.csv"),
        "{problem}"
    );
    desk.post(&of("everyone", ada), json!({}))
        .await
        .problem(Code::MethodNotAllowed);
}

#[tokio::test]
async fn of_many_lists_those_are_told_that_the_person_is_on_or_would_be_on() {
    let desk = Desk::furnished().await;
    desk.put(
        "/api/v1/syncs/by-team",
        &json!({
            "source": { "connection": "hr", "list": "staff.csv" },
            "target": { "connection": "lists", "create": true },
            "mapping": { "displayName": "displayName", "team": "group" },
        }),
    )
    .await
    .is(201);
    std::fs::write(
        desk.folder.path().join("hr/staff.csv"),
        "email,displayName,team\nada@contoso.example,Ada,sales.csv\nbob@contoso.example,Bob,support.csv\n\
         cyd@contoso.example,Cyd,\n",
    )
    .unwrap();
    std::fs::write(
        desk.folder.path().join("lists/support.csv"),
        "email,displayName\nada@contoso.example,Ada\nbob@contoso.example,Bob\n",
    )
    .unwrap();
    let ada = desk
        .get(&of("by-team", "address=ada@contoso.example"))
        .await
        .is(200)
        .json();
    assert_eq!(ada["lookedAt"], 2);
    let verdicts: Vec<&str> = ada["lists"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| list["explanation"]["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(
        verdicts,
        [
            "ada@contoso.example is not on lists:sales.csv; the next run will add them: is on the source.",
            "ada@contoso.example is on lists:support.csv; the next run will remove them: no longer fits the filter: \
             team is \"sales.csv\".",
        ]
    );
    let cyd = desk
        .get(&of("by-team", "address=cyd@contoso.example"))
        .await
        .is(200)
        .json();
    assert_eq!(
        cyd["verdict"],
        "cyd@contoso.example is on hr:staff.csv and on none of the 2 lists that people are routed to, because team is \
         absent."
    );
    let bob = desk
        .get(&of("by-team", "address=bob@contoso.example"))
        .await
        .is(200)
        .json();
    assert_eq!(bob["lists"].as_array().unwrap().len(), 1);
    assert_eq!(
        bob["verdict"],
        "bob@contoso.example is on both lists; nothing will change."
    );
    // Nobody can tell whose entry this is, so that it belongs to no list more than to another.
    std::fs::write(
        desk.folder.path().join("hr/staff.csv"),
        "email,displayName,team\nada@contoso.example,Ada,sales.csv\nbob@contoso.example,Bob,support.csv\n\
         jon.smith@,Jon,sales.csv\n",
    )
    .unwrap();
    let jon = desk
        .get(&of("by-team", "address=jon.smith@"))
        .await
        .is(200)
        .json();
    assert_eq!(jon["lookedAt"], 2);
    assert_eq!(jon["lists"].as_array().unwrap().len(), 1);
    let verdict = jon["verdict"].as_str().unwrap();
    assert!(
        verdict.contains(" is left alone on hr:staff.csv: "),
        "{verdict}"
    );
}
