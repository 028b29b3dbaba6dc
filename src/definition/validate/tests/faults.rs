//! What people are told, word by word.

use super::{faults, load, one};
use crate::definition::validate::tests::KINDS;

#[test]
fn all_faults_of_a_file_are_listed_at_once() {
    let file = r#"{
  "conections": {},
  "connections": {
    "files": { "type": "cvs", "folder": "lists" },
    "csv": { "folder": 5 },
    "my lists": { "type": "csv", "folder": "lists" }
  },
  "syncs": [
    5,
    {
      "id": "Region Asia",
      "source": "entra-di",
      "target": { "connection": "politemail", "list": "Asia", "nested": "flatten" },
      "direction": "one-wy",
      "direction": "two-way",
      "mode": "add-only",
      "schedule": { "cron": "0 6 ? * *", "timesPerDay": 7, "timeZone": "Europe/Zurch" },
      "filter": {},
      "filters": { "department": [], "city": { "startWith": "B" }, "any": [5, { "a": null }] },
      "mapping": { "mail": "email", "otherMails": "email", "phone": { "field": "mobile", "region": "XX" } },
      "matching": ["adress", "phone", "phone"],
      "limits": { "removals": { "percent": 120 }, "additions": {}, "onlyAbove": -1, "overlimit": "x" },
      "protected": ["", "ceo@"],
      "exclude": ["*"],
      "guests": { "domains": ["@partner.example"], "redirectUrl": "http://x.example" }
    },
    { "source": { "group": "A", "everyone": true }, "target": "mail" }
  ]
}"#;
    insta::assert_snapshot!(faults(file), @r#"
conections: this key is not known; allowed: `$schema`, `sync`, `connections`, `syncs`
did you mean `connections`?
connections.csv.folder: this key is missing
connections.files.type: `cvs` is not a kind of connection; allowed: `entra-id`, `messagemedia`, `politemail`, `csv`
did you mean `csv`?
connections["my lists"]: this is not a name for a connection; allowed: up to 63 letters, digits, `-`, `_` and `.`, a letter or digit first
syncs[0]: found the number `5`; allowed: an object
syncs[1].direction: this key is written twice; allowed: once
syncs[1].direction: `one-wy` is not a direction; allowed: `one-way`, `two-way`, `bidirectional`
did you mean `one-way`?
syncs[1].exclude[0]: `*` fits everyone, so the sync would see nobody
name whom to leave out: `*@partner.example`
syncs[1].filter: this key is not known; allowed: `id`, `source`, `target`, `direction`, `mode`, `firstRun`, `schedule`, `filters`, `mapping`, `matching`, `limits`, `protected`, `exclude`, `removes`, `optOuts`, `unresolved`, `guests`
did you mean `filters`?
syncs[1].filters.any[0]: found the number `5`; allowed: an object of conditions
syncs[1].filters.any[1].a: found `null`, which means nothing here
leave it out instead
syncs[1].filters.city.startWith: this key is not known; allowed: `in`, `not`, `startsWith`, `endsWith`
did you mean `startsWith`?
syncs[1].filters.department: an empty array fits nobody
name at least one value
syncs[1].guests.domains[0]: `@partner.example` is not a mail domain; allowed: `partner.example`
syncs[1].guests.policy: this key is missing; allowed: `report`, `invite`
syncs[1].guests.redirectUrl: `http://x.example` is not a web address that starts with `https://`
syncs[1].id: `Region Asia` is not an id; allowed: up to 63 lower-case letters, digits, `-` and `_`, a letter or digit first
say `region-asia`
syncs[1].limits.additions: an empty limit says nothing; allowed: `count`, `percent`, or both
say `"none"` to switch it off
syncs[1].limits.onlyAbove: found the number `-1`; allowed: a whole number, 0 or more
syncs[1].limits.overlimit: this key is not known; allowed: `additions`, `removals`, `aliasesAdded`, `aliasesRemoved`, `total`, `unresolved`, `onlyAbove`, `overLimit`
did you mean `overLimit`?
syncs[1].limits.removals.percent: found the number `120`; allowed: 0 to 100
syncs[1].mapping.otherMails: the field `email` is already filled from `mail`; allowed: one rule for a field
say `template` to join attributes
syncs[1].mapping.phone.region: only the transform `e164` looks at a region
add it to `transforms`
syncs[1].mapping.phone.region: `XX` is not a country; allowed: a two-letter code like `CH`
syncs[1].matching[0]: `adress` is not a key to match by; allowed: `objectId`, `address`, `phone`, `employeeId`
did you mean `address`?
syncs[1].matching[2]: this key to match by is there already
syncs[1].protected[0]: an empty pattern fits nobody
leave it out
syncs[1].protected[1]: `ceo@` is not an e-mail address: the part after the `@` is not a mail domain, so it fits nobody
syncs[1].schedule: `cron` and `timesPerDay` stand side by side; allowed: one of them
syncs[1].schedule.cron: `?` is not allowed for the day; allowed: `*`, 1 to 31, joined by `,` `-` `/`
`L`, `W`, `#` and `?` are not understood by Azure Functions either; say `*` for `?`
syncs[1].schedule.timeZone: `Europe/Zurch` is not a time zone; allowed: an IANA name like `Europe/Zurich`
did you mean `Europe/Zurich`?
syncs[1].schedule.timesPerDay: found the number `7`; allowed: 1 to 4
say `cron` for more
syncs[1].source: unknown connection `entra-di`; allowed: `csv`, `entra-id`, `files`, `messagemedia`, `my lists`, `politemail`
did you mean `entra-id`?
syncs[1].target.nested: `flatten` is only for what is never written: members of nested groups cannot be removed
say `direct`, or leave it out
syncs[2].id: this key is missing; allowed: a name for commands and the history, like `region-asia`
syncs[2].source: `group`, `everyone` stand side by side; allowed: one of them
syncs[2].source.connection: this key is missing or empty; allowed: the name of a connection
syncs[2].target: unknown connection `mail`; allowed: `csv`, `entra-id`, `files`, `messagemedia`, `my lists`, `politemail`
"#);
}

