//! Finds the lists that are due and puts one job for each on the queue.
//!
//! A run's id follows from its sync and its time, so what is put on the queue twice runs once; and who begins to put it
//! there says so first, so that somebody else ends what a crash left half done. This room must not know how a run goes.

mod standing;
mod telling;

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    agenda::{self, Entry, ListKey, Mark, Pending, schedule_text},
    catalog::{self, Item, Shelf},
    definition::{schedule::Schedule, sync::Sync},
    format::{self, Refused},
    history,
    job::{self, Job, Trigger, scheduled_run},
    service::Service,
    store::ports::{StoreError, Version},
    telemetry::spans,
};
pub use standing::Standing;
use standing::standing;
pub use telling::Telling;

/// How many lists are put on the queue at the same time.
const AT_ONCE: usize = 32;

/// Runs that are due together begin this far apart on average, so that not all of them ask for the same at once.
const APART: Duration = Duration::from_millis(500);

/// Of how many runs a tick forgets the files at most.
const MOST_FORGOTTEN: usize = 50;

/// The longest that a run is held back for that.
const LONGEST_SPREAD: Duration = Duration::from_secs(300);

/// Who began to put a run on the queue so long ago is dead.
const PATIENCE: jiff::SignedDuration = jiff::SignedDuration::from_secs(90);

/// What one tick did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tick {
    /// How many syncs there are.
    pub syncs: usize,
    /// The runs that were put on the queue.
    pub enqueued: Vec<String>,
    /// Of how many runs the files were kept long enough and are gone.
    pub forgotten: usize,
    /// What kept a sync from being looked at, in words.
    pub problems: Vec<String>,
    /// How each list of a sync that can be run stood when the tick began.
    pub standings: Vec<Standing>,
}

/// One sync with its entry in the agenda.
struct Candidate {
    sync: Sync,
    entry: Entry,
    version: Option<Version>,
}

/// Puts everything that is due on the queue. Safe to repeat, at the same time too.
///
/// Does nothing, and says so, where what is stored cannot be worked with: times that are missed meanwhile are caught up.
pub async fn tick(service: &Service) -> Result<Tick, StoreError> {
    let now = service.now();
    let mut tick = Tick::default();
    match format::ready(&service.stores, now).await {
        Ok(()) => {}
        Err(Refused::Store(error)) => return Err(error),
        Err(why) => {
            tick.problems.push(why.to_string());
            return Ok(tick);
        }
    }
    let candidates = candidates(service, now, &mut tick).await?;
    let starting: Vec<Candidate> = candidates
        .into_iter()
        .filter(|candidate| has_work(candidate, now))
        .collect();
    let spread = spread(starting.len());
    let mut put = stream::iter(starting)
        .map(|candidate| advance(service, candidate, now, spread))
        .buffer_unordered(AT_ONCE);
    while let Some(done) = put.next().await {
        match done {
            Ok(run) => tick.enqueued.extend(run),
            // The next tick tries again; one that cannot be written must not stop the others.
            Err((sync, error)) => tick.problems.push(format!("`{sync}`: {error}")),
        }
    }
    tick.enqueued.sort();
    // Last, and a little at a time: nothing that is due waits for it.
    match history::sweep(&service.stores, service.keep, now, MOST_FORGOTTEN).await {
        Ok(swept) => tick.forgotten = swept.runs,
        Err(error) => tick
            .problems
            .push(format!("old runs were not forgotten: {error}")),
    }
    Ok(tick)
}

/// Every sync that can be read, with what is known about its list.
async fn candidates(
    service: &Service,
    now: Timestamp,
    tick: &mut Tick,
) -> Result<Vec<Candidate>, StoreError> {
    let stores = &service.stores;
    let ((syncs, broken), (connections, _), entries) = futures::try_join!(
        catalog::readable(stores, Shelf::Syncs),
        catalog::readable(stores, Shelf::Connections),
        agenda::all(stores),
    )?;
    tick.syncs = syncs.len();
    tick.problems.extend(broken.iter().map(ToString::to_string));
    let mut known: BTreeMap<ListKey, (Entry, Version)> = BTreeMap::new();
    for entry in entries {
        match entry {
            Ok((entry, version)) => {
                known.insert(entry.key.clone(), (entry, version));
            }
            Err(error) => tick.problems.push(error.to_string()),
        }
    }
    let mut candidates = Vec::new();
    for item in syncs {
        match readable(service, &connections, item) {
            Ok(sync) => {
                let key = ListKey {
                    sync: sync.id.clone(),
                    list: None,
                };
                let (entry, version) = match known.remove(&key) {
                    Some((entry, version)) => (entry, Some(version)),
                    None => (Entry::new(key, now), None),
                };
                tick.standings.extend(standings(&sync, &entry, &known, now));
                candidates.push(Candidate {
                    sync,
                    entry,
                    version,
                });
            }
            Err(problem) => tick.problems.push(problem),
        }
    }
    Ok(candidates)
}

/// How a sync's list stands, and each list that it routes people to.
fn standings(
    sync: &Sync,
    whole: &Entry,
    known: &BTreeMap<ListKey, (Entry, Version)>,
    now: Timestamp,
) -> Vec<Standing> {
    let is_routed = sync.mapping.route.is_some();
    let lists = known
        .range(&whole.key..)
        .map(|(_, (entry, _))| entry)
        .take_while(|entry| is_routed && entry.key.sync == sync.id);
    let all = std::iter::once(whole).chain(lists);
    all.map(|entry| standing(entry, whole, &sync.schedule, now))
        .collect()
}

