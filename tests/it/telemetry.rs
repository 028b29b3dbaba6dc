//! What the program says of itself: every event is in the table and really sent, traces join what belongs together, and
//! nobody is named.

#[cfg(feature = "sandbox")]
mod attempts;
mod captured;
#[cfg(feature = "sandbox")]
mod collector;
mod events;
#[cfg(feature = "sandbox")]
mod exporting;
#[cfg(feature = "sandbox")]
mod nobody;
#[cfg(feature = "sandbox")]
mod office;
#[cfg(feature = "sandbox")]
mod reports;
#[cfg(feature = "sandbox")]
mod sending;
mod source;
#[cfg(feature = "sandbox")]
mod traces;
