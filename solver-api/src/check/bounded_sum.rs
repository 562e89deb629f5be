/// A sum of products in f64 with a bound on all that rounding has changed, which is 0 where nothing was rounded.
///
/// Each operation's own error is computed, without error: Knuth's sum and the fused multiply-add (Ogita, Rump, Oishi:
/// Accurate sum and dot product, SIAM J. Sci. Comput. 26(6), 2005, algorithms 3.1 and 3.5).
#[derive(Clone, Copy, Debug)]
pub(super) struct BoundedSum {
    value: f64,
    error: f64,
}

/// Below this a product's error may have no f64 of its own.
const SMALLEST_EXACT_PRODUCT: f64 = 1e-280;

/// More than such an error.
const UNDERFLOW: f64 = 1e-295;

impl BoundedSum {
    /// One number.
    pub(super) fn of(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// The sum as computed.
    pub(super) fn value(&self) -> f64 {
        self.value
    }

    /// What the exact sum differs from the computed one by at most.
    pub(super) fn error(&self) -> f64 {
        self.error
    }

    /// At most the exact sum; `-inf` where numbers overflowed.
    pub(super) fn least(&self) -> f64 {
        if self.error == 0.0 {
            return self.value;
        }
        let least = (self.value - self.error).next_down();
        if least.is_finite() { least } else { f64::NEG_INFINITY }
    }

    /// At least the exact sum; `inf` where numbers overflowed.
    pub(super) fn greatest(&self) -> f64 {
        -Self { value: -self.value, error: self.error }.least()
    }

    pub(super) fn add(&mut self, term: f64) {
        let sum = self.value + term;
        let from_term = sum - self.value;
        let lost = (self.value - (sum - from_term)) + (term - from_term);
        self.value = sum;
        self.add_error(lost.abs());
    }

    pub(super) fn add_product(&mut self, a: f64, b: f64) {
        let product = a * b;
        if product.abs() >= SMALLEST_EXACT_PRODUCT {
            self.add_error(a.mul_add(b, -product).abs());
        } else if a != 0.0 && b != 0.0 {
            self.add_error(UNDERFLOW);
        }
        self.add(product);
    }

    /// Lets the exact sum differ by `error * reach` more; both are at least 0.
    pub(super) fn widen(&mut self, error: f64, reach: f64) {
        if error != 0.0 && reach != 0.0 {
            self.add_error((error * reach).next_up());
        }
    }

    fn add_error(&mut self, error: f64) {
        // Also NaN, after an overflow.
        if error != 0.0 {
            self.error = (self.error + error).next_up();
        }
    }
}