fn readable(service: &Service, connections: &[Item], item: Item) -> Result<Sync, String> {
    let name = item.name.clone();
    match catalog::alone(&service.kinds, connections, item) {
        Ok((_, sync)) => Ok(sync),
        Err(faults) => {
            // Code and place alone: a fault quotes what stands there, which may be an address, as may a key on the way.
            let path = faults.first().map(|fault| fault.path.as_str());
            let path = path.filter(|path| !path.is_empty() && !path.contains('@'));
            let place = path.map_or_else(String::new, |path| format!(" at `{path}`"));
            Err(format!(
                "sync `{name}` cannot be run: `definition`{place}\n`rollcall doctor {name}` says what is wrong"
            ))
        }
    }
}

/// Whether anything about this list has to be written: a run to start, one to go on with, or a new schedule.
fn has_work(candidate: &Candidate, now: Timestamp) -> bool {
    let Candidate { sync, entry, .. } = candidate;
    if entry.judged(now) != entry.state || candidate.version.is_none() {
        return true;
    }
    match &entry.mark {
        Some(mark) if mark.schedule == schedule_text(&sync.schedule) => match &mark.pending {
            Some(pending) => now.duration_since(pending.begun) >= PATIENCE,
            None => entry.may_start(now) && entry.due(&sync.schedule, now).is_some(),
        },
        _ => true,
    }
}

/// Takes one list further; gives the run that was put on the queue. Somebody else who is faster does it instead.
async fn advance(
    service: &Service,
    candidate: Candidate,
    now: Timestamp,
    spread: Duration,
) -> Result<Option<String>, (String, StoreError)> {
    let sync = candidate.sync.id.clone();
    match put_on_queue(service, candidate, now, spread).await {
        Ok(run) => Ok(run),
        Err(StoreError::Conflict(_)) => Ok(None),
        Err(error) => Err((sync, error)),
    }
}

async fn put_on_queue(
    service: &Service,
    candidate: Candidate,
    now: Timestamp,
    spread: Duration,
) -> Result<Option<String>, StoreError> {
    let Candidate {
        sync,
        mut entry,
        version,
    } = candidate;
    let stores = &service.stores;
    if entry.judged(now) != entry.state {
        // A pause that ended; whatever is due is found by the next tick.
        agenda::put(stores, entry, version.as_ref(), now).await?;
        return Ok(None);
    }
    let Some(due) = next_step(&mut entry, &sync.schedule, now) else {
        agenda::put(stores, entry, version.as_ref(), now).await?;
        return Ok(None);
    };
    // First what is about to be done, then the doing, then that it is done.
    let version = agenda::write(stores, &entry, version.as_ref()).await?;
    let run = scheduled_run(due, &sync.id);
    let job = Job::new(
        run.clone(),
        &sync.id,
        Trigger::Schedule,
        format!("schedule ({due})"),
    );
    let delay = delay_of(&run, spread);
    let message = job.traced(spans::traceparent()).render();
    stores.queue.send(job::QUEUE, &message, delay, now).await?;
    let done = |entry: &mut Entry| {
        if let Some(mark) = &mut entry.mark
            && mark
                .pending
                .as_ref()
                .is_some_and(|pending| pending.due == due)
        {
            mark.pending = None;
            mark.through = due;
        }
    };
    done(&mut entry);
    match agenda::write(stores, &entry, Some(&version)).await {
        // The run may have ended already and be noted in the entry.
        Err(StoreError::Conflict(_)) => {
            agenda::change(stores, &entry.key, now, done).await?;
        }
        written => {
            written?;
        }
    }
    Ok(Some(run))
}

/// Notes in the entry what is done next; gives the time whose run has to be put on the queue.
fn next_step(entry: &mut Entry, schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
    let text = schedule_text(schedule);
    let is_known = entry
        .mark
        .as_ref()
        .is_some_and(|mark| mark.schedule == text);
    if !is_known {
        // From now on: the times of a schedule that was not there yet are not missed.
        entry.mark = Some(Mark {
            since: entry.mark.as_ref().map(|_| now),
            schedule: text,
            through: now,
            pending: None,
        });
        return None;
    }
    let pending = entry.mark.as_ref().and_then(|mark| mark.pending.clone());
    let due = match pending {
        Some(pending) if now.duration_since(pending.begun) >= PATIENCE => Some(pending.due),
        Some(_) => None,
        None if entry.may_start(now) => entry.due(schedule, now),
        None => None,
    };
    if let (Some(due), Some(mark)) = (due, &mut entry.mark) {
        mark.pending = Some(Pending { due, begun: now });
    }
    due
}

/// Over how long the runs that are due together are spread.
fn spread(runs: usize) -> Duration {
    let runs = u32::try_from(runs).unwrap_or(u32::MAX);
    APART.saturating_mul(runs).min(LONGEST_SPREAD)
}

/// When within the spread a run begins: by chance, and the same on every instance.
fn delay_of(run: &str, spread: Duration) -> Duration {
    let hash = Sha256::digest(run.as_bytes());
    let chance = hash
        .iter()
        .take(4)
        .fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
    spread.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}
