//! Finds the paths a source file uses. Not a parser of Rust: enough of one for files that rustfmt has laid out.

/// A path within the crate, without `crate::`, and the line it stands on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) line: usize,
    pub(super) path: Vec<String>,
}

/// Every path of `text` that begins with `crate::`, `rollcall::` or `super::`; `module` is where the text stands.
pub(super) fn used_paths(text: &str, module: &[&str]) -> Vec<Used> {
    let mut used = paths_from(text, "crate");
    used.extend(paths_from(text, "rollcall"));
    for Used { line, path } in paths_from(text, "super") {
        let climbs = path.iter().take_while(|part| *part == "super").count();
        let above = module.len().saturating_sub(climbs + 1);
        let mut whole: Vec<String> = module
            .iter()
            .take(above)
            .map(|&part| part.to_owned())
            .collect();
        whole.extend(path.into_iter().skip(climbs));
        used.push(Used { line, path: whole });
    }
    used
}

/// Every path of `text` that begins with `root::`, without it.
pub(super) fn paths_from(text: &str, root: &str) -> Vec<Used> {
    let text = without_comments(text);
    let start = format!("{root}::");
    let mut used = Vec::new();
    for (at, _) in text.match_indices(&start) {
        let before = text[..at].chars().next_back();
        // `my_crate::`, `super::super::`: a longer name, or found from its beginning already.
        let is_part =
            before.is_some_and(|letter| letter.is_alphanumeric() || "_:".contains(letter));
        if !is_part {
            let mut reader = Reader {
                text: &text,
                at: at + start.len(),
            };
            reader.tree(&[], &mut used);
        }
    }
    used
}

/// The text with comments emptied, so that lines keep their numbers.
pub(super) fn without_comments(text: &str) -> String {
    let without = text.lines().map(|line| match line.find("//") {
        // The address of a page stands in a text.
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        _ => line,
    });
    without.collect::<Vec<_>>().join("\n")
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    /// Reads `a::{b, c::d}` and adds a path for each leaf.
    fn tree(&mut self, prefix: &[String], used: &mut Vec<Used>) {
        let mut path = prefix.to_vec();
        loop {
            self.space();
            if self.eat("{") {
                loop {
                    self.space();
                    if self.eat("}") {
                        return;
                    }
                    self.tree(&path, used);
                    self.skip_name_after_as();
                    self.space();
                    if !self.eat(",") && !self.text[self.at..].starts_with('}') {
                        return;
                    }
                }
            }
            let line = self.text[..self.at].matches('\n').count() + 1;
            let name = self.name();
            if !name.is_empty() && name != "self" {
                path.push(name);
            }
            if !self.eat("::") {
                used.push(Used { line, path });
                return;
            }
        }
    }

    fn name(&mut self) -> String {
        let rest = &self.text[self.at..];
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '*';
        let length = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
        self.at += length;
        rest[..length].to_owned()
    }

    fn skip_name_after_as(&mut self) {
        self.space();
        if self.eat("as ") {
            self.name();
        }
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.text[self.at..].starts_with(word);
        if found {
            self.at += word.len();
        }
        found
    }
}

#[test]
fn trees_become_paths() {
    let paths = |text: &str| -> Vec<String> {
        let used = used_paths(text, &["run", "keeper"]);
        used.iter()
            .map(|used| format!("{} {}", used.line, used.path.join("::")))
            .collect()
    };
    assert_eq!(paths("use crate::a::b;"), ["1 a::b"]);
    assert_eq!(
        paths("use crate::{\n    a::{self, b as c, d::*},\n    e,\n};\nlet x = crate::f::g();"),
        ["2 a", "2 a::b", "2 a::d::*", "3 e", "5 f::g"]
    );
    assert_eq!(
        paths("use super::{LEASE, x::Y};"),
        ["1 run::LEASE", "1 run::x::Y"]
    );
    assert_eq!(paths("use super::super::plan::x;"), ["1 plan::x"]);
    assert_eq!(paths("my_crate::a(); // crate::b"), Vec::<String>::new());
    assert_eq!(
        paths("pub(crate) fn x(page: \"https://a.example\")"),
        Vec::<String>::new()
    );
}
