//! The names that documents carry.

/// Makes the type of a document's `schema` field: an enum of one value, so that serde writes the name, refuses every
/// other name when it reads, and the JSON schema lists the one there is.
macro_rules! schema_name {
    ($type:ident, $name:literal) => {
        #[doc = concat!("Name and version of the document: `", $name, "`.")]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(inline))]
        pub enum $type {
            #[doc = concat!("`", $name, "`.")]
            #[default]
            #[serde(rename = $name)]
            V1,
        }
    };
}

pub(crate) use schema_name;
