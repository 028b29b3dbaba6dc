//! `publish.sh`: what is kept, what is written down, and what is said when something fails in between.

use super::installed::{CONFIG_ZIP, Installed, KEY, NEW, digest, marker, named, publish, written};

#[test]
fn a_package_is_kept_then_written_down_then_deployed() {
    let stage = Installed::default().stage();
    let ran = publish(&stage, &[]).exits(0);
    let uploads = ran.that_begin("az storage blob upload");
    assert_eq!(uploads.len(), 3, "{uploads:#?}");
    let name = format!("-1.2.3-{}.zip", &digest(NEW)[..16]);
    assert!(uploads[0].contains(&name), "{}", uploads[0]);
    assert!(uploads[0].contains("--container-name packages"));
    assert!(!uploads[0].contains("--overwrite"), "what is kept stays");
    let written = written(&ran);
    assert_eq!(written.len(), 2, "{written:?}");
    assert!(written[0].starts_with("deploying=") && written[0].ends_with(&name));
    assert!(written[1].starts_with("package=") && written[1].ends_with(&name));
    let is_mark = |call: &Vec<String>| {
        let has = |word: &str| call.iter().any(|one| one == word);
        has("upload") && has("running")
    };
    let begun = ran.calls.iter().position(is_mark).unwrap();
    let done = ran.calls.iter().rposition(is_mark).unwrap();
    let deployed = ran.place(CONFIG_ZIP);
    assert!(ran.place("az storage blob upload") < begun);
    assert!(begun < deployed && deployed < done);
    assert!(ran.err.contains("the app is well: {\"status\":\"ok\""));
}

#[test]
fn what_ran_before_is_written_down() {
    let older = named("20250101T000000Z", "1.0.0", "older");
    let before = named("20260101T000000Z", "1.1.0", "old");
    let same = named("20260201T000000Z", "1.2.3", NEW);
    let kept = [&*older, &*before, &*same].join("\n");
    // What was written down, and what going back from the new one leads to.
    for (package, deploying, previous, wanted) in [
        (&*before, "", &*older, Some(&before)),
        // The same once more: not to itself.
        (&*same, "", &*before, Some(&before)),
        (&*same, "", "", None),
        // Nobody knows how the last one ended: to the one before it.
        ("", "20260115T000000Z-1.2.0-0.zip", &*before, Some(&before)),
        ("", &*same, &*before, Some(&before)),
        // Going back to this very one was cut short.
        ("", &*same, &*same, None),
        ("", "", "", None),
    ] {
        let marker = marker(package, deploying, previous);
        let stage = Installed {
            kept: &kept,
            marker: &marker,
            ..Installed::default()
        }
        .stage();
        let ran = publish(&stage, &[]).exits(0);
        let more = wanted.map_or(String::new(), |before| format!(" previous={before}"));
        assert_eq!(
            written(&ran),
            [
                format!("deploying={same}{more}"),
                format!("package={same}{more}")
            ],
            "{marker}"
        );
    }
}

#[test]
fn the_version_is_what_the_package_says() {
    let stage = Installed::default().stage();
    publish(&stage, &["--version", "1.2.3"]).exits(0);
    let ran = publish(&stage, &["--version", "1.2.4"]).exits(1);
    let ran = ran.complains("is version 1.2.3, not 1.2.4\nleave --version out");
    assert!(ran.calls.is_empty());
    let odd = stage.file("odd.zip", "version $(touch oops)");
    let ran = stage.run("publish.sh", &["--group", "rg", "--package", &odd]);
    let ran = ran.exits(1).complains("is no version");
    assert!(ran.calls.is_empty() && !stage.path("oops").exists());

    let stage = Installed {
        curl: r#"answer 200 '{"version":"1.0.0-rc.1"}'"#,
        ..Installed::default()
    }
    .stage();
    let silent = stage.file("old.zip", "from before packages said it");
    let usual = ["--group", "rg", "--wait", "0", "--package", &silent];
    let ran = stage.run("publish.sh", &usual).exits(1);
    let ran = ran.complains("does not say which version it is");
    assert!(ran.calls.is_empty());
    let said = [&usual[..], &["--version", "1.0.0-rc.1"]].concat();
    let ran = stage.run("publish.sh", &said).exits(0);
    assert!(ran.that_begin("az storage blob upload")[0].contains("Z-1.0.0-rc.1-"));
}

#[test]
fn a_role_that_was_just_given_is_waited_for() {
    let refusing = |times: usize, words: &str| {
        format!(
            r#"case "$*" in "storage blob list"*) echo >>"$STAGE/asked"
if (($(wc -l <"$STAGE/asked") <= {times})); then echo "{words}" >&2; exit 1; fi ;; esac"#
        )
    };
    let missing = "You do not have the required permissions needed to perform this operation.";
    let first = refusing(20, missing);
    let stage = Installed {
        first: &first,
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[]).exits(0);
    assert_eq!(ran.that_begin("sleep 15").len(), 20);
    let told = ran
        .err
        .matches("takes some minutes: trying for 300 seconds");
    assert_eq!(told.count(), 1, "{}", ran.err);

    for (times, words, sleeps) in [(21, missing, 20), (1, "blocked by network rules", 0)] {
        let first = refusing(times, words);
        let stage = Installed {
            first: &first,
            ..Installed::default()
        }
        .stage();
        let ran = publish(&stage, &[]).exits(1).complains(words);
        let ran = ran.complains("cannot be listed\nyou need Storage Blob Data Contributor");
        assert_eq!(ran.that_begin("sleep 15").len(), sleeps);
        assert!(ran.that_begin(CONFIG_ZIP).is_empty());
    }
}

