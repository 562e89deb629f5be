//! What the names of arrays say about layers.

use crate::ParameterRole;

/// The place of an array in a chain of layers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LayerArray {
    /// The layer's name, the same for its weight and its bias.
    pub(super) layer: String,
    /// The last number in the name, which orders the layers.
    pub(super) number: u64,
    pub(super) role: ParameterRole,
}

/// `W1` and `b1`, `layers.0.weight` and `layers.0.bias`, `fc1.weight`, `2.weight`; `None` for any other name.
pub(super) fn layer_array(name: &str) -> Option<LayerArray> {
    let short = |prefix: char, role| name.strip_prefix(prefix).map(|rest| (rest, role));
    let dotted = |suffix: &str, role| name.strip_suffix(suffix).map(|rest| (rest, role));
    let dotted = dotted(".weight", ParameterRole::Weight).or_else(|| dotted(".bias", ParameterRole::Bias));
    if let Some((layer, role)) = dotted {
        let end = layer.rfind(|letter: char| letter.is_ascii_digit())? + 1;
        let digits = layer[..end].bytes().rev().take_while(u8::is_ascii_digit).count();
        let start = end - digits;
        return Some(LayerArray { layer: layer.to_owned(), number: layer[start..end].parse().ok()?, role });
    }
    let (digits, role) = short('W', ParameterRole::Weight)
        .or_else(|| short('w', ParameterRole::Weight))
        .or_else(|| short('b', ParameterRole::Bias))?;
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some(LayerArray { layer: format!("layer{digits}"), number, role })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_give_layer_number_and_role() {
        use ParameterRole::{Bias, Weight};
        let check = |name: &str, expected: Option<(&str, u64, ParameterRole)>| {
            let expected =
                expected.map(|(layer, number, role)| LayerArray { layer: layer.into(), number, role });
            assert_eq!(layer_array(name), expected, "{name}");
        };
        check("W1", Some(("layer1", 1, Weight)));
        check("w12", Some(("layer12", 12, Weight)));
        check("b0", Some(("layer0", 0, Bias)));
        check("layers.0.weight", Some(("layers.0", 0, Weight)));
        check("fc12.bias", Some(("fc12", 12, Bias)));
        check("2.weight", Some(("2", 2, Weight)));
        check("net2.layer.10.linear.weight", Some(("net2.layer.10.linear", 10, Weight)));
        check("größe3.weight", Some(("größe3", 3, Weight)));
        check("é3.weight", Some(("é3", 3, Weight)));
        for other in [
            "",
            "W",
            "W1x",
            "arr_0",
            "weight",
            ".weight",
            "fc.weight",
            "bias",
            "b-1",
            "W99999999999999999999",
        ] {
            check(other, None);
        }
    }
}
