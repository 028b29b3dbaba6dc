//! Rows of choices in which every two choices of any two factors meet: far fewer than all combinations.

use std::collections::BTreeSet;

/// Rows of choices, one for each factor: `sizes` says how many choices each factor has, the first of which is how things
/// are without it. The first row is without any.
pub(crate) fn pairwise(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut missing: BTreeSet<(usize, usize, usize, usize)> = BTreeSet::new();
    for (left, &of_left) in sizes.iter().enumerate() {
        for (right, &of_right) in sizes.iter().enumerate().skip(left + 1) {
            for choice in 0..of_left {
                missing.extend((0..of_right).map(|other| (left, choice, right, other)));
            }
        }
    }
    let mut rows = vec![vec![0; sizes.len()]];
    cover(&rows[0], &mut missing);
    while let Some(&(left, choice, right, other)) = missing.first() {
        let mut row: Vec<Option<usize>> = vec![None; sizes.len()];
        (row[left], row[right]) = (Some(choice), Some(other));
        for factor in 0..sizes.len() {
            if row[factor].is_none() {
                let best = (0..sizes[factor]).max_by_key(|&choice| {
                    let gains = row.iter().enumerate().filter(|(at, set)| {
                        set.is_some_and(|set| {
                            let pair = if *at < factor {
                                (*at, set, factor, choice)
                            } else {
                                (factor, choice, *at, set)
                            };
                            missing.contains(&pair)
                        })
                    });
                    (gains.count(), usize::MAX - choice)
                });
                row[factor] = best;
            }
        }
        let row: Vec<usize> = row.into_iter().map(Option::unwrap).collect();
        cover(&row, &mut missing);
        rows.push(row);
    }
    rows
}

fn cover(row: &[usize], missing: &mut BTreeSet<(usize, usize, usize, usize)>) {
    for (left, &choice) in row.iter().enumerate() {
        for (right, &other) in row.iter().enumerate().skip(left + 1) {
            missing.remove(&(left, choice, right, other));
        }
    }
}

#[test]
fn every_two_choices_meet_in_few_rows() {
    let sizes = [2, 3, 2, 4, 2, 2, 3, 2, 2, 2];
    let rows = pairwise(&sizes);
    assert_eq!(rows[0], [0; 10]);
    assert!(rows.len() < 25, "{}", rows.len());
    for left in 0..sizes.len() {
        for right in left + 1..sizes.len() {
            for choice in 0..sizes[left] {
                for other in 0..sizes[right] {
                    let meets = |row: &&Vec<usize>| row[left] == choice && row[right] == other;
                    assert!(rows.iter().any(|row| meets(&row)));
                }
            }
        }
    }
}
