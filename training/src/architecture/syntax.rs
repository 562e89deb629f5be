//! Architectures as texts.

use std::fmt;
use std::str::FromStr;

use super::{Architecture, Layer, SquareWindow};
use crate::TrainingError;

impl FromStr for Architecture {
    type Err = TrainingError;

    fn from_str(text: &str) -> Result<Self, TrainingError> {
        parse(text).map_err(|reason| TrainingError::ArchitectureSyntax { text: text.to_owned(), reason })
    }
}

fn parse(text: &str) -> Result<Architecture, String> {
    let mut layers: Vec<Layer> = text.split('-').map(layer).collect::<Result<_, _>>()?;
    let input = match layers[0] {
        Layer::Dense { width } => {
            layers.remove(0);
            Some(width)
        }
        _ => None,
    };
    let Some(last) = layers.last() else { return Err("it has no layer".into()) };
    if !matches!(last, Layer::Dense { .. }) {
        return Err(format!("it ends in `{last}`, but the last layer is fully connected"));
    }
    let mut dense = input.is_some();
    for layer in &layers {
        match layer {
            Layer::Dense { .. } => dense = true,
            _ if dense => {
                return Err(format!("`{layer}` comes after a fully connected layer or a flat input"));
            }
            _ => (),
        }
    }
    Ok(Architecture { input, layers })
}

fn layer(part: &str) -> Result<Layer, String> {
    if let Some(rest) = part.strip_prefix("conv") {
        let (channels, letters) =
            number(rest).ok_or_else(|| format!("`{part}` has no number of channels"))?;
        let [kernel, stride, padding] = letter_numbers(letters, part)?;
        let kernel = kernel.ok_or_else(|| format!("`{part}` has no kernel size, such as k3"))?;
        let window = SquareWindow { kernel, stride: stride.unwrap_or(1), padding: padding.unwrap_or(0) };
        return checked(Layer::Convolution { channels, window }, part);
    }
    let averages = part.strip_prefix("avg").map(|rest| (rest, Layer::AveragePool as fn(_) -> _));
    let maxima = || part.strip_prefix("max").map(|rest| (rest, Layer::MaxPool as fn(_) -> _));
    if let Some((rest, pool)) = averages.or_else(maxima) {
        let (kernel, letters) = number(rest).ok_or_else(|| format!("`{part}` has no window size"))?;
        let [again, stride, padding] = letter_numbers(letters, part)?;
        if again.is_some() {
            return Err(format!("`{part}` has two window sizes"));
        }
        let stride = stride.unwrap_or(kernel);
        return checked(pool(SquareWindow { kernel, stride, padding: padding.unwrap_or(0) }), part);
    }
    match part.parse() {
        Ok(0) | Err(_) => {
            Err(format!("`{part}` is not a width, nor a layer that begins with conv, avg or max"))
        }
        Ok(width) => Ok(Layer::Dense { width }),
    }
}

/// Refuses windows that no image has.
fn checked(layer: Layer, part: &str) -> Result<Layer, String> {
    let (channels, window) = match layer {
        Layer::Convolution { channels, window } => (channels, window),
        Layer::AveragePool(window) | Layer::MaxPool(window) => (1, window),
        Layer::Dense { .. } => return Ok(layer),
    };
    if channels == 0 || window.kernel == 0 || window.stride == 0 {
        return Err(format!("`{part}` has a size of 0"));
    }
    if window.padding >= window.kernel {
        return Err(format!("`{part}` has as much padding as kernel, or more"));
    }
    Ok(layer)
}

/// The number that a text begins with, and the rest.
fn number(text: &str) -> Option<(usize, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

/// The numbers after `k`, `s` and `p`, each at most once.
fn letter_numbers(mut rest: &str, part: &str) -> Result<[Option<usize>; 3], String> {
    let mut found = [None; 3];
    while let Some(letter) = rest.chars().next() {
        let wrong =
            || format!("`{part}` goes on with `{rest}`, where k, s or p with a number may stand once each");
        let place = ['k', 's', 'p'].iter().position(|known| *known == letter).ok_or_else(wrong)?;
        let (value, after) = number(&rest[1..]).ok_or_else(wrong)?;
        if found[place].replace(value).is_some() {
            return Err(wrong());
        }
        rest = after;
    }
    Ok(found)
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let input = self.input.iter().map(usize::to_string);
        let parts: Vec<String> = input.chain(self.layers.iter().map(Layer::to_string)).collect();
        f.pad(&parts.join("-"))
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (window, usual_stride) = match self {
            Layer::Dense { width } => return write!(f, "{width}"),
            Layer::Convolution { channels, window } => {
                write!(f, "conv{channels}k{}", window.kernel)?;
                (window, 1)
            }
            Layer::AveragePool(window) => {
                write!(f, "avg{}", window.kernel)?;
                (window, window.kernel)
            }
            Layer::MaxPool(window) => {
                write!(f, "max{}", window.kernel)?;
                (window, window.kernel)
            }
        };
        if window.stride != usual_stride {
            write!(f, "s{}", window.stride)?;
        }
        if window.padding != 0 {
            write!(f, "p{}", window.padding)?;
        }
        Ok(())
    }
}
