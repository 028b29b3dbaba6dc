//! The package that is made is one the host can run, and each way to spoil it is found.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::package::{
    archive, inspect,
    stage::{self, File},
};

/// A change that spoils a package.
type Spoil = fn(&mut Vec<File>);

/// A static program in its shortest form: a header and one segment.
fn small_program() -> Vec<u8> {
    let mut program = vec![0; 64 + 56];
    program[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    // Position-independent, for x86-64, version 1.
    program[16..24].copy_from_slice(&[3, 0, 62, 0, 1, 0, 0, 0]);
    program[32] = 64;
    // The sizes of the header and of a segment, and one segment, which is loaded.
    program[52..58].copy_from_slice(&[64, 0, 56, 0, 1, 0]);
    program[64..72].copy_from_slice(&[1, 0, 0, 0, 5, 0, 0, 0]);
    program
}

/// The checkout, staged with a small program.
fn staged() -> (TempDir, Vec<File>) {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("some-build");
    fs::write(&program, small_program()).unwrap();
    let package = folder.path().join("package");
    stage::stage(Path::new(env!("CARGO_MANIFEST_DIR")), &program, &package).unwrap();
    let files = stage::files(&package).unwrap();
    (folder, files)
}

fn none() -> Vec<String> {
    Vec::new()
}

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
fn the_checkout_makes_a_package_the_host_can_run() {
    let (_folder, files) = staged();
    assert_eq!(inspect::faults(&files), none());
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let wanted = [
        "ApiRead/function.json",
        "ApiWrite/function.json",
        "Dashboard/function.json",
        "Intake/function.json",
        "Scheduler/function.json",
        "SyncPoison/function.json",
        "SyncWorker/function.json",
        "host.json",
        "rollcall",
    ];
    assert_eq!(paths, wanted);
}

#[test]
fn the_zip_holds_what_was_staged_and_is_always_the_same() {
    let (_folder, files) = staged();
    let zip = archive::zip(&files).unwrap();
    assert_eq!(archive::files(&zip).unwrap(), files);
    assert_eq!(inspect::faults(&archive::files(&zip).unwrap()), none());
    let (_other, again) = staged();
    assert_eq!(archive::zip(&again).unwrap(), zip, "from another folder");
}

#[test]
fn staging_again_leaves_nothing_of_before() {
    let (folder, files) = staged();
    let package = folder.path().join("package");
    fs::create_dir(package.join("Gone")).unwrap();
    fs::write(package.join("Gone/function.json"), "{}").unwrap();
    let program = folder.path().join("some-build");
    stage::stage(Path::new(env!("CARGO_MANIFEST_DIR")), &program, &package).unwrap();
    assert_eq!(stage::files(&package).unwrap(), files);
}

#[test]
fn a_lost_bit_is_found_in_the_folder_and_in_the_zip() {
    let (folder, _) = staged();
    let package = folder.path().join("package");
    fs::set_permissions(package.join("rollcall"), fs::Permissions::from_mode(0o644)).unwrap();
    let files = stage::files(&package).unwrap();
    let zipped = archive::files(&archive::zip(&files).unwrap()).unwrap();
    for files in [files, zipped] {
        assert_eq!(
            inspect::faults(&files),
            ["`rollcall`: its mode is 644 and must be 755"]
        );
    }
}

#[test]
fn a_program_that_needs_a_library_of_the_system_is_refused() {
    let (_folder, mut files) = staged();
    // This very test is linked against the system's C library.
    let dynamic = fs::read(std::env::current_exe().unwrap()).unwrap();
    file(&mut files, "rollcall").bytes = dynamic;
    let faults = inspect::faults(&files);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(
        faults[0].contains("it asks for the loader `/lib"),
        "{faults:?}"
    );
    assert!(faults[1].contains("of the system"), "{faults:?}");
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
    let spoils: [(Spoil, &str); 16] = [
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
