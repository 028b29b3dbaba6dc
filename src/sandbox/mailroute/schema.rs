//! What `GET /api/v1/` and `GET /api/v1/<resource>/schema/` say.

use serde_json::{Map, Value, json};

use super::Ways;

/// The resources of the stand-in.
pub(super) fn resources() -> Value {
    let resources = ["domain", "email_account", "localpart_alias"];
    let entries = resources.map(|name| {
        let list = format!("/api/v1/{name}/");
        let entry = json!({ "list_endpoint": list, "schema": format!("{list}schema/") });
        (name.to_owned(), entry)
    });
    Value::Object(Map::from_iter(entries))
}

/// The description of one resource; `None` when there is no such resource.
pub(super) fn of(resource: &str, ways: &Ways) -> Option<Value> {
    let (fields, filtering, ordering, patch) = match resource {
        "domain" => (
            fields(
                &[
                    "id:integer",
                    "name:string",
                    "customer:related",
                    "active:boolean",
                ],
                &[
                    "created_at:datetime",
                    "policy:related",
                    "resource_uri:string",
                ],
            ),
            json!({ "customer": 2, "name": 1 }),
            json!(["name", "created_at", "active", "hold_email"]),
            false,
        ),
        "email_account" => {
            let mut open = vec![
                "id:integer",
                "localpart:string",
                "domain:related",
                "create_opt:string",
                "change_pwd:string",
                "priority:integer",
                "use_domain_notifications:boolean",
            ];
            if ways.has_state {
                open.extend(["state:integer", "uuid:string", "forwarding_emails:related"]);
            }
            let id = if ways.looks_up_many {
                json!(["in"])
            } else {
                json!(["exact"])
            };
            let localpart = if ways.looks_up_many {
                json!(1)
            } else {
                json!(["exact"])
            };
            (
                fields(
                    &open,
                    &[
                        "aliases:string",
                        "domain_name:string",
                        "resource_uri:string",
                    ],
                ),
                json!({ "domain": 2, "localpart": localpart, "id": id }),
                json!(["localpart", "priority", "domain", "created_at"]),
                ways.has_state,
            )
        }
        "localpart_alias" => (
            fields(
                &[
                    "id:integer",
                    "localpart:string",
                    "email_account:related",
                    "type:string",
                ],
                &[
                    "domain:related",
                    "created_at:datetime",
                    "resource_uri:string",
                ],
            ),
            json!({ "email_account": ["exact"] }),
            json!(["localpart", "created_at", "updated_at"]),
            true,
        ),
        _ => return None,
    };
    let methods = match patch {
        true => json!(["get", "post", "put", "patch", "delete"]),
        false => json!(["get", "post", "put", "delete"]),
    };
    Some(json!({
        "allowed_detail_http_methods": methods, "allowed_list_http_methods": methods,
        "default_format": "application/json", "default_limit": 20, "fields": fields, "filtering": filtering,
        "ordering": ordering,
    }))
}

fn fields(open: &[&str], read_only: &[&str]) -> Value {
    let entry = |field: &&str, readonly: bool| {
        let (name, kind) = field.split_once(':')?;
        let described = json!({
            "blank": false, "default": "No default provided.", "help_text": "", "nullable": false,
            "readonly": readonly, "type": kind, "unique": name == "id",
        });
        Some((name.to_owned(), described))
    };
    let open = open.iter().filter_map(|field| entry(field, false));
    let read_only = read_only.iter().filter_map(|field| entry(field, true));
    Value::Object(open.chain(read_only).collect())
}
