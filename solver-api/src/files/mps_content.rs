use std::collections::HashMap;

use crate::{ActiveAt, Column, ColumnId, ColumnKind, Model, ModelError};

/// What the sections of an MPS file have said so far.
#[derive(Default)]
pub(super) struct MpsContent {
    pub(super) name: String,
    maximised: bool,
    /// What is subtracted from the objective.
    objective_right_hand_side: f64,
    objective: Option<String>,
    rows: Vec<MpsRow>,
    row_positions: HashMap<String, usize>,
    columns: Vec<MpsColumn>,
    column_positions: HashMap<String, usize>,
    inside_integer_markers: bool,
    sos1_sets: Vec<MpsSet>,
    /// The rows that are those of indicators, in the order of their section.
    indicators: Vec<usize>,
    /// The name of the one set of right-hand sides, ranges and bounds, by section.
    sets: HashMap<&'static str, String>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum RowKind {
    Free,
    Equal,
    AtMost,
    AtLeast,
}

struct MpsRow {
    name: String,
    kind: RowKind,
    right: f64,
    range: Option<f64>,
    terms: Vec<(ColumnId, f64)>,
    /// The binary column and its value at which alone the row holds, for an indicator.
    switch: Option<(ColumnId, ActiveAt)>,
}

struct MpsSet {
    name: String,
    /// With the weights that order them.
    members: Vec<(f64, ColumnId)>,
}

struct MpsColumn {
    name: String,
    kind: ColumnKind,
    objective: f64,
    lower: Option<f64>,
    upper: Option<f64>,
}

/// Where an entry or right-hand side goes.
enum Target {
    Objective,
    Row(usize),
}

impl RowKind {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "N" | "n" => Ok(Self::Free),
            "E" | "e" => Ok(Self::Equal),
            "L" | "l" => Ok(Self::AtMost),
            "G" | "g" => Ok(Self::AtLeast),
            _ => Err(format!("row kind `{text}` is none of N, E, L, G")),
        }
    }
}

impl MpsContent {
    pub(super) fn set_sense(&mut self, sense: &str) -> Result<(), String> {
        self.maximised = match sense.to_ascii_uppercase().as_str() {
            "MAX" | "MAXIMIZE" | "MAXIMISE" => true,
            "MIN" | "MINIMIZE" | "MINIMISE" => false,
            _ => return Err(format!("objective sense `{sense}` is neither MIN nor MAX")),
        };
        Ok(())
    }

    pub(super) fn add_row(&mut self, kind: RowKind, name: &str) -> Result<(), String> {
        if self.row_positions.contains_key(name) || self.objective.as_deref() == Some(name) {
            return Err(format!("row `{name}` is there already"));
        }
        if kind == RowKind::Free && self.objective.is_none() {
            self.objective = Some(name.to_owned());
            return Ok(());
        }
        self.row_positions.insert(name.to_owned(), self.rows.len());
        let name = name.to_owned();
        self.rows.push(MpsRow { name, kind, right: 0.0, range: None, terms: Vec::new(), switch: None });
        Ok(())
    }

    pub(super) fn set_marker(&mut self, marker: &str) -> Result<(), String> {
        self.inside_integer_markers = match marker {
            "'INTORG'" => true,
            "'INTEND'" => false,
            _ => return Err(format!("marker {marker} is neither 'INTORG' nor 'INTEND'")),
        };
        Ok(())
    }

    pub(super) fn add_entry(&mut self, column: &str, row: &str, value: f64) -> Result<(), String> {
        let target = self.target(row)?;
        if self.columns.last().is_none_or(|last| last.name != column) {
            self.begin_column(column)?;
        }
        let position = self.columns.len() - 1;
        match target {
            Target::Objective => self.columns[position].objective += value,
            Target::Row(row) => self.rows[row].terms.push((ColumnId::from_index(position), value)),
        }
        Ok(())
    }

    pub(super) fn set_right_hand_side(&mut self, row: &str, value: f64) -> Result<(), String> {
        match self.target(row)? {
            Target::Objective => self.objective_right_hand_side = value,
            Target::Row(row) => self.rows[row].right = value,
        }
        Ok(())
    }

    pub(super) fn set_range(&mut self, row: &str, value: f64) -> Result<(), String> {
        match self.target(row)? {
            Target::Row(index) if self.rows[index].kind != RowKind::Free => {
                self.rows[index].range = Some(value);
                Ok(())
            }
            _ => Err(format!("row `{row}` of kind N takes no range")),
        }
    }

    /// A section may hold several named sets of which one is meant; only files with one are unambiguous.
    pub(super) fn enter_set(&mut self, section: &'static str, name: &str) -> Result<(), String> {
        let first = self.sets.entry(section).or_insert_with(|| name.to_owned());
        if first == name {
            return Ok(());
        }
        Err(format!("a second set `{name}` besides `{first}` is not supported in {section}"))
    }

    pub(super) fn has_column(&self, name: &str) -> bool {
        self.column_positions.contains_key(name)
    }

