//! Properties in VNN-LIB, the format of the verification competition.
//!
//! Text becomes forms (`syntax`), forms become declarations and one formula of comparisons, and the formula alternatives
//! (`normal_form`), which are grouped by their inputs (`regions`). Nothing here recurses: files may nest to any depth.

mod comparison;
mod constant;
mod declarations;
mod error;
mod formula;
mod normal_form;
mod regions;
mod specification;
mod syntax;
mod tree;

pub use declarations::{ElementType, Tensor};
pub use error::{VnnlibError, VnnlibProblem};
pub use regions::UnsafeRegion;
pub use specification::{Specification, VnnlibVersion};

use declarations::Declarations;
use error::{Fault, invalid, unexpected};
use formula::FormulaBuilder;
use normal_form::normal_form;
use regions::regions;
use syntax::{Form, FormReader};

/// Reads a property from the text of a VNN-LIB file.
///
/// # Errors
/// [`VnnlibError`] with the line and the column of what is no VNN-LIB, has no meaning, or asks more than is answered here.
pub fn read_vnnlib(source: &[u8]) -> Result<Specification, VnnlibError> {
    read(source).map_err(|fault| fault.locate(source))
}

fn read(source: &[u8]) -> Result<Specification, Fault> {
    const EXPECTED: &str = "a command such as `declare-const`, `declare-network` or `assert`";
    let mut forms = FormReader::new(source);
    let mut version = None;
    let mut declarations = Declarations::default();
    let mut formula = FormulaBuilder::new();
    let mut has_assertions = false;
    let mut is_first = true;
    while let Some(form) = forms.next_form()? {
        let offset = form.node(0).offset;
        let head = form.head(0, EXPECTED)?;
        match head.text {
            "vnnlib-version" if is_first => version = Some(read_version(&form)?),
            "vnnlib-version" => return Err(invalid(offset, "the version comes before all else")),
            "declare-const" | "declare-fun" | "declare-network" if has_assertions => {
                return Err(invalid(offset, "declarations come before assertions"));
            }
            "declare-const" | "declare-fun" => declarations.declare_constant(&form)?,
            "declare-network" => declarations.declare_network(&form)?,
            "declare-input" | "declare-output" | "declare-hidden" => {
                return Err(unexpected(offset, "a tensor inside `(declare-network ...)`", head.describe()));
            }
            "assert" => {
                if !has_assertions {
                    declarations.check_complete(offset)?;
                    check_version(version, &declarations, offset)?;
                }
                has_assertions = true;
                formula.assert(&form, &declarations)?;
            }
            // What SMT-LIB scripts hold beside the problem itself.
            "set-logic" | "set-info" | "set-option" | "check-sat" | "get-model" | "exit" => {}
            _ => return Err(unexpected(head.offset, EXPECTED, head.describe())),
        }
        is_first = false;
    }
    if !has_assertions {
        declarations.check_complete(source.len())?;
        return Err(unexpected(source.len(), "an assertion", "the end of the file"));
    }
    let formula = formula.finish();
    let regions = regions(&formula, &normal_form(&formula)?, &declarations)?;
    Ok(Specification::new(version, declarations, formula, regions))
}

/// `(vnnlib-version <2.0>)`.
fn read_version(form: &Form<'_>) -> Result<VnnlibVersion, Fault> {
    const EXPECTED: &str = "version <1.0> or <2.0>";
    let mut items = form.items(0).skip(1);
    let (Some(version), None) = (items.next(), items.next()) else {
        return Err(unexpected(form.node(0).offset, EXPECTED, "none, or more than one"));
    };
    let node = form.node(version);
    let number = node.text.strip_prefix('<').and_then(|text| text.strip_suffix('>')).unwrap_or(node.text);
    match number.split_once('.').map(|(major, minor)| (major.parse(), minor.parse())) {
        Some((Ok(major @ (1 | 2)), Ok(minor))) => Ok(VnnlibVersion { major, minor }),
        _ => Err(unexpected(node.offset, EXPECTED, node.describe())),
    }
}

fn check_version(
    version: Option<VnnlibVersion>,
    declarations: &Declarations,
    offset: usize,
) -> Result<(), Fault> {
    match (version.map(|version| version.major), declarations) {
        (Some(1), Declarations::Network(_)) => Err(invalid(offset, "version 1 declares no networks")),
        (Some(2), Declarations::Constants(_)) => {
            Err(invalid(offset, "version 2 declares a network, and no constants such as X_0"))
        }
        _ => Ok(()),
    }
}
