//! Pictures of adversarial examples.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, bail};
use ndarray::ArrayView1;
use png::{BitDepth, ColorType, Encoder};

/// About how many pixels high an image is drawn.
const DRAWN_HEIGHT: usize = 224;

/// Grey columns between images.
const GAP: usize = 8;

/// Writes original, perturbation and adversarial image side by side as a PNG file.
///
/// Values 0 to 1 are black to white (or red, green, blue to full); the perturbation is drawn from `-epsilon` (black)
/// over 0 (grey) to `epsilon` (white). `shape` is channels, height, width, with 1 or 3 channels.
pub(crate) fn write_triptych(
    path: &Path,
    shape: [usize; 3],
    original: ArrayView1<'_, f32>,
    adversarial: ArrayView1<'_, f32>,
    epsilon: f64,
) -> anyhow::Result<()> {
    let perturbation: Vec<f64> = original
        .iter()
        .zip(&adversarial)
        .map(|(clean, changed)| {
            0.5 + 0.5 * (f64::from(*changed) - f64::from(*clean)) / epsilon.max(f64::MIN_POSITIVE)
        })
        .collect();
    let wide =
        |values: ArrayView1<'_, f32>| values.iter().map(|value| f64::from(*value)).collect::<Vec<f64>>();
    let panels = [wide(original), perturbation, wide(adversarial)];
    write_panels(path, shape, &panels).with_context(|| format!("cannot write {}", path.display()))
}

fn write_panels(
    path: &Path,
    [channels, height, width]: [usize; 3],
    panels: &[Vec<f64>],
) -> anyhow::Result<()> {
    if !matches!(channels, 1 | 3) {
        bail!("a picture has 1 or 3 channels, not {channels}");
    }
    let scale = (DRAWN_HEIGHT / height.max(1)).max(1);
    let panel_width = width * scale;
    let drawn_width = panels.len() * panel_width + (panels.len() - 1) * GAP;
    let mut pixels = vec![128; drawn_width * height * scale * channels];
    for (position, panel) in panels.iter().enumerate() {
        let left = position * (panel_width + GAP);
        for row in 0..height * scale {
            for column in 0..panel_width {
                for channel in 0..channels {
                    let value = panel[(channel * height + row / scale) * width + column / scale];
                    pixels[(row * drawn_width + left + column) * channels + channel] = to_byte(value);
                }
            }
        }
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let (drawn_width, drawn_height) = (u32::try_from(drawn_width)?, u32::try_from(height * scale)?);
    let mut encoder = Encoder::new(BufWriter::new(File::create(path)?), drawn_width, drawn_height);
    encoder.set_color(if channels == 1 { ColorType::Grayscale } else { ColorType::Rgb });
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    Ok(writer.finish()?)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn to_byte(value: f64) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}
