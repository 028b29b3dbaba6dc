//! Lays the package out: `host.json`, the program, its version, and each function's folder directly below the root.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// One file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Its path within the package, with `/`.
    pub(crate) path: String,
    /// Its permissions, such as `0o755`.
    pub(crate) mode: u32,
    /// What is in it.
    pub(crate) bytes: Vec<u8>,
}

/// How a program is stored.
pub(crate) const PROGRAM: u32 = 0o755;

/// How everything else is stored.
pub(crate) const DATA: u32 = 0o644;

/// The file that says which version the package is: whoever publishes it waits until the app says the same.
pub(crate) const VERSION: &str = "rollcall.version";

/// Puts the package of the checkout at `repository`, with `binary` as its program, into the folder `into`, which is
/// emptied first.
pub(crate) fn stage(repository: &Path, binary: &Path, into: &Path) -> Result<()> {
    if into.exists() {
        fs::remove_dir_all(into).with_context(|| format!("`{}` stays", into.display()))?;
    }
    fs::create_dir_all(into)?;
    let host = repository.join("host.json");
    put(&host, &into.join("host.json"), DATA)?;
    put(binary, &into.join(program_name(&host)?), PROGRAM)?;
    let version = into.join(VERSION);
    fs::write(&version, concat!(env!("CARGO_PKG_VERSION"), "\n"))?;
    fs::set_permissions(&version, fs::Permissions::from_mode(DATA))?;
    for folder in function_folders(&repository.join("functions"))? {
        let name = folder.file_name().context("a folder has a name")?;
        fs::create_dir(into.join(name))?;
        let definition = Path::new(name).join("function.json");
        put(&folder.join("function.json"), &into.join(definition), DATA)?;
    }
    Ok(())
}

/// Every file below `root`, sorted by path.
pub(crate) fn files(root: &Path) -> Result<Vec<File>> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            // Not followed: what a link points to is not in the package.
            let metadata = fs::symlink_metadata(&path)?;
            if metadata.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root)?.to_str().context("a plain name")?;
            found.push(File {
                path: name.to_owned(),
                mode: metadata.permissions().mode() & 0o7777,
                bytes: fs::read(&path)?,
            });
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    Ok(found)
}

/// The name `host.json` gives the program.
fn program_name(host: &Path) -> Result<String> {
    let text = fs::read_to_string(host).with_context(|| format!("`{}`", host.display()))?;
    let host: Value = serde_json::from_str(&text)?;
    let name = host.pointer("/customHandler/description/defaultExecutablePath");
    let name = name.and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() || name.contains(['/', '\\']) {
        bail!("`host.json` names no program that could lie beside it");
    }
    Ok(name.to_owned())
}

/// The folders with a `function.json`, sorted.
fn function_folders(functions: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(functions).with_context(|| format!("`{}`", functions.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let folder = entry?.path();
        if folder.join("function.json").is_file() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

fn put(from: &Path, to: &Path, mode: u32) -> Result<()> {
    fs::copy(from, to).with_context(|| format!("`{}` to `{}`", from.display(), to.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}
