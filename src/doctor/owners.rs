//! Who owns the lists that a sync writes: they may change them by hand as well.

use super::{
    Finding, Patient,
    list::{counted, endpoint, written},
};
use crate::{
    definition::sync::Sync,
    model::{list::Sides, reading::Reading},
};

/// What is to be said of the owners of the lists that are written, where lists have owners.
pub(super) async fn owners(
    patient: Patient<'_>,
    sync: &Sync,
    readings: &Sides<Reading>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for side in written(sync) {
        let Reading { list, list_id, .. } = readings.of(*side);
        let connection = &endpoint(sync, *side).connection;
        if let (Some(id), Ok(Some(examination))) = (list_id, patient.doors.examination(connection))
        {
            let owners = examination.owners(id).await;
            findings.extend(owners.map(|owners| match owners {
                Ok(0) => Finding::note(
                    "ownership",
                    format!(
                        "no person owns {list}: nobody but administrators can change it by hand"
                    ),
                ),
                Ok(owners) => Finding::ok(
                    "ownership",
                    format!(
                        "{} of {list}, who can change it by hand as well",
                        counted(owners, "owner", "owners")
                    ),
                ),
                Err(error) => Finding::note(
                    "ownership",
                    format!("not known of {list}: {}", error.message),
                ),
            }));
        }
    }
    findings
}
