//! Who is in a package and who is not, and what else is planned for people.

use super::*;

#[tokio::test]
async fn who_opts_out_while_a_package_waits_supersedes_it() {
    let stage = one_way("ada bob", "bob");
    let made = run(&stage).await;
    stage.world.edit(&mail(), |members| {
        for member in members {
            if member.addresses == entry("ada").addresses {
                member.standing = Standing::OptedOut;
            }
        }
    });
    let summary = run(&stage).await;
    assert_eq!(told(&summary).1, PackageState::Superseded);
    assert_eq!(only_note(&summary).run, made.run);
    assert_eq!(packages_kept(&stage.stores).await, 1);
}

#[tokio::test]
async fn a_run_that_cannot_prove_a_removal_leaves_the_package_as_it_is() {
    let stage = one_way("ada bob", "bob cyd dan");
    let made = run(&stage).await;
    stage.world.doubt(&mail(), &["a page may be missing"]);
    let summary = run(&stage).await;
    let note = only_note(&summary);
    assert_eq!((&note.run, note.state), (&made.run, PackageState::Waiting));
    assert_eq!((note.open, note.unsure), (3, 2));
    stage.world.doubt(&mail(), &[]);
    assert_eq!(only_note(&run(&stage).await).unsure, 0);
}

#[tokio::test]
async fn a_guest_is_a_step_for_the_administrator_and_is_not_invited() {
    let mut stage = one_way("ada gwen@partner.example", "ada");
    stage.sync.guests.invite = true;
    let summary = run(&stage).await;
    assert_eq!(
        told(&summary),
        (Some(Status::Packaged), PackageState::Made, 0, 1)
    );
    assert_eq!(summary.done.invited, 0);
    let files = package(&stage.stores, &summary.run).await.unwrap();
    assert!(files["README.md"].contains("\n    gwen@partner.example  is on the source\n"));
    assert!(!files.contains_key("add-members.csv"));
    assert!(
        stage.world.directory("entra-id").people.len() == PEOPLE.split(' ').count(),
        "somebody was invited"
    );
    assert_eq!(told(&run(&stage).await).1, PackageState::Waiting);
}

#[tokio::test]
async fn fields_are_no_part_of_a_package_and_are_told() {
    let mut stage = one_way("ada bob", "ada bob");
    let titled = |mut member: Member, title: &str| {
        let title = Value::Text(title.to_owned());
        member.attributes.insert("title".to_owned(), title);
        member
    };
    let can = Capabilities {
        updatable: Updatable::Fields(vec!["title".to_owned()]),
        ..handed_over()
    };
    let members = vec![
        titled(person("ada"), "Clerk"),
        titled(person("bob"), "Cook"),
    ];
    stage.world.put_list(&group(), can, members);
    stage.world.edit(&mail(), |members| {
        for member in members {
            *member = titled(member.clone(), "Cook");
        }
    });
    stage.sync.mapping.rules = vec![Rule {
        attribute: "title".to_owned(),
        field: "title".to_owned(),
        transforms: Vec::new(),
        owner: Side::Source,
        owner_is_said: true,
    }];
    let finished = run_through(&stage, &stage.stores).await;
    assert_eq!(finished.summary.packages, []);
    let withheld: Vec<String> = finished
        .file
        .unwrap()
        .plan
        .withheld
        .iter()
        .map(|one| format!("{} {}: {}", one.label, one.considered, one.because))
        .collect();
    assert_eq!(
        withheld,
        [
            "ada@acme.example not updated: title cannot be changed: a package for an administrator says who is on a list, \
          and holds no fields; change it by hand"
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_handed_over_is_refused_and_makes_no_package_new() {
    let stage = one_way("ada bob", "bob");
    let contact = Member {
        attributes: [("objectType".to_owned(), Value::Text("contact".to_owned()))].into(),
        ..person("pam")
    };
    stage.world.edit(&group(), |members| members.push(contact));
    let made = run(&stage).await;
    assert_eq!(made.status, Some(Status::Partial));
    assert_eq!((made.done.handed_over, made.done.refused), (1, 1));
    assert_eq!(made.first_failures[0].problem.code, "not-a-person");
    assert_eq!(changes_in(&stage.stores, &made.run).await, "+ada");
    for _ in 0..2 {
        let summary = run(&stage).await;
        assert_eq!(summary.done.refused, 1);
        assert_eq!(told(&summary).1, PackageState::Waiting);
        assert_eq!(only_note(&summary).run, made.run);
        assert_eq!(packages_kept(&stage.stores).await, 1);
    }
}
