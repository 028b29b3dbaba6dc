//! Reading a scenario file and saying exactly what is wrong with it.
//!
//! Knows nothing of the running directory.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::Scenario;

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("read scenario `{path}`: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The text is not JSON of the right shape.
    #[error("scenario `{file}`: at `{field}`: {message}")]
    Malformed {
        /// The file, or `-` when the text came from elsewhere.
        file: String,
        /// The field that is wrong.
        field: String,
        /// What is wrong, with line and column.
        message: String,
    },
    /// The shape is right and the content is not.
    #[error("scenario `{file}`: {}", faults.join("\n"))]
    Invalid {
        /// The file, or `-` when the text came from elsewhere.
        file: String,
        /// All that is wrong, each naming the field.
        faults: Vec<String>,
    },
}

impl Scenario {
    /// Reads and checks a scenario file.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|source| ScenarioError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        parse(&text, &path.display().to_string())
    }

    /// Reads and checks a scenario given as JSON text.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        parse(text, "-")
    }

    /// All that is wrong with the content, each fault naming its field; empty when all is well.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut seen: HashMap<String, String> = HashMap::new();
        for (place, id) in self.ids() {
            if !is_uuid(id) {
                faults.push(format!("{place}: id `{id}` is not a UUID"));
            } else if let Some(first) = seen.insert(id.to_ascii_lowercase(), place.clone()) {
                faults.push(format!("{place}: id `{id}` is already used by {first}"));
            }
        }
        let mut names: HashMap<String, usize> = HashMap::new();
        for (index, user) in self.users.iter().enumerate() {
            let name = &user.user_principal_name;
            if name.is_empty() {
                faults.push(format!("users[{index}]: `userPrincipalName` is missing"));
            } else if let Some(first) = names.insert(name.to_ascii_lowercase(), index) {
                faults.push(format!(
                    "users[{index}]: userPrincipalName `{name}` is already used by users[{first}]"
                ));
            }
        }
        for (index, group) in self.groups.iter().enumerate() {
            let ends = [("members", &group.members), ("owners", &group.owners)];
            for (list, id) in ends
                .into_iter()
                .flat_map(|(list, ids)| ids.iter().map(move |id| (list, id)))
            {
                if !seen.contains_key(&id.to_ascii_lowercase()) {
                    faults.push(format!("groups[{index}].{list}: nothing has the id `{id}`"));
                }
            }
        }
        for (name, id) in [("tenantId", &self.tenant_id), ("clientId", &self.client_id)] {
            if !is_uuid(id) {
                faults.push(format!("{name}: `{id}` is not a UUID"));
            }
        }
        if !(self.quota.clock_speed.is_finite() && self.quota.clock_speed > 0.0) {
            faults.push(format!(
                "quota.clockSpeed: `{}` is not above zero",
                self.quota.clock_speed
            ));
        }
        if self.page_size_limit == Some(0) {
            faults.push("pageSizeLimit: `0` would make every listing endless".to_owned());
        }
        faults
    }

    /// Takes out of all groups whatever was in the tenant before and is not any more.
    pub(crate) fn drop_links_to_removed(&mut self, before: &Self) {
        let now: HashSet<String> = self.ids().map(|(_, id)| id.to_ascii_lowercase()).collect();
        let removed: HashSet<String> = before
            .ids()
            .map(|(_, id)| id.to_ascii_lowercase())
            .filter(|id| !now.contains(id))
            .collect();
        if removed.is_empty() {
            return;
        }
        for group in &mut self.groups {
            group
                .members
                .retain(|id| !removed.contains(&id.to_ascii_lowercase()));
            group
                .owners
                .retain(|id| !removed.contains(&id.to_ascii_lowercase()));
        }
    }

    fn ids(&self) -> impl Iterator<Item = (String, &str)> {
        fn placed<'a>(
            list: &'static str,
            ids: impl Iterator<Item = &'a String>,
        ) -> impl Iterator<Item = (String, &'a str)> {
            ids.enumerate()
                .map(move |(index, id)| (format!("{list}[{index}]"), id.as_str()))
        }
        placed("users", self.users.iter().map(|user| &user.id))
            .chain(placed(
                "contacts",
                self.contacts.iter().map(|contact| &contact.id),
            ))
            .chain(placed(
                "devices",
                self.devices.iter().map(|device| &device.id),
            ))
            .chain(placed(
                "servicePrincipals",
                self.service_principals
                    .iter()
                    .map(|principal| &principal.id),
            ))
            .chain(placed("groups", self.groups.iter().map(|group| &group.id)))
    }
}

fn parse(text: &str, file: &str) -> Result<Scenario, ScenarioError> {
    let reader = &mut serde_json::Deserializer::from_str(text);
    let scenario: Scenario =
        serde_path_to_error::deserialize(reader).map_err(|error| ScenarioError::Malformed {
            file: file.to_owned(),
            field: error.path().to_string(),
            message: error.inner().to_string(),
        })?;
    let faults = scenario.faults();
    if faults.is_empty() {
        Ok(scenario)
    } else {
        Err(ScenarioError::Invalid {
            file: file.to_owned(),
            faults,
        })
    }
}

/// Whether this is shaped like an object id: 8-4-4-4-12 hexadecimal digits.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
