//! The MailRoute connector against its stand-in, over real HTTP.

mod figures;
mod probing;
mod pushing;
mod reading;
mod removing;
mod stage;
mod unharmed;
mod writing;
