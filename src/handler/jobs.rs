//! The functions of the app: what each call of the host does.

use async_trait::async_trait;

use super::functions::{Functions, Invocation};
use crate::{
    scheduler,
    service::Service,
    worker::{self, Delivery},
};

/// The scheduler and the worker over a service.
pub struct Jobs(pub Service);

#[async_trait]
impl Functions for Jobs {
    async fn scheduler(&self, invocation: &Invocation) -> Result<Vec<String>, String> {
        let tick = scheduler::tick(&self.0)
            .await
            .map_err(|error| error.to_string())?;
        for problem in &tick.problems {
            tracing::error!("{problem}");
        }
        tracing::info!(
            syncs = tick.syncs,
            due = tick.enqueued.len(),
            forgotten = tick.forgotten,
            past_due = invocation.past_due,
            "looked for what is due"
        );
        let mut lines = vec![format!(
            "{} of {} syncs due",
            tick.enqueued.len(),
            tick.syncs
        )];
        lines.extend(tick.enqueued.iter().map(|run| format!("run `{run}`")));
        lines.extend(tick.problems);
        Ok(lines)
    }

    async fn sync_worker(
        &self,
        message: &str,
        invocation: &Invocation,
    ) -> Result<Vec<String>, String> {
        let delivery = Delivery {
            invocation: invocation.id.clone(),
            deadline: invocation.deadline,
        };
        let done = worker::work(&self.0, message, &delivery).await;
        done.map_err(|again| again.to_string())
    }

    async fn sync_poison(
        &self,
        message: &str,
        _invocation: &Invocation,
    ) -> Result<Vec<String>, String> {
        let done = worker::bury(&self.0, message).await;
        done.map_err(|again| again.to_string())
    }
}
