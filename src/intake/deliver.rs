//! One call, from its proof to its receipt.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Body, Call, Headers, Refusal, Secrets, ask,
    claim::{Claim, Unproven, is_key},
    content::{self, Format},
    delivery::{self, Delivery, Receipt},
    feed,
    signature::{Keys, Proof, proof},
};
use crate::{
    catalog::{self, Item, Shelf},
    connectors::hr::{self, Secret},
    format,
    service::Service,
    store::ports::{StoreError, Version},
};

/// Takes a call in.
///
/// What it brought is kept, and every sync that depends on the connection was asked for a run, when this gives a receipt.
/// After a failure of the storage the same call may come again, as often as it takes.
pub async fn deliver(service: &Service, secrets: &Secrets, call: Call) -> Result<Receipt, Refusal> {
    let received = service.now();
    let claim = Claim::read(&call.headers, received).map_err(Refusal::Unproven)?;
    let ready = format::ready(&service.stores, received).await;
    ready.map_err(StoreError::from)?;
    let door = door(service, secrets, &call.connection).await?;
    let body = match call.body {
        Body::Whole(body) => body,
        // Without its end no signature can be checked; a token can.
        Body::TooLarge => {
            let proof = proof(&door.keys, &claim, &[]);
            return Err(match (proof, door.settings) {
                (Some(Proof::Token), Ok(_)) => Refusal::Unusable(content::too_long()),
                _ => Refusal::Unproven(Unproven::TooLarge),
            });
        }
    };
    let Door { keys, settings } = door;
    let (claim, proof) = {
        let body = body.clone();
        off_thread(move || {
            let proof = proof(&keys, &claim, &body);
            (claim, proof)
        })
        .await?
    };
    let settings = match (settings, proof) {
        (Ok((settings, _)), Some(_)) => settings,
        (Ok((_, problems)), None) => return Err(Refusal::Unproven(Unproven::Wrong(problems))),
        (Err(unproven), _) => return Err(Refusal::Unproven(unproven)),
    };
    let identity = identity(&call.headers, claim, proof, received).map_err(Refusal::Unusable)?;
    let work = Work {
        service,
        connection: &call.connection,
        settings,
        body,
        received,
    };
    let taken = work.take_in(&call.headers, &identity).await;
    taken.map_err(|refusal| match refusal {
        Refusal::Store(error) => Refusal::NotKept(error),
        refusal => refusal,
    })
}

/// What a call has to pass.
struct Door {
    keys: Keys,
    /// The connection's settings, and what is wrong with its secrets; or why there is no way in.
    settings: Result<(hr::Settings, Vec<String>), Unproven>,
}

/// Looks the connection up. One that is not there has a door too, which nobody passes: a call to it is checked like any
/// other.
async fn door(service: &Service, secrets: &Secrets, name: &str) -> Result<Door, StoreError> {
    let item = catalog::get(&service.stores, Shelf::Connections, name).await?;
    let Some(settings) = item.as_ref().and_then(settings_of) else {
        return Ok(Door {
            keys: Keys::default(),
            settings: Err(Unproven::Unknown),
        });
    };
    let mut keys = Keys::default();
    let mut problems = Vec::new();
    for variable in &settings.secret_variables {
        match secrets(variable).as_deref().map(Secret::parse) {
            Some(Ok(secret)) => keys.secrets.push(secret),
            Some(Err(problem)) => problems.push(format!("the secret in `{variable}`: {problem}")),
            None => problems.push(format!("`{variable}` is not set")),
        }
    }
    let tokens = settings.bearer_sha256.iter();
    keys.tokens = tokens.filter_map(|hash| bytes_of(hash)).collect();
    Ok(Door {
        keys,
        settings: Ok((settings, problems)),
    })
}

/// The settings of an HR connection; `None` for any other.
fn settings_of(item: &Item) -> Option<hr::Settings> {
    let mut fields = item.value.as_object()?.clone();
    let kind = fields.remove("type");
    let kind = match &kind {
        Some(kind) => kind.as_str()?,
        None => &item.name,
    };
    let settings = Value::Object(fields);
    let is_usable = kind == hr::KIND && hr::check(&settings).is_empty();
    is_usable.then(|| serde_json::from_value(settings).ok())?
}

fn bytes_of(hexadecimal: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        let digits = hexadecimal.get(index * 2..index * 2 + 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

/// What a call is known by when it comes again.
struct Identity {
    place: String,
    sent: Timestamp,
}

/// A call that shows a token and names no key is a delivery of its own each time: the same bytes sent again may well be
/// meant, after others in between.
fn identity(
    headers: &Headers,
    claim: Claim,
    proof: Option<Proof>,
    received: Timestamp,
) -> Result<Identity, content::Unusable> {
    if let (Some(signed), Some(Proof::Signature)) = (claim.signed, proof) {
        return Ok(Identity {
            place: delivery::place("signed", &signed.id),
            sent: signed.sent,
        });
    }
    let key = headers.idempotency_key.as_deref();
    let key = match key.or(headers.id.as_deref()) {
        Some(key) if is_key(key) => key.to_owned(),
        Some(_) => return Err(content::bad_key()),
        None => uuid::Uuid::new_v4().to_string(),
    };
    Ok(Identity {
        place: delivery::place("token", &key),
        sent: received,
    })
}

/// What a proven call is taken in with.
struct Work<'a> {
    service: &'a Service,
    connection: &'a str,
    settings: hr::Settings,
    body: Arc<Vec<u8>>,
    received: Timestamp,
}

impl Work<'_> {
    async fn take_in(&self, headers: &Headers, identity: &Identity) -> Result<Receipt, Refusal> {
        let (stores, connection) = (&self.service.stores, self.connection);
        let digest = {
            let body = self.body.clone();
            off_thread(move || delivery::hash(&body)).await?
        };
        let found = match delivery::find(stores, connection, &identity.place).await? {
            Some(found) => found,
            None => self.keep(headers, identity, digest.clone()).await?,
        };
        if found.0.body != digest {
            return Err(Refusal::Reused);
        }
        if found.0.done.is_some() {
            return Ok(found.0.receipt());
        }
        if found.0.format == Format::Csv {
            feed::advance(stores, connection, &found.0, &self.body).await?;
        }
        // Not before the load is in its place: the run that is asked for has to see it.
        let now = self.service.now();
        let window = self.settings.window_seconds;
        let asked = ask::ask(self.service, connection, window, now).await?;
        let delivery = delivery::finish(stores, connection, &identity.place, found, asked).await?;
        Ok(delivery.receipt())
    }

    async fn keep(
        &self,
        headers: &Headers,
        identity: &Identity,
        digest: String,
    ) -> Result<(Delivery, Version), Refusal> {
        let format = content::format(headers).map_err(Refusal::Unusable)?;
        let rows = {
            let (body, settings) = (self.body.clone(), self.settings.clone());
            let name = self.connection.to_owned();
            off_thread(move || content::look(format, &settings, &name, &body)).await?
        };
        let rows = rows.map_err(Refusal::Unusable)?;
        let delivery = delivery::new(
            &identity.place,
            digest,
            identity.sent,
            self.received,
            format,
            rows,
        );
        let (stores, place) = (&self.service.stores, &identity.place);
        Ok(delivery::keep(stores, self.connection, place, delivery, &self.body).await?)
    }
}

/// Does what takes long with a big body on a thread that may block.
async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|stopped| StoreError::Other {
        place: "a delivery".to_owned(),
        problem: stopped.to_string(),
    })
}
