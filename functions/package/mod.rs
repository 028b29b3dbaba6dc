//! The package that is deployed: laid out as the Functions host wants it, zipped, and looked at with the host's own eyes.
//!
//! Shared by the packaging program and by the tests. It must not know the program it packs: what holds for the package
//! is what the host does, not what our code expects.

pub(crate) mod archive;
mod bindings;
pub(crate) mod inspect;
mod program;
pub(crate) mod stage;
