//! The package that is made is one the host can run, and each way to spoil it is found.

mod spoils;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use tempfile::TempDir;

use crate::package::{
    archive, inspect,
    stage::{self, File},
};

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
        "rollcall.version",
    ];
    assert_eq!(paths, wanted);
    let version = files.last().unwrap();
    let wanted = concat!(env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(version.bytes, wanted.as_bytes());
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
    let program = files.iter_mut().find(|file| file.path == "rollcall");
    program.unwrap().bytes = dynamic;
    let faults = inspect::faults(&files);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(
        faults[0].contains("it asks for the loader `/lib"),
        "{faults:?}"
    );
    assert!(faults[1].contains("of the system"), "{faults:?}");
}
