//! Noticeboard, a made-up platform of boards that people subscribe to: strict about what it is sent, and able to page
//! in each of the ways that APIs do.

use rollcall::sandbox::{
    Effect,
    platform::{Platform, PlatformAnswer, PlatformCall},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The state of the platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Noticeboard {
    /// The `Authorization` header that is taken; `None` takes the tokens that `/oauth/token` gave out.
    pub(crate) authorization: Option<String>,
    /// The tokens that are good now.
    pub(crate) tokens: Vec<String>,
    /// How long tokens last, in seconds; nothing is said of it otherwise.
    pub(crate) lasts: Option<u64>,
    pub(crate) boards: Vec<Board>,
    pub(crate) page_size: usize,
    pub(crate) paging: Paging,
    /// The number of the next thing that is made.
    pub(crate) next: usize,
    /// Addresses that are taken in bulk without a word and left out.
    pub(crate) ignored: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Board {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) subscribers: Vec<Subscriber>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Subscriber {
    pub(crate) id: String,
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) reference: Option<String>,
    #[serde(default)]
    pub(crate) display_name: Option<String>,
    #[serde(default)]
    pub(crate) team: Option<String>,
    pub(crate) state: String,
}

/// How the next page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Paging {
    /// A link in the body.
    Link,
    /// A link in the `Link` header.
    Header,
    /// A link that is a query alone.
    Query,
    /// A token in the body.
    Token,
    /// `offset` and `limit`.
    Offset,
    /// `page`, from 1.
    Page,
    /// `offset` is ignored.
    Stuck,
}

impl Noticeboard {
    pub(crate) fn new(authorization: &str) -> Self {
        Self {
            authorization: Some(authorization.to_owned()),
            tokens: Vec::new(),
            lasts: None,
            boards: Vec::new(),
            page_size: 5,
            paging: Paging::Link,
            next: 1,
            ignored: Vec::new(),
        }
    }

    /// The same with a board of these subscribers. Ids are in mixed case.
    pub(crate) fn with_board(mut self, title: &str, emails: &[String]) -> Self {
        let mut board = self.board(title);
        for email in emails {
            let number = self.number();
            board.subscribers.push(subscriber(number, email));
        }
        self.boards.push(board);
        self
    }

