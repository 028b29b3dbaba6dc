//! How many people own a group. Microsoft Graph v1.0 tells of no application that does.
//! <https://learn.microsoft.com/graph/api/group-list-owners>

use super::{graph::Graph, pages::Listing, read::READ_GROUPS, urls};
use crate::connectors::ports::{ConnectorError, ErrorKind, Unwatched};

/// How many people own the group with this object id.
pub(super) async fn count(graph: &Graph, group: &str) -> Result<usize, ConnectorError> {
    let first = |page_size| urls::owners(group, page_size).unwrap_or_default();
    if first(1).is_empty() {
        let message = format!("`{group}` is no object id");
        return Err(ConnectorError::new(ErrorKind::Settings, message));
    }
    let listing = Listing {
        what: format!("the owners of group `{group}`"),
        progress: "owners read",
        grant: READ_GROUPS,
        entry: |_| Some(()),
        properties: None,
        first: &first,
        total: None,
    };
    let owners = listing
        .walk(graph, None, &mut graph.patience.start(), &Unwatched)
        .await?;
    Ok(owners.len())
}
