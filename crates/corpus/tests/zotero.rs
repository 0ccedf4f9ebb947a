//! One library of invented papers, in the five forms that Zotero exports: each gives the same papers, and all five together
//! give each paper once.
//!
//! The writers spell what Zotero's translators and Better BibTeX spell: braces around words with capitals, dates as each form
//! has them, particles in the family name, suffixes behind the given name, a publisher `arXiv` for preprints.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use semsearch_corpus::{Document, ReadOptions, read_corpus};
use semsearch_task::NoProgress;
use serde_json::{Value, json};

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
        ..2008 => format!("cs/{start}{number:03}"),
        ..2015 => format!("{start}.{number:04}"),
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

/// Zotero's escapes: what TeX takes for its own, and the markup of titles.
fn tex(text: &str) -> String {
    let mut told = String::new();
    for c in text.chars() {
        match c {
            '|' => told.push_str("{\\textbar}"),
            '<' => told.push_str("{\\textless}"),
            '>' => told.push_str("{\\textgreater}"),
            '~' => told.push_str("{\\textasciitilde}"),
            '^' => told.push_str("{\\textasciicircum}"),
            '\\' => told.push_str("{\\textbackslash}"),
            '{' => told.push_str("\\{"),
            '}' => told.push_str("\\}"),
            '#' | '$' | '%' | '&' | '_' => {
                told.push('\\');
                told.push(c);
            }
            _ => told.push(c),
        }
    }
    for (tag, command) in [("i", "textit"), ("b", "textbf"), ("sub", "textsubscript"), ("sup", "textsuperscript")] {
        told = told
            .replace(&format!("{{\\textless}}{tag}{{\\textgreater}}"), &format!("\\{command}{{"))
            .replace(&format!("{{\\textless}}/{tag}{{\\textgreater}}"), "}");
    }
    told
}

/// Braces around each word with a capital, but not around the first one if only its first letter is one.
fn guarded(title: &str, braces: (&str, &str)) -> String {
    let mut told = String::new();
    let mut word = String::new();
    for c in tex(title).chars().chain([' ']) {
        if c.is_alphanumeric() {
            word.push(c);
            continue;
        }
        let is_first = told.is_empty();
        let is_command = told.ends_with('\\');
        let mut letters = word.chars();
        let later =
            if is_first || braces.0 == "{{" { letters.next().map(|_| letters.as_str()) } else { Some(word.as_str()) };
        if !is_command && later.unwrap_or("").chars().any(char::is_uppercase) {
            write!(told, "{}{word}{}", braces.0, braces.1).unwrap();
        } else {
            told.push_str(&word);
        }
        word.clear();
        told.push(c);
    }
    told.trim_end().to_owned()
}

fn bibtex(items: &[Item]) -> String {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let mut told = String::new();
    for item in items {
        let kind = match item.kind {
            Kind::Article => "article",
            Kind::Conference => "inproceedings",
            Kind::Book => "book",
            Kind::Preprint => "misc",
        };
        write!(told, "\n@{kind}{{{},\n\ttitle = {{{}}}", item.key, guarded(&item.title, ("{", "}"))).unwrap();
        let mut field = |name: &str, value: &str| {
            if !value.is_empty() {
                write!(told, ",\n\t{name} = {{{value}}}").unwrap();
            }
        };
        if item.kind == Kind::Article {
            field("volume", &item.volume.to_string());
        }
        field("url", &item.url());
        field("doi", item.doi.as_deref().unwrap_or(""));
        field("abstract", &tex(&item.summary));
        field("language", "en");
        field("urldate", "2026-01-02");
        match item.kind {
            Kind::Article => field("journal", &tex(item.venue)),
            Kind::Conference => field("booktitle", &guarded(item.venue, ("{", "}"))),
            Kind::Book => field("publisher", "Sea \\& Sons"),
            Kind::Preprint => field("publisher", "arXiv"),
        }
        let names: Vec<String> = item
            .authors
            .iter()
            .map(|name| if name.is_group() { format!("{{{}}}", tex(name.family)) } else { tex(&name.reversed()) })
            .collect();
        field("author", &names.join(" and "));
        if item.date.1 > 0 {
            write!(told, ",\n\tmonth = {}", MONTHS[item.date.1 as usize - 1]).unwrap();
        }
        write!(told, ",\n\tyear = {{{}}}", item.date.0).unwrap();
        if let Some(note) = item.note() {
            write!(told, ",\n\tnote = {{{note}}}").unwrap();
        }
        told.push_str(",\n\tkeywords = {sea, Tides \\& Winds}");
        if item.kind == Kind::Article {
            write!(told, ",\n\tpages = {{{}--{}}}", item.pages.0, item.pages.1).unwrap();
        }
        told.push_str(",\n}\n");
    }
    told
}

