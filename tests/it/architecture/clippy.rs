//! The lists in clippy.toml really bite: a room with planted offences does not pass, a clean one does.

use std::{env, fs, path::Path, process::Command};

use super::{DENY, root};

/// What a pure room could do without anybody noticing, one offence on each line.
const PLANTED: [&str; 8] = [
    "pub fn order() -> std::collections::HashMap<u8, u8> { Default::default() }",
    "pub fn set() -> usize { std::collections::HashSet::<u8>::new().len() }",
    "pub fn environment() -> bool { std::env::var(\"HOME\").is_ok() }",
    "pub fn clock() -> bool { std::time::SystemTime::now().elapsed().is_ok() }",
    "pub fn stopwatch() -> bool { std::time::Instant::now().elapsed().is_zero() }",
    "pub fn file() -> bool { std::fs::read(\"x\").is_ok() }",
    "pub fn thread() { drop(std::thread::spawn(|| {})) }",
    "pub fn wait() { std::thread::sleep(Default::default()) }",
];

const CLEAN: &str = "pub fn order() -> std::collections::BTreeMap<u8, u8> { Default::default() }";

/// Runs clippy over a crate of one pure room. What it says, or nothing when it is content.
fn clippy_says(folder: &Path, room: &str) -> Option<String> {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    fs::create_dir_all(folder.join("src")).unwrap();
    write(
        "Cargo.toml",
        "[package]\nname = \"planted\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [lints.clippy]\ndisallowed_types = \"allow\"\ndisallowed_methods = \"allow\"\n",
    );
    write("src/lib.rs", "pub mod room;\n");
    write("src/room.rs", room);
    fs::copy(root().join("clippy.toml"), folder.join("clippy.toml")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["clippy", "--offline", "--quiet", "--message-format=short"])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("CLIPPY_CONF_DIR")
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(said)
}

#[test]
fn planted_offences_are_refused_and_a_clean_room_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let room = format!("{DENY}\n{}\n", PLANTED.join("\n"));
    let said = clippy_says(folder.path(), &room).expect("clippy let the offences pass");
    for (place, planted) in PLANTED.iter().enumerate() {
        let line = format!("room.rs:{}:", place + 2);
        let found = said
            .lines()
            .any(|said| said.contains(&line) && said.contains("disallowed"));
        assert!(found, "`{planted}` passed:\n{said}");
    }
    let clean = clippy_says(folder.path(), &format!("{DENY}\n{CLEAN}\n"));
    assert_eq!(clean, None);
    // Outside the pure rooms all of it is allowed.
    assert_eq!(clippy_says(folder.path(), &PLANTED.join("\n")), None);
}
