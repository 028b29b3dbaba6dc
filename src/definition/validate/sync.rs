//! One sync: defaults, and what its parts must not say together.

use super::{endpoint, extras, mapping};
use crate::{
    definition::{
        fault::Report,
        filter::{self, Filter},
        path::Path,
        raw::{
            RawSync,
            endpoint::RawEndpoint,
            forms::{Choice, Object, TextOr},
        },
        sync::{Direction, Endpoint, FirstRun, MatchKey, Mode, OptOuts, Removes, Sync, Unresolved},
        words::quoted,
    },
    model::list::Sides,
};

/// What one sync means. `None` when it cannot be told what it connects.
pub(super) fn validated(
    raw: &RawSync,
    path: &Path,
    is_short: bool,
    report: &mut Report,
) -> Option<Sync> {
    // A direction that could not be read is unknown: nothing that depends on it can be called a contradiction.
    let direction = match &raw.direction {
        Some(Choice(direction)) => Some(*direction),
        None if report.is_cut(&path.key("direction")) => None,
        None => Some(Direction::OneWay),
    };
    let source = endpoint::validated(raw.source.as_ref(), &path.key("source"), report);
    let target = endpoint::validated(raw.target.as_ref(), &path.key("target"), report);
    let (mapping, routes_at) = mapping::validated(raw, path, direction, target.as_ref(), report);
    let filters = filters(raw, path, report);
    let mode = raw.mode.map_or(Mode::Mirror, |Choice(mode)| mode);
    let first_run = raw.first_run.map(|Choice(first_run)| first_run);
    if direction == Some(Direction::TwoWay) {
        check_two_way(path, mode, first_run, routes_at.as_ref(), report);
    }
    let opt_outs = raw
        .opt_outs
        .map_or(OptOuts::Stay, |Choice(opt_outs)| opt_outs);
    if direction == Some(Direction::OneWay) && opt_outs == OptOuts::Leave {
        let message = "a one-way sync never writes its source, so nobody can leave it\nsay `stay`, or make the sync `two-way`";
        report.fault(&path.key("optOuts"), message);
    }
    let schedule = extras::schedule(raw.schedule.as_ref(), &path.key("schedule"), report);
    let matching = matching(raw, path, report);
    let limits = raw.limits.as_ref().map(|Object(limits)| limits);
    let limits = extras::limits(limits, &path.key("limits"), report);
    let protected = extras::patterns(raw.protected.as_ref(), &path.key("protected"), report);
    let exclude_at = path.key("exclude");
    let exclude = extras::patterns(raw.exclude.as_ref(), &exclude_at, report);
    extras::check_not_blind(raw.exclude.as_ref(), &exclude_at, report);
    let guests = extras::guests(raw.guests.as_ref(), &path.key("guests"), report);
    let id = id(
        raw,
        path,
        is_short,
        source.as_ref(),
        target.as_ref(),
        report,
    );
    let (source, mut target) = (source?, target?);
    endpoint::check_pair(&source, &target, direction, path, report);
    let is_two_way = direction == Some(Direction::TwoWay);
    endpoint::check_subscription(raw.source.as_ref(), "source", is_two_way, path, report);
    endpoint::check_subscription(raw.target.as_ref(), "target", true, path, report);
    if mapping.route.is_some() {
        endpoint::create_by_default(raw.target.as_ref(), &mut target);
    }
    let direction = direction.unwrap_or(Direction::OneWay);
    Some(Sync {
        id,
        source,
        target,
        direction,
        mode,
        first_run: first_run.unwrap_or(match direction {
            Direction::OneWay => FirstRun::Mirror,
            Direction::TwoWay => FirstRun::Union,
        }),
        schedule,
        filters,
        mapping,
        matching,
        limits,
        protected,
        exclude,
        removes: raw
            .removes
            .map_or(Removes::Anybody, |Choice(removes)| removes),
        opt_outs,
        unresolved: raw
            .unresolved
            .map_or(Unresolved::Report, |Choice(unresolved)| unresolved),
        guests,
    })
}

