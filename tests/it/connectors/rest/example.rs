//! The example is loaded, planned and run by the program itself.

use std::process::Command;

use super::*;

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// The example in a folder of its own, with the stand-in's address in it.
    fn with(stand_in: &StandIn<Noticeboard>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/noticeboard-rest.json");
        let text = std::fs::read_to_string(path).unwrap();
        let here = text.replace("https://api.noticeboard.example", stand_in.url());
        assert_ne!(text, here);
        std::fs::write(folder.path().join("rollcall.json"), here).unwrap();
        std::fs::create_dir(folder.path().join("people")).unwrap();
        Self { folder }
    }

    fn people(&self, rows: &[&str]) {
        let header = "Number,Name,Work mail,Department";
        let file = self.folder.path().join("people/staff.csv");
        std::fs::write(file, format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    }

    /// Runs the program, which has to end with this code.
    async fn run(&self, arguments: &[&str], code: i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("ROLLCALL_NOTICEBOARD_TOKEN", TOKEN)
            .env("USER", "ada");
        let ran = tokio::task::spawn_blocking(move || command.output());
        let ran = ran.await.unwrap().unwrap();
        let out = String::from_utf8(ran.stdout).unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {out}\n{err}");
        assert!(!out.contains(TOKEN) && !err.contains(TOKEN));
    }
}

#[tokio::test]
async fn the_example_is_planned_run_and_settled() {
    let stand_in = running(board()).await;
    let desk = Desk::with(&stand_in);
    desk.people(&[
        "1,Ada Lovelace,ada@acme.example,Engines",
        "2,Bob Ross,bob@acme.example,Paint",
        "3,Cyd Charisse,cyd@acme.example,",
    ]);
    desk.run(&["check"], 0).await;
    desk.run(&["test", "noticeboard"], 0).await;
    desk.run(&["plan"], 2).await;
    assert_eq!(stand_in.counters().writes, 0, "a preview writes nothing");

    desk.run(&["apply"], 0).await;
    let everyone = ["ada", "bob", "cyd"].map(|name| format!("{name}@acme.example"));
    assert_eq!(stand_in.snapshot().emails("Staff"), everyone);
    let boards = stand_in.snapshot().boards;
    let ada = &boards[0].subscribers[0];
    assert_eq!(ada.reference.as_deref(), Some("1"));
    assert_eq!(ada.team.as_deref(), Some("Engines"));
    stand_in.clear_log();
    desk.run(&["apply"], 0).await;
    assert_eq!(
        stand_in.counters().writes,
        0,
        "a second run changes nothing"
    );

    desk.people(&[
        "1,Ada Lovelace,ada@acme.example,Numbers",
        "3,Cyd Charisse,cyd@acme.example,Dance",
        "4,Dan Dare,dan@acme.example,Space",
    ]);
    desk.run(&["apply"], 0).await;
    let everyone = ["ada", "cyd", "dan"].map(|name| format!("{name}@acme.example"));
    assert_eq!(stand_in.snapshot().emails("Staff"), everyone);
    let boards = stand_in.snapshot().boards;
    let teams: Vec<_> = boards[0]
        .subscribers
        .iter()
        .map(|one| one.team.as_deref())
        .collect();
    assert_eq!(teams, [Some("Numbers"), Some("Dance"), Some("Space")]);
    stand_in.clear_log();
    desk.run(&["apply"], 0).await;
    assert_eq!(stand_in.counters().writes, 0);
}