fn better_bibtex(items: &[Item]) -> String {
    let mut told = String::new();
    for item in items {
        let kind = match item.kind {
            Kind::Article => "article",
            Kind::Conference => "inproceedings",
            Kind::Book => "book",
            Kind::Preprint => "online",
        };
        let braced = |name: &Name| {
            if name.is_group() {
                return format!("{{{}}}", tex(name.family));
            }
            if !name.particle.is_empty() && !name.particle.ends_with('-') {
                return format!(
                    "family={}, given={}, prefix={}, useprefix=true",
                    name.family, name.given, name.particle
                );
            }
            if name.suffix.is_empty() {
                return name.reversed();
            }
            format!("{}, {}, {}", name.family(), name.suffix, name.given)
        };
        let names: Vec<String> = item.authors.iter().map(braced).collect();
        write!(
            told,
            "@{kind}{{{},\n  title = {{{}}}",
            item.key.replace(['_', '-'], ""),
            guarded(&item.title, ("{{", "}}"))
        )
        .unwrap();
        let mut field = |name: &str, value: &str| {
            if !value.is_empty() {
                write!(told, ",\n  {name} = {{{value}}}").unwrap();
            }
        };
        field("author", &names.join(" and "));
        field("date", &item.date());
        match item.kind {
            Kind::Article => {
                field("journaltitle", &tex(item.venue));
                field("volume", &item.volume.to_string());
                field("pages", &format!("{}--{}", item.pages.0, item.pages.1));
            }
            Kind::Conference => field("booktitle", &guarded(item.venue, ("{{", "}}"))),
            Kind::Book => field("publisher", "Sea \\& Sons"),
            Kind::Preprint => {
                field("number", &format!("arXiv:{}", item.arxiv.as_deref().unwrap()));
                field("eprint", item.arxiv.as_deref().unwrap());
                field("eprinttype", "arXiv");
                field("eprintclass", "cs");
                field("publisher", "arXiv");
            }
        }
        field("doi", item.doi.as_deref().unwrap_or(""));
        field("url", &item.url());
        field("urldate", "2026-01-02");
        field("abstract", &tex(&item.summary));
        field("langid", "english");
        if item.kind == Kind::Preprint {
            field("pubstate", "prepublished");
        }
        field("keywords", "sea,Tides \\& Winds");
        field("file", "/home/ada/Zotero/storage/AB/Dune et al. - 2020 - On \\{Tides\\}.pdf;/home/ada/x.html");
        told.push_str("\n}\n\n");
    }
    told
}

fn csl(items: &[Item]) -> String {
    let person = |name: &Name| {
        if name.is_group() {
            return json!({"literal": name.family});
        }
        let mut person = json!({"family": name.family, "given": name.given});
        if name.particle.ends_with('-') {
            person["family"] = json!(name.family());
        } else if !name.particle.is_empty() {
            person["non-dropping-particle"] = json!(name.particle);
        }
        if !name.suffix.is_empty() {
            person["suffix"] = json!(name.suffix);
        }
        person
    };
    let list: Vec<Value> = items
        .iter()
        .enumerate()
        .map(|(at, item)| {
            let kind = match item.kind {
                Kind::Article => "article-journal",
                Kind::Conference => "paper-conference",
                Kind::Book => "book",
                Kind::Preprint => "article",
            };
            let parts: Vec<Value> = [
                Some(json!(item.date.0.to_string())),
                (item.date.1 > 0).then(|| json!(item.date.1)),
                (item.date.2 > 0).then(|| json!(item.date.2)),
            ]
            .into_iter()
            .flatten()
            .collect();
            let mut told = json!({
                "id": format!("http://zotero.org/users/1234567/items/AB{at:06}"),
                "type": kind, "abstract": item.summary, "language": "en", "source": "Sea Library", "title": item.title,
                "URL": item.url(), "author": item.authors.iter().map(person).collect::<Vec<_>>(),
                "accessed": {"date-parts": [["2026", 1, 2]]}, "issued": {"date-parts": [parts]},
            });
            if item.summary.is_empty() {
                told.as_object_mut().unwrap().remove("abstract");
            }
            if let Some(doi) = &item.doi {
                told["DOI"] = json!(doi);
            }
            match item.kind {
                Kind::Article | Kind::Conference => told["container-title"] = json!(item.venue),
                Kind::Book => told["publisher"] = json!("Sea & Sons"),
                Kind::Preprint => {
                    told["note"] = json!(item.note());
                    told["number"] = json!(format!("arXiv:{}", item.arxiv.as_deref().unwrap()));
                    told["publisher"] = json!("arXiv");
                }
            }
            told
        })
        .collect();
    serde_json::to_string_pretty(&list).unwrap()
}

