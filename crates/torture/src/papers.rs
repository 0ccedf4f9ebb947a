//! Made-up papers: paper `number` in edition `edition` is always the same.

use semsearch_corpus::{Corpus, Document};
use semsearch_testing::Random;

/// The number of topics. Papers of one topic have words in common.
const TOPICS: u64 = 12;
/// The number of publication years, beginning with 2000.
pub const YEARS: u64 = 20;

/// A paper. Every third edition differs from the one before only in its venue, so that its vector can be reused. One paper
/// in eight has the same text as others of its topic, so that scores are equal.
#[must_use]
pub fn paper(number: u64, edition: u64) -> Document {
    let mut random = Random::part(number, edition - edition % 3 / 2);
    let topic = number % TOPICS;
    let words = |random: &mut Random, count| -> Vec<String> {
        (0..count)
            .map(|_| if random.percent(60) { word(topic, random.below(12)) } else { word(TOPICS, random.below(400)) })
            .collect()
    };
    let (title, summary) = if number.is_multiple_of(8) {
        (format!("On {}", word(topic, 0)), word(topic, 1))
    } else {
        (words(&mut random, 4).join(" "), words(&mut random, 16).join(" "))
    };
    Document::new(format!("p{number}"), title, summary)
        .with_authors(vec![format!("Author {}", number % 17)])
        .with_year(Some(2000 + (number % YEARS) as i32))
        .with_venue(Some(format!("Venue {} {edition}", number % 5)))
}

/// A random query.
#[must_use]
pub fn question(random: &mut Random) -> String {
    let topic = random.below(TOPICS);
    let words: Vec<String> = (0..4).map(|_| word(topic, random.below(12))).collect();
    format!("{} {}", words.join(" "), word(TOPICS, random.below(400)))
}

/// Papers as the input of an ingest.
#[must_use]
pub fn corpus(documents: Vec<Document>) -> Corpus {
    Corpus::new(documents)
}

fn word(topic: u64, number: u64) -> String {
    format!("w{topic}x{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_third_edition_has_the_text_of_the_one_before() {
        let passages: Vec<String> = (0..4).map(|edition| paper(5, edition).passage()).collect();
        assert_ne!(passages[0], passages[1]);
        assert_eq!(passages[1], passages[2]);
        assert_ne!(paper(5, 1), paper(5, 2));
        assert_ne!(passages[2], passages[3]);
        assert_eq!(paper(8, 0).passage(), paper(8 + 24, 0).passage());
    }
}
