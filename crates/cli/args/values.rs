//! Parsing numbers, sizes, times and names.

use std::time::Duration;

pub(super) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected a whole number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// Reads how many hits are wanted; 0 is all of them.
pub(super) fn hits_wanted(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Ok(usize::MAX),
        Ok(number) => Ok(number),
        Err(_) => Err("expected a whole number; 0 for all".to_owned()),
    }
}

/// Reads a number that is one.
pub(super) fn finite(text: &str) -> Result<f32, String> {
    let finite = text.parse().ok().filter(|number: &f32| number.is_finite());
    finite.ok_or_else(|| "expected a number".to_owned())
}

/// Reads a cosine similarity.
pub(super) fn score(text: &str) -> Result<f32, String> {
    let within = text.parse().ok().filter(|score| (-1.0..=1.0).contains(score));
    within.ok_or_else(|| "expected a number from -1 to 1".to_owned())
}

/// Reads a share of a whole.
pub(super) fn share(text: &str) -> Result<f32, String> {
    let within = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    within.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

/// Reads a time to wait such as `30`, `30s`, `5m` or `2h`; `forever` is as long as it takes.
pub(super) fn patience(text: &str) -> Result<Duration, String> {
    if text == "forever" {
        return Ok(Duration::MAX);
    }
    let wrong = || "expected a time such as 30s, 5m or 2h".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "" | "s" => Some(number),
        "m" | "min" => number.checked_mul(60),
        "h" => number.checked_mul(3_600),
        _ => None,
    };
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

/// Reads the name of a source. A `/` would make it a file within another source.
pub(super) fn source_name(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("expected a name".to_owned()),
        name if name.contains('/') => Err("expected a name without `/`".to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// The least memory that `--memory` takes: enough for any ordinary window of texts.
const LEAST_MEMORY: u64 = 16 << 20;

/// Reads a size such as `512M`, `2G` or `1.5 GiB`, in powers of 1024.
pub(super) fn memory_size(text: &str) -> Result<u64, String> {
    let wrong = || "expected a size from 16M, such as 512M or 2G".to_owned();
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let shift = match unit.trim().to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(wrong()),
    };
    let bytes = number.parse::<f64>().map_err(|_| wrong())? * (1_u64 << shift) as f64;
    // Above 2^53 a double is no longer exact, and no machine has that much memory.
    if bytes < LEAST_MEMORY as f64 || bytes > (1_u64 << 53) as f64 { Err(wrong()) } else { Ok(bytes as u64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_powers_of_1024_and_nonsense_is_refused() {
        let sizes = [("512M", 512 << 20), ("2G", 2 << 30), ("2 GiB", 2 << 30), ("1.5g", 3 << 29), ("64mb", 64 << 20)];
        for (text, expected) in sizes {
            assert_eq!(memory_size(text), Ok(expected), "{text}");
        }
        assert_eq!(memory_size("20000000"), Ok(20_000_000));
        for text in ["", "G", "0", "-1G", "15M", "1e9", "1..5G", "2X", "2GG", "many", "99999999999T", "NaN", "inf"] {
            assert!(memory_size(text).unwrap_err().contains("such as 512M or 2G"), "{text}");
        }
    }
}
