//! `demo`: the stories it tells, and that what it says is kept really is.

use super::{Desk, Ran};

/// The texts of the scenarios, and the table at the end.
fn scenarios(ran: &Ran) -> (Vec<&str>, &str) {
    let (stories, table) = ran.out.split_once("\nscenario ").unwrap();
    let starts: Vec<usize> = (1..)
        .map_while(|number| {
            stories
                .find(&format!("\n{number}. "))
                .or((number == 1).then_some(0))
        })
        .collect();
    let ends = starts.iter().skip(1).copied().chain([stories.len()]);
    let texts = starts
        .iter()
        .zip(ends)
        .map(|(start, end)| &stories[*start..end]);
    (texts.collect(), table)
}

#[track_caller]
fn tells(story: &str, lines: &[&str]) {
    let mut rest = story;
    for line in lines {
        let Some((_, after)) = rest.split_once(line) else {
            panic!("no `{line}` in the rest of:\n{rest}");
        };
        rest = after;
    }
}

/// The statuses of the runs that are kept of a scenario, oldest first.
async fn statuses(desk: &Desk, scenario: &str) -> Vec<String> {
    let (config, state) = (
        format!("play/{scenario}/rollcall.json"),
        format!("play/{scenario}/state"),
    );
    let arguments = ["history", "--json", "-c", &config, "--state", &state];
    let history = desk.run(&arguments).await.exits(0).json();
    let runs = history["runs"].as_array().unwrap().iter().rev();
    runs.map(|run| run["status"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demonstration_tells_four_stories_and_ends_well() {
    let desk = Desk::alone();
    let ran = desk.run(&["demo", "--keep", "play"]).await.exits(0);
    assert_eq!(ran.err, "");
    let (stories, table) = scenarios(&ran);
    let [politemail, syncronym, mailroute, messagemedia] = stories[..] else {
        panic!("{}", ran.out)
    };
    tells(
        politemail,
        &[
            "the tenant of 300 people has no such group yet",
            "+ entra-id:Region Asia will be created",
            "! ahsa.chan@acme.example      not added to entra-id  unresolved",
            "nearest: asha.chan@acme.example",
            "more like these",
            "+ joe.keller@partner.example  to entra-id            is on the other list; first run; guest, will be invited",
            "Plan: 239 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged",
            ": succeeded in ",
            "the list was created",
            "from politemail        left the other list",
            "- jun.lim@acme.example      from entra-id          left the other list",
            "! mei.tanaka@acme.example   stays on politemail    protected",
            "Plan: 4 to add, 0 to update, 2 to remove, 2 withheld, 236 unchanged",
            ": partial in ",
            "the person opted out, or the address is refused (opted-out-or-refused)",
            ": unchanged in ",
            "PoliteMail saw 2 requests and 0 writes, Microsoft Graph saw 3 requests and 0 writes.",
            "HELD (removals): 79 of 241 members of politemail:Region Asia",
            "79 changes wait. If this is meant: rollcall apply region-asia --approve ",
            ": held in ",
        ],
    );
    tells(
        syncronym,
        &[
            "for each of 60 employees (Number|Work mail|First name|Last name|Department|Manager)",
            "+ politemail:All Staff will be created",
            ": succeeded in ",
            "+ entra-id:All Staff will be created",
            ": succeeded in ",
            "+ aiko.mori@acme.example  to politemail    is on the source",
            "- nadia.rao@acme.example  from politemail  is not on the source",
            "+ aiko.mori@acme.example  to entra-id    is on the source",
            "- nadia.rao@acme.example  from entra-id  is not on the source",
            ": unchanged in ",
            ": unchanged in ",
            "PoliteMail saw 4 requests and 0 writes, Microsoft Graph saw 2 requests and 0 writes.",
        ],
    );
    tells(
        mailroute,
        &[
            "aliases: anil.bose@acme.onmicrosoft.example left out, not in the domain acme.example",
            "! old.fax@acme.example        stays on mailroute        nobody is removed there",
            "Ignored: 2 excluded.",
            "Plan: 30 to add, 0 to update, 0 to remove",
            ": succeeded in ",
            "aliases keeps boss@acme.example",
            "~ gita.ho@acme.example    on mailroute              aliases (none) => gita.ho-keller@acme.example",
            ": succeeded in ",
            ": unchanged in ",
            "MailRoute saw 2 requests and 0 writes, Microsoft Graph saw 1 request and 0 writes.",
            "HELD (aliases added): 30 are planned for mailroute:acme.example",
        ],
    );
    tells(
        messagemedia,
        &[
            "\"mobilePhone\": \"phone_number\"",
            "+ messagemedia:Sales will be created",
            "! bao.das@acme.example      not added to messagemedia  mobilePhone: not a phone number",
            "+ messagemedia:Support will be created",
            "! chen.endo@acme.example     not added to messagemedia  opted out",
            "/Sales: succeeded in ",
            "/Support: succeeded in ",
            "- farah.goh@acme.example  from messagemedia          no longer fits the filter: department is \"Support\"",
            "+ farah.goh@acme.example  to messagemedia            is on the source",
            "/Sales: unchanged in ",
            "/Support: unchanged in ",
            "MessageMedia saw 7 requests and 0 writes, Microsoft Graph saw 3 requests and 0 writes.",
        ],
    );
    for row in [
        "politemail       4      241 ",
        "syncronym        6       60 ",
        "mailroute        3       32 ",
        "messagemedia     6       14 ",
    ] {
        let line = table.lines().find(|line| line.starts_with(row));
        assert!(
            line.is_some_and(|line| line.ends_with("  yes")),
            "{row}: {table}"
        );
    }

    // What is kept is what was told, and the reference configuration is the one in the examples.
    for (scenario, told) in [
        (
            "politemail",
            &["succeeded", "partial", "unchanged", "held"][..],
        ),
        (
            "syncronym",
            &[
                "succeeded",
                "succeeded",
                "succeeded",
                "succeeded",
                "unchanged",
                "unchanged",
            ],
        ),
        ("mailroute", &["succeeded", "succeeded", "unchanged"]),
        (
            "messagemedia",
            &[
                "succeeded",
                "succeeded",
                "succeeded",
                "succeeded",
                "unchanged",
                "unchanged",
            ],
        ),
    ] {
        assert_eq!(statuses(&desk, scenario).await, told, "{scenario}");
        let place = format!("play/{scenario}");
        assert!(table.contains(&format!(
            "history -c {place}/rollcall.json --state {place}/state"
        )));
    }
    let reference = std::fs::read(super::example("entra-sync-messagemedia.json")).unwrap();
    assert_eq!(desk.bytes("play/messagemedia/rollcall.json"), reference);
    assert_eq!(desk.text("play/syncronym/hr/staff.csv").lines().count(), 61);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_story_can_be_told_alone_and_grows() {
    let desk = Desk::alone();
    let ran = desk
        .run(&["demo", "--only", "mailroute", "--keep", "play"])
        .await
        .exits(0)
        .says("1. Microsoft 365 to MailRoute");
    assert_eq!(scenarios(&ran).0.len(), 1, "{}", ran.out);
    assert!(desk.path("play/mailroute/rollcall.json").exists());
    assert!(!desk.path("play/politemail").exists());
    let many = ["--members", "2000", "--keep", "many"];
    desk.run(&[&["demo", "--only", "politemail"][..], &many].concat())
        .await
        .exits(0)
        .says("has 2000 members; the tenant of 2500 people has no such group yet")
        .says("Plan: 1999 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged");
    desk.run(&["demo", "--members", "3"]).await.exits(5);
    desk.run(&["demo", "--only", "fax"])
        .await
        .exits(5)
        .complains("possible values: politemail, syncronym, mailroute, messagemedia");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_does_not_go_on_with_an_old_history() {
    let desk = Desk::alone();
    let demo = |only| ["demo", "--only", only, "--keep", "play"];
    desk.run(&demo("syncronym")).await.exits(0);
    let kept = desk.text("play/syncronym/hr/staff.csv");
    desk.run(&demo("syncronym"))
        .await
        .exits(5)
        .complains("`play/syncronym` is there already\nname another folder with `--keep DIR`");
    let whole = desk.run(&["demo", "--keep", "play"]).await.exits(5);
    assert_eq!(
        whole.out, "",
        "nothing is played before something is refused"
    );
    assert_eq!(desk.text("play/syncronym/hr/staff.csv"), kept);
    desk.run(&demo("messagemedia")).await.exits(0);
}
