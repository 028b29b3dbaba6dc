//! What the host reads from a staged package: `host.json`, each `function.json`, and the app settings over them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use serde_json::Value;

use crate::package::stage;

/// A staged package with its app settings.
#[derive(Debug, Clone)]
pub(crate) struct Deployed {
    /// The folder.
    pub(crate) root: PathBuf,
    /// The app settings, which the program gets as its environment.
    pub(crate) settings: BTreeMap<String, String>,
    /// The functions, by name.
    pub(crate) functions: Vec<Function>,
    host: Value,
}

/// One function.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// Its folder's name.
    pub(crate) name: String,
    /// The name of its trigger binding.
    pub(crate) binding: String,
    /// What starts it.
    pub(crate) trigger: Trigger,
    /// How often a failing timer is tried again, and the pause between.
    pub(crate) retry: Option<(u32, Duration)>,
}

/// What starts a function.
#[derive(Debug, Clone)]
pub(crate) enum Trigger {
    /// A message on this queue.
    Queue(String),
    /// The clock.
    Timer {
        /// The cron expression.
        schedule: String,
        /// Whether the host remembers when it last ran.
        monitored: bool,
    },
    /// A request.
    Http {
        /// The route below the prefix.
        route: String,
        /// The methods, in upper case.
        methods: Vec<String>,
        /// Whether everybody may call it.
        anonymous: bool,
    },
}

/// How the host reads queues.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueRules {
    /// How many messages are fetched at once.
    pub(crate) batch: usize,
    /// Messages are fetched when no more than this many are worked on.
    pub(crate) threshold: usize,
    /// How often a message is tried.
    pub(crate) most_deliveries: u32,
    /// How long a failed message is hidden.
    pub(crate) hidden: Duration,
    /// The longest pause between two looks at an empty queue.
    pub(crate) longest_pause: Duration,
}

