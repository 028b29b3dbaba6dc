//! Objects as MailRoute shows them.

use serde_json::{Map, Value, json};

use super::{Account, Alias, Domain, Ways};

const CREATED: &str = "Sun, 5 May 2013 07:41:12 -0700";
const UPDATED: &str = "Sun, 5 May 2013 08:01:07 -0700";

/// A domain.
pub(super) fn domain(domain: &Domain) -> Value {
    let id = domain.id;
    json!({
        "absolute_url": format!("/domain/{}/", domain.name), "active": domain.active, "bounce_unlisted": false,
        "created_at": CREATED, "customer": "/api/v1/customer/1300/", "deliveryport": 25, "hold_email": false, "id": id,
        "name": domain.name, "notification_tasks": [format!("/api/v1/notification_domain_task/{id}/")],
        "outbound_enabled": false, "policy": format!("/api/v1/policy_domain/{id}/"),
        "resource_uri": format!("/api/v1/domain/{id}/"), "updated_at": UPDATED, "userlist_complete": false,
    })
}

/// An account.
pub(super) fn account(account: &Account, domain: &str, ways: &Ways) -> Value {
    let id = account.id;
    let aliases: Vec<&str> = account
        .aliases
        .iter()
        .map(|alias| alias.localpart.as_str())
        .collect();
    let mut shown = json!({
        "absolute_url": format!("/user/{}@{domain}/", account.localpart), "aliases": aliases.join(","),
        "change_pwd": null, "contact": null, "create_opt": null, "created_at": CREATED,
        "domain": format!("/api/v1/domain/{}/", account.domain), "domain_name": domain, "id": id,
        "localpart": account.localpart, "notification_tasks": [format!("/api/v1/notification_account_task/{id}/")],
        "policy": format!("/api/v1/policy_user/{id}/"), "priority": 8,
        "resource_uri": format!("/api/v1/email_account/{id}/"), "updated_at": UPDATED,
        "use_domain_notifications": true,
    });
    if ways.has_state {
        let state = if ways.has_news && account.state == 1 {
            17
        } else {
            account.state
        };
        let uri = format!("/api/v1/forwarding_emails/{id}/");
        add(&mut shown, "state", json!(state));
        add(
            &mut shown,
            "uuid",
            json!(format!("00000000-0000-4000-8000-{id:012}")),
        );
        add(
            &mut shown,
            "forwarding_emails",
            json!({ "emails": [], "resource_uri": uri }),
        );
    }
    if let Some(fields) = shown.as_object_mut().filter(|_| !ways.shows_aliases) {
        fields.remove("aliases");
    }
    if ways.has_news {
        add(&mut shown, "mood", json!("sunny"));
        add(&mut shown, "limits", json!({ "daily": [1, 2, null] }));
    }
    shown
}

/// An alias of an account.
pub(super) fn alias(alias: &Alias, account: &Account) -> Value {
    json!({
        "created_at": CREATED, "domain": format!("/api/v1/domain/{}/", account.domain),
        "email_account": format!("/api/v1/email_account/{}/", account.id), "id": alias.id, "localpart": alias.localpart,
        "resource_uri": format!("/api/v1/localpart_alias/{}/", alias.id), "type": "alias", "updated_at": UPDATED,
    })
}

/// The object with everything unknown that was sent repeated in it: the answers to POST and PUT are no proof.
pub(super) fn echoed(mut shown: Value, sent: &Value) -> Value {
    for (name, value) in sent.as_object().into_iter().flatten() {
        if shown.get(name).is_none() {
            add(&mut shown, name, value.clone());
        }
    }
    shown
}

/// Sets one field.
pub(super) fn add(object: &mut Value, name: &str, value: Value) {
    let fields = object.as_object_mut();
    let fields: Option<&mut Map<String, Value>> = fields;
    fields.map(|fields| fields.insert(name.to_owned(), value));
}
