//! Connections that can be tried out and read, and never written.

use std::path::PathBuf;

use crate::{
    app::Connections,
    connectors::ports::{
        ConnectionTest, ConnectorError, ErrorKind, Examination, Readers, TestLine, Writers,
        examination::{Expected, Finding, Use, Work},
    },
    definition::sync::Definition,
    service::{Opened, Opener},
    settings::Settings,
};

/// Doors to the files in a folder, and to connections that are tried out by name.
pub(super) struct Doors(pub(super) PathBuf);

struct Open(Connections);

impl Opener for Doors {
    fn open(&self, definition: &Definition) -> Box<dyn Opened> {
        let settings = Settings::default();
        Box::new(Open(Connections::new(
            definition,
            &self.0,
            &settings,
            &|_| None,
        )))
    }
}

impl Opened for Open {
    fn readers(&self) -> &dyn Readers {
        &self.0
    }

    fn writers(&self) -> &dyn Writers {
        unreachable!("the API writes no list")
    }

    fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError> {
        match name {
            "unusable" => {
                Err(ConnectorError::new(ErrorKind::Settings, "no tenant").help("name one"))
            }
            name => Ok(Box::new(Try {
                name: name.to_owned(),
            })),
        }
    }

    fn examination(&self, name: &str) -> Result<Option<Box<dyn Examination>>, ConnectorError> {
        match name {
            "examined" => Ok(Some(Box::new(Examined))),
            name => self.0.examination(name),
        }
    }
}

/// Says what it was told.
struct Examined;

#[async_trait::async_trait]
impl Examination for Examined {
    async fn examine(&self, uses: &[Use], all_known: bool) -> Vec<Finding> {
        let found = format!("{} known, all of them: {all_known}", uses.len());
        vec![Finding::note("uses", found)]
    }

    fn expected(&self, _work: &Work) -> Option<Expected> {
        None
    }
}

struct Try {
    name: String,
}

#[async_trait::async_trait]
impl ConnectionTest for Try {
    async fn test(&self) -> Vec<TestLine> {
        match self.name.as_str() {
            "silent" => std::future::pending().await,
            "broken" => panic!("a defect in a connector"),
            _ => {}
        }
        let line = |what: &str, result| TestLine {
            what: what.to_owned(),
            result,
        };
        let denied = ConnectorError::new(ErrorKind::Denied, "`User.Read.All` is missing");
        vec![
            line("sign in", Ok("as `rollcall`".to_owned())),
            line("read users", Err(denied.help("grant it"))),
        ]
    }
}
