use super::*;

#[test]
fn the_definitions_of_either_form_are_found() {
    let long = json!({
        "$schema": "x",
        "connections": { "b": { "type": "csv" }, "a": {} },
        "syncs": [{ "id": "two", "source": "b" }, { "id": "one", "source": "a" }],
    });
    let names: Vec<String> = items(&long, &["two", "one"])
        .iter()
        .map(|item| format!("{} {}", item.shelf, item.name))
        .collect();
    assert_eq!(
        names,
        ["connection a", "connection b", "sync two", "sync one"]
    );
    let short = json!({ "sync": { "source": "entra-id", "target": "messagemedia" } });
    let found = items(&short, &["entra-id-to-messagemedia"]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].value,
        json!({ "id": "entra-id-to-messagemedia", "source": "entra-id", "target": "messagemedia" })
    );
}

#[test]
fn keys_are_compared_one_by_one_and_sorted() {
    let old = json!({ "b": 1, "a": { "x": [1, 2], "y": {} }, "gone": "a\nb" });
    let new = json!({ "b": 1, "a": { "x": [2, 1], "y": { "z": true } }, "new": null });
    let lines: Vec<String> = key_changes(Some(&old), Some(&new))
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "~   a.x: [1,2] => [2,1]",
            "-   a.y: {}",
            "+   a.y.z: true",
            "-   gone: \"a\\nb\"",
            "+   new: null",
        ]
    );
    assert_eq!(key_changes(Some(&old), Some(&old)), []);
}

#[test]
fn a_key_travels_in_the_open_nowhere_but_on_this_machine() {
    for url in [
        "https://app.example",
        "https://app.example/",
        "https://app.example/prefix/api/v1/",
        "http://localhost:7071",
        "http://127.0.0.1:1",
        "http://[::1]:7071/api",
    ] {
        assert!(Remote::new(url, Some("key")).is_ok(), "{url}");
    }
    for url in [
        "",
        "app.example",
        "http://app.example",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "ftp://127.0.0.1",
        "https://app.example?code=SECRET",
        "https://SECRET@app.example",
        "https://x:SECRET@app.example",
    ] {
        let Err(error) = Remote::new(url, Some("key")) else {
            panic!("{url}");
        };
        assert!(error.is_input, "{url}");
        assert!(!error.message.contains("SECRET"), "{error}");
    }
    let Err(error) = Remote::new("https://app.example", Some("SECRET\nx")) else {
        panic!("a key with a line break");
    };
    assert!(!error.message.contains("SECRET"), "{error}");
}
