//! One case, from two lists that agree to the end: what went wrong, what each run said, and what came of it.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use rollcall::{
    definition::sync::Direction, model::attributes::Attributes, run::Finished, summary::Status,
};

use super::{
    judge::{Intended, Wrong, harm, missing, problems, says_done, untrue},
    people::{AT_FIRST, People, STRANGER, everyone_at_first},
    stage::Stage,
    subject::Subject,
    table::{Case, Pending},
};

/// So many runs without trouble are enough: one does the work, one may learn who is there, one finds nothing to do.
pub(super) const CLEAN_RUNS: usize = 3;

/// Seconds between two runs while something is wrong, and after it: longer than anything takes to settle.
const SOON: i64 = 60;
const LATER: i64 = 24 * 3600;

/// What came of a case.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The platform.
    pub(super) platform: &'static str,
    pub(super) case: Case,
    /// The number of the first run after which all was as it should be, and said so; `None` when none was.
    pub(super) converged: Option<usize>,
    /// The status of the last run and the codes of its problems.
    pub(super) told: String,
    /// Whether a run said `succeeded` or `unchanged` and named what waits in its next steps alone.
    pub(super) quiet: bool,
    /// What was wrong; nothing where all went as it must.
    pub(super) wrong: Vec<Wrong>,
    /// Each run in one line, and what was asked: for whoever looks into it.
    pub(super) trace: Vec<String>,
}

/// Plays one case.
pub(super) async fn play<S: Subject>(case: Case) -> Found {
    let pending = case.operation.pending;
    let stage = Stage::<S>::open(pending, &everyone_at_first()).await;
    if pending != Pending::Creating {
        let first = stage.run().await;
        assert_eq!(
            first.summary.status,
            Some(Status::Unchanged),
            "{case:?}: {first:#?}"
        );
    }
    let intended = prepare(&stage, pending);
    let mut play = Play {
        before: stage.subject.facts(),
        fields: stage.fields_on_other(),
        on_other: stage.on_other(),
        stage,
        intended,
        runs: 0,
        names_a_step: false,
        found: Found {
            platform: S::NAME,
            case,
            converged: None,
            told: String::new(),
            quiet: false,
            wrong: Vec::new(),
            trace: Vec::new(),
        },
    };
    play.troubled_runs().await;
    play.clean_runs().await;
    play.end()
}

/// Lets people join, leave and change, and says what the lists shall be.
pub(super) fn prepare<S: Subject>(stage: &Stage<S>, pending: Pending) -> Intended {
    let mut intended = Intended {
        on_platform: everyone_at_first(),
        on_other: everyone_at_first(),
        ..Intended::default()
    };
    let joins: Vec<usize> = match pending {
        Pending::Everything | Pending::Adding => vec![AT_FIRST, AT_FIRST + 1],
        Pending::AddingMany => (AT_FIRST..AT_FIRST + 22).collect(),
        Pending::Inviting => vec![STRANGER],
        Pending::Creating | Pending::Removing | Pending::Updating => Vec::new(),
    };
    for number in joins {
        stage.joins_other(number);
        intended.on_platform.insert(number);
        intended.on_other.insert(number);
    }
    if matches!(pending, Pending::Everything | Pending::Removing) {
        for number in [0, 5] {
            stage.leaves_other(number);
            intended.on_platform.remove(&number);
            intended.on_other.remove(&number);
        }
    }
    if let Some(attribute) = S::FIELD
        && matches!(pending, Pending::Everything | Pending::Updating)
    {
        stage.changes_on_other(3, attribute, &S::new_field());
        intended.new_fields.insert(3);
    }
    if S::DIRECTION == Direction::TwoWay && pending != Pending::Creating {
        let (joins, leaves) = (AT_FIRST + 30, 1);
        stage.subject.joins(joins);
        stage.subject.leaves(leaves);
        for people in [&mut intended.on_platform, &mut intended.on_other] {
            people.insert(joins);
            people.remove(&leaves);
        }
    }
    intended
}

struct Play<S> {
    stage: Stage<S>,
    intended: Intended,
    /// What was so on the platform before the first of these runs.
    before: Vec<String>,
    /// The fields of everybody on the other list: nobody changes them on the platform.
    fields: BTreeMap<usize, Attributes>,
    /// Who was on the other list after the last run.
    on_other: People,
    runs: usize,
    /// Whether the last run named a next step.
    names_a_step: bool,
    found: Found,
}

