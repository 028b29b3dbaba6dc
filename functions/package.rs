//! Makes the package that is deployed: `cargo run --example package`.
//!
//! Builds the portable program, lays `target/package/` out, zips it as `target/rollcall.zip`, and looks at both as the
//! Functions host would. `--binary FILE` packs a program of this version that is there already, instead of building one.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

#[path = "package/mod.rs"]
mod package;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use package::{archive, inspect, stage};

/// A target of its own, so that the flag for a static program reaches no build script.
const TARGET: &str = "x86_64-unknown-linux-gnu";

fn main() -> Result<()> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository.join("target"), PathBuf::from);
    let binary = match wanted_binary()? {
        Some(binary) => binary,
        None => build(repository, &target)?,
    };
    let folder = target.join("package");
    stage::stage(repository, &binary, &folder)?;
    let files = stage::files(&folder)?;
    refuse("the staged folder", &inspect::faults(&files))?;

    let zip = archive::zip(&files)?;
    let unpacked = archive::files(&zip)?;
    refuse("the zip", &inspect::faults(&unpacked))?;
    if unpacked != files {
        bail!("the zip does not hold what was staged");
    }
    let path = target.join("rollcall.zip");
    fs::write(&path, &zip)?;
    for file in &files {
        println!("{:>12}  {:o}  {}", file.bytes.len(), file.mode, file.path);
    }
    println!("{}", folder.display());
    println!(
        "{:>12}  {}  sha256 {}",
        zip.len(),
        path.display(),
        digest(&zip)
    );
    Ok(())
}

/// The file after `--binary`.
fn wanted_binary() -> Result<Option<PathBuf>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [] => Ok(None),
        [flag, binary] if flag == "--binary" => Ok(Some(PathBuf::from(binary))),
        _ => bail!("usage: cargo run --example package [-- --binary FILE]"),
    }
}

/// Builds the program that runs on any Linux host: without the sandbox, static.
fn build(repository: &Path, target: &Path) -> Result<PathBuf> {
    let started = Instant::now();
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(repository)
        .args(["build", "--release", "--locked", "--no-default-features"])
        .args(["--bin", "rollcall", "--target", TARGET, "--target-dir"])
        .arg(target)
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .status()
        .context("cargo could not be started")?;
    if !built.success() {
        bail!("the program was not built");
    }
    println!("built in {:.0} s", started.elapsed().as_secs_f64());
    Ok(target.join(TARGET).join("release").join("rollcall"))
}

fn refuse(what: &str, faults: &[String]) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    bail!("{what} cannot be deployed:\n  {}", faults.join("\n  "))
}

fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