/// The filter of each side: the source's stands at the sync or inside `source`, the target's inside `target`.
fn filters(raw: &RawSync, path: &Path, report: &mut Report) -> Sides<Filter> {
    let mut of_side = |name: &str, side: &Option<TextOr<String, RawEndpoint>>| match side {
        Some(TextOr::Object(RawEndpoint {
            filters: Some(filters),
            ..
        })) => Some(filter::parse(
            &filters.0,
            &path.key(name).key("filters"),
            report,
        )),
        _ => None,
    };
    let (source, target) = (
        of_side("source", &raw.source),
        of_side("target", &raw.target),
    );
    let whole = raw.filters.as_ref();
    if whole.is_some() && source.is_some() {
        let message = "`filters` stands here and inside `source`, and both mean the source; allowed: one of them";
        report.fault(&path.key("filters"), message);
    }
    let whole = whole.map(|filters| filter::parse(&filters.0, &path.key("filters"), report));
    Sides {
        source: source.or(whole).unwrap_or_default(),
        target: target.unwrap_or_default(),
    }
}

fn check_two_way(
    path: &Path,
    mode: Mode,
    first_run: Option<FirstRun>,
    routes_at: Option<&Path>,
    report: &mut Report,
) {
    if mode == Mode::AddOnly {
        let message = "a two-way sync cannot be `add-only`\nleave `mode` out, or make it `one-way`";
        report.fault(&path.key("mode"), message);
    }
    if first_run == Some(FirstRun::Mirror) {
        let message = "the first run of a two-way sync cannot be a `mirror`: nobody knows yet who left and who is new\nleave `firstRun` out";
        report.fault(&path.key("firstRun"), message);
    }
    if let Some(routes_at) = routes_at {
        let message = "a two-way sync needs one list on the target, so nothing can be mapped to `group` here\nname a list in `target`, or make it `one-way`";
        report.fault(routes_at, message);
    }
}

fn matching(raw: &RawSync, path: &Path, report: &mut Report) -> Vec<MatchKey> {
    let path = path.key("matching");
    let Some(keys) = &raw.matching else {
        return vec![
            MatchKey::ObjectId,
            MatchKey::Address,
            MatchKey::Phone,
            MatchKey::EmployeeId,
        ];
    };
    if keys.is_empty() && !report.is_cut(&path) {
        let message = "an empty array recognises nobody; allowed: `objectId`, `address`, `phone`, `employeeId`\nleave it out for all four";
        report.fault(&path, message);
    }
    let mut unique = Vec::new();
    for (index, Choice(key)) in keys.iter().enumerate() {
        if unique.contains(key) {
            report.fault(&path.index(index), "this key to match by is there already");
        } else {
            unique.push(*key);
        }
    }
    unique
}

fn id(
    raw: &RawSync,
    path: &Path,
    is_short: bool,
    source: Option<&Endpoint>,
    target: Option<&Endpoint>,
    report: &mut Report,
) -> String {
    let path = path.key("id");
    match (&raw.id, source, target) {
        (Some(id), _, _) => {
            if !is_id(id) {
                let message = format!(
                    "{} is not an id; allowed: up to 63 lower-case letters, digits, `-` and `_`, a letter or digit first{}",
                    quoted(id),
                    slug(id).map_or_else(String::new, |slug| format!("\nsay `{slug}`"))
                );
                report.fault(&path, message);
            }
            id.clone()
        }
        (None, Some(source), Some(target)) if is_short => {
            slug(&format!("{}-to-{}", source.connection, target.connection))
                .unwrap_or_else(|| "sync".to_owned())
        }
        (None, _, _) => {
            if !is_short && !report.is_cut(&path) {
                let message = "this key is missing; allowed: a name for commands and the history, like `region-asia`";
                report.fault(&path, message);
            }
            String::new()
        }
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && text.chars().all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter)
        })
}

/// The id nearest to a text.
fn slug(text: &str) -> Option<String> {
    let mut slug = String::new();
    for letter in text.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() || letter == '_' {
            slug.push(letter);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug: String = slug.trim_matches(['-', '_']).chars().take(63).collect();
    (!slug.is_empty()).then_some(slug)
}