impl<S: Subject> Play<S> {
    /// The runs while something is wrong.
    async fn troubled_runs(&mut self) {
        let case = self.found.case;
        for number in 0..case.lasts.runs(case.trouble).min(CLEAN_RUNS + 1) {
            // What was turned on stays on; what meets single requests is set anew for every run.
            let is_on = number > 0 && case.fault().is_none();
            if case.begins_with_writing() {
                self.stage.arm((!is_on).then_some(case));
            } else if !is_on {
                self.stage.subject.trouble(&case);
            }
            self.one_run().await;
            self.stage.wait(SOON);
        }
        let is_single = case.trouble.effect().is_some();
        if is_single && self.stage.subject.struck() == 0 {
            self.found.wrong.push(Wrong::MetNobody);
        }
    }

    /// The runs after it, where it ends; and one more, that finds nothing to do and opens no writer.
    async fn clean_runs(&mut self) {
        let case = self.found.case;
        if case.lasts.runs(case.trouble) > CLEAN_RUNS {
            return;
        }
        self.stage.arm(None);
        self.stage.subject.relieve(&case);
        self.stage.wait(LATER);
        for _ in 0..CLEAN_RUNS {
            let is_done = self.one_run().await;
            self.stage.wait(LATER);
            if is_done {
                break;
            }
        }
        let finished = self.stage.run().await;
        let missing = missing(&self.stage, &self.intended);
        let rests = finished.summary.status == Some(Status::Unchanged)
            && !self.stage.wrote.load(Ordering::Relaxed);
        self.note(&finished, missing.len());
        if missing.is_empty() && !rests {
            self.found.wrong.push(Wrong::Restless);
        }
        if !missing.is_empty() {
            self.found.converged = None;
        }
    }

    /// One run, and what there is to say about it: whether all is as it should be, and the run says so.
    async fn one_run(&mut self) -> bool {
        let finished = self.stage.run().await;
        self.runs += 1;
        let missing = missing(&self.stage, &self.intended);
        self.found.wrong.extend(untrue(&finished, &missing));
        self.found.quiet |= says_done(&finished.summary) && !missing.is_empty();
        self.note(&finished, missing.len());
        let now = self.stage.on_other();
        let stays = &self.intended.on_other;
        for number in self
            .on_other
            .difference(&now)
            .filter(|lost| stays.contains(lost))
        {
            let unproven = format!("from the other list: {number}");
            self.found.wrong.push(Wrong::Unproven(unproven));
        }
        self.on_other = now;
        for (number, fields) in self.stage.fields_on_other() {
            if self
                .fields
                .get(&number)
                .is_some_and(|before| *before != fields)
            {
                let unproven = format!("a field of {number} on the other list");
                self.found.wrong.push(Wrong::Unproven(unproven));
                self.fields.insert(number, fields);
            }
        }
        let is_done = missing.is_empty() && says_done(&finished.summary);
        if is_done && self.found.converged.is_none() {
            self.found.converged = Some(self.runs);
        }
        is_done
    }

    /// What is to be said of all runs together.
    fn end(mut self) -> Found {
        let subject = &self.stage.subject;
        let wrong = harm(&self.before, &subject.journal(), &self.intended);
        self.found.wrong.extend(wrong);
        let offences = subject.offences().into_iter();
        self.found.wrong.extend(offences.map(Wrong::Harm));
        if self.found.is_told() && !self.names_a_step {
            let untold = format!("no next step: {}", self.found.told);
            self.found.wrong.push(Wrong::Untold(untold));
        }
        if !self.found.wrong.is_empty() {
            self.found.trace.extend(subject.asked());
        }
        self.found
    }

    fn note(&mut self, finished: &Finished, missing: usize) {
        let summary = &finished.summary;
        self.names_a_step = !summary.next.is_empty();
        let status = summary.status.map_or("none", Status::name);
        let codes = problems(summary).join(", ");
        self.found.told = format!("{status} {codes}").trim().to_owned();
        let withheld = finished.file.iter().flat_map(|file| &file.plan.withheld);
        let withheld: Vec<String> = withheld
            .map(|one| format!("{} {}: {}", one.considered, one.label, one.because))
            .collect();
        self.found.trace.push(format!(
            "run {}: {}, {missing} missing, planned {:?}, done {:?}, problem {:?}, failures {:?}, next {:?}, withheld \
             {withheld:?}",
            self.runs,
            self.found.told,
            summary.planned,
            summary.done,
            summary.problem,
            summary.first_failures,
            summary.next,
        ));
    }
}

impl Found {
    /// Which case it is, in words.
    pub(super) fn name(&self) -> String {
        let Case {
            operation,
            trouble,
            lasts,
        } = self.case;
        let words = [operation.name, &trouble.in_words(), lasts.in_words()];
        format!("{}: {}", self.platform, words.join(", "))
    }

    /// Whether it never became as it should be, and the last run told exactly that.
    pub(super) fn is_told(&self) -> bool {
        self.converged.is_none() && self.wrong.is_empty()
    }
}
