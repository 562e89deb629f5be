use ndarray::{ArrayD, ArrayViewMutD, Zip};
use nn_core::Scalar;
use pulp::Arch;

/// A parameter, its gradient and what the optimiser remembers of it: four arrays of one shape.
pub(super) struct Elements<'a, T> {
    pub(super) parameter: ArrayViewMutD<'a, T>,
    pub(super) gradient: &'a ArrayD<T>,
    pub(super) first: &'a mut ArrayD<T>,
    pub(super) second: &'a mut ArrayD<T>,
}

impl<T: Scalar> Elements<'_, T> {
    /// Changes every element by `update(parameter, gradient, first, second)`.
    ///
    /// Where the arrays lie in one order, that is done in the processor's widest vectors; each element's result is the same
    /// in any width.
    pub(super) fn update(mut self, update: impl Fn(&mut T, T, &mut T, &mut T) + Copy) {
        let slices = (
            self.parameter.as_slice_mut(),
            self.gradient.as_slice(),
            self.first.as_slice_mut(),
            self.second.as_slice_mut(),
        );
        if let (Some(parameter), Some(gradient), Some(first), Some(second)) = slices {
            return Arch::new().dispatch(|| update_slices(parameter, gradient, first, second, update));
        }
        let arrays = Zip::from(self.parameter).and(self.gradient).and(self.first).and(self.second);
        arrays.for_each(|p, &g, first, second| update(p, g, first, second));
    }
}

#[inline(always)]
fn update_slices<T: Scalar>(
    parameter: &mut [T],
    gradient: &[T],
    first: &mut [T],
    second: &mut [T],
    update: impl Fn(&mut T, T, &mut T, &mut T),
) {
    let memory = first.iter_mut().zip(second);
    for ((p, g), (first, second)) in parameter.iter_mut().zip(gradient).zip(memory) {
        update(p, *g, first, second);
    }
}
