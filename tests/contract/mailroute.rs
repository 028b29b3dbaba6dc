//! MailRoute: the connector and its stand-in against what the vendor published and recorded.

mod fields;
mod recording;
mod replay;
mod scenes;
mod stand_in;
