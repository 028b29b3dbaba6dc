//! Each way to spoil a package, with what the inspection says about it.

use serde_json::{Value, json};

use super::staged;
use crate::package::{inspect, stage::File};

/// A change that spoils a package.
type Spoil = fn(&mut Vec<File>);

fn file<'a>(files: &'a mut [File], path: &str) -> &'a mut File {
    files.iter_mut().find(|file| file.path == path).unwrap()
}

fn edit(files: &mut [File], path: &str, change: impl FnOnce(&mut Value)) {
    let file = file(files, path);
    let mut json = serde_json::from_slice(&file.bytes).unwrap();
    change(&mut json);
    file.bytes = json.to_string().into_bytes();
}

fn add(files: &mut Vec<File>, path: &str, text: &str) {
    files.push(File {
        path: path.to_owned(),
        mode: 0o644,
        bytes: text.as_bytes().to_vec(),
    });
}

#[test]
fn each_way_to_spoil_the_program_is_found() {
    let spoils: [(Spoil, &str); 5] = [
        (
            |files| files.retain(|file| file.path != "rollcall"),
            "`rollcall`, which `host.json` starts, is missing",
        ),
        (
            |files| file(files, "rollcall").bytes = b"#!/bin/sh\n".to_vec(),
            "no 64-bit ELF program",
        ),
        (
            |files| file(files, "rollcall").bytes[18] = 183,
            "not for x86-64",
        ),
        (
            |files| file(files, "rollcall").bytes[16] = 1,
            "cannot be executed",
        ),
        (
            |files| file(files, "rollcall").path = "bin/rollcall".to_owned(),
            "is missing",
        ),
    ];
    each_is_found(&spoils);
}

#[test]
fn each_way_to_spoil_the_functions_is_found() {
    const READ: &str = "ApiRead/function.json";
    const WORKER: &str = "SyncWorker/function.json";
    const TIMER: &str = "Scheduler/function.json";
    let spoils: [(Spoil, &str); 24] = [
        (
            |files| file(files, WORKER).path = format!("functions/{WORKER}"),
            "directly below the root",
        ),
        (
            |files| file(files, WORKER).path = "Sync.Worker/function.json".to_owned(),
            "takes no function of this name",
        ),
        (
            |files| file(files, WORKER).path = "host/function.json".to_owned(),
            "takes no function of this name",
        ),
        (
            |files| file(files, WORKER).path = "apiread/function.json".to_owned(),
            "another function has the same name",
        ),
        (|files| file(files, WORKER).bytes.truncate(9), "is no JSON"),
        (
            |files| edit(files, WORKER, |json| json["scriptFile"] = json!("x")),
            "`scriptFile`",
        ),
        (
            |files| edit(files, WORKER, |json| json["bindings"] = json!([])),
            "it has no trigger",
        ),
        (
            |files| {
                edit(files, WORKER, |json| {
                    let trigger = json["bindings"][0].clone();
                    json["bindings"].as_array_mut().unwrap().push(trigger);
                });
            },
            "it has 2 triggers",
        ),
        (
            |files| {
                edit(files, WORKER, |json| {
                    let out = json!({ "type": "http", "direction": "out", "name": "res" });
                    json["bindings"].as_array_mut().unwrap().push(out);
                });
            },
            "bindings beside its trigger",
        ),
        (
            |files| {
                edit(files, WORKER, |json| {
                    json["bindings"][0]["name"] = json!("the-job")
                })
            },
            "cannot be the name of a binding",
        ),
        (
            |files| {
                edit(files, WORKER, |json| {
                    json["bindings"][0]["direction"] = json!("out")
                })
            },
            "must have the direction `in`",
        ),
        (
            |files| {
                edit(files, WORKER, |json| {
                    json["bindings"][0]["queueName"] = json!("Sync_Jobs")
                })
            },
            "the name of a queue",
        ),
        (
            |files| {
                edit(files, WORKER, |json| {
                    json["bindings"][0]["queueName"] = json!("a--b")
                })
            },
            "the name of a queue",
        ),
        (
            |files| {
                edit(files, WORKER, |json| {
                    json["bindings"][0]["connection"] = json!("AccountName=a;AccountKey=b")
                })
            },
            "must be the name of a setting",
        ),
        (
            |files| edit(files, WORKER, |json| json["retry"] = json!({})),
            "`retry` is for timers",
        ),
        (
            |files| {
                edit(files, WORKER, |json| {
                    json["bindings"][0]["type"] = json!("blobTrigger")
                })
            },
            "`blobTrigger` is not known",
        ),
        (
            |files| {
                edit(files, TIMER, |json| {
                    json["bindings"][0]["runOnStartup"] = json!(true)
                })
            },
            "runs at every start",
        ),
        (
            |files| {
                edit(files, TIMER, |json| {
                    json["bindings"][0]["schedule"] = json!("")
                })
            },
            "has no schedule",
        ),
        (
            |files| {
                edit(files, READ, |json| {
                    let out = json!({ "type": "queue", "direction": "out", "name": "q", "queueName": "sync-jobs" });
                    json["bindings"].as_array_mut().unwrap().push(out);
                });
            },
            "one `http` output, no more",
        ),
        (
            |files| {
                edit(files, READ, |json| {
                    json["bindings"][0]["methods"] = json!([])
                })
            },
            "its methods must be named",
        ),
        (
            |files| {
                edit(files, READ, |json| {
                    json["bindings"][0]["methods"] = json!(["get", "post"])
                })
            },
            "takes post at `v1/{*path}` too",
        ),
        (
            |files| {
                edit(files, READ, |json| {
                    json["bindings"][0]["route"] = json!("{*path}")
                })
            },
            "takes what is not ours",
        ),
        (
            |files| {
                edit(files, READ, |json| {
                    json["bindings"][0]["authLevel"] = json!("")
                })
            },
            "`authLevel` must be said",
        ),
        (
            |files| files.retain(|file| !file.path.ends_with("function.json")),
            "there is no function",
        ),
    ];
    each_is_found(&spoils);
}

