//! `doctor --cost`: what the functions app uses and costs in a month.

use std::path::Path;

use super::{Exit, Failure, Session, arguments::SizeArguments, chosen, now, print, print_json};
use crate::{
    agenda, app,
    cost::{DAYS, Prices, Size, estimate, runs_in_a_month},
    definition::sync::Sync,
    history,
    store::ports::Stores,
    summary::Status,
};

/// How many members a list has where nobody counted them.
const MEMBERS: u64 = 250;

/// Computes and shows it. Reads the definition and what earlier runs counted; asks nobody.
pub(super) async fn cost(
    session: &Session,
    prices: &Path,
    sync: Option<&str>,
    arguments: &SizeArguments,
) -> Result<Exit, Failure> {
    let place = prices.display();
    let input = |message: String| Failure {
        exit: Exit::InvalidInput,
        message,
    };
    let text = std::fs::read_to_string(prices)
        .map_err(|error| input(format!("the prices `{place}` cannot be read: {error}")))?;
    let prices = Prices::parse(&text).map_err(|faults| {
        let count = faults.len();
        let plural = if count == 1 { "" } else { "s" };
        let faults = faults.join("\n  ");
        input(format!("`{place}` has {count} fault{plural}:\n  {faults}"))
    })?;
    let keep = app::keep(&session.settings).map_err(input)?;
    let given = Size {
        changes: arguments.changes.into(),
        instance_mb: arguments.memory.into(),
        endpoints: arguments.endpoints.into(),
        secrets: 1,
        keep_days: u64::try_from(keep.as_hours() / 24).unwrap_or(0),
        ..Size::default()
    };
    let (mut assumed, mut counted) = (Vec::new(), Counted::default());
    let mut size = match arguments.lists {
        Some(lists) => Size {
            lists: lists.into(),
            runs: u64::from(lists) * u64::from(arguments.runs) * DAYS,
            ..given
        },
        None => defined(session, sync, given, &mut counted, &mut assumed).await?,
    };
    match (arguments.members, counted.average()) {
        (Some(members), _) => size.members = members.into(),
        (None, None) => {
            size.members = MEMBERS;
            assumed.push(format!("a list has {MEMBERS} members: nobody counted them"));
        }
        (None, Some(members)) => {
            size.members = members;
            assumed.push("lists have as many members as their last runs counted".to_owned());
        }
    }
    let estimate = estimate(&size, &prices, assumed);
    if session.json {
        print_json(&estimate)?;
    } else {
        print(&estimate.as_text());
    }
    Ok(Exit::Done)
}

/// What earlier runs counted.
#[derive(Default)]
struct Counted {
    lists: u64,
    members: u64,
}

impl Counted {
    /// The members of a list; `None` where no list was counted.
    fn average(&self) -> Option<u64> {
        self.members.checked_div(self.lists)
    }
}

/// The size of what the definition says, with the lists that earlier runs found. Their members are added to `counted`.
async fn defined(
    session: &Session,
    sync: Option<&str>,
    given: Size,
    counted: &mut Counted,
    assumed: &mut Vec<String>,
) -> Result<Size, Failure> {
    let definition = session.definition()?;
    let asked = chosen(&definition, sync)?;
    let stores = session.stores_to_look().await?;
    let mut size = given;
    for sync in &asked {
        let runs = runs_in_a_month(&sync.schedule, now());
        if runs == 0 {
            let why = if sync.schedule.automatic {
                "is not due within the next 30 days, and costs nothing in them"
            } else {
                "does not run by itself, and costs nothing"
            };
            assumed.push(format!("`{}` {why}", sync.id));
            continue;
        }
        let lists = lists(&stores, sync, assumed).await?;
        if sync.mapping.route.is_some() {
            size.splits += runs;
        }
        size.lists += lists.len() as u64;
        size.runs += runs * lists.len() as u64;
        for list in &lists {
            let last = history::list(&stores, list, 1).await?;
            // A run that failed may have counted nobody.
            let ended = last.first().filter(|last| {
                let members = last.members.source + last.members.target;
                last.finished.is_some() && (members > 0 || last.status != Some(Status::Failed))
            });
            if let Some(last) = ended {
                counted.lists += 1;
                counted.members += last.members.source.max(last.members.target) as u64;
            }
        }
    }
    let secrets = app::variables(
        &definition,
        &asked,
        &session.settings,
        session.secrets.as_ref(),
    );
    size.secrets = secrets.needed.len() as u64;
    Ok(size)
}

/// The lists of a sync, as the history knows them.
async fn lists(
    stores: &Stores,
    sync: &Sync,
    assumed: &mut Vec<String>,
) -> Result<Vec<String>, Failure> {
    if sync.mapping.route.is_none() {
        return Ok(vec![sync.id.clone()]);
    }
    let lists = agenda::lists_of(stores, &sync.id).await?;
    if lists.is_empty() {
        assumed.push(format!(
            "`{}` routes people to one list: it has not run yet; `--lists N` says how many there will be",
            sync.id
        ));
        return Ok(vec![sync.id.clone()]);
    }
    Ok(lists
        .iter()
        .map(|list| format!("{}/{list}", sync.id))
        .collect())
}
