//! A model's own manifest, kept as a JSON object with its keys in the order in which they were written.
//!
//! This crate reads only two facts about a model: its name and the dimension of its vectors. The rest is for the crates
//! that run models, which get it back unchanged. `serde_json::Value` would sort the keys, and so change the bytes of
//! `manifest.json`.

use std::fmt;

use serde::de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

/// The manifest of a model as it is stored.
#[derive(Clone, PartialEq)]
pub struct ModelDescription {
    name: String,
    dimension: usize,
    json: Json,
}

impl ModelDescription {
    /// Describes a model by its manifest.
    ///
    /// # Errors
    /// If `manifest` is not an object with a `name` and a `dimension`, or cannot be written as JSON.
    pub fn of<T: Serialize>(manifest: &T) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&serde_json::to_string(manifest)?)
    }

    /// The manifest as the type that runs models uses.
    ///
    /// # Errors
    /// If it cannot be read as a `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&serde_json::to_string(&self.json)?)
    }

    /// The name of the model.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The dimension of a vector as the model makes it.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }
}

impl fmt::Debug for ModelDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ModelDescription({} of {} numbers)", self.name, self.dimension)
    }
}

impl Serialize for ModelDescription {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ModelDescription {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let Json::Object(members) = &json else {
            return Err(de::Error::custom("the manifest of a model is not an object"));
        };
        let member = |key: &str| members.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        let name = match member("name") {
            Some(Json::String(name)) => name.clone(),
            _ => return Err(de::Error::custom("the manifest of a model has no name")),
        };
        let dimension = match member("dimension") {
            Some(Json::Number(number)) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
            _ => None,
        };
        let dimension = dimension.ok_or_else(|| de::Error::custom("the manifest of a model has no dimension"))?;
        Ok(ModelDescription { name, dimension, json })
    }
}

/// A JSON value whose objects keep the order of their members.
#[derive(Clone, PartialEq)]
enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(value) => value.serialize(serializer),
            Json::String(value) => serializer.serialize_str(value),
            Json::Array(values) => {
                let mut sequence = serializer.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| sequence.serialize_element(value))?;
                sequence.end()
            }
            Json::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                members.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value).map(Json::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element()? {
            values.push(value);
        }
        Ok(Json::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_written_as_it_was_read() {
        let text = r#"{"name":"toy","zeta":[1,-2,0.5,null,true],"dimension":4,"alpha":{"b":"x","a":{}}}"#;
        let description: ModelDescription = serde_json::from_str(text).unwrap();
        assert_eq!((description.name(), description.dimension()), ("toy", 4));
        assert_eq!(serde_json::to_string(&description).unwrap(), text);
        assert_eq!(ModelDescription::of(&description).unwrap(), description);
    }

    #[test]
    fn a_description_without_name_or_dimension_is_refused() {
        for odd in [
            "[]",
            r#"{"dimension":4}"#,
            r#"{"name":"toy"}"#,
            r#"{"name":1,"dimension":4}"#,
            r#"{"name":"toy","dimension":-4}"#,
            r#"{"name":"toy","dimension":0.5}"#,
        ] {
            assert!(serde_json::from_str::<ModelDescription>(odd).is_err(), "{odd}");
        }
    }
}
