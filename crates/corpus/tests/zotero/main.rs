//! One library of invented papers, in the five forms that Zotero exports: each gives the same papers, and all five together
//! give each paper once.
//!
//! The writers spell what Zotero's translators and Better BibTeX spell: braces around words with capitals, dates as each form
//! has them, particles in the family name, suffixes behind the given name, a publisher `arXiv` for preprints.

mod forms;

use std::collections::BTreeMap;
use std::path::PathBuf;

use semsearch_corpus::{Document, ReadOptions, read_corpus};
use semsearch_task::NoProgress;
use serde_json::json;

use forms::{better_bibtex, bibtex, csl, csv, ris};

const PAPERS: usize = 1000;

/// A name, as it stands in Zotero: a family name with its particle, a given name with its suffix behind a comma.
#[derive(Debug, Clone, Copy)]
struct Name {
    particle: &'static str,
    family: &'static str,
    given: &'static str,
    suffix: &'static str,
}

const fn name(particle: &'static str, family: &'static str, given: &'static str, suffix: &'static str) -> Name {
    Name { particle, family, given, suffix }
}

const NAMES: [Name; 20] = [
    name("", "Dune", "Ada", ""),
    name("", "Wave", "Carl B.", ""),
    name("van", "Strand", "Jo", ""),
    name("de la", "Ría", "María José", ""),
    name("", "Örn", "Åsa", ""),
    name("", "Kováč-Šťastný", "Jiří", ""),
    name("", "Reef", "Martin", "Jr."),
    name("", "Tide", "Samuel", "III"),
    name("", "Harbour Observatory Group", "", ""),
    name("", "Wind and Sea Consortium", "", ""),
    name("", "Łódź", "Żaneta", ""),
    name("", "O'Shoal", "Nóra", ""),
    name("von", "Küste", "Jürgen", ""),
    name("", "D’Estuaire", "Zoé", ""),
    name("", "Ness", "J. P.", ""),
    name("", "Gulf", "Ġorġ", ""),
    name("al-", "Bahri", "Omar", ""),
    name("", "Çay", "Ümit", ""),
    name("", "Fjørd", "Sølve", ""),
    name("", "Li", "Wei", ""),
];

impl Name {
    fn is_group(&self) -> bool {
        self.given.is_empty()
    }

    fn family(&self) -> String {
        let space = if self.particle.is_empty() || self.particle.ends_with('-') { "" } else { " " };
        format!("{}{space}{}", self.particle, self.family)
    }

