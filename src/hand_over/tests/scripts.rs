//! The scripts cannot be run here, so that their text is held to rules: nothing is put into it, it names only commands
//! that are known, its brackets close, and it reads what is written.

use std::collections::BTreeSet;

use super::*;
use crate::{
    hand_over::{
        MANIFEST_VERSION,
        files::{APPLY_EXCHANGE, APPLY_GRAPH, COLUMN, files},
    },
    model::capabilities::{MemberCsv, ToolCloud},
};

const SCRIPTS: [(&str, &str); 2] = [
    ("apply-graph.ps1", APPLY_GRAPH),
    ("apply-exchange.ps1", APPLY_EXCHANGE),
];

/// What both may run: reading files, printing, and a function of their own.
const EVERYWHERE: [&str; 10] = [
    "ConvertFrom-Csv",
    "ConvertFrom-Json",
    "Get-Content",
    "Join-Path",
    "Read-MemberFile",
    "Set-StrictMode",
    "Test-Path",
    "Where-Object",
    "Write-Output",
    "Write-Warning",
];

const WITH_GRAPH: [&str; 9] = [
    "Connect-MgGraph",
    "Get-Command",
    "Get-MgContext",
    "Get-MgGroup",
    "Get-MgGroupMember",
    "New-MgGroupMember",
    "Out-Null",
    "Remove-MgGroupMemberByRef",
    "Remove-MgGroupMemberDirectoryObjectByRef",
];

const WITH_EXCHANGE: [&str; 6] = [
    "Add-DistributionGroupMember",
    "Connect-ExchangeOnline",
    "Get-ConnectionInformation",
    "Get-DistributionGroup",
    "Get-DistributionGroupMember",
    "Remove-DistributionGroupMember",
];

/// A script taken apart: its code without comments and texts, and its texts.
struct Parsed {
    code: String,
    texts: Vec<String>,
}

/// Takes a script apart as PowerShell does, as far as these scripts go: comments, texts in single quotes, brackets.
fn parse(script: &str) -> Result<Parsed, String> {
    let (mut code, mut texts, mut open) = (String::new(), Vec::new(), Vec::new());
    let mut rest = script;
    while let Some(next) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("<#") {
            rest = comment.split_once("#>").ok_or("an open comment")?.1;
        } else if next == '#' {
            rest = rest.split_once('\n').map_or("", |(_, after)| after);
            code.push('\n');
        } else if next == '\'' {
            let (text, after) = single_quoted(&rest[1..]).ok_or("an open text")?;
            texts.push(text);
            code.push_str("''");
            rest = after;
        } else {
            match next {
                '(' | '[' | '{' => open.push(next),
                ')' | ']' | '}' => {
                    let expected = match open.pop() {
                        Some('(') => ')',
                        Some('[') => ']',
                        Some(_) => '}',
                        None => return Err(format!("`{next}` closes nothing")),
                    };
                    if next != expected {
                        return Err(format!("`{next}` where `{expected}` was expected"));
                    }
                }
                '"' | '`' | '&' => {
                    return Err(format!(
                        "`{next}` has no place in a script that runs no data"
                    ));
                }
                _ => {}
            }
            code.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    if open.is_empty() {
        Ok(Parsed { code, texts })
    } else {
        Err(format!("left open: {open:?}"))
    }
}

/// A text up to its closing quote, and what follows; a doubled quote is one.
fn single_quoted(rest: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = rest;
    loop {
        let (before, after) = rest.split_once('\'')?;
        text.push_str(before);
        match after.strip_prefix('\'') {
            Some(more) => {
                text.push('\'');
                rest = more;
            }
            None => return Some((text, after)),
        }
    }
}

/// Every command, by its form: a verb, a hyphen and a noun.
fn commands(code: &str) -> BTreeSet<&str> {
    let in_word = |letter: char| letter.is_ascii_alphanumeric() || "-_$.".contains(letter);
    let words = code.split(|letter: char| !in_word(letter));
    words
        .filter(|word| {
            let begins = |part: &str| part.starts_with(|letter: char| letter.is_ascii_uppercase());
            word.split_once('-')
                .is_some_and(|(verb, noun)| begins(verb) && begins(noun))
        })
        .collect()
}

fn known(name: &str) -> BTreeSet<&'static str> {
    let own: &[&str] = if name == "apply-graph.ps1" {
        &WITH_GRAPH
    } else {
        &WITH_EXCHANGE
    };
    EVERYWHERE.iter().chain(own).copied().collect()
}

#[test]
fn the_scripts_parse_and_run_only_commands_that_are_known() {
    for (name, script) in SCRIPTS {
        let parsed = parse(script).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(commands(&parsed.code), known(name), "{name}");
        // What would run text, whatever it is called.
        for way in ["invoke", "iex", "scriptblock", "::create", "$("] {
            let lower = parsed.code.to_ascii_lowercase();
            assert!(!lower.contains(way), "{name}: {way}");
        }
        let dot_sourced = parsed
            .code
            .lines()
            .any(|line| line.trim_start().starts_with(". "));
        assert!(!dot_sourced, "{name}");
        // Windows PowerShell reads a file without a mark in the code page of the machine.
        assert!(script.is_ascii(), "{name}");
    }
}

