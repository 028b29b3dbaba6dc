//! The finer points of a sync as they are written: schedule, filters, mapping, limits, guests.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    choices::{GuestPolicy, NoLimit, TransformName},
    forms::{Choice, TextOr},
};
use crate::{model::list::Side, plan::limits::OverLimit};

/// When a sync runs by itself: `cron` or `timesPerDay`. Off unless `enabled` is `true`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Schedule")]
pub(crate) struct RawSchedule {
    /// A cron expression with 5 fields, or 6 with the seconds first (`0 6 * * *`).
    pub(crate) cron: Option<String>,
    /// Evenly spread over the day from midnight, 1 to 4 times.
    #[schemars(range(min = 1, max = 4))]
    pub(crate) times_per_day: Option<u64>,
    /// The IANA time zone (`Europe/Zurich`); `UTC` unless it is said.
    pub(crate) time_zone: Option<String>,
    /// Whether it runs by itself at all.
    pub(crate) enabled: Option<bool>,
}

/// What happens to one attribute on its way to the target.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Rule")]
pub(crate) struct RawRule {
    /// The field of the target.
    #[schemars(required, length(min = 1))]
    pub(crate) field: Option<String>,
    /// What is done to the value, in this order.
    pub(crate) transforms: Option<Vec<Choice<TransformName>>>,
    /// The two-letter country of phone numbers without `+` (for `e164`).
    #[schemars(length(min = 2, max = 2))]
    pub(crate) region: Option<String>,
    /// A text with `{attribute}` slots that replaces the value before the transforms.
    pub(crate) template: Option<String>,
    /// What the value stands for on the target (`{"user": "standard"}`), after the transforms; any other value is
    /// reported and not written.
    pub(crate) values: Option<BTreeMap<String, String>>,
    /// Whose value wins when both sides changed it; `source` unless it is said. Attributes of people in a directory are
    /// written only where this gives them to the other side.
    pub(crate) owner: Option<Choice<Side>>,
}

/// How much may change in one run. Whatever is left out keeps its default.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Limits")]
pub(crate) struct RawLimits {
    /// How many members may be added to one list; no limit unless it is said.
    pub(crate) additions: Option<TextOr<Choice<NoLimit>, RawLimit>>,
    /// How many members may be removed from one list; 10 percent unless it is said.
    pub(crate) removals: Option<TextOr<Choice<NoLimit>, RawLimit>>,
    /// How many aliases may be added to the members of one list; no limit unless it is said.
    pub(crate) aliases_added: Option<TextOr<Choice<NoLimit>, RawLimit>>,
    /// How many aliases members of one list may lose; no limit unless it is said.
    pub(crate) aliases_removed: Option<TextOr<Choice<NoLimit>, RawLimit>>,
    /// How many changes may be made to one list in all; no limit unless it is said.
    pub(crate) total: Option<TextOr<Choice<NoLimit>, RawLimit>>,
    /// How many entries of one list may be unresolved before removals from the other wait; 10 percent unless it is said.
    pub(crate) unresolved: Option<TextOr<Choice<NoLimit>, RawLimit>>,
    /// Percentages hold only for lists with more members than this; 10 unless it is said. What would take away more than
    /// two and more than half of a smaller list is held to them all the same.
    pub(crate) only_above: Option<usize>,
    /// What waits when there are too many removals; `removals-wait` unless it is said.
    pub(crate) over_limit: Option<Choice<OverLimit>>,
}

/// One limit, as a number, as a percentage, or both: the stricter wins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Limit", extend("minProperties" = 1))]
pub(crate) struct RawLimit {
    /// At most this many members.
    pub(crate) count: Option<usize>,
    /// At most this many per hundred members the list has.
    #[schemars(range(max = 100))]
    pub(crate) percent: Option<u64>,
}

/// What happens to external addresses without a directory object.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Guests")]
pub(crate) struct RawGuests {
    /// Whether they are invited.
    #[schemars(required)]
    pub(crate) policy: Option<Choice<GuestPolicy>>,
    /// The domains that may be invited; any unless it is said.
    #[schemars(length(min = 1), inner(length(min = 1)))]
    pub(crate) domains: Option<Vec<String>>,
    /// Where an invited person lands after accepting; `https://myapps.microsoft.com` unless it is said.
    #[schemars(extend("format" = "uri"))]
    pub(crate) redirect_url: Option<String>,
    /// Whether Microsoft sends its invitation mail; it does not unless it is said.
    pub(crate) send_message: Option<bool>,
}

/// The filter language as it is written; [`crate::definition::filter`] says what it means.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Filters(pub(crate) Map<String, Value>);

impl JsonSchema for Filters {
    fn schema_name() -> Cow<'static, str> {
        "Filters".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let test = generator.subschema_for::<FilterTest>();
        let whole = json_schema!({ "$ref": "#/$defs/Filters" });
        let part = json_schema!({ "allOf": [whole, { "minProperties": 1 }] });
        json_schema!({
            "description": "Attribute → test; all of them must hold.",
            "type": "object",
            "properties": {
                "any": { "description": "At least one of these holds.", "type": "array", "items": part, "minItems": 1 },
                "all": { "description": "All of these hold.", "type": "array", "items": part, "minItems": 1 },
                "not": part,
            },
            "additionalProperties": test,
        })
    }
}

/// The test of one attribute, for the schema alone.
struct FilterTest;

impl JsonSchema for FilterTest {
    fn schema_name() -> Cow<'static, str> {
        "FilterTest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let value = json_schema!({ "anyOf": [
            { "type": "string", "pattern": r"\S" }, { "type": "boolean" }, { "type": "integer" },
        ] });
        let values = json_schema!({ "type": "array", "items": value, "minItems": 1 });
        json_schema!({
            "description": "A value, several values, or an object with one of `in`, `not`, `startsWith` and `endsWith`. Without case.",
            "anyOf": [
                value,
                values,
                {
                    "type": "object",
                    "properties": {
                        "in": values.as_value().clone(),
                        "not": { "$ref": "#/$defs/FilterTest" },
                        "startsWith": { "type": "string", "minLength": 1 },
                        "endsWith": { "type": "string", "minLength": 1 },
                    },
                    "additionalProperties": false,
                    "minProperties": 1,
                    "maxProperties": 1,
                },
            ],
        })
    }
}
