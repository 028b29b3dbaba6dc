//! Integration tests.

#[cfg(test)]
#[cfg(feature = "sandbox")]
mod entra;
