//! Plots, as SVG or PNG.
//!
//! | file | holds |
//! | --- | --- |
//! | `speed` | recall against speed |
//! | `quality` | measures with their intervals, modes side by side |
//! | `labels` | where labels go, so that none lies on another |
//! | `dark` | the colours of an SVG where the reader's screen is dark |
//! | `png` | pixels as a PNG file |
//!
//! A plot is drawn once for both formats. Its letters are part of the program, so it looks the same on every machine and
//! needs no library of the system.

mod dark;
mod labels;
mod png;
mod quality;
mod speed;

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

pub(crate) use quality::{Quality, Series};
pub(crate) use speed::RecallAgainstSpeed;

use crate::exit::UsageError;
use crate::written::expect_writable;
use crate::{output, written};

/// DejaVu Sans with the characters that plots have, by `scripts/make_plot_font`.
const FONT: &[u8] = include_bytes!("font/dejavu_sans.ttf");
const FAMILY: &str = "sans-serif";

/// Width and height of a plot.
const SIZE: (u32, u32) = (860, 540);
/// Pixels of a PNG for one of [`SIZE`]: screens that show it smaller show it sharp.
const PIXELS: u32 = 2;

/// The characters of a path that fit below a title.
const MOST_OF_A_PATH: usize = 60;

/// Something that can be drawn.
pub(crate) trait Picture {
    /// Draws it into an area of [`SIZE`] times `unit`; every length is a multiple of `unit`.
    ///
    /// # Errors
    /// If the drawing library fails, which means that a measurement is not a finite number.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, unit: i32) -> anyhow::Result<()>;
}

/// Refuses a plot whose name says no format that there is, or that cannot be written. What is plotted takes a while to
/// measure.
pub(crate) fn expect_plot(file: &Path, overwrite: bool) -> anyhow::Result<()> {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if !matches!(ending.as_deref(), Some("svg" | "png")) {
        let file = file.display();
        return Err(UsageError(format!(
            "a plot is SVG or PNG: expected a name that ends in .svg or .png, found {file}"
        ))
        .into());
    }
    expect_writable(file, overwrite)
}

/// What a plot says of itself below its title: the model, the index, the day.
pub(crate) fn about(model: Option<&str>, index: Option<&str>) -> String {
    let index = index.map(|index| match index.char_indices().rev().nth(MOST_OF_A_PATH) {
        Some((at, _)) => format!("…{}", &index[at..]),
        None => index.to_owned(),
    });
    let parts = [model.map(str::to_owned), index, Some(today())];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Writes the title of a picture, and below it what it says of itself. Gives the area that is left.
fn titled<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    title: &str,
    about: &str,
    unit: i32,
) -> anyhow::Result<DrawingArea<B, Shift>> {
    let font = |size: i32| (FAMILY, size * unit).into_font();
    let area = area.margin(12 * unit, 0, 0, 0);
    area.titled(title, font(20)).and_then(|area| area.titled(about, font(13))).map_err(drawing)
}

/// Today in UTC, as `2026-11-30`.
fn today() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs());
    day(seconds / 86_400)
}

/// A day, counted from the beginning of 1970.
fn day(number: u64) -> String {
    // Years that begin in March have their leap day at the end; 400 of them have 146,097 days.
    let days = number + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Draws a picture into a file, in the format that its name ends in.
pub(crate) fn write(file: &Path, picture: &impl Picture, overwrite: bool) -> anyhow::Result<()> {
    // Registering again is harmless.
    register_font(FAMILY, FontStyle::Normal, FONT).map_err(|_| anyhow::anyhow!("the letters of plots are damaged"))?;
    let is_png = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
    let bytes = if is_png { png(picture)? } else { svg(picture)?.into_bytes() };
    written::write(file, &bytes, overwrite)?;
    output::say(format!("plot: {}", file.display()));
    Ok(())
}

fn svg(picture: &impl Picture) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        picture.draw(&area, 1)?;
        area.present().map_err(drawing)?;
    }
    Ok(dark::with_dark_colours(&svg))
}

fn png(picture: &impl Picture) -> anyhow::Result<Vec<u8>> {
    let (width, height) = (SIZE.0 * PIXELS, SIZE.1 * PIXELS);
    let mut pixels = vec![0; width as usize * height as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        picture.draw(&area, PIXELS as i32)?;
        area.present().map_err(drawing)?;
    }
    Ok(png::encode(&pixels, width, height)?)
}

fn drawing(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("cannot draw the plot: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_date() {
        for (number, date) in
            [(0, "1970-01-01"), (11_016, "2000-02-29"), (11_017, "2000-03-01"), (20_787, "2026-11-30")]
        {
            assert_eq!(day(number), date);
        }
    }

    #[test]
    fn a_plot_names_the_end_of_a_long_path() {
        let about = about(Some("static"), Some(&"folder/".repeat(20)));
        assert!(about.starts_with("static · …") && about.ends_with(&today()) && about.len() < 100, "{about}");
    }
}
