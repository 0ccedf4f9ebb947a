//! Plots, as SVG or PNG.
//!
//! | file | holds |
//! | --- | --- |
//! | `speed` | recall against speed |
//! | `quality` | measures with their intervals, modes side by side |
//! | `dark` | the colours of an SVG where the reader's screen is dark |
//! | `png` | pixels as a PNG file |
//!
//! A plot is drawn once for both formats. Its letters are part of the program, so it looks the same on every machine and
//! needs no library of the system.

mod dark;
mod png;
mod quality;
mod speed;

use std::path::Path;

use anyhow::Context;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

pub(crate) use quality::{Quality, Series};
pub(crate) use speed::RecallAgainstSpeed;

use crate::exit::UsageError;
use crate::output;

/// DejaVu Sans with the characters that plots have, by `scripts/make_plot_font`.
const FONT: &[u8] = include_bytes!("font/dejavu_sans.ttf");
const FAMILY: &str = "sans-serif";

/// Width and height of a plot.
const SIZE: (u32, u32) = (860, 540);
/// Pixels of a PNG for one of [`SIZE`]: screens that show it smaller show it sharp.
const PIXELS: u32 = 2;

/// Something that can be drawn.
pub(crate) trait Picture {
    /// Draws it into an area of [`SIZE`] times `unit`; every length is a multiple of `unit`.
    ///
    /// # Errors
    /// If the drawing library fails, which means that a measurement is not a finite number.
    fn draw<B: DrawingBackend>(&self, area: &DrawingArea<B, Shift>, unit: i32) -> anyhow::Result<()>;
}

/// Refuses a plot whose name says no format that there is, or whose folder does not exist. What is plotted takes a while to
/// measure.
pub(crate) fn expect_plot(file: &Path) -> anyhow::Result<()> {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if !matches!(ending.as_deref(), Some("svg" | "png")) {
        let file = file.display();
        return Err(UsageError(format!(
            "a plot is SVG or PNG: expected a name that ends in .svg or .png, found {file}"
        ))
        .into());
    }
    expect_folder(file)
}

/// Refuses a file that cannot be written because its folder does not exist.
pub(crate) fn expect_folder(file: &Path) -> anyhow::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| *folder != Path::new("")) {
        std::fs::metadata(folder).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

/// Draws a picture into a file, in the format that its name ends in.
pub(crate) fn write(file: &Path, picture: &impl Picture) -> anyhow::Result<()> {
    // Registering again is harmless.
    register_font(FAMILY, FontStyle::Normal, FONT).map_err(|_| anyhow::anyhow!("the letters of plots are damaged"))?;
    let is_png = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
    let bytes = if is_png { png(picture)? } else { svg(picture)?.into_bytes() };
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
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
