//! How much memory reconciling a million members against a million takes: `cargo bench --bench peak_memory`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::{fs, time::Instant};

use rollcall::{
    model::list::Sides,
    reconcile::{reconcile, remember::next_baseline},
};

#[allow(dead_code, reason = "each benchmark uses its part")]
mod lists;

const MEMBERS: usize = 1_000_000;

fn main() {
    print("at the start");
    let sync = lists::two_way();
    let readings = lists::readings(MEMBERS);
    print("two readings of 1,000,000 members");
    reset_peak();
    let begun = Instant::now();
    let plan = reconcile(
        &sync,
        &readings.source,
        &readings.target,
        None,
        jiff::Timestamp::UNIX_EPOCH,
    );
    println!("first run planned in {:?}", begun.elapsed());
    print("and the plan of a first run");
    drop(plan);
    let baseline = lists::baseline(MEMBERS);
    print("two readings and a baseline");
    reset_peak();
    let begun = Instant::now();
    let plan = reconcile(
        &sync,
        &readings.source,
        &readings.target,
        Some(&baseline),
        jiff::Timestamp::UNIX_EPOCH,
    );
    println!("planned against a baseline in {:?}", begun.elapsed());
    print("and the plan");
    reset_peak();
    let sides = Sides {
        source: &readings.source,
        target: &readings.target,
    };
    let next = next_baseline(
        sides,
        &plan,
        &[],
        Some(&baseline),
        "run-1",
        jiff::Timestamp::UNIX_EPOCH,
    );
    print("and the next baseline");
    assert!(!next.entries.is_empty());
}

fn print(when: &str) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let megabytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kilobytes: u64 = line
            .trim_start_matches(':')
            .split_whitespace()
            .next()?
            .parse()
            .ok()?;
        Some(kilobytes / 1024)
    };
    match megabytes("VmRSS").zip(megabytes("VmHWM")) {
        Some((now, peak)) => println!("{when}: {now} MiB, at most {peak} MiB"),
        None => println!("{when}: not available"),
    }
}

/// Lets the peak begin anew (Linux, `proc_pid_clear_refs(5)`); elsewhere it does nothing.
fn reset_peak() {
    let _ = fs::write("/proc/self/clear_refs", "5");
}
