//! Phone numbers as matching keys.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// A phone number in E.164 (`+61491570006`). `Debug` shows only its last two digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(Arc<str>);

/// Why a text is not a phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number: {0}")]
pub struct NotAPhoneNumber(pub &'static str);

impl PhoneNumber {
    /// Reads a number as people write it. `region` is the two-letter country a number without `+` belongs to.
    pub fn parse(text: &str, region: Option<&str>) -> Result<Self, NotAPhoneNumber> {
        let text = text.trim();
        let country = match region {
            Some(region) => Some(
                region
                    .parse()
                    .map_err(|_| NotAPhoneNumber("the default region is unknown"))?,
            ),
            None if text.starts_with('+') => None,
            None => {
                return Err(NotAPhoneNumber(
                    "it has no country code and no default region is set",
                ));
            }
        };
        let number = phonenumber::parse(country, text)
            .map_err(|_| NotAPhoneNumber("it cannot be read as a number"))?;
        // The parser accepts numbers no plan contains; only `is_valid` says that the number can exist.
        if phonenumber::is_valid(&number) {
            Ok(Self(
                number
                    .format()
                    .mode(phonenumber::Mode::E164)
                    .to_string()
                    .into(),
            ))
        } else {
            Err(NotAPhoneNumber("no country's numbering plan has it"))
        }
    }

    /// The digits behind the country's, as they stand in every spelling of the number; no leading zeros.
    pub fn national_digits(&self) -> String {
        let number = phonenumber::parse(None, &*self.0);
        number.map_or_else(
            |_| self.0.trim_start_matches('+').to_owned(),
            |number| number.national().value().to_string(),
        )
    }

    /// The number in E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = NotAPhoneNumber;

    fn try_from(text: String) -> Result<Self, NotAPhoneNumber> {
        Self::parse(&text, None)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.as_str().to_owned()
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail: String = self
            .0
            .chars()
            .skip(self.0.chars().count().saturating_sub(2))
            .collect();
        write!(formatter, "…{tail}")
    }
}
