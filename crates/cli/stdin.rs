//! Standard input, line by line.

use std::io::{self, BufRead, Read};

use anyhow::Context;

use crate::exit::UsageError;

/// The lines of standard input. A line that is not UTF-8 is a usage error that names the line.
pub(crate) fn lines() -> impl Iterator<Item = anyhow::Result<String>> {
    io::stdin().lock().lines().zip(1..).map(|(line, number): (_, u64)| match line {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(UsageError(format!("standard input, line {number}: expected UTF-8 text, found other bytes")).into())
        }
        other => other.context("cannot read standard input"),
    })
}

/// What is there of standard input without waiting for more than its beginning; it is read again by the other functions.
pub(crate) fn head() -> anyhow::Result<Vec<u8>> {
    Ok(io::stdin().lock().fill_buf().context("cannot read standard input")?.to_vec())
}

/// All of standard input as text.
pub(crate) fn text() -> anyhow::Result<String> {
    String::from_utf8(all()?).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        UsageError(format!("standard input: expected UTF-8 text, found other bytes at byte {place}")).into()
    })
}

/// All bytes of standard input.
pub(crate) fn all() -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
    Ok(bytes)
}
