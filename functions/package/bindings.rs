//! The functions of a package as the host finds them: immediate children of the root, one trigger each.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stage::File;

/// The longest name of a function or binding.
const LONGEST_NAME: usize = 128;

/// What every binding type here says about itself.
const TRIGGERS: [&str; 3] = ["httpTrigger", "queueTrigger", "timerTrigger"];

/// What a client may do at a route, by method and route in lower case: which function does it.
type Routes = BTreeMap<(String, String), String>;

/// The faults of all functions.
pub(crate) fn faults(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut routes = Routes::new();
    for file in files {
        let parts: Vec<&str> = file.path.split('/').collect();
        match parts.as_slice() {
            [name, "function.json"] => {
                let lower = name.to_lowercase();
                let mut found = function_faults(name, file, &mut routes);
                if names.contains(&lower) {
                    found.push("another function has the same name".to_owned());
                }
                names.push(lower);
                faults.extend(found.into_iter().map(|fault| format!("`{name}`: {fault}")));
            }
            [.., "function.json"] => faults.push(format!(
                "`{}` is not found by the host: a function is a folder directly below the root",
                file.path
            )),
            _ => {}
        }
    }
    if names.is_empty() {
        faults.push("there is no function, so the host would not start the program".to_owned());
    }
    faults
}

fn function_faults(name: &str, file: &File, routes: &mut Routes) -> Vec<String> {
    let function: Value = match serde_json::from_slice(&file.bytes) {
        Ok(function) => function,
        Err(error) => return vec![format!("`function.json` is no JSON: {error}")],
    };
    let mut faults = Vec::new();
    if !is_name(name, "_-") || name.eq_ignore_ascii_case("host") {
        faults.push("the host takes no function of this name".to_owned());
    }
    if function.get("scriptFile").is_some() {
        faults.push("`scriptFile` makes the host look for a script".to_owned());
    }
    let none = Vec::new();
    let bindings = function.get("bindings").and_then(Value::as_array);
    let bindings = bindings.unwrap_or(&none);
    for binding in bindings {
        faults.extend(binding_faults(binding));
    }
    let triggers: Vec<&Value> = bindings
        .iter()
        .filter(|binding| text(binding, "type").to_lowercase().ends_with("trigger"))
        .collect();
    match triggers.as_slice() {
        [trigger] => match text(trigger, "type") {
            "httpTrigger" => faults.extend(http_faults(name, bindings, trigger, routes)),
            // Outputs are rewritten on the way (dates, base64), so rollcall sends its messages itself.
            _ if bindings.len() > 1 => faults.push("it has bindings beside its trigger".to_owned()),
            _ => {}
        },
        [] => faults.push("it has no trigger".to_owned()),
        more => faults.push(format!("it has {} triggers", more.len())),
    }
    let is_timer = triggers
        .iter()
        .any(|trigger| text(trigger, "type") == "timerTrigger");
    if function.get("retry").is_some() && !is_timer {
        faults.push("`retry` is for timers".to_owned());
    }
    faults
}

fn binding_faults(binding: &Value) -> Vec<String> {
    let (kind, name) = (text(binding, "type"), text(binding, "name"));
    let mut faults = Vec::new();
    if !is_name(name, "") {
        faults.push(format!("`{name}` cannot be the name of a binding"));
    }
    let is_trigger = TRIGGERS.contains(&kind);
    if !is_trigger && kind != "http" {
        faults.push(format!("the binding type `{kind}` is not known here"));
    }
    let wanted = if is_trigger { "in" } else { "out" };
    if text(binding, "direction") != wanted {
        faults.push(format!(
            "the binding `{name}` must have the direction `{wanted}`"
        ));
    }
    if kind == "queueTrigger" {
        let queue = text(binding, "queueName");
        if !is_queue_name(queue) && !is_setting(queue) {
            faults.push(format!("`{queue}` cannot be the name of a queue"));
        }
        let connection = text(binding, "connection");
        if connection.is_empty() || connection.contains(['=', ';', '/']) {
            faults.push("`connection` must be the name of a setting".to_owned());
        }
    }
    if kind == "timerTrigger" {
        if text(binding, "schedule").is_empty() {
            faults.push("the timer has no schedule".to_owned());
        }
        // It would run whenever the app gets another instance.
        if binding.get("runOnStartup") == Some(&Value::Bool(true)) {
            faults.push("the timer runs at every start".to_owned());
        }
    }
    faults
}

fn http_faults(
    name: &str,
    bindings: &[Value],
    trigger: &Value,
    routes: &mut Routes,
) -> Vec<String> {
    let mut faults = Vec::new();
    let answers = bindings
        .iter()
        .filter(|other| text(other, "type") == "http");
    if bindings.len() != 2 || answers.count() != 1 {
        // Any other binding switches forwarding and proxying off, without a word.
        faults.push("an HTTP function has its trigger and one `http` output, no more".to_owned());
    }
    if !["anonymous", "function", "admin"].contains(&text(trigger, "authLevel")) {
        faults.push("`authLevel` must be said".to_owned());
    }
    let route = match text(trigger, "route") {
        "" => name.to_lowercase(),
        route => route.to_lowercase(),
    };
    let first = route.split('/').next().unwrap_or_default();
    if ["admin", "runtime"].contains(&first) || first.starts_with('{') {
        faults.push(format!("the route `{route}` takes what is not ours"));
    }
    let methods = trigger.get("methods").and_then(Value::as_array);
    let methods: Vec<String> = methods
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_lowercase)
        .collect();
    if methods.is_empty() {
        faults.push("its methods must be named, or it takes all of them".to_owned());
    }
    for method in methods {
        if let Some(other) = routes.insert((method.clone(), route.clone()), name.to_owned()) {
            faults.push(format!("`{other}` takes {method} at `{route}` too"));
        }
    }
    faults
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A letter, then letters, digits and what else is allowed.
fn is_name(name: &str, also: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || also.contains(letter))
        && name.len() <= LONGEST_NAME
}

/// 3 to 63 lower-case letters, digits and single hyphens between them.
fn is_queue_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// `%NAME%`, which the host replaces by a setting.
fn is_setting(text: &str) -> bool {
    text.len() > 2 && text.starts_with('%') && text.ends_with('%')
}
