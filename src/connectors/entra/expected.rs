//! What a run will cost: how many requests, and how long Microsoft Graph's limits for writing make it take.
//!
//! Pure. The requests are counted with what sends them (`work`), so that both cannot drift apart.

use std::time::Duration;

use super::{
    batch::MOST_IN_A_BATCH,
    graph::Graph,
    group::CHUNK,
    settings::is_object_id,
    work::{MOST_IN_A_REQUEST, Pace, Work as Requests},
};
use crate::connectors::ports::examination::{Expected, Work};

/// One application may write this much in one tenant before it has to wait.
/// <https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits>
const WRITES: usize = 3_000;

/// How much of it comes back each second: all of it in 150 seconds.
const WRITES_A_SECOND: usize = 20;

/// What a request with so many new members costs: one write by the table, and about a third of the members by what a
/// large user budgets. Neither is confirmed, so that a time is told for both.
const MEMBERS_FOR_A_WRITE: usize = 3;

/// What a run will cost.
pub(super) fn expected(graph: &Graph, work: &Work) -> Expected {
    let pages = |count: usize| count.div_ceil(usize::from(graph.page_size).max(1)).max(1);
    let everyone = &work.wanted.everyone;
    let is_group = !work.wanted.list.list.is_empty();
    let mut requests = match (is_group, is_object_id(&work.wanted.list.list)) {
        // The first page comes along with what else is asked for.
        (true, false) => 1 + pages(work.members),
        (true, true) | (false, _) => pages(work.members),
    };
    requests += work.directory.map_or(0, pages);
    let mut pace = Pace::new(graph.batch.patches_per_batch);
    let batches = |count: usize| count.div_ceil(MOST_IN_A_BATCH);
    requests += usize::from(work.create);
    requests += in_chunks(work.invite, |chunk| 2 * batches(chunk));
    for (count, size) in [
        (work.invite, MOST_IN_A_REQUEST),
        (work.add, MOST_IN_A_REQUEST),
        (work.update, 1),
        (work.remove, 1),
    ] {
        requests += in_chunks(count, |chunk| round_trips(chunk, size, &mut pace));
    }
    let binds = (work.add / CHUNK) * CHUNK.div_ceil(MOST_IN_A_REQUEST)
        + (work.add % CHUNK).div_ceil(MOST_IN_A_REQUEST)
        + work.invite.div_ceil(MOST_IN_A_REQUEST);
    let others = work.update + work.remove + work.invite + usize::from(work.create);
    // Each request of 20 costs seven.
    let members = work.add + work.invite;
    let full = members / MOST_IN_A_REQUEST * MOST_IN_A_REQUEST.div_ceil(MEMBERS_FOR_A_WRITE);
    let rest = (members % MOST_IN_A_REQUEST).div_ceil(MEMBERS_FOR_A_WRITE);
    let (low, high) = (binds + others, full + rest + others);
    Expected {
        requests,
        // Who reports to whom, contacts, groups and managers are read beside what is counted here.
        at_least: everyone.under.is_some()
            || everyone.contacts
            || everyone.mail_groups
            || is_group
                && work
                    .wanted
                    .reads
                    .iter()
                    .any(|name| name.starts_with("manager")),
        least: seconds(low.saturating_sub(WRITES)),
        most: seconds(high),
    }
}

fn seconds(writes: usize) -> Duration {
    Duration::from_secs(writes.div_ceil(WRITES_A_SECOND) as u64)
}

/// The sum over the chunks in which changes are handed over.
fn in_chunks(count: usize, mut requests: impl FnMut(usize) -> usize) -> usize {
    let whole: usize = (0..count / CHUNK).map(|_| requests(CHUNK)).sum();
    match count % CHUNK {
        0 => whole,
        rest => whole + requests(rest),
    }
}

/// How many batches the requests for `count` members travel in when all goes well.
fn round_trips(count: usize, size: usize, pace: &mut Pace) -> usize {
    let positions: Vec<usize> = (0..count).collect();
    let mut requests = Requests::new(&positions, size);
    let mut trips = 0;
    while !requests.next_batch(*pace).is_empty() {
        trips += 1;
        pace.faster();
    }
    trips
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        connectors::{
            entra::{Settings, connect},
            http::Patience,
            ports::WantedList,
        },
        model::list::ListRef,
    };

    fn cost(list: &str, change: impl FnOnce(&mut Work)) -> Expected {
        let settings = Settings {
            managed_identity: Some("system".to_owned()),
            ..Settings::default()
        };
        let connection = connect(&settings, &|_| None, Patience::default()).unwrap();
        let mut work = Work {
            wanted: WantedList::of(ListRef {
                connection: "entra-id".to_owned(),
                list: list.to_owned(),
            }),
            members: 0,
            directory: None,
            create: false,
            add: 0,
            invite: 0,
            update: 0,
            remove: 0,
        };
        change(&mut work);
        expected(&connection.graph, &work)
    }

    #[test]
    fn reading_costs_a_request_for_each_page() {
        let id = "00000000-0000-4000-8000-000000009001";
        assert_eq!(cost(id, |work| work.members = 100_000).requests, 101);
        assert_eq!(
            cost("Everyone", |work| work.members = 100_000).requests,
            102
        );
        assert_eq!(cost("", |work| work.members = 100_000).requests, 101);
        let both = cost(id, |work| {
            work.members = 100_000;
            work.directory = Some(100_000);
        });
        assert_eq!(both.requests, 202);
        assert_eq!((both.least, both.most), (Duration::ZERO, Duration::ZERO));
    }

    #[test]
    fn writing_costs_what_the_limits_say() {
        let id = "00000000-0000-4000-8000-000000009001";
        let adding = cost(id, |work| work.add = 100_000);
        // 250 batches of 20 requests of 20 members, one more on the way to this width, and the empty group.
        assert_eq!(adding.requests, 252);
        assert_eq!(
            adding.least,
            Duration::from_secs(100),
            "5,000 writes, 3,000 of them at once"
        );
        assert_eq!(adding.most, Duration::from_secs(1750), "35,000 writes");
        let removing = cost(id, |work| work.remove = 100_000);
        assert_eq!(removing.requests, 5_001);
        assert_eq!(removing.least, Duration::from_secs(4850));
        assert_eq!(removing.most, Duration::from_secs(5000));
        let few = cost(id, |work| {
            work.add = 3;
            work.remove = 2;
        });
        assert_eq!(few.requests, 3);
        assert_eq!(
            (few.least, few.most),
            (Duration::ZERO, Duration::from_secs(1))
        );
    }

    #[test]
    fn what_is_read_beside_is_not_known_before() {
        assert!(!cost("", |_| ()).at_least);
        assert!(cost("", |work| work.wanted.everyone.contacts = true).at_least);
        assert!(
            cost("Everyone", |work| work.wanted.reads =
                vec!["manager".to_owned()])
            .at_least
        );
    }
}