#[test]
fn what_is_no_json_is_told_by_line_and_column() {
    insta::assert_snapshot!(faults("{\n  \"sync\": {,\n}"), @r#"line 2, column 12: this is not JSON: key must be a string"#);
    insta::assert_snapshot!(faults(" "), @r#"
the file is empty
start with `{"sync": {"source": …, "target": …}}`
"#);
    insta::assert_snapshot!(faults(&"[".repeat(1000)), @r#"line 1, column 128: nested too deeply; allowed: up to 127 levels"#);
    insta::assert_snapshot!(faults(&" ".repeat(1024 * 1024 + 1)), @r#"
the file has 1048577 bytes; allowed: up to 1048576
split it into several files
"#);
    insta::assert_snapshot!(faults("[1]"), @r#"found an array; allowed: an object"#);
    insta::assert_snapshot!(faults("{}"), @r#"there is nothing in this file; allowed: `sync`, or `connections` and `syncs`"#);
    insta::assert_snapshot!(faults("{} {}"), @r#"line 1, column 4: this is not JSON: trailing characters"#);
    assert!(load(&format!("\u{feff}{}", one("")), &KINDS).is_ok());
}

#[test]
fn a_fault_does_not_bring_others_with_it() {
    // The direction is unknown: nothing that depends on it is called a contradiction.
    insta::assert_snapshot!(
        faults(&one(r#""direction": "tow-way", "mode": "add-only", "mapping": {"a": {"field": "b", "owner": "target"}}"#)),
        @r#"
sync.direction: `tow-way` is not a direction; allowed: `one-way`, `two-way`, `bidirectional`
did you mean `two-way`?
"#
    );
    insta::assert_snapshot!(faults(r#"{"sync": {"source": 5, "target": "politemail"}}"#), @r#"sync.source: found the number `5`; allowed: a text or an object"#);
    insta::assert_snapshot!(faults(&one(r#""matching": ["adress"], "filters": {"any": [null]}"#)), @r#"
sync.filters.any[0]: found `null`, which means nothing here
leave it out instead
sync.matching[0]: `adress` is not a key to match by; allowed: `objectId`, `address`, `phone`, `employeeId`
did you mean `address`?
"#);
    insta::assert_snapshot!(
        faults(r#"{"syncs": [1, 2, {"id": 3, "source": "entra-id", "target": "politemail", "protected": [1, "a@b", 2, "c@"]}]}"#),
        @r#"
syncs[0]: found the number `1`; allowed: an object
syncs[1]: found the number `2`; allowed: an object
syncs[2].id: found the number `3`; allowed: a text
syncs[2].protected[0]: found the number `1`; allowed: a text
syncs[2].protected[1]: `a@b` is not an e-mail address: the part after the `@` is not a mail domain, so it fits nobody
syncs[2].protected[2]: found the number `2`; allowed: a text
syncs[2].protected[3]: `c@` is not an e-mail address: the part after the `@` is not a mail domain, so it fits nobody
"#
    );
    insta::assert_snapshot!(faults(r#"{"connections": {"x": 1}, "syncs": [{"id": "a", "source": "x", "target": "politemail"}]}"#), @r#"connections.x: found the number `1`; allowed: an object with `type`"#);
}

#[test]
fn endless_faults_are_not_listed_to_the_last() {
    let file = format!(r#"{{"syncs": [{}]}}"#, vec!["5"; 100_000].join(","));
    let listed = load(&file, &KINDS).unwrap_err();
    assert_eq!(listed.len(), 201);
    let filters = format!(r#""filters": {{"a": [{}]}}"#, vec!["[]"; 1000].join(","));
    insta::assert_snapshot!(faults(&one(&filters)).lines().skip(200).collect::<Vec<_>>().join("\n"), @r#"
there are more faults than can be listed
correct these first, then check the file again
"#);
}

#[test]
fn contradictions_of_the_direction() {
    for (keys, expected) in [
        (
            r#""direction": "two-way", "mode": "add-only""#,
            "sync.mode: a two-way sync cannot be `add-only`",
        ),
        (
            r#""direction": "two-way", "firstRun": "mirror""#,
            "sync.firstRun: the first run of a two-way sync cannot be a `mirror`",
        ),
        (
            r#""optOuts": "leave""#,
            "sync.optOuts: a one-way sync never writes its source",
        ),
        (
            r#""mapping": {"a": {"field": "b", "owner": "target"}}"#,
            "sync.mapping.a.owner: the target owns nothing in a one-way sync",
        ),
    ] {
        assert!(
            faults(&one(keys)).starts_with(expected),
            "{}",
            faults(&one(keys))
        );
    }
    for (source, target, direction, expected) in [
        (
            r#"{"connection": "entra-id", "group": "A", "nested": "flatten"}"#,
            r#"{"connection": "politemail", "list": "A"}"#,
            "two-way",
            "sync.source.nested: `flatten` is only for what is never written",
        ),
        (
            r#"{"connection": "entra-id", "group": "A"}"#,
            r#"{"connection": "politemail", "list": "A", "nested": "flatten"}"#,
            "one-way",
            "sync.target.nested: `flatten` is only for what is never written",
        ),
        (
            r#"{"connection": "entra-id", "groups": ["A", "B"]}"#,
            r#"{"connection": "politemail", "list": "A"}"#,
            "two-way",
            "sync.source: 2 lists are written here; allowed: one",
        ),
        (
            r#"{"connection": "entra-id", "group": "A"}"#,
            r#"{"connection": "politemail", "lists": ["A", "B"]}"#,
            "one-way",
            "sync.target: 2 lists are written here; allowed: one",
        ),
        (
            r#"{"connection": "entra-id", "group": "A", "create": true}"#,
            r#"{"connection": "politemail", "list": "A"}"#,
            "one-way",
            "sync.source.create: the source of a one-way sync is never written",
        ),
        (
            r#"{"connection": "entra-id", "group": "A"}"#,
            r#"{"connection": "politemail", "list": "A", "excludeLists": ["B"]}"#,
            "one-way",
            "sync.target: lists can only be left out where a sync reads",
        ),
        (
            r#"{"connection": "entra-id", "group": "A", "emptyUntil": "soon"}"#,
            r#"{"connection": "politemail", "list": "A"}"#,
            "one-way",
            "sync.source.emptyUntil: `soon` is neither a date nor a time",
        ),
        (
            r#"{"connection": "entra-id", "groups": ["A", "a"]}"#,
            r#"{"connection": "politemail", "list": "A"}"#,
            "one-way",
            "sync.source.groups[1]: `a` is there already",
        ),
        (
            r#"{"connection": "entra-id", "groups": []}"#,
            r#"{"connection": "politemail", "list": "A"}"#,
            "one-way",
            "sync.source.groups: an empty array names no list",
        ),
        (
            r#"{"connection": "entra-id", "group": "A", "excludeGroups": ["a"]}"#,
            r#"{"connection": "politemail", "list": "A"}"#,
            "one-way",
            "sync.source.excludeGroups: `a` is read and left out at once",
        ),
        (
            r#"{"connection": "entra-id", "group": "A", "everyone": false}"#,
            r#"{"connection": "politemail", "list": " "}"#,
            "one-way",
            "sync.source: `group`, `everyone` stand side by side",
        ),
    ] {
        let file = format!(
            r#"{{"sync": {{"source": {source}, "target": {target}, "direction": "{direction}"}}}}"#
        );
        assert!(faults(&file).starts_with(expected), "{}", faults(&file));
    }
    let routed = r#"{"sync": {"source": "entra-id", "target": "messagemedia", "direction": "two-way", "mapping": {"department": "group"}}}"#;
    assert!(
        faults(routed)
            .starts_with("sync.mapping.department: a two-way sync needs one list on the target")
    );
    let owned = r#"{"sync": {"source": "entra-id", "target": "messagemedia", "mapping": {"department": {"field": "group", "owner": "target"}}}}"#;
    assert!(
        faults(owned)
            .contains("sync.mapping.department: the value names a list, which nobody owns")
    );
    for (sync, expected) in [
        (
            r#"{"source": {"connection": "politemail", "list": "News", "subscription": true}, "target": {"connection": "entra-id", "group": "g"}, "direction": "two-way"}"#,
            "sync.source.subscription: people join and leave a subscription list by themselves",
        ),
        (
            r#"{"source": {"connection": "entra-id", "group": "g"}, "target": {"connection": "politemail", "list": "News", "subscription": true}}"#,
            "sync.target.subscription: people join and leave a subscription list by themselves",
        ),
        (
            r#"{"source": {"connection": "entra-id", "group": "g", "under": "ceo@acme.example"}, "target": {"connection": "politemail", "list": "News"}}"#,
            "sync.source.under: `under` is about a connection as a whole",
        ),
        (
            r#"{"source": {"connection": "entra-id", "everyone": true, "include": ["contact"]}, "target": {"connection": "politemail", "list": "News"}}"#,
            "sync.source.include[0]: `contact` is not something to include; allowed: `contacts`, `mail-groups`",
        ),
        (
            r#"{"source": {"connection": "entra-id", "everyone": true, "filters": {"department": "Sales"}}, "target": {"connection": "politemail", "list": "News"}, "filters": {"department": "Sales"}}"#,
            "sync.filters: `filters` stands here and inside `source`",
        ),
        (
            r#"{"source": "entra-id", "target": {"connection": "mailroute", "list": "acme.example"}, "mapping": {"objectType": {"field": "state", "values": {}}}}"#,
            "sync.mapping.objectType.values: an empty object gives no value to anybody",
        ),
        (
            r#"{"source": "entra-id", "target": {"connection": "mailroute", "list": "acme.example"}, "mapping": {"objectType": {"field": "state", "values": {"user": "a", "User": "b"}}}}"#,
            "this value is there already: case makes no difference",
        ),
    ] {
        let file = format!("{{\"sync\": {sync}}}");
        assert!(faults(&file).contains(expected), "{}", faults(&file));
    }
}

/// A file of one-way (`A>B`) or two-way (`A=B`) syncs between lists of one connection.
fn web(syncs: &str) -> String {
    let syncs: Vec<String> = syncs
        .split_whitespace()
        .map(|sync| {
            let (id, ends) = sync.split_once(':').unwrap();
            let (direction, sign) = if ends.contains('=') { ("two-way", '=') } else { ("one-way", '>') };
            let (from, to) = ends.split_once(sign).unwrap();
            let from: Vec<&str> = from.split('+').collect();
            format!(
                r#"{{"id": "{id}", "direction": "{direction}", "source": {{"connection": "politemail", "lists": {from:?}}}, "target": {{"connection": "politemail", "list": "{to}"}}}}"#
            )
        })
        .collect();
    format!(r#"{{"syncs": [{}]}}"#, syncs.join(","))
}

#[test]
fn syncs_must_not_work_against_each_other() {
    for fine in [
        "x:A>B",
        "x:A=B",
        "x:A>B y:B>C z:A>D",
        "x:A=B y:B=C z:C=D",
        "x:A+B>C y:C>D",
        "x:A=B y:A>C z:B>D",
        "x:A>B y:C=B",
    ] {
        assert!(
            load(&web(fine), &KINDS).is_ok(),
            "{fine}: {}",
            faults(&web(fine))
        );
    }
    insta::assert_snapshot!(faults(&web("x:A>b x:c>d")), @r#"syncs[1].id: the id `x` is taken by `syncs[0]`"#);
    insta::assert_snapshot!(faults(&web("x:A>a")), @r#"syncs[0]: `a` is source and target at once"#);
    insta::assert_snapshot!(faults(&web("x:A+B>b")), @r#"syncs[0]: `b` is source and target at once"#);
    insta::assert_snapshot!(faults(&web("x:A>C y:B>c")), @r#"
syncs[1].target: `x` mirrors onto the same list: each would undo what the other did
read both sources in one sync, or say `"mode": "add-only"`
"#);
    insta::assert_snapshot!(faults(&web("x:A>B y:B>C z:C>a w:C>D")), @r#"
syncs[0]: these syncs feed each other in a circle: `x`, `y`, `z`
remove one of them, or join two into one two-way sync
"#);
    insta::assert_snapshot!(faults(&web("x:A=B y:B=C z:C=A")), @r#"
syncs[0]: these syncs feed each other in a circle: `x`, `y`, `z`
remove one of them, or join two into one two-way sync
"#);
    insta::assert_snapshot!(faults(&web("x:A=B y:A>B")), @r#"
syncs[1]: these syncs feed each other in a circle: `y`, `x`
remove one of them, or join two into one two-way sync
"#);
    insta::assert_snapshot!(faults(&web("x:A>B y:B>A")), @r#"
syncs[0]: these syncs feed each other in a circle: `x`, `y`
remove one of them, or join two into one two-way sync
"#);
    insta::assert_snapshot!(faults(&web("p:A=B q:C+B>D r:D>A")), @r#"
syncs[0]: these syncs feed each other in a circle: `p`, `q`, `r`
remove one of them, or join two into one two-way sync
"#);
}

#[test]
fn connections_must_be_known() {
    let used = |connections: &str, source: &str| {
        faults(&format!(
            r#"{{"connections": {connections}, "syncs": [{{"id": "x", "source": "{source}", "target": "politemail"}}]}}"#
        ))
    };
    insta::assert_snapshot!(used("{}", "entra-ad"), @r#"
syncs[0].source: unknown connection `entra-ad`; allowed: `entra-id`, `messagemedia`, `politemail`
did you mean `entra-id`?
"#);
    insta::assert_snapshot!(
        faults(r#"{"sync": {"source": "entra-id", "target": {"connection": "polite-mail"}}}"#),
        @r#"
sync.target.connection: unknown connection `polite-mail`; allowed: `entra-id`, `messagemedia`, `politemail`
did you mean `politemail`?
"#
    );
    insta::assert_snapshot!(used("{}", "csv"), @r#"
syncs[0].source: `csv` needs settings before it can be used; allowed without: `entra-id`, `messagemedia`, `politemail`
add it to `connections`
"#);
    insta::assert_snapshot!(used(r#"{"lists": {"folder": "x"}}"#, "lists"), @r#"connections.lists.type: this key is missing; allowed: `entra-id`, `messagemedia`, `politemail`, `csv`"#);
    insta::assert_snapshot!(used(r#"{"entra-id": {"tenant": "x"}}"#, "entra-id"), @r#"connections.entra-id.tenant: this key is not known"#);
    insta::assert_snapshot!(faults(r#"{"sync": {"source": "entra-id", "target": "politemail"}, "connections": {}}"#), @r#"
sync: `sync` cannot stand beside `connections` or `syncs`
move it into `syncs` and give it an `id`
"#);
}
