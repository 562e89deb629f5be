//! Writes the ReLU encodings of the conformance suite as MPS files, with their exact minima in `truth.json`.
//!
//! ```text
//! cargo run -p solver-api --no-default-features --features conformance --example conformance_models -- DIR
//! ```

use std::fs;
use std::path::PathBuf;

use solver_api::conformance::relu_encodings;
use solver_api::write_mps;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("name a folder for the models")?);
    fs::create_dir_all(&folder)?;
    let mut minima = Vec::new();
    for (index, encoding) in relu_encodings().iter().enumerate() {
        let name = format!("relu{index:02}.mps");
        let mut bytes = Vec::new();
        write_mps(&encoding.model, &mut bytes)?;
        fs::write(folder.join(&name), bytes)?;
        minima.push(format!("  \"{name}\": {}", encoding.minimum.nearest()));
    }
    fs::write(folder.join("truth.json"), format!("{{\n{}\n}}\n", minima.join(",\n")))?;
    Ok(())
}
