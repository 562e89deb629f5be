//! The parameters of a network, by the names of its nodes.

use std::collections::HashMap;
use std::io::{Read, Seek, Write};

use ndarray::ArrayD;
use ndarray_npy::{NpzWriter, WritableElement};

use super::NpzError;
use super::arrays::read_arrays;
use crate::{Network, ParameterId, ParameterRole, Scalar};

/// Writes a network's weights and biases, in its precision, as an archive that NumPy reads.
///
/// Each array is called like its node with `.weight` or `.bias` after it: `layer1.weight`, of the shape that
/// [`Network::parameters`] gives it. Constants of other operators are no parameters and are not written.
///
/// # Errors
/// Where the writer fails, or two layers have the same name.
pub fn write_npz_weights<T: Scalar + WritableElement>(
    network: &Network<T>,
    writer: impl Write + Seek,
) -> Result<(), NpzError> {
    let names = names(network)?;
    let mut archive = NpzWriter::new(writer);
    for (name, (_, values)) in names.into_iter().zip(network.parameters()) {
        archive.add_array(name, &values).map_err(NpzError::Write)?;
    }
    archive.finish().map(drop).map_err(NpzError::Write)
}

/// Reads weights and biases into a network of the architecture that they were written for.
///
/// The archive's arrays are called as [`write_npz_weights`] calls them and hold `f32` or `f64` numbers, which become the
/// nearest ones of the network. The network changes only if all of them fit.
///
/// # Errors
/// [`NpzError`], naming the array, where one is missing, unknown, of another shape or type, or not finite.
pub fn read_npz_weights<T: Scalar>(
    network: &mut Network<T>,
    reader: impl Read + Seek,
) -> Result<(), NpzError> {
    let names = names(network)?;
    let arrays = read_arrays(reader)?;
    check_known(&names, &arrays)?;
    let found = listed(arrays.iter().map(|(name, _)| name));
    let mut arrays: HashMap<String, ArrayD<f64>> = arrays.into_iter().collect();
    let mut values = Vec::with_capacity(names.len());
    for (name, (_, parameter)) in names.into_iter().zip(network.parameters()) {
        let Some(array) = arrays.remove(&name) else {
            return Err(NpzError::Missing { array: name, found });
        };
        if array.shape() != parameter.shape() {
            let reason = format!("shape {:?}, but the network's is {:?}", array.shape(), parameter.shape());
            return Err(NpzError::Array { array: name, reason });
        }
        let cast: ArrayD<T> = array.mapv(T::from_f64);
        if !cast.iter().all(|value| value.is_finite()) {
            let reason = "it holds a number beyond the range of the network's".into();
            return Err(NpzError::Array { array: name, reason });
        }
        values.push(cast);
    }
    for ((_, mut parameter), values) in network.parameters_mut().into_iter().zip(&values) {
        parameter.assign(values);
    }
    Ok(())
}

/// Refuses an array that no parameter is called like.
pub(super) fn check_known<E>(names: &[String], arrays: &[(String, ArrayD<E>)]) -> Result<(), NpzError> {
    match arrays.iter().find(|(name, _)| !names.contains(name)) {
        None => Ok(()),
        Some((array, _)) => {
            let reason = format!("the network has no such parameter; it has {}", listed(names.iter()));
            Err(NpzError::Array { array: array.clone(), reason })
        }
    }
}

/// The arrays' names in the order of the parameters, all different.
pub(super) fn names<T: Scalar>(network: &Network<T>) -> Result<Vec<String>, NpzError> {
    let name = |id: ParameterId| {
        let role = match id.role {
            ParameterRole::Weight => "weight",
            ParameterRole::Bias => "bias",
        };
        format!("{}.{role}", network.node(id.node).name())
    };
    let names: Vec<String> = network.parameters().into_iter().map(|(id, _)| name(id)).collect();
    match (1..names.len()).find(|i| names[..*i].contains(&names[*i])) {
        None => Ok(names),
        Some(repeated) => {
            let reason = "two layers of the network have this name".into();
            Err(NpzError::Array { array: names[repeated].clone(), reason })
        }
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
