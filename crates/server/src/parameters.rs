//! What a request asks for: parameters of an address, or the same names in JSON, and what they mean to the engine.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use semsearch_engine::{Combine, Fusion, Order, QuestionOptions, Ranker, Request, SearchOptions, Strategy};
use semsearch_store::{Chosen, ChosenError, Filter};
use serde_json::Value;

use crate::limits;
use crate::problem::Problem;

/// The parameters that choose papers.
pub(crate) const FILTERS: [&str; 9] =
    ["since", "until", "year", "venue", "category", "org", "author", "source", "where"];
/// The parameters of a search beside those that choose papers.
pub(crate) const SEARCH: [&str; 21] = [
    "q",
    "combine",
    "prose",
    "k",
    "offset",
    "mode",
    "weight",
    "rrf",
    "exact",
    "graph",
    "rerank",
    "ef",
    "explain",
    "like",
    "unlike",
    "diverse",
    "recency",
    "min_score",
    "sort",
    "no_correct",
    "as_typed",
];
/// Those that are wanted or not.
pub(crate) const FLAGS: [&str; 8] = ["prose", "rrf", "exact", "graph", "rerank", "explain", "no_correct", "as_typed"];

/// The parameters that can be there several times.
pub(crate) const SEVERAL: [&str; 8] = ["q", "like", "unlike", "venue", "category", "org", "author", "source"];