    /// As people say it.
    fn spoken(&self) -> String {
        [self.given, &self.family(), self.suffix]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn reversed(&self) -> String {
        let parts = [&self.family(), self.given, self.suffix];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Article,
    Conference,
    Book,
    Preprint,
}

/// A paper in Zotero's terms.
struct Item {
    kind: Kind,
    title: String,
    summary: String,
    authors: Vec<Name>,
    /// Year, month and day; 0 is unknown.
    date: (i32, u32, u32),
    venue: &'static str,
    doi: Option<String>,
    arxiv: Option<String>,
    volume: u32,
    pages: (u32, u32),
    key: String,
}

/// What is drawn by chance, always the same.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

const SUBJECTS: [&str; 24] = [
    "Tides",
    "Harbours",
    "Winds",
    "Currents",
    "Shoals",
    "Dunes",
    "Reefs",
    "Estuaries",
    "Lagoons",
    "Glaciers",
    "Storms",
    "Fjords",
    "Moorings",
    "Lighthouses",
    "Trawlers",
    "Plankton",
    "Kelp",
    "Gulls",
    "Seals",
    "Barnacles",
    "Salinity",
    "Sonar",
    "Anchors",
    "Buoys",
];
const MANNERS: [&str; 16] = [
    "Measuring",
    "Forecasting",
    "Learning",
    "Naming",
    "Mapping",
    "Counting",
    "Bayesian",
    "Robust",
    "Slow",
    "Unsupervised",
    "Seasonal",
    "Early",
    "Reading",
    "Rapid",
    "Noisy",
    "Sparse",
];
const ENDS: [&str; 14] = [
    "of the Far North",
    "with mRNA & DNA Probes",
    "in <i>Fucus vesiculosus</i> Beds",
    "at 50% Moisture",
    "under CO<sub>2</sub> Stress",
    "for BERT and iPhone Users",
    "and Naïve Observers",
    "in the Bay of São João",
    "by α-Decay",
    "without $n$ Sensors",
    "in “Quiet” Waters",
    "from Day #1",
    "on the Isle of Ærø",
    "along Low_Cost Lines",
];
const ACRONYMS: [&str; 8] = ["SeaBERT", "TideNet", "WaveGPT", "DUNE-2", "OPENSEA", "eReef", "KelpDB", "Gull9000"];
const VENUES: [[&str; 3]; 4] = [
    ["Journal of Seas", "Annals of Wind & Water", "Revista de Océanos"],
    ["Proceedings of the 5th Conference on Tides", "Proceedings of Harbour ’19", "Advances in Neural Sea Systems"],
    ["", "", ""],
    ["arXiv", "arXiv", "arXiv"],
];
const SENTENCES: [&str; 12] = [
    "The sea moves twice a day.",
    "We measure {n} harbours over {m} winters & compare them.",
    "Our method needs 5% of the labels of earlier work.",
    "Results hold for H<sub>2</sub>O and for <i>Fucus</i> alike.",
    "We find p < 0.05 for all {n} stations; the ~{m} others are silent.",
    "Data are at https://sea.example/data_{n}.",
    "“Quiet” waters – so the naïve view – are not quiet.",
    "Let $x_{n}$ be the height; then $x_{n}^2$ is bounded.",
    "Keepers of {n} lighthouses were asked; {m} answered.",
    "This matters: storms cost money.",
    "The model #{m} wins, at a cost of \\{n} and 10 {units}.",
    "São João’s gauge fails in {m} of {n} years.",
];

fn library() -> Vec<Item> {
    let mut chance = Chance(7);
    let mut titles = BTreeMap::new();
    let mut keys: BTreeMap<String, usize> = BTreeMap::new();
    let mut items = Vec::new();
    while items.len() < PAPERS {
        let kind = chance.of(&[Kind::Article, Kind::Article, Kind::Conference, Kind::Book, Kind::Preprint]);
        let subject = chance.of(&SUBJECTS);
        let body = format!("{} {subject} {}", chance.of(&MANNERS), chance.of(&ENDS));
        let title = match chance.below(5) {
            0 => format!("{}: {body}", chance.of(&ACRONYMS)),
            1 => format!("{body}: A Study of {} Years", 2 + chance.below(40)),
            2 => format!("Are {subject} All You Need? {body}"),
            _ => body,
        };
        let already = *titles.entry(title.clone()).and_modify(|count| *count += 1).or_insert(0);
        if already > 0 {
            continue;
        }
        let n = items.len();
        let mut authors = Vec::new();
        for _ in 0..=chance.below(4) {
            let person = chance.of(&NAMES);
            if authors.iter().all(|other: &Name| other.family != person.family) {
                authors.push(person);
            }
        }
        let year = 1995 + chance.below(30) as i32;
        let (month, day) = (1 + chance.below(12) as u32, 1 + chance.below(28) as u32);
        let date = match chance.below(3) {
            0 => (year, 0, 0),
            1 => (year, month, 0),
            _ => (year, month, day),
        };
        let (few, many) = (3 + chance.below(40), 50 + n);
        let summary = if chance.below(4) == 0 {
            String::new()
        } else {
            let start = chance.below(SENTENCES.len());
            let told: Vec<&str> =
                (0..4 + chance.below(3)).map(|at| SENTENCES[(start + at * 5) % SENTENCES.len()]).collect();
            told.join(" ").replace("{n}", &many.to_string()).replace("{m}", &few.to_string())
        };
        let arxiv = (kind == Kind::Preprint).then(|| arxiv_id(year, month, n));
        let doi = match kind {
            Kind::Preprint => arxiv.as_ref().map(|id| format!("10.48550/arXiv.{id}")),
            _ if chance.below(3) == 0 => None,
            _ => Some(format!("10.1000/Sea_{year}({n})<{few}>.{n}")),
        };
        let family = authors[0].family.to_lowercase();
        let stem = format!("{}_{}_{year}", family.split(' ').next().unwrap(), subject.to_lowercase());
        let count = keys.entry(stem.clone()).or_insert(0);
        let key = if *count == 0 { stem.clone() } else { format!("{stem}-{count}") };
        *count += 1;
        let venue = VENUES[kind as usize][chance.below(3)];
        let pages = (1 + n as u32, 9 + n as u32);
        items.push(Item {
            kind,
            title,
            summary,
            authors,
            date,
            venue,
            doi,
            arxiv,
            volume: 1 + n as u32 % 40,
            pages,
            key,
        });
    }
    items
}

/// arXiv's ids had a subject until 2007, and four digits behind the point until 2015.
fn arxiv_id(year: i32, month: u32, number: usize) -> String {
    let start = format!("{:02}{month:02}", year % 100);
    match year {
        ..=2007 => format!("cs/{start}{number:03}"),
        2008..=2014 => format!("{start}.{number:04}"),
        _ => format!("{start}.{number:05}"),
    }
}

impl Item {
    fn url(&self) -> String {
        match &self.arxiv {
            Some(id) => format!("http://arxiv.org/abs/{id}"),
            None => format!("https://sea.example/items?id={}&v=1_2#top", self.pages.0),
        }
    }

    fn note(&self) -> Option<String> {
        self.arxiv
            .as_ref()
            .map(|id| if id.starts_with("cs/") { format!("arXiv:{id}") } else { format!("arXiv:{id} [cs]") })
    }

    fn date(&self) -> String {
        match self.date {
            (year, 0, _) => format!("{year}"),
            (year, month, 0) => format!("{year}-{month:02}"),
            (year, month, day) => format!("{year}-{month:02}-{day:02}"),
        }
    }
}

const FORMS: [&str; 5] = ["zotero.bib", "better.bib", "zotero.json", "zotero.ris", "zotero.csv"];

fn written(items: &[Item]) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let texts = [bibtex(items), better_bibtex(items), csl(items), ris(items), csv(items)];
    let paths = FORMS.iter().zip(texts).map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let paths = paths.collect();
    (folder, paths)
}

fn read(paths: &[PathBuf], keep: bool) -> Vec<Document> {
    let options = ReadOptions::new().with_keep_duplicates(keep);
    read_corpus(paths, &options, &NoProgress, &mut |_| ()).unwrap().documents
}

/// The markup that a title has in Zotero is no text.
fn bare(text: &str) -> String {
    ["<i>", "</i>", "<sub>", "</sub>"].iter().fold(text.to_owned(), |text, tag| text.replace(tag, ""))
}

#[test]
fn each_form_gives_the_same_papers() {
    let items = library();
    let (_folder, paths) = written(&items);
    let mut faults = BTreeMap::new();
    for (path, form) in paths.iter().zip(FORMS) {
        let papers = read(std::slice::from_ref(path), true);
        assert_eq!(papers.len(), PAPERS, "{form}");
        for (paper, item) in papers.iter().zip(&items) {
            let depth = if form == "zotero.bib" { (item.date.0, item.date.1, 0) } else { item.date };
            let date = paper
                .date
                .map(|date| (date.year(), date.month().map_or(0, u32::from), date.day().map_or(0, u32::from)));
            let venue =
                if matches!(item.kind, Kind::Book | Kind::Preprint) { None } else { Some(item.venue.to_owned()) };
            let keywords = match form {
                "zotero.json" => json!([]),
                // arXiv's subject is one.
                "better.bib" if item.kind == Kind::Preprint => json!(["sea", "Tides & Winds", "cs"]),
                _ => json!(["sea", "Tides & Winds"]),
            };
            let said = [
                ("title", json!(paper.title), json!(bare(&item.title))),
                ("abstract", json!(paper.r#abstract), json!(bare(&item.summary))),
                ("authors", json!(paper.authors), json!(item.authors.iter().map(Name::spoken).collect::<Vec<_>>())),
                ("year", json!(paper.year), json!(item.date.0)),
                ("date", json!(date), json!(depth)),
                ("venue", json!(paper.venue), json!(venue)),
                ("doi", json!(paper.doi), json!(item.doi.as_ref().map(|doi| doi.to_lowercase()))),
                ("arxiv", json!(paper.arxiv), json!(item.arxiv)),
                ("url", json!(paper.url), json!(item.url())),
                ("keywords", json!(paper.keywords), keywords),
            ];
            for (field, read, right) in said {
                if read != right {
                    let told = faults.entry((form, field)).or_insert_with(|| (0, format!("{read}\n    for {right}")));
                    told.0 += 1;
                }
            }
        }
    }
    let told: Vec<String> =
        faults.iter().map(|((form, field), (count, first))| format!("{form} {field}: {count}, {first}")).collect();
    assert!(told.is_empty(), "\n{}", told.join("\n"));
}

#[test]
fn all_forms_together_give_each_paper_once() {
    let items = library();
    let (_folder, paths) = written(&items);
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [3, 4, 0, 2, 1], [1, 3, 2, 4, 0]] {
        let in_order: Vec<PathBuf> = order.iter().map(|&at| paths[at].clone()).collect();
        let papers = read(&in_order, false);
        let mut by_title: BTreeMap<String, Vec<&Document>> = BTreeMap::new();
        for paper in &papers {
            by_title.entry(paper.title.to_lowercase()).or_default().push(paper);
        }
        let repeated: Vec<String> = by_title
            .values()
            .filter(|papers| papers.len() > 1)
            .map(|papers| {
                let told = |paper: &&Document| format!("{:?} {:?} {:?}", paper.source, paper.authors, paper.year);
                format!(
                    "{} ({}): {}",
                    papers[0].title,
                    papers[0].r#abstract.len(),
                    papers.iter().map(told).collect::<Vec<_>>().join(" / ")
                )
            })
            .collect();
        assert_eq!(papers.len(), PAPERS, "{order:?}: {}", repeated.join("\n"));
        assert!(papers.iter().all(|paper| paper.source.len() == FORMS.len()), "{order:?}");
    }
}
