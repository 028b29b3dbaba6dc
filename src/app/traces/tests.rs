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
    let headers = headers_of("H", "api-key=a%2Cb+c%3D, x = y&z ,").unwrap();
    assert_eq!(headers["api-key"], "a,b+c=");
    assert_eq!(headers["x"], "y&z");
    assert_eq!(headers.len(), 2);
}

#[test]
fn what_is_said_for_traces_alone_comes_before_what_is_said_for_all() {
    let some = |text: &str| Some(text.to_owned());
    let to = |settings: &Settings| match destination(settings).unwrap().unwrap().0 {
        Destination::Otlp { endpoint, headers } => (endpoint, headers.into_keys().collect()),
        Destination::Insights(to) => (to.endpoint, Vec::new()),
    };
    let mut settings = Settings {
        otlp_endpoint: some("http://127.0.0.1:9/base/"),
        otlp_headers: Some(Hidden("all=1".to_owned())),
        ..settings("InstrumentationKey=k")
    };
    let wanted = ("http://127.0.0.1:9/base/v1/traces", "all");
    let (endpoint, headers) = to(&settings);
    assert_eq!(
        (endpoint.as_str(), headers),
        (wanted.0, vec![wanted.1.to_owned()])
    );
    settings.otlp_traces_endpoint = some("http://127.0.0.1:9/mine");
    settings.otlp_traces_headers = Some(Hidden("own=1".to_owned()));
    let wanted = ("http://127.0.0.1:9/mine", "own");
    let (endpoint, headers) = to(&settings);
    assert_eq!(
        (endpoint.as_str(), headers),
        (wanted.0, vec![wanted.1.to_owned()])
    );
    settings.otlp_traces_headers = Some(Hidden("hunter2".to_owned()));
    let told = problem(&settings);
    assert!(told.contains("OTEL_EXPORTER_OTLP_TRACES_HEADERS"), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
fn a_connection_string_names_its_place_outright_or_by_a_suffix() {
    for (more, place) in [
        ("", "https://dc.services.visualstudio.com/"),
        (
            "EndpointSuffix=applicationinsights.azure.cn",
            "https://dc.applicationinsights.azure.cn/",
        ),
        (
            "Location=chinaeast2;EndpointSuffix=applicationinsights.azure.cn",
            "https://chinaeast2.dc.applicationinsights.azure.cn/",
        ),
        (
            "EndpointSuffix=elsewhere.example;IngestionEndpoint=https://here.example/;Location=x",
            "https://here.example/",
        ),
    ] {
        let settings = settings(&format!("InstrumentationKey=k;{more}"));
        let (to, _) = destination(&settings).unwrap().unwrap();
        let Destination::Insights(to) = to else {
            panic!("{more}");
        };
        assert_eq!(to.endpoint, place);
    }
}
