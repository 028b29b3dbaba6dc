//! The functions of the app: what each call of the host does.

use async_trait::async_trait;

use super::functions::{Functions, Invocation};
use crate::{
    scheduler::{self, Telling},
    service::Service,
    worker::{self, Delivery},
};

/// The scheduler and the worker over a service.
pub struct Jobs {
    service: Service,
    telling: Telling,
}

impl Jobs {
    /// Over this service.
    pub fn new(service: Service) -> Self {
        Self {
            service,
            telling: Telling::default(),
        }
    }
}

#[async_trait]
impl Functions for Jobs {
    async fn scheduler(&self, _invocation: &Invocation) -> Result<Vec<String>, String> {
        let tick = scheduler::tick(&self.service)
            .await
            .map_err(|error| error.to_string())?;
        self.telling.tell(&tick, self.service.now());
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
        let done = worker::work(&self.service, message, &delivery).await;
        done.map_err(|again| again.to_string())
    }

    async fn sync_poison(
        &self,
        message: &str,
        _invocation: &Invocation,
    ) -> Result<Vec<String>, String> {
        let done = worker::bury(&self.service, message).await;
        done.map_err(|again| again.to_string())
    }
}
