//! What a kind of connection declares about itself, so that its settings can be judged without knowing it.

/// One kind of connection. The kinds come in as data; this room knows none of them.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionKind {
    /// Its name, as the file's `type` says it (`entra-id`).
    pub name: &'static str,
    /// The JSON Schema of its settings without `type`: an object that refuses unknown keys.
    pub schema: fn() -> schemars::Schema,
    /// What is wrong with settings (without `type`): the place inside them (`tenantId`, `files[0].name`, or nothing for
    /// the settings as a whole) and the message. Lines after the first say what to do next.
    pub check: fn(&serde_json::Value) -> Vec<(String, String)>,
    /// Whether a sync may use it by name without listing it, with empty settings.
    pub implicit: bool,
}
