//! The requests that are still to be made for one hand-over of changes, and how many of them travel together.
//!
//! It must not know what the requests are, only how many members each is about.

use std::collections::VecDeque;

use super::batch::MOST_IN_A_BATCH;

/// Microsoft Graph takes at most this many members in one request.
/// <https://learn.microsoft.com/graph/api/group-post-members>
pub(super) const MOST_IN_A_REQUEST: usize = 20;

/// One request to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Task {
    /// The positions of the changes it is about.
    pub(super) changes: Vec<usize>,
    /// It was sent before and nobody knows what became of it.
    pub(super) lost: bool,
}

/// How many members may travel in one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pace {
    width: usize,
    most: usize,
}

/// The requests that are still to be made.
#[derive(Debug, Default)]
pub(super) struct Work {
    open: VecDeque<Task>,
}

impl Pace {
    /// Starts with five requests of 20. Twenty are legal on paper, but Microsoft's own group sync found that above
    /// five the directory begins to answer 503 (microsoftgraph/group-membership-management,
    /// `GraphGroupMembershipUpdater.cs`); so more is only asked for while it goes well.
    pub(super) fn new(most_requests: u8) -> Self {
        let most = usize::from(most_requests).clamp(1, MOST_IN_A_BATCH) * MOST_IN_A_REQUEST;
        Self {
            width: most.min(5 * MOST_IN_A_REQUEST),
            most,
        }
    }

    /// A batch went through clean: three times as wide, so that few narrow ones are sent while all is well.
    pub(super) fn faster(&mut self) {
        self.width = (self.width * 3).min(self.most);
    }

    /// The service was overloaded, or others write to the same group.
    pub(super) fn slower(&mut self) {
        self.width = (self.width / 2).max(MOST_IN_A_REQUEST);
    }
}

impl Work {
    /// The changes at these positions, `size` to a request.
    pub(super) fn new(changes: &[usize], size: usize) -> Self {
        let open = changes
            .chunks(size)
            .map(|changes| Task {
                changes: changes.to_vec(),
                lost: false,
            })
            .collect();
        Self { open }
    }

    /// The requests that travel together next; none when all is done.
    pub(super) fn next_batch(&mut self, pace: Pace) -> Vec<Task> {
        let mut batch: Vec<Task> = Vec::new();
        let mut members = 0;
        while let Some(task) = self.open.pop_front() {
            members += task.changes.len();
            if batch.len() == MOST_IN_A_BATCH || !batch.is_empty() && members > pace.width {
                self.open.push_front(task);
                break;
            }
            batch.push(task);
        }
        batch
    }

    /// The same request again: throttled or lost, it is never taken apart.
    pub(super) fn again(&mut self, task: Task) {
        self.open.push_back(task);
    }

    /// Takes a refused request apart, to find out which of its members was the reason. One that Graph named travels by
    /// itself. After a lost answer most likely all of them are members already, so that halving would only take longer.
    pub(super) fn split(&mut self, task: Task, named: impl Fn(usize) -> bool) {
        let (guilty, rest): (Vec<usize>, Vec<usize>) = task
            .changes
            .iter()
            .copied()
            .partition(|&change| named(change));
        let size = if !guilty.is_empty() {
            rest.len()
        } else if task.lost {
            1
        } else {
            rest.len().div_ceil(2)
        };
        let parts = guilty.chunks(1).chain(rest.chunks(size.max(1)));
        self.open.extend(parts.map(|changes| Task {
            changes: changes.to_vec(),
            lost: false,
        }));
    }

    /// Every change that is still open; nothing is left afterwards.
    pub(super) fn give_up(&mut self) -> Vec<usize> {
        self.open.drain(..).flat_map(|task| task.changes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(batch: &[Task]) -> Vec<usize> {
        batch.iter().map(|task| task.changes.len()).collect()
    }

    #[test]
    fn batches_grow_while_it_goes_well() {
        let all: Vec<usize> = (0..1_000).collect();
        let mut work = Work::new(&all, 20);
        let mut pace = Pace::new(20);
        assert_eq!(sizes(&work.next_batch(pace)), [20; 5]);
        pace.faster();
        assert_eq!(sizes(&work.next_batch(pace)), [20; 15]);
        pace.faster();
        pace.faster();
        assert_eq!(sizes(&work.next_batch(pace)), [20; 20]);
        for _ in 0..9 {
            pace.slower();
        }
        assert_eq!(sizes(&work.next_batch(pace)), [20]);
        let mut singles = Work::new(&all, 1);
        assert_eq!(singles.next_batch(pace).len(), 20);
        assert_eq!(
            sizes(&Work::new(&all, 20).next_batch(Pace::new(2))),
            [20; 2]
        );
    }

    #[test]
    fn a_refused_request_is_halved_or_loses_the_one_that_was_named() {
        let task = |lost| Task {
            changes: (0..5).collect(),
            lost,
        };
        let mut work = Work::default();
        work.split(task(false), |_| false);
        assert_eq!(sizes(&work.next_batch(Pace::new(20))), [3, 2]);
        work.split(task(false), |change| change == 3);
        let parts = work.next_batch(Pace::new(20));
        assert_eq!(parts[0].changes, [3]);
        assert_eq!(parts[1].changes, [0, 1, 2, 4]);
        work.split(task(true), |_| false);
        assert_eq!(sizes(&work.next_batch(Pace::new(20))), [1; 5]);
        work.again(task(false));
        assert_eq!(work.give_up().len(), 5);
        assert!(work.next_batch(Pace::new(20)).is_empty());
    }
}