    /// A bound of a kind that takes no value must come with `None`, all others with a value.
    pub(super) fn set_bound(&mut self, kind: &str, name: &str, value: Option<f64>) -> Result<(), String> {
        let position = self.column(name)?.index();
        let column = &mut self.columns[position];
        match (kind, value) {
            ("LO" | "LI", Some(_)) => column.lower = value,
            ("UP" | "UI", Some(_)) => column.upper = value,
            ("FX", Some(_)) => (column.lower, column.upper) = (value, value),
            ("FR", _) => (column.lower, column.upper) = (Some(f64::NEG_INFINITY), Some(f64::INFINITY)),
            ("MI", _) => column.lower = Some(f64::NEG_INFINITY),
            ("PL", _) => column.upper = Some(f64::INFINITY),
            ("BV", _) => (column.lower, column.upper) = (Some(0.0), Some(1.0)),
            _ => return Err(format!("bound kind `{kind}` is not supported")),
        }
        if matches!(kind, "LI" | "UI" | "BV") {
            column.kind = ColumnKind::Integer;
        }
        Ok(())
    }

    pub(super) fn begin_sos1(&mut self, name: Option<&str>) {
        let name = name.map_or_else(|| format!("sos{}", self.sos1_sets.len()), str::to_owned);
        self.sos1_sets.push(MpsSet { name, members: Vec::new() });
    }

    /// Members without weights keep their order.
    pub(super) fn add_member(&mut self, column: &str, weight: Option<f64>) -> Result<(), String> {
        let column = self.column(column)?;
        let set = self.sos1_sets.last_mut().ok_or("a member of a set that has not begun")?;
        set.members.push((weight.unwrap_or(0.0), column));
        Ok(())
    }

    pub(super) fn set_indicator(&mut self, row: &str, column: &str, value: &str) -> Result<(), String> {
        let binary = self.column(column)?;
        let active_at = match value {
            "0" => ActiveAt::Zero,
            "1" => ActiveAt::One,
            _ => return Err(format!("an indicator's value `{value}` is neither 0 nor 1")),
        };
        match self.target(row)? {
            Target::Row(index) if self.rows[index].switch.is_none() => {
                self.rows[index].switch = Some((binary, active_at));
                self.indicators.push(index);
                Ok(())
            }
            Target::Row(_) => Err(format!("row `{row}` has an indicator already")),
            Target::Objective => Err(format!("the objective `{row}` takes no indicator")),
        }
    }

    pub(super) fn into_model(self) -> Result<Model, ModelError> {
        let sign = if self.maximised { -1.0 } else { 1.0 };
        let mut model = Model::new(self.name);
        let mut objective = Vec::new();
        for column in self.columns {
            let (lower, upper) = column.bounds();
            let MpsColumn { name, kind, objective: coefficient, .. } = column;
            let id = model.add_column(Column { name, lower, upper, objective: 0.0, kind })?;
            objective.push((id, sign * coefficient));
        }
        model.set_objective(-sign * self.objective_right_hand_side, objective)?;
        for row in self.rows.iter().filter(|row| row.switch.is_none()) {
            let (lower, upper) = row.bounds();
            model.add_row(&row.name, lower, upper, row.terms.iter().copied())?;
        }
        for row in self.indicators.iter().map(|index| &self.rows[*index]) {
            if let Some((binary, active_at)) = row.switch {
                let (lower, upper) = row.bounds();
                model.add_indicator(&row.name, binary, active_at, lower, upper, row.terms.iter().copied())?;
            }
        }
        for mut set in self.sos1_sets {
            set.members.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            model.add_sos1(set.name, set.members.into_iter().map(|(_, column)| column))?;
        }
        Ok(model)
    }

    fn column(&self, name: &str) -> Result<ColumnId, String> {
        let position =
            self.column_positions.get(name).ok_or_else(|| format!("there is no column `{name}`"))?;
        Ok(ColumnId::from_index(*position))
    }

    fn begin_column(&mut self, name: &str) -> Result<(), String> {
        if self.column_positions.insert(name.to_owned(), self.columns.len()).is_some() {
            return Err(format!("the entries of column `{name}` do not stand together"));
        }
        let kind = if self.inside_integer_markers { ColumnKind::Integer } else { ColumnKind::Continuous };
        let name = name.to_owned();
        self.columns.push(MpsColumn { name, kind, objective: 0.0, lower: None, upper: None });
        Ok(())
    }

    fn target(&self, row: &str) -> Result<Target, String> {
        if self.objective.as_deref() == Some(row) {
            return Ok(Target::Objective);
        }
        self.row_positions
            .get(row)
            .map(|index| Target::Row(*index))
            .ok_or_else(|| format!("there is no row `{row}`"))
    }
}

impl MpsColumn {
    fn bounds(&self) -> (f64, f64) {
        match (self.lower, self.upper) {
            (None, None) if self.kind == ColumnKind::Integer => (0.0, 1.0),
            (None, Some(upper)) if upper < 0.0 => (f64::NEG_INFINITY, upper),
            (lower, upper) => (lower.unwrap_or(0.0), upper.unwrap_or(f64::INFINITY)),
        }
    }
}

impl MpsRow {
    fn bounds(&self) -> (f64, f64) {
        let right = self.right;
        match (self.kind, self.range) {
            (RowKind::Free, _) => (f64::NEG_INFINITY, f64::INFINITY),
            (RowKind::Equal, None) => (right, right),
            (RowKind::Equal, Some(range)) if range < 0.0 => (right + range, right),
            (RowKind::Equal | RowKind::AtLeast, Some(range)) => (right, right + range.abs()),
            (RowKind::AtLeast, None) => (right, f64::INFINITY),
            (RowKind::AtMost, Some(range)) => (right - range.abs(), right),
            (RowKind::AtMost, None) => (f64::NEG_INFINITY, right),
        }
    }
}
