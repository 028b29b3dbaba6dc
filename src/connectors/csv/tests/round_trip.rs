use proptest::prelude::*;

use super::*;

#[tokio::test]
async fn formulas_become_text_and_come_back() {
    let fixture = Fixture::new("email,phone,x\n");
    let dangerous = [
        "=1+1",
        "+41791234567",
        "-1+2",
        "@SUM(A1)",
        "'=1",
        "'quoted'",
        "-12.5",
        "+1+1",
        "- item",
        "-",
    ];
    let changes: Vec<Change> = dangerous
        .iter()
        .enumerate()
        .map(|(number, text)| add(&format!("p{number}@x.org"), &[("x", text)]))
        .collect();
    fixture.write(&changes).await;
    let cells: Vec<String> = fixture
        .text()
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        cells,
        [
            "'=1+1",
            "'+41791234567",
            "'-1+2",
            "'@SUM(A1)",
            "''=1",
            "'quoted'",
            "-12.5",
            "'+1+1",
            "'- item",
            "'-"
        ]
    );
    for (member, text) in fixture.members().await.iter().zip(dangerous) {
        assert_eq!(member.attributes.get("x"), Value::text(text).as_ref());
    }
}

#[tokio::test]
async fn an_address_that_looks_like_a_formula_is_still_that_address() {
    let fixture = Fixture::new("email\n");
    let changes = [add("-dash@x.org", &[]), add("+plus@x.org", &[])];
    assert_eq!(
        codes(&fixture.write(&changes).await),
        ["applied", "applied"]
    );
    assert_eq!(fixture.text(), "email\n'-dash@x.org\n'+plus@x.org\n");
    assert_eq!(
        codes(&fixture.write(&changes).await),
        ["already-so", "already-so"]
    );
    assert_eq!(
        codes(&fixture.write(&[remove("-dash@x.org")]).await),
        ["applied"]
    );
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\n\r\t\"';,|=+@-]{0,12}",
        "\\PC{0,8}",
        "['=+@\t-]{1,4}[a-z0-9]{0,3}",
        "[+-][0-9.]{1,6}"
    ]
}

proptest! {
    // Each case writes four files to disk and waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_cells_come_back_and_settle(
        cells in prop::collection::vec((cell(), cell()), 1..8),
        delimiter in prop::sample::select(vec![",", ";", "|", "tab"]),
        ending in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let separator = if delimiter == "tab" { "\t" } else { delimiter };
        let header = format!("email{separator}phone{separator}x{separator}y{ending}");
        let fixture = Fixture::new(header).with(&format!("{{\"delimiter\": \"{delimiter}\"}}"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut expected = Vec::new();
        for (number, (x, y)) in cells.iter().enumerate() {
            let mut member = person(&format!("p{number}@x.org"), &[]);
            for (name, text) in [("x", x), ("y", y)] {
                member.attributes.extend(Value::text(text).map(|value| (name.to_owned(), value)));
            }
            expected.push(member);
        }
        let adds: Vec<Change> = expected.iter().map(|member| change(Action::Add, member.clone())).collect();
        let outcomes = runtime.block_on(fixture.write(&adds));
        prop_assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
        let mut read = runtime.block_on(fixture.members());
        for member in &mut read {
            member.attributes.remove("email");
            member.note = None;
        }
        prop_assert_eq!(read, expected);
        // Swapped and swapped back, the file is what it was.
        let text = fixture.text();
        let fields = |swap: bool| -> Vec<Change> {
            cells.iter().enumerate().map(|(number, (x, y))| {
                let (x, y) = if swap { (y, x) } else { (x, y) };
                update(&format!("p{number}@x.org"), &[("x", x), ("y", y)])
            }).collect()
        };
        runtime.block_on(fixture.write(&fields(true)));
        runtime.block_on(fixture.write(&fields(false)));
        prop_assert_eq!(fixture.text(), text);
    }
}
