//! The secret that calls are signed with, as a variable holds it.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Base64 with or without its padding: people lose it when they copy.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The fewest bytes of a secret, as Standard Webhooks has it.
const SHORTEST: usize = 24;

/// The bytes that calls are signed with. It has no text form, so that no log can hold it.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Why a text is no secret. Says nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotASecret {
    /// It is what an app setting says in place of a secret, and nobody put the secret there.
    #[error(
        "it is still a reference to a key vault: the platform could not put the secret in its place"
    )]
    Reference,
    /// It is not base64.
    #[error("it is not base64")]
    NotBase64,
    /// It could be guessed.
    #[error("it has fewer than {SHORTEST} bytes")]
    Short,
}

impl Secret {
    /// Reads a secret: base64, with `whsec_` in front or without.
    pub fn parse(text: &str) -> Result<Self, NotASecret> {
        let text = text.trim();
        if text.starts_with("@Microsoft.") {
            return Err(NotASecret::Reference);
        }
        let encoded = text.strip_prefix("whsec_").unwrap_or(text);
        let bytes = LENIENT.decode(encoded).map_err(|_| NotASecret::NotBase64)?;
        if bytes.len() < SHORTEST {
            return Err(NotASecret::Short);
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}