    pub(crate) fn emails(&self, title: &str) -> Vec<String> {
        let board = self.boards.iter().find(|board| board.title == title);
        let subscribers = board.into_iter().flat_map(|board| &board.subscribers);
        subscribers
            .map(|subscriber| subscriber.email.clone())
            .collect()
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    fn board(&mut self, title: &str) -> Board {
        let number = self.number();
        Board {
            id: format!("Board-{number}"),
            title: title.to_owned(),
            subscribers: Vec::new(),
        }
    }

    fn is_signed_in(&self, call: &PlatformCall) -> bool {
        match (&self.authorization, &call.authorization) {
            (Some(wanted), Some(given)) => wanted == given,
            (None, Some(given)) => {
                let token = given.strip_prefix("Bearer ").unwrap_or_default();
                self.tokens.iter().any(|known| known == token)
            }
            (_, None) => false,
        }
    }

    fn token(&mut self, call: &PlatformCall) -> PlatformAnswer {
        // Credentials come in a form, which is no JSON; or in the header.
        if call.method != "POST" || call.body.is_ok() {
            return PlatformAnswer::json(400, json!({ "error": "invalid_request" }));
        }
        if call.authorization.as_deref() == Some("Basic d3Jvbmc6d3Jvbmc=") {
            return PlatformAnswer::json(401, json!({ "error": "invalid_client" }));
        }
        let token = format!("token-{}", self.number());
        self.tokens.push(token.clone());
        let mut body = json!({ "access_token": token, "token_type": "Bearer" });
        if let (Some(lasts), Some(body)) = (self.lasts, body.as_object_mut()) {
            body.insert("expires_in".to_owned(), json!(lasts));
        }
        PlatformAnswer::json(200, body)
    }

    /// One page of `all`, as `key`.
    fn page(&self, call: &PlatformCall, key: &str, all: &[Value]) -> PlatformAnswer {
        let all = match call.twist {
            Some(Effect::EmptyListing) => &[],
            _ => all,
        };
        let number = |name: &str| {
            call.option(name)
                .and_then(|text| text.parse::<usize>().ok())
        };
        let size = number("limit")
            .unwrap_or(self.page_size)
            .min(self.page_size);
        let start = match self.paging {
            Paging::Link | Paging::Header | Paging::Query | Paging::Token => {
                let cursor = call
                    .option("cursor")
                    .and_then(|text| text.strip_prefix("at-"));
                let start = cursor.map(|text| text.trim_end_matches('~').parse());
                start.and_then(Result::ok).unwrap_or(0)
            }
            Paging::Offset => number("offset").unwrap_or(0),
            Paging::Page => (number("page").unwrap_or(1).max(1) - 1) * size,
            Paging::Stuck => 0,
        };
        let size = match call.twist {
            Some(Effect::EmptyPage) => 0,
            Some(Effect::ShortPage { size } | Effect::TruncatedListing { size }) => size,
            _ => size,
        };
        let end = (start + size).min(all.len());
        let mut items: Vec<Value> = all.get(start..end).unwrap_or_default().to_vec();
        let mut next = (end < all.len()).then_some(end);
        let mut origin = call.origin.clone();
        match &call.twist {
            Some(Effect::TruncatedListing { .. }) => next = None,
            Some(Effect::CyclingNextLink) => next = Some(start),
            Some(Effect::RepeatedObjects) => {
                items.reverse();
                items.extend(items.first().cloned());
            }
            Some(Effect::ForeignNextLink { origin: elsewhere }) => origin.clone_from(elsewhere),
            _ => {}
        }
        // An empty page gets nobody any further, and still is another page.
        let mark = match call.twist {
            Some(Effect::EmptyPage) => "~",
            _ => "",
        };
        let cursor = next.map(|next| format!("at-{next}{mark}"));
        let query = cursor.as_ref().map(|cursor| format!("?cursor={cursor}"));
        let link = query
            .as_ref()
            .map(|query| format!("{origin}{}{query}", call.path));
        let mut body = json!({ key: items, "total": all.len() });
        let mut headers = None;
        let said = match self.paging {
            Paging::Link => Some(json!(link)),
            Paging::Query => Some(json!(query)),
            Paging::Token => Some(json!(cursor)),
            Paging::Header => {
                headers = link.map(|link| format!("<{link}>; rel=\"next\""));
                None
            }
            Paging::Offset | Paging::Page | Paging::Stuck => None,
        };
        if let (Some(said), Some(body)) = (said, body.as_object_mut()) {
            body.insert("next".to_owned(), said);
        }
        let answer = PlatformAnswer::json(200, body);
        match headers {
            Some(link) => answer.with("link", link),
            None => answer,
        }
    }

    fn create(&mut self, body: &Map<String, Value>) -> PlatformAnswer {
        let title = match body.get("title").and_then(Value::as_str) {
            Some(title) if !title.is_empty() && body.len() == 1 => title.to_owned(),
            _ => return Self::error(422, "bad-board", "A board has a `title` and nothing else."),
        };
        if self.boards.iter().any(|board| board.title == title) {
            return Self::error(409, "board-exists", "There is a board with this title.");
        }
        let board = self.board(&title);
        let answer = PlatformAnswer::json(201, json!({ "id": board.id, "title": title }));
        self.boards.push(board);
        answer
    }

    fn subscribe(&mut self, board: usize, body: &Map<String, Value>) -> PlatformAnswer {
        let known = ["email", "reference", "displayName", "team"];
        if let Some(unknown) = body.keys().find(|key| !known.contains(&key.as_str())) {
            return Self::error(422, "unknown-field", &format!("`{unknown}` is no field."));
        }
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let Some(email) = text("email").filter(|email| is_address(email)) else {
            return Self::error(422, "bad-address", "`email` is no address.");
        };
        if position(&self.boards[board], &email).is_some() {
            return Self::error(409, "already-subscribed", "They are subscribed already.");
        }
        let new = Subscriber {
            reference: text("reference"),
            display_name: text("displayName"),
            team: text("team"),
            ..subscriber(self.number(), &email)
        };
        let id = new.id.clone();
        self.boards[board].subscribers.push(new);
        PlatformAnswer::json(201, json!({ "id": id }))
    }

    /// All or none; says nothing of each.
    fn bulk(&mut self, board: usize, action: &str, body: &Map<String, Value>) -> PlatformAnswer {
        let Some(people) = body.get("people").and_then(Value::as_array) else {
            return Self::error(422, "bad-batch", "`people` is missing.");
        };
        let emails: Vec<String> = people
            .iter()
            .filter_map(|one| Some(one.get("email")?.as_str()?.to_owned()))
            .collect();
        if emails.len() != people.len() || !emails.iter().all(|email| is_address(email)) {
            return Self::error(422, "bad-address", "One of them has no address.");
        }
        if emails.len() > 4 {
            return Self::error(413, "too-many", "Four at a time.");
        }
        for email in emails {
            let found = position(&self.boards[board], &email);
            match (action, found) {
                ("add", None) if !self.ignored.contains(&email) => {
                    let new = subscriber(self.number(), &email);
                    self.boards[board].subscribers.push(new);
                }
                ("remove", Some(at)) => drop(self.boards[board].subscribers.remove(at)),
                _ => {}
            }
        }
        PlatformAnswer::json(202, json!({ "accepted": true }))
    }

    fn change(&mut self, board: usize, at: usize, body: &Map<String, Value>) -> PlatformAnswer {
        let found = &mut self.boards[board].subscribers[at];
        for (key, value) in body {
            let value = match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                _ => return Self::error(422, "bad-value", "A text is wanted."),
            };
            match key.as_str() {
                "displayName" => found.display_name = value,
                "team" => found.team = value,
                _ => return Self::error(422, "unknown-field", &format!("`{key}` is no field.")),
            }
        }
        PlatformAnswer::empty(204)
    }
}

