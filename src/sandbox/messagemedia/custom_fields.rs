//! Custom fields: found and made.

use serde_json::{Value, json};

use super::{
    CustomField, MessageMedia,
    checks::custom_field,
    listing::page_of,
    refusals::{api_error, invalid},
    with_dates,
};
use crate::sandbox::platform::{PlatformAnswer, PlatformCall};

impl MessageMedia {
    pub(super) fn find_custom_fields(&self, call: &PlatformCall) -> PlatformAnswer {
        let tag = call.option("mergeTag");
        let label = call.option("label");
        let found = self.custom_fields.iter().filter(|field| {
            tag.is_none_or(|tag| field.merge_tag == tag)
                && label.is_none_or(|label| field.label == label)
        });
        page_of(
            call,
            self.default_page_size,
            &found.collect::<Vec<_>>(),
            field_data,
        )
    }

    pub(super) fn create_custom_field(&mut self, call: &PlatformCall) -> PlatformAnswer {
        if !self.may_create_custom_fields {
            return PlatformAnswer::empty(403);
        }
        let body = match custom_field(call.json()) {
            Ok(body) => body,
            Err(faults) => return invalid(&faults),
        };
        let mut known = self.custom_fields.iter();
        if known.any(|field| field.merge_tag.eq_ignore_ascii_case(&body.merge_tag)) {
            return api_error(409, "A custom field with this merge tag exists.");
        }
        let field = CustomField {
            id: self.next_id(),
            ..body
        };
        let answer = field_data(&field);
        self.custom_fields.push(field);
        PlatformAnswer::json(201, answer)
    }
}

fn field_data(field: &CustomField) -> Value {
    with_dates(json!({
        "id": field.id, "label": field.label, "mergeTag": field.merge_tag, "maxLength": field.max_length,
        "type": field.kind,
    }))
}
