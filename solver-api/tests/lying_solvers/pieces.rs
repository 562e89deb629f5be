//! Models with indicators and special ordered sets as unions of models without.

use solver_api::{ActiveAt, ColumnId, Model};

/// The model without indicators and special ordered sets.
pub(crate) fn plain(model: &Model) -> Model {
    let mut copy = Model::new(model.name());
    for column in model.columns() {
        copy.add_column(column.clone()).expect("a valid column");
    }
    for row in model.rows() {
        let terms = row.columns.iter().copied().zip(row.coefficients.iter().copied());
        copy.add_row(row.name, row.lower, row.upper, terms).expect("a valid row");
    }
    let costs = (0..).map(ColumnId::from_index).zip(model.columns().iter().map(|column| column.objective));
    copy.set_objective(model.offset(), costs).expect("a valid objective");
    copy
}

/// Models without indicators and sets whose points are together the model's.
pub(crate) fn pieces(model: &Model) -> Vec<Model> {
    let mut pieces = vec![plain(model)];
    let mut switches: Vec<ColumnId> = model.indicators().map(|indicator| indicator.binary).collect();
    switches.sort_unstable();
    switches.dedup();
    for switch in switches {
        pieces = pieces
            .iter()
            .flat_map(|piece| [ActiveAt::Zero, ActiveAt::One].map(|at| switched(model, piece, switch, at)))
            .flatten()
            .collect();
    }
    for set in model.sos1_sets() {
        let split = |piece: &Model| -> Vec<Model> {
            set.columns.iter().filter_map(|kept| without_others(piece, &set.columns, *kept)).collect()
        };
        pieces = pieces.iter().flat_map(split).collect();
    }
    pieces
}

/// The piece with a binary column at a value, and the rows that hold there.
fn switched(model: &Model, piece: &Model, switch: ColumnId, at: ActiveAt) -> Option<Model> {
    let mut fixed = fixed_at(piece, switch, at.value())?;
    for row in model.indicators().filter(|i| i.binary == switch && i.active_at == at).map(|i| i.row) {
        let terms = row.columns.iter().copied().zip(row.coefficients.iter().copied());
        fixed.add_row(row.name, row.lower, row.upper, terms).expect("a valid row");
    }
    Some(fixed)
}

fn without_others(piece: &Model, columns: &[ColumnId], kept: ColumnId) -> Option<Model> {
    let others = columns.iter().filter(|column| **column != kept);
    others.copied().try_fold(piece.clone(), |piece, column| fixed_at(&piece, column, 0.0))
}

fn fixed_at(piece: &Model, id: ColumnId, value: f64) -> Option<Model> {
    let mut fixed = piece.clone();
    let column = piece.column(id);
    let may_be = column.lower <= value && value <= column.upper;
    may_be.then(|| {
        fixed.set_bounds(id, value, value).expect("a valid value");
        fixed
    })
}
