//! The small forms the file is made of: an object, a text from a list of choices, a text or an object.

use std::{borrow::Cow, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};

use crate::definition::words::{did_you_mean, listed, quoted};

/// An object, and only that: derived readers take an array for an object too, field by field.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

/// One of a few texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice<T>(pub(crate) T);

/// A short form or the long one.
#[derive(Debug)]
pub(crate) enum TextOr<S, T> {
    /// The short form.
    Text(S),
    /// The long form.
    Object(T),
}

/// A value that the file says as one of a few texts.
pub(crate) trait Choices: Copy + 'static {
    /// What it is, for faults: `a direction`.
    const NOUN: &'static str;
    /// The texts, what each stands for, and what an editor says about it.
    const ALL: &'static [(&'static str, Self, &'static str)];
}

/// What a short form is, for faults.
pub(crate) trait Short {
    /// In words: `a text`.
    fn expected() -> String;
}

impl Short for String {
    fn expected() -> String {
        "a text".to_owned()
    }
}

impl<T: Choices> Short for Choice<T> {
    fn expected() -> String {
        listed(T::ALL.iter().map(|(text, _, _)| *text))
    }
}

impl<'de, T: Choices> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(ChoiceVisitor(PhantomData))
    }
}

struct ChoiceVisitor<T>(PhantomData<T>);

impl<T: Choices> Visitor<'_> for ChoiceVisitor<T> {
    type Value = Choice<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&Choice::<T>::expected())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Choice<T>, E> {
        match T::ALL.iter().find(|(known, _, _)| *known == text) {
            Some((_, value, _)) => Ok(Choice(*value)),
            None => Err(E::custom(format_args!(
                "{} is not {}; allowed: {}{}",
                quoted(text),
                T::NOUN,
                Choice::<T>::expected(),
                did_you_mean(text, T::ALL.iter().map(|(known, _, _)| *known)),
            ))),
        }
    }
}

impl<T: Choices> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::NOUN.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let texts: Vec<Schema> = T::ALL
            .iter()
            .map(|(text, _, about)| json_schema!({ "const": text, "description": about }))
            .collect();
        json_schema!({ "type": "string", "oneOf": texts })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

impl<T: JsonSchema> JsonSchema for Object<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

impl<'de, S, T> Deserialize<'de> for TextOr<S, T>
where
    S: Deserialize<'de> + Short,
    T: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrVisitor(PhantomData))
    }
}

struct TextOrVisitor<S, T>(PhantomData<(S, T)>);

impl<'de, S, T> Visitor<'de> for TextOrVisitor<S, T>
where
    S: Deserialize<'de> + Short,
    T: Deserialize<'de>,
{
    type Value = TextOr<S, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} or an object", S::expected())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TextOr<S, T>, E> {
        S::deserialize(serde::de::value::StrDeserializer::new(text)).map(TextOr::Text)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TextOr<S, T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(TextOr::Object)
    }
}

impl<S: JsonSchema, T: JsonSchema> JsonSchema for TextOr<S, T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_{}", S::schema_name(), T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let short = generator.subschema_for::<S>();
        let long = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [short, long] })
    }
}
