use super::*;

const KEY: &str = "c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudA==";

fn addresses(connection: &Connection) -> [&str; 3] {
    [
        connection.blobs.as_str(),
        connection.queues.as_str(),
        connection.tables.as_str(),
    ]
}

fn read(text: &str) -> Connection {
    Connection::from_text(text).unwrap()
}

fn identity(change: impl Fn(&mut Storage)) -> Result<Connection, StoreError> {
    let mut storage = Storage::default();
    change(&mut storage);
    Connection::from_settings(&storage)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_connection_string_of_the_portal() {
    let connection = read(&format!(
        "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey={KEY};EndpointSuffix=core.windows.net"
    ));
    assert_eq!(connection.account, "contoso");
    assert_eq!(
        addresses(&connection),
        [
            "https://contoso.blob.core.windows.net/",
            "https://contoso.queue.core.windows.net/",
            "https://contoso.table.core.windows.net/",
        ]
    );
    assert!(!connection.is_local());
    let Access::Key(key) = &connection.access else {
        panic!("{connection:?}")
    };
    assert_eq!(key.secret(), KEY);
}

#[test]
fn names_in_any_case_another_cloud_and_spaces() {
    let connection = read(&format!(
        " accountname = contoso ; ACCOUNTKEY={KEY};EndpointSuffix=core.chinacloudapi.cn;; "
    ));
    assert_eq!(
        connection.tables.as_str(),
        "https://contoso.table.core.chinacloudapi.cn/"
    );
}

#[test]
fn addresses_of_their_own_win_over_the_account() {
    let connection = read(&format!(
        "AccountName=contoso;AccountKey={KEY};QueueEndpoint=http://127.0.0.1:10001/contoso/;\
         BlobEndpoint=https://files.contoso.com/;FileEndpoint=https://x.example"
    ));
    assert_eq!(
        addresses(&connection),
        [
            "https://files.contoso.com/",
            "http://127.0.0.1:10001/contoso",
            "https://contoso.table.core.windows.net/",
        ]
    );
}

#[test]
fn a_shared_access_signature() {
    let connection = read(
        "BlobEndpoint=https://a.blob.core.windows.net/;QueueEndpoint=https://a.queue.core.windows.net/;\
         TableEndpoint=https://a.table.core.windows.net/;SharedAccessSignature=?sv=2022-11-02&ss=bqt&sig=c2ln%3D",
    );
    let Access::Signature(signature) = &connection.access else {
        panic!("{connection:?}")
    };
    assert_eq!(signature.secret(), "sv=2022-11-02&ss=bqt&sig=c2ln%3D");
}

#[test]
fn development_storage() {
    let connection = read("UseDevelopmentStorage=true");
    assert!(connection.is_local());
    assert_eq!(
        addresses(&connection),
        [
            "http://127.0.0.1:10000/devstoreaccount1",
            "http://127.0.0.1:10001/devstoreaccount1",
            "http://127.0.0.1:10002/devstoreaccount1",
        ]
    );
    let other = read("UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://azurite/");
    assert_eq!(
        other.tables.as_str(),
        "http://azurite:10002/devstoreaccount1"
    );
}

#[test]
fn an_account_with_an_identity() {
    let connection = identity(|storage| {
        storage.account_name = text("contoso");
        storage.credential = text("managedidentity");
        storage.client_id = text("11111111-2222-4333-8444-555555555555");
        storage.table_service_uri = text("https://tables.contoso.com/");
    })
    .unwrap();
    assert_eq!(
        addresses(&connection),
        [
            "https://contoso.blob.core.windows.net/",
            "https://contoso.queue.core.windows.net/",
            "https://tables.contoso.com/",
        ]
    );
    assert!(matches!(
        &connection.access,
        Access::Identity(Identity::Managed(Some(client))) if client.starts_with("1111")
    ));
}

#[test]
fn addresses_with_an_identity_need_no_account() {
    let connection = identity(|storage| {
        storage.queue_service_uri = text("https://contoso.queue.core.windows.net");
        storage.blob_service_uri = text("https://contoso.blob.core.windows.net");
        storage.table_service_uri = text("https://contoso.table.core.windows.net");
        storage.hosted_identity = true;
    })
    .unwrap();
    assert_eq!(connection.account, "contoso");
    assert!(matches!(
        connection.access,
        Access::Identity(Identity::Managed(None))
    ));
}

#[test]
fn a_connection_string_wins_over_an_identity() {
    let connection = identity(|storage| {
        storage.connection_string = text("UseDevelopmentStorage=true");
        storage.account_name = text("contoso");
    })
    .unwrap();
    assert!(connection.is_local());
}

#[test]
fn every_fault_says_what_to_do_and_shows_no_key() {
    let key = KEY;
    let half = &KEY[..20];
    let strings = [
        ("contoso".to_owned(), "not a connection string"),
        (
            format!("AccountName=contoso;{half}"),
            "not a connection string",
        ),
        (
            format!("AccountName=contoso;AccountKey={key};{half}x=1"),
            "is not a connection string",
        ),
        (
            format!("AccountName=contoso;AcountKey={key}"),
            "`AcountKey` is not known",
        ),
        (
            "AccountName=contoso;AccountKey=".to_owned(),
            "`AccountKey` is empty",
        ),
        (
            format!("AccountName=contoso;AccountKey={half}!"),
            "is not base64",
        ),
        (
            format!("AccountName=contoso;AccountKey={key};AccountKey={key}"),
            "twice",
        ),
        (format!("AccountKey={key}"), "no `AccountName`"),
        ("AccountName=contoso".to_owned(), "neither `AccountKey` nor"),
        (
            format!("AccountName=Con-toso;AccountKey={key}"),
            "storage account cannot be one",
        ),
        (
            format!("SharedAccessSignature=sig={half};BlobEndpoint=https://a.example"),
            "neither `QueueEndpoint` nor",
        ),
        (
            format!("AccountName=contoso;SharedAccessSignature={half}"),
            "holds no `sig=`",
        ),
        (
            format!(
                "AccountName=contoso;SharedAccessSignature=sig={half};DefaultEndpointsProtocol=http"
            ),
            "signature unencrypted",
        ),
        (
            format!(
                "AccountName=contoso;AccountKey={key};BlobEndpoint=https://a.example?sig={half}"
            ),
            "goes on with a `?`",
        ),
        (
            format!("AccountName=contoso;AccountKey={key};TableEndpoint=ftp://a.example"),
            "`TableEndpoint` is not an https address",
        ),
        (
            format!("AccountName=contoso;AccountKey={key};DefaultEndpointsProtocol=h ttp"),
            "`DefaultEndpointsProtocol` is not",
        ),
        ("UseDevelopmentStorage=yes".to_owned(), "neither `true`"),
        (
            "UseDevelopmentStorage=true;DevelopmentStorageProxyUri=azurite".to_owned(),
            "`DevelopmentStorageProxyUri` is not",
        ),
    ];
    for (string, expected) in strings {
        let problem = Connection::from_text(&string).unwrap_err().to_string();
        assert!(problem.contains(expected), "{string}\n{problem}");
        assert!(!problem.contains(half), "{problem}");
        assert!(problem.contains('\n'), "nothing to do: {problem}");
    }
}

#[test]
fn faults_of_an_identity_name_the_setting() {
    let problem = |change: fn(&mut Storage)| identity(change).unwrap_err().to_string();
    assert!(problem(|_| {}).contains("set `AzureWebJobsStorage` to a connection string"));
    assert!(
        problem(|storage| storage.queue_service_uri = text("https://a.queue.core.windows.net"))
            .contains("`AzureWebJobsStorage__blobServiceUri`")
    );
    assert!(
        problem(|storage| {
            storage.account_name = text("contoso");
            storage.queue_service_uri = text("http://127.0.0.1:10001/contoso");
        })
        .contains("a token unencrypted")
    );
    assert!(
        problem(|storage| {
            storage.account_name = text("contoso");
            storage.credential = text("magic");
        })
        .contains("`managedidentity`")
    );
    let secret = problem(|storage| {
        storage.account_name = text("contoso");
        storage.client_secret = text("hunter2");
    });
    assert!(
        secret.contains("`AzureWebJobsStorage__tenantId`"),
        "{secret}"
    );
    assert!(!secret.contains("hunter2"), "{secret}");
}

#[test]
fn nothing_secret_is_shown() {
    let storage = Storage {
        connection_string: Some(format!("AccountName=contoso;AccountKey={KEY}")),
        client_secret: text("hunter2"),
        ..Storage::default()
    };
    let with_key = Connection::from_settings(&storage).unwrap();
    let with_secret = identity(|storage| {
        storage.account_name = text("contoso");
        storage.tenant_id = text("t");
        storage.client_id = text("c");
        storage.client_secret = text("hunter2");
    })
    .unwrap();
    let signature =
        read("AccountName=contoso;SharedAccessSignature=sv=1&sig=c2lnbmF0dXJlLWl0c2VsZg%3D%3D");
    let shown = format!("{storage:?} {with_key:?} {with_secret:?} {signature:?}");
    for secret in [KEY, "hunter2", "c2lnbmF0dXJl"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_reference_that_nobody_resolved_is_no_secret() {
    let reference = text("@Microsoft.KeyVault(SecretUri=https://v.vault.example/secrets/storage/)");
    let of_account = identity(|storage| storage.connection_string = reference.clone());
    let of_application = identity(|storage| {
        storage.account_name = text("contoso");
        storage.tenant_id = text("acme.example");
        storage.client_id = text("7f0e");
        storage.client_secret = reference.clone();
    });
    for (tried, name) in [
        (of_account, "`AzureWebJobsStorage` is still a reference"),
        (
            of_application,
            "`AzureWebJobsStorage__clientSecret` is still a reference",
        ),
    ] {
        let problem = tried.unwrap_err().to_string();
        assert!(problem.contains(name), "{problem}");
        assert!(!problem.contains("v.vault"), "{problem}");
    }
}
