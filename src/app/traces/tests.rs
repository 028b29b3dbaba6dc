use super::*;

fn settings(connection: &str) -> Settings {
    Settings {
        insights: Some(Hidden(connection.to_owned())),
        ..Settings::default()
    }
}

fn problem(settings: &Settings) -> String {
    traces(settings).err().unwrap_or_default()
}

#[tokio::test]
async fn without_a_setting_nothing_is_exported() {
    assert!(traces(&Settings::default()).unwrap().is_none());
    let ours = "InstrumentationKey=k;IngestionEndpoint=http://127.0.0.1:9/;";
    assert!(traces(&settings(ours)).unwrap().is_some());
    let otlp = Settings {
        otlp_endpoint: Some("http://127.0.0.1:9".to_owned()),
        ..Settings::default()
    };
    assert!(traces(&otlp).unwrap().is_some());
}

#[tokio::test]
async fn what_cannot_be_used_is_told_without_its_value() {
    for secret in [
        "InstrumentationKey=hunter2;IngestionEndpoint=hunter2",
        "InstrumentationKey=hunter2;IngestionEndpoint=http://far.example/hunter2",
        "IngestionEndpoint=https://far.example/hunter2",
    ] {
        let told = problem(&settings(secret));
        assert!(
            told.contains("APPLICATIONINSIGHTS_CONNECTION_STRING"),
            "{told}"
        );
        assert!(!told.contains("hunter2"), "{told}");
    }
    let share = Settings {
        trace_share: Some("1.5".to_owned()),
        ..settings("InstrumentationKey=k")
    };
    assert!(problem(&share).contains("ROLLCALL_TRACE_SHARE"));
    let headers = Settings {
        otlp_endpoint: Some("http://127.0.0.1:9".to_owned()),
        otlp_headers: Some(Hidden("hunter2".to_owned())),
        ..Settings::default()
    };
    let told = problem(&headers);
    assert!(told.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn headers_are_percent_decoded() {
    let headers = headers_of("api-key=a%2Cb+c%3D, x = y&z ,").unwrap();
    assert_eq!(headers["api-key"], "a,b+c=");
    assert_eq!(headers["x"], "y&z");
    assert_eq!(headers.len(), 2);
}
