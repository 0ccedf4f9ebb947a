//! The flags that people type, and what they mean here.

use clap::Command;

use super::slip::{self, arguments};

/// The only command that is meant, what people type, what it may mean, best first, and what to do where no command has any of these.
struct Guess {
    below: Option<&'static str>,
    typed: &'static [&'static str],
    meant: &'static [&'static str],
    otherwise: Option<&'static str>,
}

const fn flag(typed: &'static [&'static str], meant: &'static [&'static str]) -> Guess {
    Guess { below: None, typed, meant, otherwise: None }
}

const fn tip(typed: &'static [&'static str], otherwise: &'static str) -> Guess {
    Guess { below: None, typed, meant: &[], otherwise: Some(otherwise) }
}

/// A tip for one command, where a word means something else than elsewhere.
const fn of(below: &'static str, typed: &'static [&'static str], otherwise: &'static str) -> Guess {
    Guess { below: Some(below), typed, meant: &[], otherwise: Some(otherwise) }
}

/// How papers are written that are named, which `export` does not take.
pub(super) const PAPERS_BY_NAME: &str = "`semsearch show ID... --bibtex` writes papers by their ids; `semsearch list --bibtex` those \
                                      that pass --author, --where and other flags";

const TABLE: &[Guess] = &[
    of(
        "ask",
        &["query", "q", "text", "prompt"],
        "leave it out: the question stands by itself, `semsearch ask \"QUESTION\"`",
    ),
    of(
        "embed",
        &["input", "inputs", "file", "files", "f", "in"],
        "leave it out: files stand by themselves, `semsearch embed FILE...`",
    ),
    of("embed", &["o", "out", "output", "to", "name"], "type `--index DIR`: an index is a folder"),
    of("embed", &["recursive", "r"], "leave it out: a folder is read with all that is in it"),
    of(
        "embed",
        &["dry-run", "n-dry-run", "simulate", "what-if", "check-only", "preview", "peek"],
        "`semsearch inspect FILE...` shows what `embed` would read, with --sync also what it would remove, and writes nothing",
    ),
    of(
        "ask",
        &["offset", "page", "skip", "start-at"],
        "ask for more with `-k N`, `-k 0` for all: an answer has no pages",
    ),
    of("export", &["ids", "id", "paper", "papers", "keys"], PAPERS_BY_NAME),
    of("remove", &["all"], "to drop an index, delete its folder, which `semsearch info` names"),
    of("info", &["all", "full", "size", "sizes"], "type `--memory`: it shows what each part takes"),
    of("similar", &["id", "paper", "to"], "leave it out: ids stand by themselves, `semsearch similar ID...`"),
    of(
        "serve",
        &["host", "bind", "listen", "interface", "address", "p"],
        "type `--addr ADDRESS:PORT`; `--port N` alone listens at 127.0.0.1",
    ),
    flag(
        &[
            "limit",
            "top",
            "n",
            "num",
            "count",
            "top-k",
            "topk",
            "k",
            "results",
            "max",
            "max-results",
            "size",
            "hits",
            "num-results",
        ],
        &["-k N", "--limit N", "--queries N"],
    ),
    flag(
        &["db", "database", "i", "index-dir", "index-path", "collection", "d", "dir", "folder", "path", "data-dir"],
        &["--index DIR"],
    ),
    flag(&["after", "from", "newer", "start", "date-from", "min-date", "from-date"], &["--since DATE"]),
    flag(&["before", "to", "older", "end", "date-to", "max-date", "to-date"], &["--until DATE"]),
    flag(&["date", "years", "in"], &["--year YEAR", "--since DATE"]),
    flag(&["filter", "filters", "w", "condition", "expr", "if"], &["--where 'EXPR'"]),
    flag(&["tag", "tags", "keyword", "keywords", "topic", "subject", "cat", "categories"], &["--category TEXT"]),
    flag(&["journal", "conference", "publication", "booktitle", "venues"], &["--venue TEXT"]),
    flag(&["organization", "organisation", "affiliation", "institution"], &["--org TEXT"]),
    flag(&["authors", "by-author", "name"], &["--author TEXT"]),
    flag(&["source-file", "file-name", "filename"], &["--source SOURCE"]),
    flag(&["jobs", "j", "t", "num-threads", "workers", "cores", "cpus", "parallel"], &["--threads N"]),
    flag(&["gpu", "cuda"], &["--device cuda"]),
    flag(&["cpu-only", "no-gpu", "cpu"], &["--device cpu"]),
    flag(&["fp32", "float32", "f32"], &["--precision f32"]),
    flag(&["int8", "quantize", "quantized"], &["--precision int8"]),
    flag(&["dtype"], &["--precision BITS"]),
    flag(&["m", "model-name", "encoder", "embedding-model"], &["--model NAME"]),
    flag(&["dimension", "dimensions", "dims", "truncate-dim"], &["--dim N"]),
    flag(&["max-length", "max-len", "max-seq-length", "maxlen"], &["--max-tokens N"]),
    flag(&["ram", "mem", "max-memory", "memory-limit", "batch-size", "batchsize"], &["--memory SIZE"]),
    flag(&["silent", "s", "no-progress", "q"], &["--quiet"]),
    flag(&["no-color", "no-colour", "nocolor", "plain", "monochrome"], &["--color never"]),
    flag(&["colour", "colors", "colours"], &["--color WHEN"]),
    flag(&["no-network", "local", "no-download", "airgapped"], &["--offline"]),
    flag(&["force", "overwrite", "rebuild", "recreate", "clobber"], &["--overwrite", "--replace", "--fresh"]),
    flag(&["abstract", "abstracts", "fields", "columns", "long"], &["--full", "--json"]),
    flag(&["mirror", "delete", "prune", "purge"], &["--sync", "--replace"]),
    flag(&["n-dry-run", "simulate", "what-if", "check-only", "noop"], &["--dry-run", "--peek"]),
    flag(&["ignore-errors", "skip-errors", "skip-invalid", "lenient", "continue"], &["--skip-bad"]),
    flag(&["semantic", "dense", "vectors-only", "vector", "embeddings"], &["--mode dense"]),
    flag(&["lexical", "bm25", "keyword-search", "fulltext", "text-only", "sparse"], &["--mode lexical"]),
    flag(&["hybrid"], &["--mode hybrid"]),
    flag(&["alpha", "beta", "boost"], &["--weight W"]),
    flag(&["mmr", "diversity", "lambda"], &["--diverse L"]),
    flag(&["recent", "newest", "decay", "freshness"], &["--recency TIME", "--sort date"]),
    flag(&["order", "order-by", "sort-by", "sortby"], &["--sort FIELD"]),
    flag(&["threshold", "cutoff", "min-similarity", "score", "minscore"], &["--min-score S", "--threshold T"]),
    flag(&["similar", "similar-to", "near"], &["--like ID"]),
    flag(&["brute-force", "bruteforce", "no-ann", "flat"], &["--exact"]),
    flag(&["verbose", "debug", "trace", "why", "v"], &["--verbose", "--explain"]),
    flag(&["line-delimited", "ndjson", "json-lines", "jsonlines"], &["--jsonl", "--json"]),
    flag(&["raw", "machine", "porcelain", "pretty", "as-json", "output-json"], &["--json"]),
    flag(&["graph-file", "chart", "figure", "png", "svg"], &["--plot FILE.svg"]),
    flag(&["queries-file", "questions", "query-file"], &["--batch FILE", "--queries FILE"]),
    flag(&["input", "f", "text", "stdin"], &["--file FILE"]),
    flag(&["baseline", "versus", "vs"], &["--against MODE"]),
    flag(&["metric", "measures", "measure"], &["--metrics NAME,NAME"]),
    flag(&["random-seed"], &["--seed N"]),
    flag(&["field", "group-by", "facet"], &["--by FIELD"]),
    flag(&["no-spell", "no-spelling", "nocorrect", "verbatim", "literal"], &["--no-correct", "--as-typed"]),
    flag(&["no-dedup", "keep-dupes", "no-merge", "duplicates"], &["--keep-duplicates"]),
    flag(&["sheet"], &["--table NAME"]),
    Guess {
        below: None,
        typed: &["o", "out", "output", "output-file", "destination", "save"],
        meant: &["--to PATH", "--write-run FILE", "--out DIR"],
        otherwise: Some("results go to standard output: add `> FILE`"),
    },
    Guess {
        below: None,
        typed: &["csv", "tsv", "bibtex", "bib", "ris", "csl", "format", "output-format", "export"],
        meant: &["--format FORMAT"],
        otherwise: Some(
            "`semsearch export --to FILE --format bibtex --ask \"QUESTION\"` writes papers as BibTeX, RIS, CSL-JSON or CSV; \
             --json and --jsonl print everything",
        ),
    },
    tip(&["yes", "y", "confirm", "interactive", "no-input"], "leave it out: semsearch asks nothing before it begins"),
    tip(&["resume", "continue-from", "checkpoint"], "leave it out: the same command goes on where it was stopped"),
    tip(&["update", "upsert", "incremental"], "leave it out: `embed` adds new papers and replaces changed ones"),
    tip(
        &["config", "settings", "profile"],
        "semsearch has no configuration file: flags and SEMSEARCH_INDEX say everything",
    ),
    tip(&["temperature", "llm", "prompt"], "semsearch finds papers and writes no text"),
    tip(&["pdf", "full-text"], "semsearch reads titles and abstracts, not PDF files: export them from your library"),
];

/// What to type instead of an unknown flag of a command.
pub(super) fn tip_for(root: &Command, command: &Command, typed: &str) -> String {
    let word = typed.trim_start_matches('-').to_ascii_lowercase().replace('_', "-");
    let guess_of =
        |below: Option<&str>| TABLE.iter().find(|guess| guess.below == below && guess.typed.contains(&word.as_str()));
    let guess = guess_of(Some(command.get_name())).or_else(|| guess_of(None));
    // `--JSON`, `--skip_bad`, `-json`.
    if let Some(flag) = named(command, &word) {
        return format!("type `{flag}`");
    }
    if let Some(meant) = guess.and_then(|guess| guess.meant.iter().find(|meant| has(command, meant))) {
        return format!("type `{meant}`");
    }
    if let Some(advice) = guess.and_then(|guess| guess.otherwise) {
        return advice.to_owned();
    }
    if let Some(tip) = slip::of_flag(command, &word) {
        return tip;
    }
    let owners = |flag: &str| -> Vec<String> {
        let owns = |other: &&Command| has(other, flag) && other.get_name() != command.get_name();
        root.get_subcommands().filter(owns).map(|other| format!("`{}`", other.get_name())).collect()
    };
    let name = command.get_name();
    let is_root = name == root.get_name();
    let meant = guess.and_then(|guess| guess.meant.first().copied());
    for flag in std::iter::once(format!("--{word}")).chain(meant.map(str::to_owned)) {
        match owners(&flag).as_slice() {
            [] => {}
            [owner] => return format!("`{flag}` is a flag of {owner}"),
            [first, .., last] if is_root => {
                return format!("put it after the command: `{flag}` is a flag of {first}, {last} and others");
            }
            [first, second] => return format!("`{flag}` is a flag of {first} and {second}"),
            [first, second, ..] => return format!("`{flag}` is a flag of {first}, {second} and others"),
        }
    }
    if is_root {
        "`semsearch --help` lists all flags".to_owned()
    } else {
        format!("`semsearch {name} --help` lists all flags")
    }
}

/// Whether a command has exactly this flag, dashes and all.
pub(super) fn is_of(command: &Command, flag: &str) -> bool {
    flag.len() > 1 && has(command, flag)
}

/// The flag of this name, with its dashes.
fn named(command: &Command, word: &str) -> Option<String> {
    arguments(command).find_map(|argument| {
        let long = argument.get_long().filter(|long| *long == word).map(|long| format!("--{long}"));
        let mut characters = word.chars();
        let letter = characters.next().filter(|_| characters.next().is_none());
        long.or_else(|| argument.get_short().filter(|short| Some(*short) == letter).map(|short| format!("-{short}")))
    })
}

/// Whether a command has the flag at the beginning of a text such as `--index DIR`.
fn has(command: &Command, flag: &str) -> bool {
    let name = flag.split_whitespace().next().unwrap_or_default();
    arguments(command).any(|argument| match name.strip_prefix("--") {
        Some(long) => argument.get_long_and_visible_aliases().is_some_and(|names| names.contains(&long)),
        None => argument.get_short().is_some_and(|short| name == format!("-{short}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::definition;

    #[test]
    fn every_flag_in_the_table_is_a_flag_of_some_command() {
        let root = definition();
        for guess in TABLE {
            for meant in guess.meant {
                let is_known = has(&root, meant) || root.get_subcommands().any(|command| has(command, meant));
                assert!(is_known, "{meant}");
            }
        }
    }

    #[test]
    fn no_flag_is_in_the_table_twice() {
        let of = |guess: &'static Guess| guess.typed.iter().map(move |typed| (guess.below, *typed));
        let mut words: Vec<_> = TABLE.iter().flat_map(of).collect();
        words.sort();
        let twice: Vec<_> = words.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "{twice:?}");
    }
}
