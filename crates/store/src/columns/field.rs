//! The fields that filters and facets know, by name and type.

use std::fmt;

/// A field that filters and facets know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The days a document may have been published on.
    Date,
    /// A whole number.
    Number(NumberField),
    /// Any number of texts.
    Text(TextField),
}

/// A field that holds one whole number, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberField {
    /// The year of publication.
    Year,
    /// The number of comments, as the source counts them.
    Comments,
    /// The number of authors: the count in the source, or else the number of names it gives.
    Authors,
}

/// A field that holds any number of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextField {
    /// The conference or journal.
    Venue,
    /// Keywords or subject categories.
    Category,
    /// The institution or company.
    Org,
    /// The authors' names.
    Author,
    /// The files a document was read from.
    Source,
}

impl Field {
    /// All fields, in the order in which they are listed to a user.
    pub const ALL: [Field; 9] = [
        Field::Date,
        Field::Number(NumberField::Year),
        Field::Number(NumberField::Comments),
        Field::Number(NumberField::Authors),
        Field::Text(TextField::Venue),
        Field::Text(TextField::Category),
        Field::Text(TextField::Org),
        Field::Text(TextField::Author),
        Field::Text(TextField::Source),
    ];

    /// The name of the field in filters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Field::Date => "date",
            Field::Number(NumberField::Year) => "year",
            Field::Number(NumberField::Comments) => "comments",
            Field::Number(NumberField::Authors) => "authors",
            Field::Text(TextField::Venue) => "venue",
            Field::Text(TextField::Category) => "category",
            Field::Text(TextField::Org) => "org",
            Field::Text(TextField::Author) => "author",
            Field::Text(TextField::Source) => "source",
        }
    }

    /// The field with this name, ignoring case.
    #[must_use]
    pub fn named(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl NumberField {
    /// The index of its column among the columns of numbers.
    pub(super) fn place(self) -> usize {
        self as usize
    }
}

impl TextField {
    /// The index of its column among the columns of texts.
    pub(super) fn place(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_name_in_any_case() {
        for field in Field::ALL {
            assert_eq!(Field::named(field.name()), Some(field));
            assert_eq!(Field::named(&field.name().to_uppercase()), Some(field));
        }
        assert_eq!(Field::named("title"), None);
    }
}
