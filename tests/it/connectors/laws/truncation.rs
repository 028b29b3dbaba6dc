//! Listings that end early, where the platform says how much there is.

use super::*;

pub(in super::super) async fn a_listing_that_ends_early_is_no_whole_reading<S: Subject>() {
    for after in [0, 1] {
        let subject = S::start(S::THREE_PAGES).await;
        let fault = Fault::new(Effect::TruncatedListing { size: 1 });
        assert!(subject.inject(fault.on("GET", subject.listing()).after(after)));
        if let Ok(reading) = read(&subject).await {
            assert!(
                reading.members.len() < S::THREE_PAGES,
                "nothing was left out"
            );
            assert!(
                !reading.is_whole(),
                "{} of {} members passed for all of them",
                reading.members.len(),
                S::THREE_PAGES
            );
        }
    }
}
