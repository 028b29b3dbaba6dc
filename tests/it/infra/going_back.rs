//! `rollback.sh`: where it goes back to, and that it never guesses.

use super::{
    installed::{CONFIG_ZIP, Installed, NEW, marker, named, written},
    stage::{Ran, Stage},
};

/// An app that is well with the package that is gone back to, which does not say its version itself.
const WELL: &str = r#"answer 200 '{"status":"ok","version":"1.1.0"}'"#;

/// Three packages were published; the second one holds what `CONTENT` says.
fn three() -> [String; 3] {
    [
        named("20260101T000000Z", "1.0.0", "older"),
        named("20260201T000000Z", "1.1.0", "old"),
        named("20260301T000000Z", "1.2.3", NEW),
    ]
}

fn go_back(stage: &Stage, more: &[&str]) -> Ran {
    let usual = ["--group", "rg", "--wait", "0"];
    stage.run("rollback.sh", &[&usual[..], more].concat())
}

#[test]
fn going_back_takes_what_ran_before_once() {
    let all = three();
    // As the service lists them, which is no order to rely on.
    let kept = [&all[2], &all[0], &all[1]].map(String::as_str).join("\n");
    let running = marker(&all[2], "", &all[1]);
    let stage = |marker: &str| {
        Installed {
            kept: &kept,
            marker,
            curl: WELL,
            ..Installed::default()
        }
        .stage()
    };
    let ran = go_back(&stage(&running), &[]).exits(0);
    let fetched = &ran.that_begin("az storage blob download")[0];
    assert!(fetched.contains(&format!("--name {}", all[1])), "{fetched}");
    assert!(ran.place("az storage blob download") < ran.place(CONFIG_ZIP));
    // Cut short, the next attempt goes there again; when it is done, nothing leads to what was left.
    let to = &all[1];
    assert_eq!(
        written(&ran),
        [
            format!("deploying={to} previous={to}"),
            format!("package={to}")
        ]
    );

    let listed = go_back(&stage(&running), &["--list"]).exits(0);
    let wanted = format!("  {}\n  {}\n* {}\n", all[0], all[1], all[2]);
    assert_eq!(listed.out, wanted);
    assert!(listed.that_begin(CONFIG_ZIP).is_empty());
}

/// From the oldest one on, past one that was left for a reason: back is where it came from.
#[test]
fn whoever_goes_on_can_go_back_to_where_they_came_from() {
    let all = three();
    let kept = all.join("\n");
    let stage = Installed {
        kept: &kept,
        marker: &marker(&all[0], "", ""),
        curl: WELL,
        ..Installed::default()
    }
    .stage();
    let ran = go_back(&stage, &["--to", &all[1]]).exits(0);
    let wanted = format!("package={} previous={}", all[1], all[0]);
    assert_eq!(written(&ran)[1], wanted);
}

#[test]
fn going_back_prefers_what_ran_before() {
    let all = three();
    let kept = all.join("\n");
    for (package, deploying) in [
        // The oldest package was published once more, after the second one.
        (&*all[0], ""),
        // A newer one was begun, and nobody knows how that ended.
        ("", &*all[2]),
        // Going back was cut short.
        ("", &*all[1]),
    ] {
        let marker = marker(package, deploying, &all[1]);
        let stage = Installed {
            kept: &kept,
            marker: &marker,
            curl: WELL,
            ..Installed::default()
        }
        .stage();
        let ran = go_back(&stage, &[]).exits(0);
        assert_eq!(written(&ran)[1], format!("package={}", all[1]));
    }
    let begun = marker("", &all[2], &all[1]);
    let stage = Installed {
        kept: &kept,
        marker: &begun,
        ..Installed::default()
    }
    .stage();
    let listed = go_back(&stage, &["--list"]).exits(0);
    let wanted = format!("  {}\n  {}\n? {}\n", all[0], all[1], all[2]);
    assert_eq!(listed.out, wanted);
}

/// What is written down may be wrong: a package may have been put in place without these scripts.
#[test]
fn what_is_said_to_run_can_be_named() {
    let all = three();
    let kept = all.join("\n");
    let marker = marker(&all[1], "", &all[0]);
    let stage = Installed {
        kept: &kept,
        marker: &marker,
        curl: WELL,
        ..Installed::default()
    }
    .stage();
    let ran = go_back(&stage, &["--to", &all[1]]).exits(0);
    assert_eq!(ran.that_begin(CONFIG_ZIP).len(), 1);
}

#[test]
fn going_back_never_guesses() {
    let all = three();
    let kept = all.join("\n");
    let never = "which package ran before is not written down\nname one with --to";
    let gone = "`gone.zip` ran before, and it is not kept any more\nname one with --to";
    for (marker, arguments, problem) in [
        (String::new(), &[][..], never),
        (marker("", "", ""), &[][..], never),
        (marker("", &all[2], ""), &[][..], never),
        (marker("another.zip", "", ""), &[][..], never),
        (marker(&all[0], "", ""), &[][..], never),
        // It is kept, and may never have run.
        (marker(&all[2], "", ""), &[][..], never),
        (marker(&all[2], "", "gone.zip"), &[][..], gone),
        (
            marker(&all[2], "", ""),
            &["--to", "20260201"][..],
            "`20260201` is not kept",
        ),
    ] {
        let stage = Installed {
            kept: &kept,
            marker: &marker,
            ..Installed::default()
        }
        .stage();
        let ran = go_back(&stage, arguments).exits(1).complains(problem);
        assert!(ran.that_begin(CONFIG_ZIP).is_empty());
        assert!(ran.that_begin("az storage blob upload").is_empty());
    }
}

#[test]
fn going_back_waits_for_the_version_that_it_went_to() {
    let all = three();
    let kept = all.join("\n");
    let marker = marker(&all[2], "", &all[1]);
    for (content, to, answers, code) in [
        // The name says it, where the package does not.
        ("old", &all[1], "1.1.0", 0),
        ("old", &all[1], "1.2.3", 1),
        (NEW, &all[2], "1.2.3", 0),
        (NEW, &all[2], "1.1.0", 1),
    ] {
        let curl = format!(r#"answer 200 '{{"version":"{answers}"}}'"#);
        let stage = Installed {
            kept: &kept,
            marker: &marker,
            content,
            curl: &curl,
            ..Installed::default()
        }
        .stage();
        let ran = go_back(&stage, &["--to", to]).exits(code);
        if code == 1 {
            let forward = format!("infra/rollback.sh --group rg --to {}", all[2]);
            ran.complains(&format!("the version {answers} answers"))
                .complains(&forward);
        }
    }
}

#[test]
fn a_kept_package_that_somebody_changed_is_not_deployed() {
    let all = three();
    let kept = all.join("\n");
    let marker = marker(&all[2], "", &all[1]);
    let stage = Installed {
        kept: &kept,
        marker: &marker,
        content: "evil",
        ..Installed::default()
    }
    .stage();
    let ran = go_back(&stage, &[])
        .exits(1)
        .complains("is not what was published under this name, and nothing was deployed");
    assert!(ran.that_begin(CONFIG_ZIP).is_empty());
    let left = std::fs::read_dir(stage.path(".")).unwrap();
    let left = left.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_dir());
    assert_eq!(left.count(), 1, "what was fetched is gone again");
}
