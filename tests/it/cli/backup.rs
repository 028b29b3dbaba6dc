//! `backup` and `recover`: the state folder is lost, and comes back with all that nobody else remembers.

#[tokio::test]
async fn a_lost_state_folder_comes_back_with_who_opted_out() {
    let desk = super::opt_outs::without_ada().await;
    let history = desk.run(&["history"]).await.exits(0).out;
    let copied = desk.run(&["backup", "--to", "kept"]).await.exits(0);
    copied.says("copied from the state folder `.rollcall` to `kept`");
    // The copy is a state folder itself.
    let looked = desk.run(&["--state", "kept", "history"]).await.exits(0).out;
    assert_eq!(looked, history);

    std::fs::remove_dir_all(desk.path(".rollcall")).unwrap();
    let recovered = desk.run(&["recover", "--from", "kept", "--json"]).await;
    let recovered = recovered.exits(0).json();
    assert_eq!(recovered["version"], 1);
    assert!(recovered["rows"].as_u64().unwrap() > 5, "{recovered}");
    assert_eq!(desk.run(&["history"]).await.exits(0).out, history);
    desk.run(&["opt-outs", "news"])
        .await
        .exits(0)
        .says("ada@acme.example");
    desk.run(&["apply"]).await.exits(0).says("unchanged");
    assert!(!desk.text("lists/news.csv").contains("ada@"));
}

#[tokio::test]
async fn nothing_is_joined_with_what_is_there() {
    let desk = super::opt_outs::without_ada().await;
    desk.run(&["backup", "--to", "kept"]).await.exits(0);
    desk.run(&["backup", "--to", "kept"])
        .await
        .exits(5)
        .complains("`kept` holds definitions or runs already\nname a new folder");
    desk.run(&["recover", "--from", "kept"])
        .await
        .exits(5)
        .complains("the state folder `.rollcall` holds definitions or runs already");
    desk.run(&["--state", "new", "recover", "--from", "nowhere"])
        .await
        .exits(5)
        .complains("`nowhere` holds no backup");
    assert!(!desk.path("nowhere").exists());
}
