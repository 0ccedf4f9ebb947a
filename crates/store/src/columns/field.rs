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
    /// A text that is read from the document itself; it has no column.
    Document(DocumentField),
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

/// A text of a document that has no column, because nearly every document has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentField {
    /// The title.
    Title,
    /// The abstract.
    Abstract,
    /// The id.
    Id,
    /// The DOI.
    Doi,
}

impl Field {
    /// All fields, in the order in which they are listed to a user.
    pub const ALL: [Field; 13] = [
        Field::Date,
        Field::Number(NumberField::Year),
        Field::Number(NumberField::Comments),
        Field::Number(NumberField::Authors),
        Field::Text(TextField::Venue),
        Field::Text(TextField::Category),
        Field::Text(TextField::Org),
        Field::Text(TextField::Author),
        Field::Text(TextField::Source),
        Field::Document(DocumentField::Title),
        Field::Document(DocumentField::Abstract),
        Field::Document(DocumentField::Id),
        Field::Document(DocumentField::Doi),
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
            Field::Document(DocumentField::Title) => "title",
            Field::Document(DocumentField::Abstract) => "abstract",
            Field::Document(DocumentField::Id) => "id",
            Field::Document(DocumentField::Doi) => "doi",
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
        assert_eq!(Field::named("score"), None);
    }
}
