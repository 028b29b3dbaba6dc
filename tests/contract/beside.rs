//! What the product asks for and the slice leaves out, each with its own small check and its place in the published
//! reference. Nothing else beside the slice is allowed.

use serde_json::{Value, json};

use crate::judge::Judge;

/// What may be written of people.
const FIELDS: [&str; 19] = [
    "businessPhones",
    "city",
    "companyName",
    "country",
    "department",
    "displayName",
    "employeeId",
    "employeeType",
    "faxNumber",
    "givenName",
    "jobTitle",
    "mobilePhone",
    "officeLocation",
    "postalCode",
    "preferredLanguage",
    "state",
    "streetAddress",
    "surname",
    "usageLocation",
];

/// The one operation beside the slice: `PATCH /users/{id}`, by object id.
/// <https://learn.microsoft.com/graph/api/user-update>
pub(crate) fn is_change_of_person(method: &str, path: &str) -> bool {
    let id = path.strip_prefix("/users/");
    method == "patch"
        && id.is_some_and(|id| {
            id.len() == 36
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        })
}

/// All that is wrong with a change of a person. The body is judged as the person it describes; the answer is 204 without
/// a body, or an error in the envelope.
pub(crate) fn change_of_person(judge: &Judge, exchange: &Value) -> Vec<String> {
    let request = &exchange["request"];
    let mut faults = Vec::new();
    let body = &request["body"];
    match body.as_object() {
        Some(fields) if !fields.is_empty() => {
            let strange = fields
                .keys()
                .filter(|name| !FIELDS.contains(&name.as_str()));
            faults.extend(strange.map(|name| format!("`{name}` is not to be written")));
        }
        _ => faults.push("a change without a field".to_owned()),
    }
    faults.extend(judge.faults_by_name("microsoft.graph.user", body));
    if body["businessPhones"]
        .as_array()
        .is_some_and(|numbers| numbers.len() > 1)
    {
        faults.push("`businessPhones` takes one number".to_owned());
    }
    if request["url"].as_str().is_some_and(|url| url.contains('?')) {
        faults.push("a change has no query".to_owned());
    }
    let Some(response) = exchange
        .get("response")
        .filter(|response| !response.is_null())
    else {
        return faults;
    };
    let answer = &response["body"];
    match response["status"].as_u64() {
        Some(204) if answer.is_null() => {}
        Some(400 | 401 | 403 | 404 | 409 | 429 | 500 | 503) => {
            faults.extend(judge.faults_by_name("contract.error", answer));
        }
        other => faults.push(format!("a change never answers {other:?} with {answer}")),
    }
    faults
}

/// The exchange without the managers that `$expand=manager` brought along: the slice allows the option and cuts the
/// property, as it cuts all that lead from one object to another. Each manager is judged as a person.
/// <https://learn.microsoft.com/graph/api/user-list-manager>
pub(crate) fn without_managers(judge: &Judge, exchange: &Value) -> Value {
    let mut exchange = exchange.clone();
    let url = exchange["request"]["url"].as_str().unwrap_or_default();
    if !(url.contains("$expand=manager") || url.contains("%24expand=manager")) {
        return exchange;
    }
    let body = &mut exchange["response"]["body"];
    let one = body.get("value").is_none();
    let people = if one {
        vec![body]
    } else {
        body["value"].as_array_mut().into_iter().flatten().collect()
    };
    for person in people {
        let fits = person.get("manager").is_none_or(|manager| {
            judge
                .faults_by_name("contract.directoryObject", manager)
                .is_empty()
        });
        // One that does not fit stays, and is found.
        if let (true, Some(person)) = (fits, person.as_object_mut()) {
            person.remove("manager");
        }
    }
    exchange
}

/// Whether this names a directory extension: the slice knows those in answers by their form, and can list none.
/// <https://learn.microsoft.com/graph/extensibility-overview>
pub(crate) fn is_extension(name: &str) -> bool {
    let rest = name
        .strip_prefix("extension_")
        .and_then(|rest| rest.split_once('_'));
    rest.is_some_and(|(application, name)| {
        application.len() == 32
            && application.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !name.is_empty()
    })
}

#[test]
fn only_a_change_by_object_id_stands_beside_the_slice() {
    use crate::judge::judge;
    let change = |url: &str, body: Value, status: u64, answer: Value| {
        let request = json!({"method": "PATCH", "url": url, "body": body});
        judge()
            .exchange(&json!({"request": request, "response": {"status": status, "body": answer}}))
    };
    let person = "/users/00000000-0000-4000-8001-000000000001";
    let title = json!({"jobTitle": "Chief", "mobilePhone": null, "businessPhones": []});
    assert_eq!(
        change(person, title.clone(), 204, Value::Null),
        Vec::<String>::new()
    );
    for (url, body, status, answer) in [
        (
            "/users/ada@contoso.example",
            title.clone(),
            204,
            Value::Null,
        ),
        (
            "/users/00000000-0000-4000-8001-000000000001?$select=id",
            title.clone(),
            204,
            Value::Null,
        ),
        (person, json!({}), 204, Value::Null),
        (person, json!({"accountEnabled": false}), 204, Value::Null),
        (
            person,
            json!({"userPrincipalName": "x@contoso.example"}),
            204,
            Value::Null,
        ),
        (person, json!({"jobTitle": 7}), 204, Value::Null),
        (person, json!({"businessPhones": null}), 204, Value::Null),
        (
            person,
            json!({"businessPhones": ["1", "2"]}),
            204,
            Value::Null,
        ),
        (person, title.clone(), 200, json!({"id": "x"})),
        (person, title, 403, json!("<html>")),
    ] {
        assert!(
            !change(url, body.clone(), status, answer).is_empty(),
            "{url} {body} {status}"
        );
    }
    let delete = json!({"request": {"method": "DELETE", "url": person}});
    assert!(!judge().exchange(&delete).is_empty());
}
