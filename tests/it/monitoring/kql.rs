//! Just enough of the query language to know which names a query uses.

/// One word or sign of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A name: of a column, a function or an operator.
    Name(String),
    /// What stands between quotes.
    Text(String),
    /// What is put in at deployment, or by the workbook: `{Sync}`.
    Hole(String),
    /// A sign, or a number.
    Sign(String),
}

impl Token {
    /// Whether it is this name or sign.
    pub(super) fn is(&self, what: &str) -> bool {
        matches!(self, Self::Name(own) | Self::Sign(own) if own == what)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn hole(&self) -> Option<&str> {
        match self {
            Self::Hole(name) => Some(name),
            _ => None,
        }
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }
}

/// The words and signs of a query, without its comments. A name in brackets and quotes is a name.
pub(super) fn tokens(query: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '[' if rest.starts_with("['") => {
                let name = rest[2..].split("']").next().unwrap();
                (Some(Token::Name(name.to_owned())), name.len() + 4)
            }
            '\'' => {
                let text = rest[1..].split('\'').next().unwrap();
                (Some(Token::Text(text.to_owned())), text.len() + 2)
            }
            '{' => {
                let name = rest[1..].split('}').next().unwrap();
                (Some(Token::Hole(name.to_owned())), name.len() + 2)
            }
            _ if is_part_of_name(first) => {
                let length = rest
                    .find(|letter| !is_part_of_name(letter))
                    .unwrap_or(rest.len());
                let word = rest[..length].to_owned();
                let token = if first.is_ascii_digit() {
                    Token::Sign(word)
                } else {
                    Token::Name(word)
                };
                (Some(token), length)
            }
            _ => {
                let long = ["==", "=~", "!=", ">=", "<="];
                let sign = long.into_iter().find(|sign| rest.starts_with(sign));
                let length = sign.map_or(first.len_utf8(), str::len);
                (Some(Token::Sign(rest[..length].to_owned())), length)
            }
        };
        found.extend(token);
        rest = rest[length..].trim_start();
    }
    found
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The names that one stage of a query makes, and those it uses.
pub(super) fn names(stage: &[Token]) -> (Vec<&str>, Vec<&str>) {
    let mut made = Vec::new();
    let mut used = Vec::new();
    for (at, token) in stage.iter().enumerate() {
        let Some(name) = token.name() else { continue };
        if stage.get(at + 1).is_some_and(|next| next.is("=")) {
            made.push(name);
        } else {
            used.push(name);
        }
    }
    (made, used)
}

/// What is compared with a text: `state == 'held'`, `event in ('a', 'b')`.
pub(super) fn comparisons(query: &[Token]) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (at, token) in query.iter().enumerate() {
        let Some(field) = token.name() else { continue };
        let rest = query.get(at + 1..).unwrap_or_default();
        let texts = match rest {
            [sign, text, ..] if sign.is("==") || sign.is("!=") => std::slice::from_ref(text),
            [sign, open, among @ ..] if sign.is("in") && open.is("(") => {
                let end = among.iter().position(|token| token.is(")")).unwrap();
                &among[..end]
            }
            _ => continue,
        };
        found.extend(
            texts
                .iter()
                .filter_map(Token::text)
                .map(|text| (field, text)),
        );
    }
    found
}

/// The columns that are made of a field of the line, with that field: `due = tolong(line.due)`, `line['from']`.
pub(super) fn fields_of_lines(query: &[Token]) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (at, window) in query.windows(6).enumerate() {
        let [column, is, _conversion, open, line, after] = window else {
            continue;
        };
        if !(is.is("=") && open.is("(") && line.is("line")) {
            continue;
        }
        let field = if after.is(".") {
            query.get(at + 6)
        } else {
            Some(after)
        };
        found.extend(column.name().zip(field.and_then(Token::name)));
    }
    found
}
