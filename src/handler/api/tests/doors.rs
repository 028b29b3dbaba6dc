//! Connections that only can be tried out.

use crate::{
    connectors::ports::{ConnectionTest, ConnectorError, ErrorKind, Readers, TestLine, Writers},
    definition::sync::Definition,
    service::{Opened, Opener},
};

/// Doors that lead nowhere: only trying them out is of interest.
pub(super) struct Doors;

struct Open;

impl Opener for Doors {
    fn open(&self, _definition: &Definition) -> Box<dyn Opened> {
        Box::new(Open)
    }
}

impl Opened for Open {
    fn readers(&self) -> &dyn Readers {
        unreachable!("the API reads no list")
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