impl Deployed {
    /// Reads a staged package. A function is a folder directly below the root, and nothing else.
    pub(crate) fn read(root: &Path, settings: BTreeMap<String, String>) -> Self {
        let mut deployed = Self {
            root: root.to_owned(),
            host: json(&root.join("host.json")),
            settings,
            functions: Vec::new(),
        };
        let mut folders: Vec<PathBuf> = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|folder| folder.join("function.json").is_file())
            .collect();
        folders.sort();
        for folder in folders {
            let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
            let function = deployed.function(name, &json(&folder.join("function.json")));
            deployed.functions.push(function);
        }
        deployed
    }

    fn function(&self, name: String, json: &Value) -> Function {
        let bindings = json["bindings"].as_array().unwrap();
        let binding = bindings
            .iter()
            .find(|binding| binding["type"].as_str().unwrap().ends_with("Trigger"))
            .unwrap();
        let text = |key: &str| self.expanded(binding[key].as_str().unwrap_or_default());
        let trigger = match binding["type"].as_str().unwrap() {
            "queueTrigger" => Trigger::Queue(text("queueName").to_lowercase()),
            "timerTrigger" => Trigger::Timer {
                schedule: text("schedule"),
                monitored: binding["useMonitor"] != Value::Bool(false),
            },
            "httpTrigger" => Trigger::Http {
                route: match text("route") {
                    route if route.is_empty() => name.clone(),
                    route => route,
                },
                methods: binding["methods"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|method| method.as_str().unwrap().to_uppercase())
                    .collect(),
                anonymous: binding["authLevel"] == "anonymous",
            },
            other => panic!("`{name}` has the trigger `{other}`"),
        };
        let retry = json.get("retry").map(|retry| {
            assert_eq!(retry["strategy"], "fixedDelay", "`{name}`");
            let tries = retry["maxRetryCount"].as_u64().unwrap();
            let pause = span(retry["delayInterval"].as_str().unwrap()).unwrap();
            (u32::try_from(tries).unwrap(), pause)
        });
        Function {
            binding: text("name"),
            name,
            trigger,
            retry,
        }
    }

    /// `%NAME%` becomes the setting; a setting that is missing keeps the function from being found.
    pub(crate) fn expanded(&self, text: &str) -> String {
        let Some(name) = text
            .strip_prefix('%')
            .and_then(|rest| rest.strip_suffix('%'))
        else {
            return text.to_owned();
        };
        let value = self.settings.get(name);
        value
            .unwrap_or_else(|| panic!("the app setting `{name}` is missing"))
            .clone()
    }

    /// The function with this name.
    pub(crate) fn named(&self, name: &str) -> &Function {
        let found = self.functions.iter().find(|function| function.name == name);
        found.unwrap_or_else(|| panic!("there is no function `{name}`"))
    }

    /// A value of `host.json`, or the app setting that stands over it.
    pub(crate) fn host(&self, path: &[&str]) -> Option<Value> {
        let over = format!("AzureFunctionsJobHost__{}", path.join("__"));
        if let Some(value) = self.settings.get(&over) {
            return Some(Value::String(value.clone()));
        }
        self.host.pointer(&format!("/{}", path.join("/"))).cloned()
    }

    fn span(&self, path: &[&str], default: Duration) -> Duration {
        let value = self.host(path);
        value.map_or(default, |value| span(value.as_str().unwrap()).unwrap())
    }

    /// How long an invocation may take before the program is killed.
    pub(crate) fn function_timeout(&self) -> Duration {
        self.span(&["functionTimeout"], Duration::from_secs(30 * 60))
    }

    /// How long the program may take to open its port.
    pub(crate) fn initialization_timeout(&self) -> Duration {
        let path = ["customHandler", "initializationTimeout"];
        self.span(&path, Duration::from_secs(30))
    }

    /// How the host reads queues.
    pub(crate) fn queues(&self) -> QueueRules {
        let number = |key: &str, default: u64| match self.host(&["extensions", "queues", key]) {
            Some(Value::String(text)) => text.parse().unwrap(),
            Some(value) => value.as_u64().unwrap(),
            None => default,
        };
        let time =
            |key: &str, default: Duration| self.span(&["extensions", "queues", key], default);
        let batch = number("batchSize", 16);
        QueueRules {
            batch: usize::try_from(batch).unwrap(),
            threshold: usize::try_from(number("newBatchThreshold", batch / 2)).unwrap(),
            most_deliveries: u32::try_from(number("maxDequeueCount", 5)).unwrap(),
            hidden: time("visibilityTimeout", Duration::ZERO),
            longest_pause: time("maxPollingInterval", Duration::from_secs(60)),
        }
    }

    /// The program and its arguments, as the host puts them together: by blanks, without quotes.
    pub(crate) fn command(&self) -> (PathBuf, Vec<String>) {
        let path = ["customHandler", "description", "defaultExecutablePath"];
        let name = self.host(&path).unwrap();
        let name = Path::new(name.as_str().unwrap());
        let beside = self.root.join(name);
        let program = if beside.exists() {
            beside
        } else {
            name.to_owned()
        };
        let arguments = self.host(&["customHandler", "description", "arguments"]);
        let arguments = arguments.unwrap_or(Value::Array(Vec::new()));
        let joined: Vec<String> = arguments
            .as_array()
            .unwrap()
            .iter()
            .map(|argument| self.expanded(argument.as_str().unwrap()))
            .collect();
        let split = joined.join(" ");
        (
            program,
            split.split_whitespace().map(str::to_owned).collect(),
        )
    }
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
}

/// `hh:mm:ss` or `d.hh:mm:ss`; `-1` is for ever.
fn span(text: &str) -> Option<Duration> {
    if text == "-1" {
        return Some(Duration::MAX);
    }
    let (days, clock) = match text.split_once('.') {
        Some((days, clock)) if clock.contains(':') => (days.parse::<u64>().ok()?, clock),
        _ => (0, text),
    };
    let parts: Vec<u64> = clock
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let &[hours, minutes, seconds] = parts.as_slice() else {
        return None;
    };
    Some(Duration::from_secs(
        ((days * 24 + hours) * 60 + minutes) * 60 + seconds,
    ))
}

/// The program that is staged, where it is not the one of this build.
pub(crate) static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// The package with the program of this build, staged once for each run of the tests.
pub(crate) fn package() -> &'static Path {
    static PACKAGE: OnceLock<PathBuf> = OnceLock::new();
    PACKAGE.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("package");
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let program = PROGRAM.get_or_init(|| PathBuf::from(env!("CARGO_BIN_EXE_rollcall")));
        stage::stage(repository, program, &folder).unwrap();
        folder
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_the_host_writes_them() {
        for (text, seconds) in [("00:00:30", 30), ("00:10:00", 600), ("1.02:00:01", 93_601)] {
            assert_eq!(span(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(span("-1"), Some(Duration::MAX));
        assert_eq!(span("10"), None);
    }
}