impl Platform for Noticeboard {
    // The key is made up, and a test looks at how it travels.
    const LOGGED: &'static [&'static str] = &["x-api-version", "x-board-key"];

    fn answer(&mut self, call: &PlatformCall) -> PlatformAnswer {
        let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
        if segments == ["oauth", "token"] {
            return self.token(call);
        }
        if !self.is_signed_in(call) {
            return Self::error(401, "unauthorized", "Sign in first.");
        }
        let empty = Map::new();
        let body = call.json().and_then(Value::as_object).unwrap_or(&empty);
        let place = |board: &str| self.boards.iter().position(|known| known.id == board);
        match (call.method.as_str(), segments.as_slice()) {
            ("GET", ["v2", "boards"]) => {
                let boards = self.boards.iter();
                let boards: Vec<Value> = boards
                    .map(|board| json!({ "id": board.id, "title": board.title }))
                    .collect();
                self.page(call, "boards", &boards)
            }
            ("POST", ["v2", "boards"]) => self.create(body),
            (method, ["v2", "boards", board, rest @ ..]) => {
                let Some(board) = place(board) else {
                    return Self::error(404, "no-such-board", "There is no such board.");
                };
                let subscribers = &self.boards[board].subscribers;
                match (method, rest) {
                    ("GET", ["subscribers"]) => {
                        let all = subscribers.iter();
                        let all: Vec<Value> = all
                            .map(|one| serde_json::to_value(one).unwrap_or_default())
                            .collect();
                        self.page(call, "subscribers", &all)
                    }
                    ("POST", ["subscribers"]) => self.subscribe(board, body),
                    ("POST", ["bulk", action]) => self.bulk(board, action, body),
                    (method, ["subscribers", id]) => {
                        let Some(at) = subscribers.iter().position(|one| one.id == *id) else {
                            let message = "There is no such subscriber.";
                            return Self::error(404, "no-such-subscriber", message);
                        };
                        match method {
                            "PATCH" => self.change(board, at, body),
                            "DELETE" => {
                                self.boards[board].subscribers.remove(at);
                                PlatformAnswer::empty(204)
                            }
                            _ => Self::error(405, "no-such-method", "Not here."),
                        }
                    }
                    _ => Self::error(404, "no-such-path", "There is nothing here."),
                }
            }
            _ => Self::error(404, "no-such-path", "There is nothing here."),
        }
    }

    fn error(status: u16, code: &str, message: &str) -> PlatformAnswer {
        PlatformAnswer::json(status, json!({ "code": code, "message": message }))
    }
}

fn subscriber(number: usize, email: &str) -> Subscriber {
    Subscriber {
        id: format!("Sub-{number}"),
        email: email.to_owned(),
        state: "active".to_owned(),
        ..Subscriber::default()
    }
}

fn position(board: &Board, email: &str) -> Option<usize> {
    let mut subscribers = board.subscribers.iter();
    subscribers.position(|one| one.email.eq_ignore_ascii_case(email))
}

fn is_address(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
}
