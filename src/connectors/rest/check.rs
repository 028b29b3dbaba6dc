//! Reads the settings: paths and templates once, and every fault with its place.
//!
//! It must not make a request.

mod calls;
mod together;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::{
    description::{Description, Listing, Lists, MemberPaths, Pages},
    path::JsonPath,
    settings::{AfterLost, Auth, Counted, Key, OptedOut, Paging, PathEquals, Paths, Settings},
    template::{Slot, Target},
};
use crate::{connectors::web::base_address, model::phone::PhoneNumber};

/// The place of a fault in the settings, and what is wrong there.
type Fault = (String, String);

/// Everything that is wrong with raw settings: the path within them (`add.body.email`), and what is wrong there.
pub fn check(settings: &Value) -> Vec<Fault> {
    match Settings::read(settings) {
        Ok(settings) => describe(&settings).err().unwrap_or_default(),
        Err(fault) => vec![fault],
    }
}

/// Reads the settings; all faults otherwise.
pub(super) fn describe(settings: &Settings) -> Result<Description, Vec<Fault>> {
    let mut faults = Faults(Vec::new());
    let description = faults.description(settings);
    match description {
        Some(description) if faults.0.is_empty() => Ok(description),
        _ => Err(faults.0),
    }
}

/// The faults found so far.
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, at: &str, message: impl Into<String>) {
        self.0.push((at.to_owned(), message.into()));
    }

    /// The value, unless it is a fault.
    fn keep<T>(&mut self, at: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|why| self.add(at, why)).ok()
    }

    fn path(&mut self, at: &str, text: &str) -> Option<JsonPath> {
        self.keep(at, JsonPath::parse(text))
    }

    fn some_path(&mut self, at: &str, text: Option<&String>) -> Option<JsonPath> {
        text.and_then(|text| self.path(at, text))
    }

    fn variable(&mut self, at: &str, name: &str) {
        if name.trim().is_empty() {
            self.add(at, "name the environment variable that holds it");
        }
    }

    fn description(&mut self, settings: &Settings) -> Option<Description> {
        let base = self.keep("url", base_address(&settings.url));
        self.auth(&settings.auth);
        let headers = self.headers(settings);
        let lists = settings.lists.as_ref().and_then(|lists| {
            let listing = self.listing("lists", &lists.path, &lists.items, &[]);
            let id = self.path("lists.id", &lists.id);
            let name = self.path("lists.name", &lists.name);
            Some(Lists {
                listing: listing?,
                id: id?,
                name: name?,
            })
        });
        let (path, items) = (&settings.members.path, &settings.members.items);
        let members = self.listing("members", path, items, &[Slot::List, Slot::Name]);
        if let Some(members) = &members
            && !members.target.slots().any(|slot| *slot == Slot::List)
        {
            self.add(
                "members.path",
                "does not say which list; write `{list}` where its id goes",
            );
        }
        let total = self.some_path("members.total", settings.members.total.as_ref());
        let member = self.member(settings);
        let paging = self.paging(settings.paging.as_ref());
        let [add, remove, update, create] = [
            ("add", &settings.add),
            ("remove", &settings.remove),
            ("update", &settings.update),
            ("create", &settings.create),
        ]
        .map(|(name, call)| {
            call.as_ref()
                .and_then(|call| self.operation(name, call, settings))
        });
        self.together(settings);
        if let Some(update) = &update
            && update.fields().is_empty()
        {
            self.add(
                "update",
                "changes no field; write `{field:NAME}` in its body",
            );
        }
        let created = settings
            .create
            .as_ref()
            .and_then(|create| create.id.as_ref());
        let created_id = self.some_path("create.id", created);
        let error_message = self.some_path("errors.message", settings.errors.message.as_ref());
        let error_code = self.some_path("errors.code", settings.errors.code.as_ref());
        if !(1..=3600).contains(&settings.max_wait_seconds) {
            let message = format!("`{}` is not 1 to 3600", settings.max_wait_seconds);
            self.add("maxWaitSeconds", message);
        }
        Some(Description {
            base: base?,
            headers,
            lists,
            members: members?,
            total,
            member,
            paging: paging?,
            add,
            remove,
            update,
            create,
            created_id,
            error_message,
            error_code,
            adds_by: settings.adds_by,
            key_field: settings.key_field.clone(),
            read_only: settings.read_only,
            repeats_lost: settings.retry_after_lost == AfterLost::Repeat,
        })
    }

    fn auth(&mut self, auth: &Auth) {
        match auth {
            Auth::Basic(basic) => {
                self.variable("auth.basic.userVariable", &basic.user_variable);
                self.variable("auth.basic.passwordVariable", &basic.password_variable);
            }
            Auth::Bearer(bearer) => {
                self.variable("auth.bearer.tokenVariable", &bearer.token_variable);
            }
            Auth::Header(header) => {
                if HeaderName::from_bytes(header.name.as_bytes()).is_err() {
                    let message = format!("`{}` is not the name of a header", header.name);
                    self.add("auth.header.name", message);
                }
                self.variable("auth.header.valueVariable", &header.value_variable);
            }
            Auth::Oauth(oauth) => {
                self.keep("auth.oauth.tokenUrl", base_address(&oauth.token_url));
                self.variable("auth.oauth.clientIdVariable", &oauth.client_id_variable);
                self.variable(
                    "auth.oauth.clientSecretVariable",
                    &oauth.client_secret_variable,
                );
            }
        }
    }

    fn headers(&mut self, settings: &Settings) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            let at = format!("headers.{name}");
            let lower = name.to_ascii_lowercase();
            if ["authorization", "cookie", "token", "secret", "key"]
                .iter()
                .any(|word| lower.contains(word))
            {
                let message = "credentials do not belong in a file; name a variable in `auth`";
                self.add(&at, message);
                continue;
            }
            let parsed = HeaderName::from_bytes(name.as_bytes()).ok();
            match parsed.zip(HeaderValue::from_str(value).ok()) {
                Some((name, value)) => drop(headers.insert(name, value)),
                None => self.add(&at, "cannot be sent as a header"),
            }
        }
        headers
    }

    fn listing(&mut self, at: &str, path: &str, items: &str, allowed: &[Slot]) -> Option<Listing> {
        let place = format!("{at}.path");
        let target = self.keep(&place, Target::parse(path));
        for slot in target.iter().flat_map(Target::slots) {
            if !allowed.contains(slot) {
                self.add(&place, format!("`{}` has no meaning here", slot.written()));
            }
        }
        let items = self.path(&format!("{at}.items"), items);
        Some(Listing {
            target: target?,
            items: items?,
        })
    }

    fn member(&mut self, settings: &Settings) -> MemberPaths {
        let at = &settings.member;
        let mut several = |name: &str, paths: &Paths| -> Vec<JsonPath> {
            let paths = paths.each(&format!("member.{name}")).into_iter();
            paths
                .filter_map(|(place, path)| self.path(&place, path))
                .collect()
        };
        let addresses = several("addresses", &at.addresses);
        let phones = several("phones", &at.phones);
        let opted_out = match &at.opted_out {
            None => None,
            Some(OptedOut::Path(path)) => {
                self.path("member.optedOut", path).map(|path| (path, None))
            }
            Some(OptedOut::Equals(PathEquals { path, equals })) => {
                if equals.is_empty() {
                    self.add("member.optedOut.equals", "names no value");
                }
                let path = self.path("member.optedOut.path", path);
                path.map(|path| (path, Some(equals.clone())))
            }
        };
        let mut attributes = Vec::new();
        for (name, path) in &at.attributes {
            if let Some(path) = self.path(&format!("member.attributes.{name}"), path) {
                attributes.push((name.clone(), path));
            }
        }
        let (key, found, name) = match settings.adds_by {
            Key::Address => ("addresses", addresses.is_empty(), "address"),
            Key::Phone => ("phones", phones.is_empty(), "phone"),
        };
        let is_faulty = self.0.iter().any(|(place, _)| place.starts_with("member."));
        if found && !is_faulty {
            let message = format!("is missing: members are told apart by their {name}");
            self.add(&format!("member.{key}"), message);
        }
        if let Some(region) = &settings.phone_region
            && !is_region(region)
        {
            self.add("phoneRegion", "expected a two-letter country, such as `CH`");
        }
        MemberPaths {
            id: self.some_path("member.id", at.id.as_ref()),
            addresses,
            phones,
            employee_id: self.some_path("member.employeeId", at.employee_id.as_ref()),
            directory_id: self.some_path("member.directoryId", at.directory_id.as_ref()),
            opted_out,
            attributes,
            region: settings.phone_region.clone(),
        }
    }

    fn paging(&mut self, paging: Option<&Paging>) -> Option<Pages> {
        Some(match paging {
            None => Pages::One,
            Some(Paging::Link(link)) => match &link.next {
                None => Pages::LinkInHeader,
                Some(next) => Pages::LinkInBody(self.path("paging.link.next", next)?),
            },
            Some(Paging::Token(token)) => {
                self.parameter("paging.token.parameter", &token.parameter);
                Pages::Token {
                    next: self.path("paging.token.next", &token.next)?,
                    parameter: token.parameter.clone(),
                }
            }
            Some(Paging::Offset(counted)) => self.counted("paging.offset", counted, false),
            Some(Paging::Page(counted)) => self.counted("paging.page", counted, true),
        })
    }

    fn counted(&mut self, at: &str, counted: &Counted, by_page: bool) -> Pages {
        self.parameter(&format!("{at}.parameter"), &counted.parameter);
        if counted.size == Some(0) {
            self.add(&format!("{at}.size"), "`0` members make no page");
        }
        let size = match (&counted.size_parameter, counted.size) {
            (Some(parameter), Some(size)) => {
                self.parameter(&format!("{at}.sizeParameter"), parameter);
                Some((parameter.clone(), size.to_string()))
            }
            (None, None) => None,
            (Some(_), None) => {
                self.add(
                    &format!("{at}.size"),
                    "is missing: `sizeParameter` needs it",
                );
                None
            }
            (None, Some(_)) => {
                self.add(
                    &format!("{at}.sizeParameter"),
                    "is missing: `size` needs it",
                );
                None
            }
        };
        let first = counted.first.unwrap_or(u32::from(by_page));
        Pages::Counted {
            parameter: counted.parameter.clone(),
            size,
            first: usize::try_from(first).unwrap_or_default(),
            by_page,
            total: self.some_path(&format!("{at}.total"), counted.total.as_ref()),
        }
    }

    fn parameter(&mut self, at: &str, name: &str) {
        if name.trim().is_empty() || name.contains(['&', '=', '?', '#']) {
            self.add(at, format!("`{name}` is not the name of a parameter"));
        }
    }
}

/// Asks the parser itself: what it does not know would make a fault of every number.
fn is_region(region: &str) -> bool {
    let unknown = PhoneNumber::parse("0", Some("?")).err();
    PhoneNumber::parse("0", Some(region)).err() != unknown
}