fn ris(items: &[Item]) -> String {
    let mut told = String::new();
    for item in items {
        let kind = match item.kind {
            Kind::Article => "JOUR",
            Kind::Conference => "CONF",
            Kind::Book => "BOOK",
            Kind::Preprint => "UNPB",
        };
        let mut tag = |tag: &str, value: &str| {
            if !value.is_empty() {
                write!(told, "{tag}  - {value}\r\n").unwrap();
            }
        };
        tag("TY", kind);
        tag("TI", &item.title);
        for name in &item.authors {
            tag("AU", &name.reversed());
        }
        if matches!(item.kind, Kind::Article) {
            tag("T2", item.venue);
        }
        tag("AB", &item.summary);
        if item.kind == Kind::Conference {
            tag("C3", item.venue);
        }
        let (year, month, day) = item.date;
        let two = |number: u32| if number == 0 { String::new() } else { format!("{number:02}") };
        tag("DA", &format!("{year}/{}/{}/", two(month), two(day)));
        tag("PY", &year.to_string());
        tag("DO", item.doi.as_deref().unwrap_or(""));
        tag("DP", "Sea Library");
        if item.kind == Kind::Article {
            tag("VL", &item.volume.to_string());
            tag("SP", &item.pages.0.to_string());
            tag("EP", &item.pages.1.to_string());
        }
        tag("LA", "en");
        match item.kind {
            Kind::Book => tag("PB", "Sea & Sons"),
            Kind::Preprint => tag("PB", "arXiv"),
            _ => {}
        }
        tag("UR", &item.url());
        tag("Y2", "2026/01/02/10:20:30");
        if let Some(note) = item.note() {
            tag("N1", &note);
        }
        tag("KW", "sea");
        tag("KW", "Tides & Winds");
        told.push_str("ER  - \r\n\r\n");
    }
    told
}

fn csv(items: &[Item]) -> String {
    let mut told = String::from("\u{feff}");
    let heads = "Key,Item Type,Publication Year,Author,Title,Publication Title,ISBN,ISSN,DOI,Url,Abstract Note,Date,Date Added,\
                 Date Modified,Access Date,Pages,Num Pages,Issue,Volume,Number Of Volumes,Journal Abbreviation,Short Title,\
                 Series,Series Number,Series Text,Series Title,Publisher,Place,Language,Rights,Type,Archive,Archive Location,\
                 Library Catalog,Call Number,Extra,Notes,File Attachments,Link Attachments,Manual Tags,Automatic Tags,Editor,\
                 Number,Version,Conference Name";
    let heads: Vec<&str> = heads.split(',').collect();
    let row = |told: &mut String, cells: &[String]| {
        let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        writeln!(told, "{}", quoted.join(",")).unwrap();
    };
    row(&mut told, &heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>());
    for (at, item) in items.iter().enumerate() {
        let kind = match item.kind {
            Kind::Article => "journalArticle",
            Kind::Conference => "conferencePaper",
            Kind::Book => "book",
            Kind::Preprint => "preprint",
        };
        let names: Vec<String> = item.authors.iter().map(Name::reversed).collect();
        let is_article = item.kind == Kind::Article;
        let cell = |head: &&str| match *head {
            "Key" => format!("AB{at:06}"),
            "Item Type" => kind.to_owned(),
            "Publication Year" => item.date.0.to_string(),
            "Author" => names.join("; "),
            "Title" => item.title.clone(),
            "Publication Title" if item.kind != Kind::Preprint => item.venue.to_owned(),
            "DOI" => item.doi.clone().unwrap_or_default(),
            "Url" => item.url(),
            "Abstract Note" => item.summary.clone(),
            "Date" => item.date(),
            "Date Added" | "Date Modified" | "Access Date" => "2026-01-02 10:20:30".to_owned(),
            "Pages" if is_article => format!("{}-{}", item.pages.0, item.pages.1),
            "Volume" if is_article => item.volume.to_string(),
            "Publisher" => match item.kind {
                Kind::Book => "Sea & Sons".to_owned(),
                Kind::Preprint => "arXiv".to_owned(),
                _ => String::new(),
            },
            "Language" => "en".to_owned(),
            "Library Catalog" => "Sea Library".to_owned(),
            "Extra" => item.note().unwrap_or_default(),
            "Manual Tags" => "sea; Tides & Winds".to_owned(),
            "Number" => item.arxiv.as_ref().map(|id| format!("arXiv:{id}")).unwrap_or_default(),
            _ => String::new(),
        };
        row(&mut told, &heads.iter().map(cell).collect::<Vec<_>>());
    }
    told
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