#[test]
fn each_way_to_spoil_the_rest_is_found() {
    const HOST: &str = "host.json";
    let spoils: [(Spoil, &str); 19] = [
        (
            |files| files.retain(|file| file.path != "rollcall.version"),
            "`rollcall.version` is missing",
        ),
        (
            |files| file(files, "rollcall.version").bytes = b"1.0.0\n2.0.0\n".to_vec(),
            "`rollcall.version` holds no version",
        ),
        (
            |files| file(files, "rollcall.version").bytes = b"\n".to_vec(),
            "`rollcall.version` holds no version",
        ),
        (
            |files| files.retain(|file| file.path != HOST),
            "`host.json` is missing",
        ),
        (
            |files| file(files, HOST).bytes.clear(),
            "`host.json` is no JSON",
        ),
        (
            |files| edit(files, HOST, |json| json["version"] = json!("1.0")),
            "the version `2.0`",
        ),
        (
            |files| edit(files, HOST, |json| json["extensionBundle"] = json!({})),
            "no extension bundle",
        ),
        (
            |files| {
                edit(files, HOST, |json| {
                    json["extensions"]["http"]["routePrefix"] = json!("")
                })
            },
            "the route prefix",
        ),
        (
            |files| {
                edit(files, HOST, |json| {
                    json["customHandler"]["enableProxyingHttpRequest"] = json!(false)
                })
            },
            "enableProxying",
        ),
        (
            |files| {
                edit(files, HOST, |json| {
                    json["extensions"]["queues"]["batchSize"] = json!(33)
                })
            },
            "between 1 and 32",
        ),
        (
            |files| {
                edit(files, HOST, |json| {
                    json["extensions"]["queues"]["maxDequeueCount"] = json!("5")
                })
            },
            "maxDequeueCount",
        ),
        (
            |files| {
                edit(files, HOST, |json| {
                    json["extensions"]["queues"]["messageEncoding"] = json!("none")
                })
            },
            "must be `base64`",
        ),
        (
            |files| {
                edit(files, HOST, |json| {
                    json["customHandler"]["description"] = json!({})
                })
            },
            "names no program",
        ),
        (
            |files| add(files, "local.settings.json", "{}"),
            "is for laptops",
        ),
        (
            |files| add(files, "ApiRead/local.settings.sample.json", "{}"),
            "is for laptops",
        ),
        (
            |files| add(files, "README.md", "x"),
            "`README.md` does not belong",
        ),
        (
            |files| add(files, "ApiRead/.env", "x"),
            "`ApiRead/.env` does not belong",
        ),
        (
            |files| file(files, HOST).mode = 0o777,
            "its mode is 777 and must be 644",
        ),
        (
            |files| {
                edit(files, HOST, |json| {
                    json["x"] = json!("InstrumentationKey=00000000-0000")
                })
            },
            "something like a secret",
        ),
    ];
    each_is_found(&spoils);
}

#[track_caller]
fn each_is_found(spoils: &[(Spoil, &str)]) {
    let (_folder, files) = staged();
    for (spoil, wanted) in spoils {
        let mut spoilt = files.clone();
        spoil(&mut spoilt);
        assert_ne!(spoilt, files, "{wanted}");
        let faults = inspect::faults(&spoilt);
        assert!(
            faults.iter().any(|fault| fault.contains(wanted)),
            "{wanted}: {faults:?}"
        );
    }
}
