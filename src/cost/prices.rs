//! A file of prices, checked whole: every fault at once.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::meter::Meter;
use crate::definition::strict_json;

/// The prices of all meters.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// In what they are: any text.
    pub currency: String,
    /// Each meter's price.
    pub of: BTreeMap<Meter, Price>,
}

/// What a meter costs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Price {
    /// The price of `per` units.
    pub price: f64,
    /// For how many units the price is.
    pub per: f64,
    /// How many units of a month are free.
    pub free: f64,
}

impl Price {
    /// What so many units cost.
    pub fn of(self, amount: f64) -> f64 {
        (amount - self.free).max(0.0) / self.per * self.price
    }
}

impl Prices {
    /// Reads the text of a file. Otherwise everything that is wrong with it, a line each.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file = strict_json(text)
            .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>())?;
        let mut faults = Vec::new();
        let Some(file) = file.as_object() else {
            return Err(vec!["the file is no object".to_owned()]);
        };
        unknown(file, "", &["currency", "meters"], &mut faults);
        let currency = match file.get("currency") {
            Some(Value::String(currency)) if is_plain(currency) => currency.clone(),
            Some(_) => {
                faults.push("`currency` has to be a short text, like `EUR`".to_owned());
                String::new()
            }
            None => {
                faults.push("`currency` is missing".to_owned());
                String::new()
            }
        };
        let nothing = Map::new();
        let meters = match file.get("meters") {
            Some(Value::Object(meters)) => meters,
            Some(_) => {
                faults.push("`meters` has to be an object".to_owned());
                &nothing
            }
            None => &nothing,
        };
        let keys = Meter::ALL.map(Meter::key);
        unknown(meters, "meters.", &keys, &mut faults);
        let mut of = BTreeMap::new();
        for meter in Meter::ALL {
            let place = format!("meters.{}", meter.key());
            match meters.get(meter.key()) {
                Some(Value::Object(fields)) => {
                    of.insert(meter, price(fields, &place, &mut faults));
                }
                Some(_) => faults.push(format!("`{place}` has to be an object")),
                None => faults.push(format!("`{place}` is missing: {}", meter.name())),
            }
        }
        if faults.is_empty() {
            Ok(Self { currency, of })
        } else {
            Err(faults)
        }
    }
}

fn price(fields: &Map<String, Value>, place: &str, faults: &mut Vec<String>) -> Price {
    let known = ["meter", "price", "per", "free"];
    unknown(fields, &format!("{place}."), &known, faults);
    if fields.get("meter").is_some_and(|meter| !meter.is_string()) {
        faults.push(format!("`{place}.meter` has to be a text"));
    }
    let mut number = |key: &str, least: &str, fits: fn(f64) -> bool| match fields.get(key) {
        Some(value) => {
            let number = value.as_f64().filter(|number| fits(*number));
            number.unwrap_or_else(|| {
                faults.push(format!("`{place}.{key}` has to be a number {least}"));
                1.0
            })
        }
        None if key == "free" => 0.0,
        None => {
            faults.push(format!("`{place}.{key}` is missing"));
            1.0
        }
    };
    Price {
        price: number("price", "from 0 on", |number| number >= 0.0),
        per: number("per", "above 0", |number| number > 0.0),
        free: number("free", "from 0 on", |number| number >= 0.0),
    }
}

fn unknown(fields: &Map<String, Value>, place: &str, known: &[&str], faults: &mut Vec<String>) {
    let keys = fields.keys().filter(|key| *key != "$comment");
    for key in keys.filter(|key| !known.contains(&key.as_str())) {
        let allowed: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
        faults.push(format!(
            "`{place}{key}` is not known; allowed: {}",
            allowed.join(", ")
        ));
    }
}

fn is_plain(text: &str) -> bool {
    (1..=20).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}
