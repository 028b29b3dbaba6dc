use super::*;

/// A run that saw the first of three people opted out; her row is gone since.
async fn without_the_first(desk: &Desk) {
    desk.write("hr/staff.csv", 0..3);
    let rows = "email,displayName,unsubscribed\n\
                user000@contoso.example,=Person 0,yes\n\
                user001@contoso.example,=Person 1,\n\
                user002@contoso.example,=Person 2,\n";
    let file = desk.folder.path().join("lists/everyone.csv");
    std::fs::write(&file, rows).unwrap();
    desk.run("everyone", "first").await;
    std::fs::write(
        &file,
        rows.replace("user000@contoso.example,=Person 0,yes\n", ""),
    )
    .unwrap();
    desk.set("2026-11-21T07:00:00Z");
    desk.run("everyone", "second").await;
}

async fn lift(desk: &Desk, who: &str, by: &str) -> Answer {
    let body = json!({ "who": who, "by": by, "reason": "she asked for it" });
    desk.post("/api/v1/syncs/everyone/opt-outs/lift", body)
        .await
}

async fn opt_outs(desk: &Desk) -> Value {
    desk.get("/api/v1/syncs/everyone/opt-outs")
        .await
        .is(200)
        .json()
}

fn rows(desk: &Desk) -> usize {
    let file = desk.folder.path().join("lists/everyone.csv");
    std::fs::read_to_string(file).unwrap().lines().count() - 1
}

#[tokio::test]
async fn who_opted_out_is_listed_and_lifted_and_added_by_the_next_run() {
    let desk = Desk::furnished().await;
    assert_eq!(opt_outs(&desk).await, json!({ "items": [], "lifts": [] }));
    without_the_first(&desk).await;
    let expected = json!({
        "side": "target", "list": { "connection": "lists", "list": "everyone.csv" },
        "who": { "address": "user000@contoso.example" },
        "since": "2026-11-21T06:00:00Z", "origin": "optedOut",
        "said": "lists:everyone.csv showed them as opted out", "stillShown": false,
    });
    assert_eq!(opt_outs(&desk).await["items"], json!([expected]));
    assert_eq!(rows(&desk), 2);

    desk.set("2026-11-21T08:00:00Z");
    let answer = lift(&desk, "User000@Contoso.example", "grace")
        .await
        .is(200)
        .json();
    let item = &answer["items"][0];
    assert_eq!(
        (&item["before"], &item["stillShown"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(item["lift"]["by"], "grace");
    assert_eq!(item["lift"]["at"], "2026-11-21T08:00:00Z");
    assert_eq!(opt_outs(&desk).await["items"][0]["lifted"], item["lift"]);
    // The same again, by whomever: the first one stands.
    desk.set("2026-11-21T09:00:00Z");
    let again = lift(&desk, "user000@contoso.example", "bob")
        .await
        .is(200)
        .json();
    assert_eq!(again["items"][0]["before"], true);
    assert_eq!(again["items"][0]["lift"], item["lift"]);

    desk.run("everyone", "third").await;
    assert_eq!(rows(&desk), 3);
    let after = opt_outs(&desk).await;
    assert_eq!(after["items"], json!([]));
    assert_eq!(after["lifts"], json!([item["lift"]]));
    let later = lift(&desk, "user000@contoso.example", "bob")
        .await
        .is(200)
        .json();
    assert_eq!(later["items"][0]["before"], true);
}

#[tokio::test]
async fn what_the_platform_says_now_holds_and_the_answer_says_so() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..2);
    let file = desk.folder.path().join("lists/everyone.csv");
    let text = "email,displayName,unsubscribed\nuser000@contoso.example,=Person 0,yes\nuser001@contoso.example,=Person 1,\n";
    std::fs::write(&file, text).unwrap();
    desk.run("everyone", "first").await;
    desk.set("2026-11-21T08:00:00Z");
    let answer = lift(&desk, "user000@contoso.example", "grace")
        .await
        .is(200)
        .json();
    assert_eq!(answer["items"][0]["stillShown"], true);
    desk.set("2026-11-21T09:00:00Z");
    desk.run("everyone", "second").await;
    let item = &opt_outs(&desk).await["items"][0];
    assert_eq!(item["since"], "2026-11-21T09:00:00Z", "said after the lift");
    assert_eq!(item["lifted"], Value::Null);
}

#[tokio::test]
async fn what_cannot_be_lifted_is_told_with_what_can() {
    let desk = Desk::furnished().await;
    let nobody = lift(&desk, "zoe@contoso.example", "grace").await;
    let nobody = nobody.problem(Code::NotFound);
    assert_eq!(nobody["detail"], "nobody is known to have opted out here");
    without_the_first(&desk).await;
    let other = lift(&desk, "zoe@contoso.example", "grace").await;
    let other = other.problem(Code::NotFound);
    assert_eq!(other["help"], "who is: `user000@contoso.example`");
    assert_eq!(opt_outs(&desk).await["lifts"], json!([]));
    for (body, code) in [
        (
            json!({ "who": "a@b.example", "by": "", "reason": "x" }),
            Code::InvalidRequest,
        ),
        (
            json!({ "who": "a@b.example", "by": "grace", "reason": " " }),
            Code::InvalidRequest,
        ),
        (
            json!({ "who": "a@b.example", "by": "grace" }),
            Code::InvalidBody,
        ),
        (
            json!({ "who": "a@b.example", "by": "grace", "reason": "x", "force": true }),
            Code::InvalidBody,
        ),
        (
            json!({ "who": "a@b.example", "by": "grace", "reason": "x", "list": "no such list" }),
            Code::NotFound,
        ),
    ] {
        desk.post("/api/v1/syncs/everyone/opt-outs/lift", body)
            .await
            .problem(code);
    }
    let absent = json!({ "who": "a@b.example", "by": "grace", "reason": "x" });
    desk.post("/api/v1/syncs/absent/opt-outs/lift", absent.clone())
        .await
        .problem(Code::NotFound);
    // Of a sync that routes people it has to be said which list is meant.
    desk.put("/api/v1/syncs/routed", &routed()).await.is(201);
    desk.routed_run("Sales", "r1", Status::Succeeded).await;
    desk.post("/api/v1/syncs/routed/opt-outs/lift", absent)
        .await
        .problem(Code::InvalidRequest);
    desk.get("/api/v1/syncs/routed/opt-outs")
        .await
        .problem(Code::InvalidRequest);
    let sales = desk
        .get("/api/v1/syncs/routed/opt-outs?list=sales")
        .await
        .is(200);
    assert_eq!(sales.json()["items"], json!([]));
}

#[tokio::test]
async fn many_come_page_by_page() {
    let desk = Desk::furnished().await;
    desk.write("hr/staff.csv", 0..6);
    let rows: String = (0..6)
        .map(|number| format!("user{number:03}@contoso.example,=Person {number},yes\n"))
        .collect();
    let file = desk.folder.path().join("lists/everyone.csv");
    std::fs::write(file, format!("email,displayName,unsubscribed\n{rows}")).unwrap();
    desk.run("everyone", "first").await;
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/syncs/everyone/opt-outs?limit=4{after}");
        let page = desk.get(&path).await.is(200).json();
        let items = page["items"].as_array().unwrap().iter();
        names.extend(items.map(|item| item["who"]["address"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..6)
        .map(|number| format!("user{number:03}@contoso.example"))
        .collect();
    assert_eq!(names, expected);
}
