//! Lists of instances as the competition has them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};

/// A network with a property and a time limit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Instance {
    /// The network as the list names it: relative to the list's folder.
    pub(crate) onnx: String,
    /// The property, likewise.
    pub(crate) vnnlib: String,
    pub(crate) timeout: Duration,
    /// The list's folder.
    folder: PathBuf,
}

impl Instance {
    pub(crate) fn onnx_path(&self) -> PathBuf {
        present(self.folder.join(&self.onnx))
    }

    pub(crate) fn vnnlib_path(&self) -> PathBuf {
        present(self.folder.join(&self.vnnlib))
    }
}

/// A file that a list names, or the same gzipped: benchmarks are often unpacked in part.
fn present(path: PathBuf) -> PathBuf {
    let mut packed = path.clone().into_os_string();
    packed.push(".gz");
    if !path.exists() && Path::new(&packed).exists() { packed.into() } else { path }
}

/// Reads `onnx,vnnlib,timeout` rows without a header.
///
/// # Errors
/// Where the file cannot be read, a row has other columns, or no row holds the filter's text.
pub(crate) fn read_instances(path: &Path, filter: Option<&str>) -> anyhow::Result<Vec<Instance>> {
    let place = || path.display().to_string();
    let file = File::open(path).with_context(|| format!("cannot read {}", place()))?;
    let mut format = csv::ReaderBuilder::new();
    format.has_headers(false).trim(csv::Trim::All).flexible(true);
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut instances = Vec::new();
    for (number, record) in format.from_reader(file).records().enumerate() {
        let place = || format!("{}, line {}", place(), number + 1);
        let record = record.with_context(place)?;
        let instance = instance(&record, &folder).with_context(place)?;
        let row = record.iter().collect::<Vec<_>>().join(",");
        if filter.is_none_or(|filter| row.contains(filter)) {
            instances.push(instance);
        }
    }
    let filter = filter.map_or_else(String::new, |filter| format!(" with `{filter}` in it"));
    ensure!(!instances.is_empty(), "{}: there is no instance{filter}", place());
    Ok(instances)
}

fn instance(record: &csv::StringRecord, folder: &Path) -> anyhow::Result<Instance> {
    const EXPECTED: &str = "expected three columns: onnx,vnnlib,timeout in seconds";
    ensure!(record.len() == 3, "{EXPECTED}, but there are {}", record.len());
    let seconds: f64 =
        record[2].parse().with_context(|| format!("{EXPECTED}; `{}` is no number", &record[2]))?;
    let timeout = Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero());
    Ok(Instance {
        onnx: record[0].to_owned(),
        vnnlib: record[1].to_owned(),
        timeout: timeout.with_context(|| format!("{EXPECTED}; a time limit is not {seconds}"))?,
        folder: folder.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, filter: Option<&str>) -> anyhow::Result<Vec<Instance>> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), text)?;
        read_instances(file.path(), filter)
    }

    #[test]
    fn rows_are_read_and_filtered() {
        let text = "onnx/a.onnx,vnnlib/p1.vnnlib,116\nonnx/b.onnx, vnnlib/p2.vnnlib ,0.5\n";
        let all = read(text, None).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[1].vnnlib.as_str(), all[1].timeout),
            ("vnnlib/p2.vnnlib", Duration::from_millis(500))
        );
        assert_eq!(read(text, Some("p2")).unwrap(), &all[1..]);
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_line() {
        for (text, expected) in [
            (
                "a,b,1\na,b\n",
                "line 2: expected three columns: onnx,vnnlib,timeout in seconds, but there are 2",
            ),
            (
                "a,b,soon\n",
                "line 1: expected three columns: onnx,vnnlib,timeout in seconds; `soon` is no number",
            ),
            ("a,b,-1\n", "a time limit is not -1"),
            ("", "there is no instance"),
        ] {
            let error = format!("{:#}", read(text, None).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
        let error = read("a,b,1\n", Some("c")).unwrap_err().to_string();
        assert!(error.ends_with("there is no instance with `c` in it"), "{error}");
    }
}
