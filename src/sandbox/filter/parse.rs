//! Reading a `$filter` text.
//!
//! Knows nothing of which properties exist.

use serde_json::Value;

use super::{Clause, Comparison};

/// Reads a filter; the error says what was not understood.
pub(crate) fn parse(text: &str) -> Result<Clause, String> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        next: 0,
    };
    let clause = reader.any_of()?;
    match reader.peek() {
        None => Ok(clause),
        Some(token) => Err(format!("unexpected {token:?}")),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&letter) = rest.peek() {
        match letter {
            ' ' | '\t' => {
                rest.next();
            }
            '(' | ')' | ',' | ':' => {
                rest.next();
                tokens.push(Token::Mark(letter));
            }
            '\'' => {
                rest.next();
                let mut value = String::new();
                loop {
                    match rest.next() {
                        Some('\'') if rest.peek() == Some(&'\'') => {
                            rest.next();
                            value.push('\'');
                        }
                        Some('\'') => break,
                        Some(other) => value.push(other),
                        None => return Err("a quote does not close".to_owned()),
                    }
                }
                tokens.push(Token::Text(value));
            }
            _ => {
                let mut word = String::new();
                while let Some(&letter) =
                    rest.peek().filter(|letter| !" \t(),:'".contains(**letter))
                {
                    word.push(letter);
                    rest.next();
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Result<Token, String> {
        let token = self
            .tokens
            .get(self.next)
            .cloned()
            .ok_or("the filter ends early")?;
        self.next += 1;
        Ok(token)
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        match self.take()? {
            Token::Mark(found) if found == mark => Ok(()),
            other => Err(format!("expected '{mark}', found {other:?}")),
        }
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    fn is_mark(&self, mark: char) -> bool {
        self.peek() == Some(&Token::Mark(mark))
    }

    fn any_of(&mut self) -> Result<Clause, String> {
        let mut clause = self.all_of()?;
        while self.is_word("or") {
            self.next += 1;
            clause = Clause::Or(Box::new(clause), Box::new(self.all_of()?));
        }
        Ok(clause)
    }

    fn all_of(&mut self) -> Result<Clause, String> {
        let mut clause = self.one()?;
        while self.is_word("and") {
            self.next += 1;
            clause = Clause::And(Box::new(clause), Box::new(self.one()?));
        }
        Ok(clause)
    }

    fn one(&mut self) -> Result<Clause, String> {
        if self.is_word("not") {
            self.next += 1;
            return Ok(Clause::Not(Box::new(self.one()?)));
        }
        if self.is_mark('(') {
            self.next += 1;
            let clause = self.any_of()?;
            self.expect(')')?;
            return Ok(clause);
        }
        let Token::Word(word) = self.take()? else {
            return Err("expected a property".to_owned());
        };
        if self.is_mark('(') {
            return self.call(&word);
        }
        self.comparison(word)
    }

    fn call(&mut self, word: &str) -> Result<Clause, String> {
        self.expect('(')?;
        if let Some(list) = word.strip_suffix("/any") {
            return self.any(list);
        }
        let Token::Word(name) = self.take()? else {
            return Err("expected a property".to_owned());
        };
        self.expect(',')?;
        let Token::Text(text) = self.take()? else {
            return Err("expected a quoted text".to_owned());
        };
        self.expect(')')?;
        match word.to_ascii_lowercase().as_str() {
            "startswith" => Ok(Clause::StartsWith(name, text)),
            "endswith" => Ok(Clause::EndsWith(name, text)),
            _ => Err(format!("unknown function '{word}'")),
        }
    }

    fn any(&mut self, list: &str) -> Result<Clause, String> {
        if self.is_mark(')') {
            self.next += 1;
            return Ok(Clause::Any(list.to_owned(), None));
        }
        let Token::Word(variable) = self.take()? else {
            return Err("expected a variable".to_owned());
        };
        self.expect(':')?;
        let mut inner = self.any_of()?;
        self.expect(')')?;
        rename(&mut inner, &variable, list)?;
        Ok(Clause::Any(list.to_owned(), Some(Box::new(inner))))
    }

    fn comparison(&mut self, name: String) -> Result<Clause, String> {
        let Token::Word(operator) = self.take()? else {
            return Err("expected an operator".to_owned());
        };
        let comparison = match operator.to_ascii_lowercase().as_str() {
            "eq" => Comparison::Equal,
            "ne" => Comparison::NotEqual,
            "ge" => Comparison::AtLeast,
            "le" => Comparison::AtMost,
            "in" => {
                self.expect('(')?;
                let mut values = vec![self.value()?];
                while self.is_mark(',') {
                    self.next += 1;
                    values.push(self.value()?);
                }
                self.expect(')')?;
                return Ok(Clause::In(name, values));
            }
            _ => return Err(format!("unknown operator '{operator}'")),
        };
        Ok(Clause::Compare(name, comparison, self.value()?))
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.take()? {
            Token::Text(text) => Ok(Value::String(text)),
            Token::Word(word) => match word.as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                _ => Ok(Value::String(word)),
            },
            Token::Mark(mark) => Err(format!("expected a value, found '{mark}'")),
        }
    }
}

/// Puts the list's name where the variable stands, so that judging sees a property.
fn rename(clause: &mut Clause, variable: &str, list: &str) -> Result<(), String> {
    match clause {
        Clause::Compare(name, ..)
        | Clause::In(name, _)
        | Clause::StartsWith(name, _)
        | Clause::EndsWith(name, _) => {
            if name != variable {
                return Err(format!("'{name}' is not the variable '{variable}'"));
            }
            list.clone_into(name);
            Ok(())
        }
        Clause::Any(..) => Err("any() cannot stand inside any()".to_owned()),
        Clause::Not(inner) => rename(inner, variable, list),
        Clause::And(left, right) | Clause::Or(left, right) => {
            rename(left, variable, list)?;
            rename(right, variable, list)
        }
    }
}
