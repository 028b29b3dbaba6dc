//! Throttling: what a call costs and whether the buckets still hold enough.
//!
//! A bucket holds one window's worth and refills evenly. Knows nothing of what a call does.
//! <https://learn.microsoft.com/en-us/graph/throttling-limits>, identity and access.

use tokio::time::Instant;

use super::scenario::{PatchCost, Quota, TenantSize};
use super::wire::Call;

/// What one call costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Resource units.
    pub(crate) units: u64,
    /// Write units.
    pub(crate) writes: u64,
}

/// The two buckets of one application in one tenant.
#[derive(Default)]
pub(crate) struct Buckets {
    units: Bucket,
    writes: Bucket,
}

/// Why a call may not go through now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wait {
    /// Seconds of real time until the call would fit.
    pub(crate) seconds: f64,
    /// Which bucket is empty, in the words of `x-ms-throttle-information`.
    pub(crate) information: &'static str,
}

#[derive(Default)]
struct Bucket {
    used: f64,
    since: Option<Instant>,
}

impl Bucket {
    /// How much is used now, when `capacity` drains in `window` seconds.
    fn used_now(&mut self, capacity: f64, window: f64, now: Instant) -> f64 {
        if let Some(since) = self.since {
            let drained = now.duration_since(since).as_secs_f64() * capacity / window;
            self.used = (self.used - drained).max(0.0);
        }
        self.since = Some(now);
        self.used
    }
}

impl Buckets {
    /// Takes the cost out of both buckets, or says how long to wait and takes nothing.
    pub(crate) fn take(
        &mut self,
        cost: Cost,
        quota: &Quota,
        people: usize,
        now: Instant,
    ) -> Result<f64, Wait> {
        let unit_capacity = units_per_window(quota, people);
        let write_capacity = count(quota.writes_per150s).max(1.0);
        let (unit_window, write_window) = (10.0 / quota.clock_speed, 150.0 / quota.clock_speed);
        let (units, writes) = (count(cost.units), count(cost.writes));
        let units_used = self.units.used_now(unit_capacity, unit_window, now);
        let writes_used = self.writes.used_now(write_capacity, write_window, now);
        if writes > 0.0 && writes_used + writes > write_capacity {
            let seconds = (writes_used + writes - write_capacity) * write_window / write_capacity;
            return Err(Wait {
                seconds,
                information: "WriteLimitExceeded",
            });
        }
        if units_used + units > unit_capacity {
            let seconds = (units_used + units - unit_capacity) * unit_window / unit_capacity;
            return Err(Wait {
                seconds,
                information: "ResourceUnitLimitExceeded",
            });
        }
        self.units.used += units;
        self.writes.used += writes;
        let share = |used: f64, capacity: f64| used / capacity;
        let of_writes = if writes > 0.0 {
            share(self.writes.used, write_capacity)
        } else {
            0.0
        };
        Ok(share(self.units.used, unit_capacity).max(of_writes))
    }

    /// Gives resource units back: a call that ends in 400 or 403 costs none.
    pub(crate) fn give_back(&mut self, cost: Cost) {
        self.units.used = (self.units.used - count(cost.units)).max(0.0);
    }

    /// Gives write units back: a call that was never allowed wrote nothing.
    pub(crate) fn give_back_writes(&mut self, cost: Cost) {
        self.writes.used = (self.writes.used - count(cost.writes)).max(0.0);
    }
}

/// `Retry-After` for a wait: whole seconds, or thousandths when time is made to run faster.
pub(crate) fn retry_after(wait: Wait, quota: &Quota) -> String {
    if quota.clock_speed > 1.0 {
        format!("{:.3}", (wait.seconds * 1000.0).ceil() / 1000.0)
    } else {
        format!("{:.0}", wait.seconds.ceil().max(1.0))
    }
}

/// What a call costs by the documented table.
pub(crate) fn cost(call: &Call, quota: &Quota) -> Cost {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let reads = |units| Cost { units, writes: 0 };
    let base = match (call.method.as_str(), segments.as_slice()) {
        ("GET", ["users"]) => reads(2),
        ("GET", ["groups", _, "members", ..]) => reads(3),
        ("GET", ["groups", _, "transitiveMembers", ..]) => reads(5),
        ("GET", _) => reads(1),
        ("POST", ["directoryObjects", "getByIds"]) => {
            return reads(if call.option("$select").is_some() {
                2
            } else {
                5
            });
        }
        ("POST", ["directoryObjects", _, "checkMemberObjects"]) => reads(4),
        ("POST", ["directoryObjects", "validateProperties"]) => reads(1),
        _ => {
            return Cost {
                units: 1,
                writes: write_cost(call, quota),
            };
        }
    };
    let selects = call.option("$select").is_some();
    let is_short = call
        .option("$top")
        .and_then(|top| top.parse::<u64>().ok())
        .is_some_and(|top| top < 20);
    let expands = call.option("$expand").is_some();
    let units = base.units + u64::from(expands);
    Cost {
        units: units
            .saturating_sub(u64::from(selects) + u64::from(is_short))
            .max(1),
        writes: 0,
    }
}

fn write_cost(call: &Call, quota: &Quota) -> u64 {
    let bound = |name: &str| {
        let body = call.body.as_ref().ok().and_then(Option::as_ref);
        let list = body
            .and_then(|body| body.get(name))
            .and_then(serde_json::Value::as_array);
        list.map_or(0, |list| list.len() as u64)
    };
    let references = bound("members@odata.bind") + bound("owners@odata.bind");
    match quota.patch_cost {
        PatchCost::Thirds if references > 0 => references.div_ceil(3),
        PatchCost::One | PatchCost::Thirds => 1,
    }
}

fn units_per_window(quota: &Quota, people: usize) -> f64 {
    let size = quota.tenant_size.unwrap_or(match people {
        0..50 => TenantSize::S,
        50..=500 => TenantSize::M,
        _ => TenantSize::L,
    });
    match size {
        TenantSize::S => 3500.0,
        TenantSize::M => 5000.0,
        TenantSize::L => 8000.0,
    }
}

/// A count as a level of a bucket; counts stay far below what a double holds exactly.
fn count(units: u64) -> f64 {
    u32::try_from(units).map_or(f64::from(u32::MAX), f64::from)
}
