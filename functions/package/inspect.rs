//! What the Functions host would make of a package, and what else must not be in one.

use serde_json::Value;

use super::{
    bindings, program,
    stage::{DATA, File, PROGRAM, VERSION},
};

/// Texts that stand in front of a secret.
const SECRETS: [&str; 7] = [
    "AccountKey=",
    "SharedAccessSignature=",
    "SharedAccessKey=",
    "InstrumentationKey=",
    "whsec_",
    "client_secret",
    "-----BEGIN",
];

/// The most characters of a version; the scripts that publish take no more.
const LONGEST_VERSION: usize = 41;

/// Every fault of a package, in plain words; none when the host can run it.
pub(crate) fn faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let program = match host_faults(files) {
        Ok(program) => Some(program),
        Err(found) => {
            faults.extend(found);
            None
        }
    };
    faults.extend(version_faults(files));
    faults.extend(bindings::faults(files));
    if let Some(program) = &program {
        faults.extend(program_faults(files, program));
    }
    for file in files {
        let is_program = program.as_deref() == Some(file.path.as_str());
        faults.extend(file_faults(file, is_program));
    }
    faults
}

/// The faults of `host.json`, or the name of the program it starts.
fn host_faults(files: &[File]) -> Result<String, Vec<String>> {
    let Some(file) = files.iter().find(|file| file.path == "host.json") else {
        return Err(vec!["`host.json` is missing".to_owned()]);
    };
    let host: Value = serde_json::from_slice(&file.bytes)
        .map_err(|error| vec![format!("`host.json` is no JSON: {error}")])?;
    let at = |pointer: &str| host.pointer(pointer);
    let says = |pointer: &str| at(pointer).and_then(Value::as_str);
    let mut faults = Vec::new();
    if says("/version") != Some("2.0") {
        faults.push("`host.json` must have the version `2.0`".to_owned());
    }
    // The triggers of queues are in the bundle; without it no queue function starts.
    if says("/extensionBundle/id") != Some("Microsoft.Azure.Functions.ExtensionBundle")
        || says("/extensionBundle/version").is_none()
    {
        faults.push("`host.json` names no extension bundle".to_owned());
    }
    // Without a prefix a route of ours could be the envelope path of a queue function.
    if says("/extensions/http/routePrefix").is_some_and(str::is_empty) {
        faults.push("`host.json` must not empty the route prefix".to_owned());
    }
    for mode in ["enableProxyingHttpRequest", "enableForwardingHttpRequest"] {
        if at(&format!("/customHandler/{mode}")) != Some(&Value::Bool(true)) {
            faults.push(format!("`host.json` must have `customHandler.{mode}`"));
        }
    }
    let in_range = |key: &str, least: u64, most: u64| {
        at(&format!("/extensions/queues/{key}")).is_none_or(|value| {
            value
                .as_u64()
                .is_some_and(|value| (least..=most).contains(&value))
        })
    };
    for (key, least, most) in [
        ("batchSize", 1, 32),
        ("newBatchThreshold", 0, 1000),
        ("maxDequeueCount", 1, 1000),
    ] {
        if !in_range(key, least, most) {
            faults.push(format!(
                "`host.json`: `extensions.queues.{key}` must be between {least} and {most}"
            ));
        }
    }
    // rollcall puts its messages on the queue in base64.
    if says("/extensions/queues/messageEncoding").is_some_and(|encoding| encoding != "base64") {
        faults.push("`host.json`: `extensions.queues.messageEncoding` must be `base64`".to_owned());
    }
    let program = says("/customHandler/description/defaultExecutablePath").unwrap_or_default();
    if program.is_empty() {
        faults.push("`host.json` names no program".to_owned());
    }
    if faults.is_empty() {
        Ok(program.to_owned())
    } else {
        Err(faults)
    }
}

/// Publishing takes the version into the name of the package, and compares it with what the app answers.
fn version_faults(files: &[File]) -> Option<String> {
    let Some(file) = files.iter().find(|file| file.path == VERSION) else {
        return Some(format!("`{VERSION}` is missing"));
    };
    let text = String::from_utf8_lossy(&file.bytes);
    let version = text.strip_suffix('\n').unwrap_or(&text);
    let is_one = version.starts_with(|first: char| first.is_ascii_alphanumeric())
        && version.len() <= LONGEST_VERSION
        && version
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".+-".contains(&byte));
    (!is_one).then(|| format!("`{VERSION}` holds no version"))
}

fn program_faults(files: &[File], name: &str) -> Vec<String> {
    let Some(file) = files.iter().find(|file| file.path == name) else {
        return vec![format!("`{name}`, which `host.json` starts, is missing")];
    };
    let mut faults = program::faults(&file.bytes);
    // Premium and dedicated plans do not set the bit themselves.
    if file.mode != PROGRAM {
        faults.push(format!("its mode is {:o} and must be 755", file.mode));
    }
    let named = faults.into_iter().map(|fault| format!("`{name}`: {fault}"));
    named.collect()
}

/// What is wrong with one file, whichever it is.
fn file_faults(file: &File, is_program: bool) -> Vec<String> {
    let path = &file.path;
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with("local.settings") {
        return vec![format!("`{path}` is for laptops and must stay there")];
    }
    if is_program {
        return Vec::new();
    }
    let depth = path.split('/').count();
    if path != "host.json" && path != VERSION && !(name == "function.json" && depth == 2) {
        return vec![format!("`{path}` does not belong into the package")];
    }
    let mut faults = Vec::new();
    if file.mode != DATA {
        faults.push(format!(
            "`{path}`: its mode is {:o} and must be 644",
            file.mode
        ));
    }
    let text = String::from_utf8_lossy(&file.bytes);
    if SECRETS.iter().any(|secret| text.contains(secret)) {
        faults.push(format!("`{path}` holds something like a secret"));
    }
    faults
}
