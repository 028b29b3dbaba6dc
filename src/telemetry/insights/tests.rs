use super::*;

#[test]
fn a_redirect_is_followed_to_another_region_and_nowhere_else() {
    let from = Url::parse("https://westeurope-5.in.monitor.example/v2.1/track").unwrap();
    for (location, is_followed) in [
        ("https://westeurope-6.in.monitor.example/v2.1/track", true),
        ("https://westeurope-5.in.monitor.example/v2/track", true),
        ("/v2/track", true),
        ("http://westeurope-6.in.monitor.example/v2.1/track", false),
        ("https://westeurope-6.in.monitor.example:8443/track", false),
        ("https://westeurope-5.out.monitor.example/v2.1/track", false),
        ("https://in.monitor.example/v2.1/track", false),
        ("https://elsewhere.example/v2.1/track", false),
        ("https://10.0.0.1/v2.1/track", false),
        ("https://", false),
    ] {
        assert_eq!(beside(&from, location).is_some(), is_followed, "{location}");
    }
    // What is left of a short name is no name of anybody's.
    let short = Url::parse("https://monitor.example/").unwrap();
    assert!(beside(&short, "https://elsewhere.example/").is_none());
    let here = Url::parse("http://127.0.0.1:9/").unwrap();
    assert!(beside(&here, "http://126.0.0.1:9/").is_none());
}

fn sent(status: u16, body: &str) -> Result<Missed, String> {
    let answer = Answer::for_tests(status, body);
    missed(&answer, vec!["zero".into(), "one".into(), "two".into()])
}

#[test]
fn what_was_not_taken_for_a_reason_that_passes_is_found() {
    let all = sent(200, "").unwrap();
    assert_eq!((all.again.len(), all.lost), (0, 0));
    let error =
        |index: usize, status: u16| json!({ "index": index, "statusCode": status, "message": "m" });
    let body =
        json!({ "itemsReceived": 3, "itemsAccepted": 1, "errors": [error(2, 439), error(0, 400)] });
    let some = sent(206, &body.to_string()).unwrap();
    assert_eq!((some.again, some.lost), (vec!["two".into()], 1));
    let body = json!({ "errors": [error(7, 500)] });
    let nobody = sent(206, &body.to_string()).unwrap();
    assert_eq!((nobody.again.len(), nobody.lost), (0, 1));
    assert!(sent(206, "").is_err());
    assert_eq!(sent(402, "").err().as_deref(), Some("it answered 402"));
}