#[test]
fn no_secret_is_an_argument() {
    let stage = Installed::default().stage();
    let ran = publish(&stage, &[]).exits(0);
    assert_eq!(
        stage.typed(),
        format!("header = \"x-functions-key: {KEY}\"\n").repeat(2)
    );
    for call in &ran.calls {
        assert!(!call.join(" ").contains(KEY), "{call:?}");
    }
    assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY));
    let storage = ran.that_begin("az storage");
    assert!(!storage.is_empty());
    for call in storage {
        assert!(call.contains("--auth-mode login"), "{call}");
    }
}

#[test]
fn the_same_package_is_kept_once() {
    let before = named("20260101T000000Z", "1.2.3", NEW);
    let stage = Installed {
        kept: &before,
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[]).exits(0);
    let uploads = ran.that_begin("az storage blob upload");
    assert_eq!(uploads.len(), 2, "{uploads:#?}");
    assert_eq!(written(&ran)[1], format!("package={before}"));
}

#[test]
fn what_cannot_be_kept_is_not_deployed_unless_somebody_wants_that() {
    for first in [
        "case \"$*\" in 'storage blob upload'*) exit 1 ;; esac",
        "case \"$*\" in 'storage blob upload'*'--name running '*) exit 1 ;; esac",
        "case \"$*\" in 'storage blob list'*'--prefix running'*) exit 1 ;; esac",
        "case \"$*\" in 'storage blob list'*) exit 1 ;; esac",
    ] {
        let stage = Installed {
            first,
            ..Installed::default()
        }
        .stage();
        let ran = publish(&stage, &[]).exits(1);
        assert!(ran.that_begin(CONFIG_ZIP).is_empty(), "{}", ran.err);
        let ran = publish(&stage, &["--not-kept"]).exits(0);
        assert_eq!(ran.that_begin(CONFIG_ZIP).len(), 1);
        assert!(ran.that_begin("az storage").is_empty());
        ran.complains("to go back: infra/rollback.sh --group rg --to LAST");
    }
}

#[test]
fn what_was_not_deployed_is_not_written_down_as_running() {
    let stage = Installed {
        first: "case \"$*\" in 'functionapp deployment'*) echo boom >&2; exit 3 ;; esac",
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[])
        .exits(1)
        .complains("boom")
        .complains("the package was not deployed; what ran before may still run");
    let written = written(&ran);
    assert_eq!(written.len(), 1, "{written:?}");
    assert!(written[0].starts_with("deploying="), "{written:?}");
}

#[test]
fn what_runs_and_was_not_written_down_is_said() {
    let stage = Installed {
        first: "case \"$*\" in 'storage blob upload'*' package='*) exit 1 ;; esac",
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[]).exits(0);
    ran.complains("is in place, and that was not written down")
        .complains("the app is well");
}

#[test]
fn an_app_that_is_not_well_fails_and_says_how_to_go_back() {
    let stage = Installed {
        curl: "echo 'curl: (22) 503' >&2; exit 22",
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[])
        .exits(1)
        .complains("503")
        .complains("the new package is in place and not well\ngo back to the one before with: infra/rollback.sh --group rg");
    // It runs, well or not.
    assert!(written(&ran)[1].starts_with("package="));
}

#[test]
fn a_premium_plan_gets_its_package_as_a_blob() {
    let stage = Installed {
        plan: "premium",
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[]).exits(0);
    assert!(ran.that_begin(CONFIG_ZIP).is_empty());
    let put = ran.that_begin("az storage blob upload");
    assert!(put[2].contains("--container-name deployments --name rollcall.zip"));
    assert!(ran.place("az functionapp restart") < ran.place("az rest --method post"));
    let sync = &ran.that_begin("az rest")[0];
    assert!(sync.contains("/subscriptions/0/sites/rollcall-x/syncfunctiontriggers"));
}

#[test]
fn half_an_installation_is_not_published_to() {
    for (answer, problem) in [
        ("", "there is no app of rollcall in `rg`"),
        (
            "printf 'Microsoft.Web/sites\\ta\\t/a\\tflex\\n'",
            "holds more than one rollcall, or half of one",
        ),
        (
            "printf 'Microsoft.Web/sites\\ta\\t/a\\tflex\\nMicrosoft.Storage/storageAccounts\\tb\\t/b\\tNone\\nMicrosoft.Storage/storageAccounts\\tc\\t/c\\tNone\\n'",
            "holds more than one rollcall, or half of one",
        ),
    ] {
        let first = format!("case \"$*\" in 'resource list'*) {answer}; exit 0 ;; esac");
        let first = first.replace(") ;", ") :;");
        let stage = Installed {
            first: &first,
            ..Installed::default()
        }
        .stage();
        let ran = publish(&stage, &[]).exits(1).complains(problem);
        assert_eq!(ran.calls.len(), 1, "{:?}", ran.calls);
    }
}
