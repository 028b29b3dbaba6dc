//! Runs that touched somebody who was forgotten, undone.

use rollcall::{
    connectors::memory::by_address,
    definition::mapping::Rule,
    model::list::Side,
    plan::{
        change::{Because, Considered},
        put_back::NotPutBack,
    },
};

use super::*;
use crate::spine::restoring::a_mistake;

#[tokio::test]
async fn undoing_a_run_brings_nobody_back_who_was_forgotten() {
    for two_ways in [false, true] {
        let (stage, mistake) = a_mistake(two_ways).await;
        stage.wait(2 * 3600);
        for who in ["bob@acme.example", "hal@acme.example"] {
            assert!(stage.erase(who).await.is_done());
        }
        let preview = stage.preview_restore(&mistake).await.unwrap();
        let plan = preview.review.approved.plan();
        let told: Vec<(Considered, &Because)> = plan
            .withheld
            .iter()
            .map(|one| (one.considered, &one.because))
            .collect();
        let why = Because::NotPutBack(NotPutBack::Forgotten);
        assert_eq!(
            told,
            [(Considered::Remove, &why), (Considered::Add, &why)],
            "{two_ways}"
        );
        assert!(why.to_string().contains("forgotten"));
        let undone = stage.restore(&mistake).await;
        assert_eq!(
            (undone.done.added, undone.done.removed),
            (4, 0),
            "{undone:#?}"
        );
        assert_eq!(undone.planned.withheld, 2);
        assert_eq!(stage.names(&group()), "ada cyd dan eve fay gus hal");
    }
}

#[tokio::test]
async fn a_value_that_named_them_is_not_written_anywhere() {
    let mut stage = Stage::one_way("bob cyd", "bob cyd");
    stage.sync.mapping.rules = vec![Rule {
        attribute: "manager".to_owned(),
        field: "manager".to_owned(),
        transforms: Vec::new(),
        owner: Side::Source,
        owner_is_said: true,
    }];
    let both = vec![entry("bob"), entry("cyd")];
    stage.world.put_list(&group(), by_address(), both);
    stage.world.edit(&mail(), |members| {
        members.iter_mut().for_each(reports_to_ada)
    });
    stage.run().await;
    let dan = Value::Text("dan@acme.example".to_owned());
    stage.world.edit(&mail(), |members| {
        members[0]
            .attributes
            .insert("manager".to_owned(), dan.clone());
    });
    let changed = stage.run().await;
    assert_eq!(changed.done.updated, 1, "{changed:#?}");
    stage.wait(2 * 3600);
    assert!(stage.erase(ADA).await.is_done());
    let undone = stage.restore(&changed.run).await;
    assert_eq!(undone.done.updated, 0);
    assert_eq!(undone.planned.withheld, 1);
    let bob = stage.world.members(&group()).remove(0);
    assert_eq!(bob.attributes.get("manager"), Some(&dan));
}
