//! A million members against a million, one in a hundred different: `cargo bench --bench reconcile`.

use std::{hint::black_box, time::Duration};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use rollcall::{
    model::{list::Sides, reading::Reading},
    plan::outcome::Outcome,
    reconcile::{reconcile, remember::next_baseline},
};

#[allow(dead_code, reason = "each benchmark uses its part")]
mod lists;

const MEMBERS: usize = 1_000_000;

fn million(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("million");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5));
    let sync = lists::two_way();
    let readings = lists::readings(MEMBERS);
    let baseline = lists::baseline(MEMBERS);
    let run = |readings: &Sides<Reading>, baseline| {
        let plan = reconcile(
            &sync,
            &readings.source,
            &readings.target,
            baseline,
            jiff::Timestamp::UNIX_EPOCH,
        );
        assert_eq!(plan.changes.len(), MEMBERS / 100);
        plan
    };

    group.bench_function("reconcile, first run", |bencher| {
        bencher.iter_with_large_drop(|| run(black_box(&readings), None));
    });
    group.bench_function("reconcile, with a baseline", |bencher| {
        bencher.iter_with_large_drop(|| run(black_box(&readings), Some(&baseline)));
    });

    let plan = run(&readings, Some(&baseline));
    let outcomes = vec![Some(Outcome::Applied); plan.changes.len()];
    group.bench_function("next baseline", |bencher| {
        let sides = || Sides {
            source: &readings.source,
            target: &readings.target,
        };
        bencher.iter_with_large_drop(|| {
            next_baseline(
                sides(),
                black_box(&plan),
                &outcomes,
                Some(&baseline),
                "run-1",
                jiff::Timestamp::UNIX_EPOCH,
            )
        });
    });
    drop(plan);

    let readings = lists::with_directory(readings, MEMBERS);
    group.bench_function("reconcile, first run, with a directory", |bencher| {
        bencher.iter_with_large_drop(|| run(black_box(&readings), None));
    });

    let Reading {
        list, capabilities, ..
    } = &readings.target;
    group.bench_function("sort a reading", |bencher| {
        bencher.iter_batched(
            || lists::unsorted(MEMBERS),
            |members| Reading::whole(list.clone(), members, capabilities.clone()),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(benches, million);
criterion_main!(benches);
