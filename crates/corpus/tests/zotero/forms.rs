//! A library as Zotero's translators and Better BibTeX write it.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Item, Kind, Name};

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

pub(crate) fn bibtex(items: &[Item]) -> String {
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

pub(crate) fn better_bibtex(items: &[Item]) -> String {
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

pub(crate) fn csl(items: &[Item]) -> String {
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

pub(crate) fn ris(items: &[Item]) -> String {
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

pub(crate) fn csv(items: &[Item]) -> String {
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
