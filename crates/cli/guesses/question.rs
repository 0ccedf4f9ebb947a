//! What people put into a question because other search programs take it there.

/// What is said of a question that asks for something that `ask` does not do; it is answered all the same.
pub(crate) fn hint(question: &str) -> Option<String> {
    let lower = question.trim().to_lowercase();
    if COUNTING.iter().any(|start| lower.starts_with(start)) {
        return Some(
            "`ask` finds papers and does not count them: `semsearch count \"WORDS\"` does, and `semsearch facets --by year`"
                .to_owned(),
        );
    }
    question.split_whitespace().find_map(|word| {
        let (name, value) = word.trim_start_matches(['+', '-']).split_once(':')?;
        let (_, flag) = FLAGS.iter().find(|(names, _)| names.contains(&name.to_lowercase().as_str()))?;
        let value = value.trim_matches('"');
        (!value.is_empty()).then(|| format!("`{word}` is searched as words; `{flag} {value}` chooses papers"))
    })
}

/// How questions for a number begin.
const COUNTING: [&str; 4] = ["count ", "how many ", "number of papers", "number of articles"];

/// Names before a colon that no part of a question has, and the flags that are meant.
const FLAGS: [(&[&str], &str); 6] = [
    (&["category", "cat", "keyword", "keywords", "tag", "topic", "subject"], "--category"),
    (&["org", "organization", "organisation", "affiliation"], "--org"),
    (&["source", "file"], "--source"),
    (&["since", "after", "from"], "--since"),
    (&["until", "before"], "--until"),
    (&["journal", "conference", "booktitle"], "--venue"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_question_gets_a_hint_and_questions_get_none() {
        for (question, hint_of) in [
            ("how many papers are about agents", "semsearch facets --by year"),
            ("count agents", "semsearch count"),
            ("agents category:cs.CL", "`--category cs.CL`"),
            ("agents journal:\"nature\"", "`--venue nature`"),
        ] {
            assert!(hint(question).is_some_and(|hint| hint.contains(hint_of)), "{question}");
        }
        for question in ["author:vaswani attention", "ratio 3:1", "counting objects", "tides: a study", "since 2020"] {
            assert_eq!(hint(question), None);
        }
    }
}