#[test]
fn the_parser_finds_what_it_is_for() {
    for (script, problem) in [
        ("foreach ($x in $y) { f", "left open"),
        ("(1]", "expected"),
        (")", "closes nothing"),
        ("'open", "an open text"),
        ("<# open", "an open comment"),
        ("Write-Output \"$name\"", "no place"),
        ("& $name", "no place"),
        ("a`\nb", "no place"),
    ] {
        let found = parse(script).err().unwrap_or_default();
        assert!(found.contains(problem), "{script}: {found}");
    }
    let parsed = parse("Get-Item 'it''s; Remove-Item' # Stop-Process\n").unwrap();
    assert_eq!(parsed.texts, ["it's; Remove-Item"]);
    assert_eq!(commands(&parsed.code), BTreeSet::from(["Get-Item"]));
}

#[test]
fn the_scripts_do_what_people_rely_on() {
    for (name, script) in SCRIPTS {
        let Parsed { code, texts } = parse(script).unwrap();
        let says = |text: &str| assert!(code.contains(text), "{name}: no `{text}`");
        says("[CmdletBinding(SupportsShouldProcess)]");
        says("exit 1");
        says("Set-StrictMode -Version 3.0");
        // Every change asks first whether it is only to be shown, and a failure ends nothing but itself.
        assert_eq!(
            code.matches("$PSCmdlet.ShouldProcess(").count(),
            2,
            "{name}"
        );
        assert_eq!(code.matches("try {").count(), 2, "{name}");
        assert_eq!(code.matches("catch {").count(), 2, "{name}");
        // The preference does not reach into modules: every command of one says it itself.
        for line in code.lines() {
            let is_of_module = ["-Mg", "-Distribution"]
                .iter()
                .any(|noun| line.contains(noun));
            let is_call = is_of_module
                && ["Context", "Connect-", "Get-Command", "#Requires"]
                    .iter()
                    .all(|other| !line.contains(other));
            assert!(
                !is_call || line.contains("-ErrorAction Stop"),
                "{name}: {line}"
            );
        }
        // A file that another package left in the folder is not applied: each id has to stand in the summary as well.
        assert_eq!(
            code.matches("(-not $listed[''].ContainsKey($id)) {")
                .count(),
            2,
            "{name}: rows are not held against the summary"
        );
        assert!(script.contains("#Requires -Modules "), "{name}");
        let least = if name == "apply-graph.ps1" {
            "GroupMember.ReadWrite.All"
        } else {
            "Security Group Creation and Membership"
        };
        let comment = script.split_once("#>").unwrap().0;
        assert!(
            comment.contains(least),
            "{name}: the least permission is not told"
        );
        assert!(
            texts.iter().any(|text| text == COLUMN),
            "{name}: another heading"
        );
    }
}

#[test]
fn the_scripts_read_what_is_written() {
    for (with, name, script) in [
        (HandOver::Directory, "apply-graph.ps1", APPLY_GRAPH),
        (HandOver::Exchange, "apply-exchange.ps1", APPLY_EXCHANGE),
    ] {
        let manifest = package(with, &[add(1), remove(2), invite("gwen")]);
        let written = files(&manifest, MemberCsv::Current).unwrap();
        let Parsed { code, texts } = parse(script).unwrap();
        let summary: serde_json::Value = written
            .iter()
            .find(|file| file.path == "summary.json")
            .map(|file| serde_json::from_slice(&file.bytes).unwrap())
            .unwrap();
        // Every property that is read is there: under strict mode a missing one ends the script.
        let mut read = 0;
        for path in code.split("$summary.").skip(1) {
            let is_in = |letter: char| letter.is_ascii_alphanumeric() || letter == '.';
            let end = path.find(|letter| !is_in(letter)).unwrap_or(path.len());
            let pointer = format!("/{}", path[..end].replace('.', "/"));
            assert!(summary.pointer(&pointer).is_some(), "{name}: {pointer}");
            read += 1;
        }
        assert!(read >= 7, "{name}: {read}");
        for row in summary["changes"].as_array().unwrap() {
            assert!(row.get("id").is_some() && row.get("member").is_some());
        }
        assert_eq!(summary["version"], MANIFEST_VERSION);
        assert!(code.contains(&format!("$summary.version -ne {MANIFEST_VERSION} ")));
        let with = summary["with"].as_str().unwrap();
        assert!(texts.iter().any(|text| text == with), "{name}: {with}");
        for cloud in [
            ToolCloud::Public,
            ToolCloud::UsGov,
            ToolCloud::UsDod,
            ToolCloud::China,
        ] {
            let cloud = serde_json::to_value(cloud).unwrap();
            let is_known = texts.iter().any(|text| cloud == text.as_str());
            assert!(is_known, "{name}: {cloud}");
        }
        for file in ["summary.json", "add-members.csv", "remove-members.csv"] {
            assert!(written.iter().any(|one| one.path == file));
            assert!(texts.iter().any(|text| text == file), "{name}: {file}");
        }
    }
}