/// Names with values, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// The parameters of an address. A name that is not known is refused: a filter with a slip in its name would be none.
    pub(crate) fn of_query(query: Option<&str>, known: &[&[&str]]) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        Parameters::checked(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(), known)
    }

    /// The parameters of an address of the API. A script whose filter came out empty means no filter that lets all papers pass,
    /// so a value must be there; the form of the page sends empty fields.
    pub(crate) fn of_api(query: Option<&str>, known: &[&[&str]]) -> Result<Self, Problem> {
        let parameters = Parameters::of_query(query, known)?;
        let is_empty = |(name, value): &&(String, String)| {
            value.trim().is_empty() && name != "q" && !FLAGS.contains(&name.as_str())
        };
        match parameters.pairs.iter().find(is_empty) {
            Some((name, _)) => Err(Problem::bad(name, format!("`{name}` is empty; leave it out if it is not wanted"))),
            None => Ok(parameters),
        }
    }

    /// The fields of a JSON object. A list is a parameter several times.
    pub(crate) fn of_json(value: Value, known: &[&[&str]]) -> Result<Self, Problem> {
        let fields = match value {
            Value::Object(fields) => fields,
            Value::String(question) => return Parameters::checked(vec![("q".to_owned(), question)], known),
            other => {
                return Err(Problem::bad(
                    "queries",
                    format!("expected a question or an object, found {}", kind(&other)),
                ));
            }
        };
        let mut pairs = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            if !is_known(&name, known) {
                return Err(no_parameter(&name, known));
            }
            let values = match value {
                Value::Array(values) if SEVERAL.contains(&name.as_str()) => values,
                Value::Null => continue,
                value => vec![value],
            };
            for value in values {
                match written(&name, &value) {
                    Some(text) => pairs.push((name.clone(), text)),
                    None => return Err(Problem::bad(&name, format!("`{name}` cannot be {}", kind(&value)))),
                }
            }
        }
        Parameters::checked(pairs, known)
    }

    fn checked(pairs: Vec<(String, String)>, known: &[&[&str]]) -> Result<Self, Problem> {
        match pairs.iter().find(|(name, _)| !is_known(name, known)) {
            Some((name, _)) => Err(no_parameter(name, known)),
            None => Ok(Parameters { pairs }),
        }
    }

    /// All values of a name that are not empty.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs
            .iter()
            .filter(move |(known, value)| known == name && !value.trim().is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The value of a name that may be there once.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Problem> {
        let said = |(known, value): &&(String, String)| known == name && !value.trim().is_empty();
        let mut values = self.pairs.iter().filter(said).map(|(_, value)| value.as_str());
        let value = values.next();
        match values.next() {
            Some(_) => Err(Problem::bad(name, format!("`{name}` is there twice"))),
            None => Ok(value),
        }
    }

    /// A value of some type.
    pub(crate) fn parsed<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem>
    where
        T::Err: Display,
    {
        let parse = |text: &str| text.trim().parse().map_err(|error| Problem::bad(name, format!("`{name}`: {error}")));
        self.one(name)?.map(parse).transpose()
    }

    /// A whole number within bounds.
    pub(crate) fn number(&self, name: &str, bounds: RangeInclusive<usize>) -> Result<Option<usize>, Problem> {
        let outside = || {
            let (from, to) = (bounds.start(), bounds.end());
            Problem::bad(name, format!("expected `{name}` to be a whole number from {from} to {to}"))
        };
        let parse = |text: &str| text.trim().parse().ok().filter(|number| bounds.contains(number)).ok_or_else(outside);
        self.one(name)?.map(parse).transpose()
    }

    /// Whether something is wanted: `name`, `name=1` or `name=true`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, Problem> {
        let mut values = self.pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.trim());
        match (values.next(), values.next()) {
            (None | Some("0" | "false"), None) => Ok(false),
            (Some("" | "1" | "true"), None) => Ok(true),
            _ => Err(Problem::bad(name, format!("expected `{name}` to be true or false"))),
        }
    }

    /// The papers that are wanted.
    pub(crate) fn filter(&self) -> Result<Filter, Problem> {
        let all = |name: &'static str| self.all(name).map(str::to_owned).collect();
        let mut chosen = Chosen::default();
        (chosen.since, chosen.until, chosen.years) =
            (self.parsed("since")?, self.parsed("until")?, self.parsed("year")?);
        (chosen.venue, chosen.category, chosen.org) = (all("venue"), all("category"), all("org"));
        (chosen.author, chosen.source) = (all("author"), all("source"));
        chosen.expression = self.one("where")?.map(str::to_owned);
        chosen.filter().map_err(|error| match error {
            ChosenError::Dates => Problem::bad("since", error.to_string()),
            ChosenError::Empty(name) => Problem::bad(name, error.to_string()),
            error => Problem::bad("where", error.to_string()),
        })
    }

    /// What a search asks for.
    pub(crate) fn search(&self) -> Result<Search, Problem> {
        let k = self.number("k", 1..=limits::HITS)?.unwrap_or(10);
        let offset = self.number("offset", 0..=limits::HITS)?.unwrap_or(0);
        if k + offset > limits::HITS {
            return Err(Problem::bad(
                "offset",
                format!("expected `k` and `offset` to be at most {} together", limits::HITS),
            ));
        }
        let options = self.ranking(self.vectors(SearchOptions::default().with_k(k + offset))?)?;
        let options = options.with_filter(self.filter()?).with_reasons(self.flag("explain")?);
        Ok(Search { request: self.request()?, options, offset })
    }

    /// The questions, and the papers to be near to or far from.
    fn request(&self) -> Result<Request, Problem> {
        let texts: Vec<&str> = self.all("q").collect();
        if texts.iter().map(|text| text.len()).sum::<usize>() > limits::QUESTION {
            return Err(Problem::bad("q", format!("expected a question of at most {} bytes", limits::QUESTION)));
        }
        let combine = match self.one("combine")? {
            None | Some("all") => Combine::All,
            Some("any") => Combine::Any,
            Some(_) => return Err(Problem::bad("combine", "expected `combine` to be all or any")),
        };
        let request = match (&texts[..], self.flag("prose")?) {
            ([], _) => return Err(Problem::bad("q", "expected a question in a few plain words in `q`")),
            ([text], true) => Request::of_prose(text),
            (passages, true) => {
                let mut request = Request::of_several(passages.iter().copied(), Combine::Any);
                request.is_prose = true;
                request
            }
            ([text], false) => Request::new(*text),
            (texts, false) => Request::of_several(texts.iter().copied(), combine),
        };
        Ok(request.with_like(self.all("like")).with_unlike(self.all("unlike")))
    }

    /// How vectors are searched.
    fn vectors(&self, options: SearchOptions) -> Result<SearchOptions, Problem> {
        let is_exact = self.flag("exact")? || self.first("mode") == "exact";
        let strategy = match (is_exact, self.flag("graph")?) {
            (true, true) => return Err(Problem::bad("graph", "`graph` and `exact` exclude each other")),
            (true, false) => Strategy::Exact,
            (false, true) => Strategy::Graph,
            (false, false) => Strategy::Auto,
        };
        let options = options.with_strategy(strategy).with_rerank(self.flag("rerank")?);
        Ok(match self.number("ef", 1..=limits::EF)? {
            Some(ef) => options.with_ef(ef),
            None => options,
        })
    }

    /// What papers are ranked and sorted by.
    fn ranking(&self, options: SearchOptions) -> Result<SearchOptions, Problem> {
        let ranker = match self.one("mode")? {
            None | Some("exact") => None,
            Some("hybrid") => Some(Ranker::Hybrid),
            Some("dense" | "meaning") => Some(Ranker::Dense),
            Some("lexical" | "words") => Some(Ranker::Lexical),
            Some(_) => return Err(Problem::bad("mode", "expected `mode` to be hybrid, dense, lexical or exact")),
        };
        let fusion = match (self.share("weight")?, self.flag("rrf")?) {
            (Some(_), true) => return Err(Problem::bad("rrf", "`rrf` and `weight` exclude each other")),
            (_, true) => Some(Fusion::ReciprocalRank { k: 60.0 }),
            (weight, false) => weight.map(|weight| Fusion::Convex { weight }),
        };
        let question = match self.flag("as_typed")? {
            true => QuestionOptions::as_typed(),
            false => QuestionOptions::default().with_correct(!self.flag("no_correct")?),
        };
        let least = self.parsed::<f32>("min_score")?;
        if least.is_some_and(|least| !(-1e6..=1e6).contains(&least)) {
            return Err(Problem::bad("min_score", "expected `min_score` to be a number from -1000000 to 1000000"));
        }
        let order = match self.one("sort")? {
            None | Some("score") => None,
            Some("date") => Some(Order::Date),
            Some("year") => Some(Order::Year),
            Some("title") => Some(Order::Title),
            Some(_) => return Err(Problem::bad("sort", "expected `sort` to be score, date, year or title")),
        };
        let options = options.with_ranker(ranker).with_fusion(fusion).with_question(question).with_order(order);
        let options = options.with_diversity(self.share("diverse")?).with_recency(self.parsed("recency")?);
        Ok(options.with_min_score(least))
    }

    /// A number from 0 to 1.
    fn share(&self, name: &str) -> Result<Option<f32>, Problem> {
        let share = self.parsed::<f32>(name)?;
        match share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            true => Err(Problem::bad(name, format!("expected `{name}` to be from 0 to 1"))),
            false => Ok(share),
        }
    }

    /// The first value of a name, or nothing.
    pub(crate) fn first(&self, name: &str) -> &str {
        self.pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Those that choose papers, each with its value.
    pub(crate) fn filters(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, value)| FILTERS.contains(name) && !value.trim().is_empty())
    }

    /// The address of the page with another value of a name, from its first paper on. A field that papers have several values
    /// of gets one more.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let stays = |known: &str| {
            known != "offset" && (known != name || ["venue", "category", "org", "author"].contains(&known))
        };
        let pairs = self.pairs.iter().filter(|(known, old)| stays(known) && (known != name || old != value));
        address(pairs.map(|(name, value)| (name.as_str(), value.as_str())).chain([(name, value)]))
    }

    /// The same parameters without a value of a name, from the first paper on.
    pub(crate) fn less(&self, name: &str, value: &str) -> Parameters {
        let stays = |(known, old): &&(String, String)| known != "offset" && !(known == name && old == value);
        Parameters { pairs: self.pairs.iter().filter(stays).cloned().collect() }
    }

    /// The address of the page without a value of a name.
    pub(crate) fn without(&self, name: &str, value: &str) -> String {
        address(self.less(name, value).pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The address of the page with all papers.
    pub(crate) fn without_filters(&self) -> String {
        let pairs = self.pairs.iter().filter(|(name, _)| name != "offset" && !FILTERS.contains(&name.as_str()));
        address(pairs.map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The same parameters in one text, for answers that are kept.
    pub(crate) fn key(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.pairs {
            text.push_str(name);
            text.push('\u{1}');
            text.push_str(value);
            text.push('\u{2}');
        }
        text
    }
}

fn address<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.filter(|(_, value)| !value.is_empty());
    format!("/?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

/// A search as the engine takes it.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub(crate) request: Request,
    /// With as many hits as are wanted and skipped together.
    pub(crate) options: SearchOptions,
    /// Hits that are skipped.
    pub(crate) offset: usize,
}

fn is_known(name: &str, known: &[&[&str]]) -> bool {
    known.iter().any(|names| names.contains(&name))
}

fn no_parameter(name: &str, known: &[&[&str]]) -> Problem {
    let known: Vec<&str> = known.iter().flat_map(|names| names.iter().copied()).collect();
    Problem::bad(name, format!("`{name}` is no parameter here; there are {}", known.join(", ")))
}

/// A value of JSON as an address would write it; `None` if a parameter of this name cannot be such a value.
fn written(name: &str, value: &Value) -> Option<String> {
    // 5.0 is a whole number as well.
    let whole = |number: &serde_json::Number| match number.as_f64() {
        Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => Some(format!("{number:.0}")),
        _ => number.as_u64().map(|number| number.to_string()),
    };
    match (name, value) {
        ("k" | "offset" | "ef", Value::Number(number)) => whole(number),
        ("since" | "until" | "year", Value::Number(number)) => whole(number),
        ("diverse" | "weight" | "min_score", Value::Number(number)) => Some(number.to_string()),
        (name, Value::Bool(truth)) if FLAGS.contains(&name) => Some(truth.to_string()),
        ("k" | "offset" | "ef" | "diverse" | "weight" | "min_score", _) => None,
        (name, _) if FLAGS.contains(&name) => None,
        (_, Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KNOWN: &[&[&str]] = &[&SEARCH, &FILTERS];

    fn search(query: &str) -> Result<Search, String> {
        Parameters::of_query(Some(query), KNOWN).and_then(|found| found.search()).map_err(|problem| problem.detail)
    }

    #[test]
    fn an_address_says_what_is_wanted() {
        let found = search(
            "q=kv+cache&k=5&offset=10&mode=lexical&year=2019..2022&venue=ACL&venue=EMNLP&explain&like=2106.09685",
        )
        .unwrap();
        assert_eq!(found.request, Request::new("kv cache").with_like(["2106.09685"]));
        assert_eq!((found.options.k, found.offset, found.options.ranker), (15, 10, Some(Ranker::Lexical)));
        assert!(found.options.reasons);
        let filter = found.options.filter.to_string();
        assert_eq!(filter, r#"year between 2019 and 2022 and (venue ~ "ACL" or venue ~ "EMNLP")"#);
    }

    #[test]
    fn all_that_the_command_line_can_ask_can_be_asked() {
        let several = search("q=graph+networks&q=drug+discovery&combine=any").unwrap().request;
        assert_eq!(several, Request::of_several(["graph networks", "drug discovery"], Combine::Any));
        let prose = search("q=We+show+this.&prose").unwrap().request;
        assert_eq!(prose, Request::of_prose("We show this."));
        assert_eq!(search("q=We+show+this.&q=And+that.&prose").unwrap().request.texts.len(), 2);
        let found = search("q=a&weight=0.7&graph&rerank&ef=77&recency=2y&sort=date&no_correct").unwrap().options;
        let expected = SearchOptions::default().with_ef(77).with_strategy(Strategy::Graph).with_rerank(true);
        let expected = expected.with_fusion(Some(Fusion::Convex { weight: 0.7 })).with_order(Some(Order::Date));
        let expected = expected.with_recency(Some("2y".parse().unwrap()));
        let expected = expected.with_question(QuestionOptions::default().with_correct(false));
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
        let typed = search("q=a&rrf&as_typed").unwrap().options;
        assert_eq!(typed.fusion, Some(Fusion::ReciprocalRank { k: 60.0 }));
        assert_eq!(typed.question, QuestionOptions::as_typed());
    }

    #[test]
    fn json_says_the_same() {
        let value = json!({"q": "kv cache", "k": 5, "venue": ["ACL", "EMNLP"], "explain": true, "since": null});
        let of_json = Parameters::of_json(value, KNOWN).unwrap();
        let of_query = Parameters::of_query(Some("explain=true&k=5&q=kv cache&venue=ACL&venue=EMNLP"), KNOWN).unwrap();
        assert_eq!(of_json.all("venue").collect::<Vec<_>>(), of_query.all("venue").collect::<Vec<_>>());
        assert_eq!(of_json.search().unwrap().request, of_query.search().unwrap().request);
        assert_eq!(
            Parameters::of_api(Some("q=a&explain=&where=+"), KNOWN).unwrap_err().parameter.as_deref(),
            Some("where")
        );
        assert!(Parameters::of_query(Some("q=a&explain=&where="), KNOWN).is_ok());
        assert_eq!(Parameters::of_json(json!("kv cache"), KNOWN).unwrap().one("q").unwrap(), Some("kv cache"));
        let year = Parameters::of_json(json!({"q": "a", "k": 5.0, "year": 2021}), KNOWN).unwrap().search().unwrap();
        assert_eq!((year.options.k, year.options.filter.to_string().as_str()), (5, "year = 2021"));
        for wrong in [
            json!(7),
            json!([]),
            json!({"q": {"a": 1}}),
            json!({"queries": "x"}),
            json!({"q": false}),
            json!({"q": 7}),
            json!({"q": [["a"]]}),
            json!({"q": "a", "rrf": "yes"}),
            json!({"q": "a", "ef": "8"}),
            json!({"q": "a", "k": "5"}),
            json!({"q": "a", "k": 5.5}),
            json!({"q": "a", "k": [5]}),
            json!({"q": "a", "explain": 1}),
            json!({"q": "a", "venue": [["a"]]}),
            json!({"q": "a", "venue": true}),
        ] {
            assert_eq!(Parameters::of_json(wrong, KNOWN).unwrap_err().status.as_u16(), 400);
        }
    }

    #[test]
    fn what_cannot_be_right_is_named() {
        for (query, part) in [
            ("", "expected a question"),
            ("q=+", "expected a question"),
            ("q=a&k=1&k=2", "`k` is there twice"),
            ("q=a&q=b&combine=some", "all or any"),
            ("q=a&graph&exact", "exclude each other"),
            ("q=a&rrf&weight=0.5", "exclude each other"),
            ("q=a&weight=2", "from 0 to 1"),
            ("q=a&ef=5000", "from 1 to 4096"),
            ("q=a&recency=soon", "`recency`"),
            ("q=a&sort=size", "score, date, year or title"),
            ("q=a&k=0", "from 1 to 1000"),
            ("q=a&k=x", "from 1 to 1000"),
            ("q=a&k=1000&offset=1", "at most 1000 together"),
            ("q=a&mode=fast", "hybrid, dense, lexical or exact"),
            ("q=a&limit=3", "`limit` is no parameter here"),
            ("q=a&year=2022..2019", "is later than"),
            ("q=a&year=abc", "a range of years"),
            ("q=a&since=soon", "`since`"),
            ("q=a&where=year+>", "year"),
            ("q=a&explain=perhaps", "true or false"),
            ("q=a&diverse=2", "from 0 to 1"),
            ("q=a&diverse=NaN", "from 0 to 1"),
        ] {
            let told = search(query).unwrap_err();
            assert!(told.contains(part), "{query}: {told}");
        }
    }
}
