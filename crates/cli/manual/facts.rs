//! What holds for every command: exit codes, environment variables, files.

/// Exit codes, and what each says.
pub(super) const EXIT: &[(&str, &str)] = &[
    ("0", "done; for commands that search: something was found"),
    ("1", "no hit"),
    ("2", "usage: a flag, a question or an input that cannot be right"),
    ("3", "the index is missing or damaged"),
    ("4", "the model is missing, damaged, or not the one of the index"),
    ("5", "input and output: a file cannot be read or written, the disk is full"),
    ("6", "another process is changing the index; --wait waits for it"),
    ("130", "interrupted"),
];

/// Environment variables.
pub(super) const ENVIRONMENT: &[(&str, &str)] = &[
    ("SEMSEARCH_INDEX", "the index, where --index names none"),
    ("SEMSEARCH_MODELS", "the folder of models"),
    ("HF_HUB_OFFLINE", "1: never touch the network, as --offline"),
    ("HF_HUB_CACHE, HF_HOME", "the cache of the Hugging Face libraries, in which models are looked for, too"),
    ("HF_ENDPOINT, HF_TOKEN", "another address of the Hugging Face hub, and the token for it"),
    ("RAYON_NUM_THREADS", "threads to use, where --threads names none"),
    ("NO_COLOR, CLICOLOR, CLICOLOR_FORCE", "whether output has colours, where --color is auto"),
    ("XDG_DATA_HOME, XDG_CACHE_HOME", "the folders of the user's data and caches"),
];

/// Files.
pub(super) const FILES: &[(&str, &str)] = &[
    ("~/.local/share/semsearch/index", "the index (below XDG_DATA_HOME, if that is set)"),
    ("~/.local/share/semsearch/models", "the models, a folder each"),
    ("~/.local/share/semsearch/models/.images", "weights as they are mapped into memory; may be deleted"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_codes_are_those_of_the_program() {
        let documented: Vec<&str> = include_str!("../exit.rs")
            .lines()
            .filter_map(|line| line.strip_prefix("//! | ")?.split(" | ").next())
            .filter(|code| code.parse::<u8>().is_ok())
            .collect();
        assert_eq!(documented, EXIT.iter().map(|(code, _)| *code).collect::<Vec<_>>());
    }
}
