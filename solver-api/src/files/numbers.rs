/// The shortest decimal that reads back as the same number: plain where that is short, else with an exponent.
pub(super) fn decimal(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-4..1e15).contains(&magnitude) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back_bit_for_bit() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (3.0, "3"),
            (-0.1, "-0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e-4, "0.0001"),
            (1e-5, "1e-5"),
            (123_456_789.25, "123456789.25"),
            (1e15, "1e15"),
            (1e300, "1e300"),
            (f64::MIN_POSITIVE / 4.0, "5.562684646268003e-309"),
            (f64::from_bits(1), "5e-324"),
            (f64::MAX, "1.7976931348623157e308"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(decimal(value), text);
            assert_eq!(text.parse::<f64>().expect("a number").to_bits(), value.to_bits());
        }
    }
}
