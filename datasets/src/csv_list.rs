//! A CSV list: columns `path`, `identity`, `split` (train or test) and, optionally, `camera`; others are
//! passed over. Paths are relative to the list's folder. A picture stands in one line: with another identity, part or
//! camera a second one contradicts the first, and with the same it finds itself at distance 0.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;

use crate::protocol::Protocol;
use crate::sample::Names;
use crate::{Dataset, DatasetError, Role, Sample, Split};

const FORM: &str = "UTF-8 text, a header with path, identity, split (train or test) and optionally camera";

/// Reads the list `path`.
///
/// # Errors
/// Where it cannot be read, is not UTF-8, lacks a column, names another split or a picture twice, or has no line.
pub fn load(path: &Path) -> Result<Dataset, DatasetError> {
    let file = std::fs::File::open(path).map_err(|e| DatasetError::io(path, e))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let bad = |line: u64, problem: String| DatasetError::Line { path: path.to_owned(), line, problem, expected: FORM };
    let header = reader.headers().map_err(|e| bad(1, e.to_string()))?.clone();
    let column = |name: &str| header.iter().position(|h| h == name);
    let need = |name: &str| column(name).ok_or_else(|| bad(1, format!("no column {name:?}")));
    let (at_path, at_identity, at_split) = (need("path")?, need("identity")?, need("split")?);
    let at_camera = column("camera");

    let folder = path.parent().unwrap_or(Path::new("."));
    let (mut identities, mut cameras, mut samples) = (Names::default(), Names::default(), Vec::new());
    // Line and sample of each picture. Paths compare by their parts: `./a.png` is `a.png`.
    let mut listed = HashMap::new();
    for record in reader.records() {
        let record = record.map_err(|e| bad(e.position().map_or(0, csv::Position::line), e.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |at: usize| record.get(at).unwrap_or_default();
        let split = match field(at_split) {
            "train" => Split::Train,
            "test" => Split::Test,
            other => return Err(bad(line, format!("split {other:?}"))),
        };
        if field(at_path).is_empty() || field(at_identity).is_empty() {
            return Err(bad(line, "an empty path or identity".into()));
        }
        let sample = Sample {
            path: folder.join(field(at_path)),
            identity: identities.number(field(at_identity)),
            camera: at_camera.map(field).filter(|c| !c.is_empty()).map(|c| cameras.number(c)),
            split,
            role: Role::Both,
        };
        match listed.entry(sample.path.clone()) {
            Entry::Vacant(entry) => _ = entry.insert((line, samples.len())),
            Entry::Occupied(entry) => {
                let (first, at) = *entry.get();
                let how = differences(&samples[at], &sample, &identities.into_vec(), &cameras.into_vec());
                let picture = field(at_path).into();
                return Err(DatasetError::Repeated { path: path.to_owned(), line, first, picture, how });
            }
        }
        samples.push(sample);
    }
    if samples.is_empty() {
        return Err(DatasetError::Empty { path: path.to_owned(), what: "a list without lines".into(), expected: FORM });
    }
    let named = path.parent().and_then(Path::file_name).or(path.file_stem()).unwrap_or_default();
    Ok(Dataset {
        name: named.to_string_lossy().into_owned(),
        root: path.to_owned(),
        samples,
        identities: identities.into_vec(),
        cameras: cameras.into_vec(),
        protocol: Protocol::LeaveOneOut,
    })
}

/// In what a second line of a picture differs from its first.
fn differences(first: &Sample, second: &Sample, identities: &[String], cameras: &[String]) -> String {
    let fields = |s: &Sample| {
        let camera = s.camera.map_or("", |c| &cameras[c as usize]).to_owned();
        [("identity", identities[s.identity as usize].clone()), ("split", s.split.name().into()), ("camera", camera)]
    };
    let differ = fields(first).into_iter().zip(fields(second)).filter(|(a, b)| a != b);
    let told: Vec<_> = differ.map(|((name, there), (_, here))| format!("{name} {there:?} (here {here:?})")).collect();
    if told.is_empty() { "with the same fields".into() } else { format!("with {}", told.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Dataset, DatasetError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("split.csv");
        std::fs::write(&path, text).unwrap();
        load(&path)
    }

    #[test]
    fn columns_are_found_by_name() {
        let set =
            read("split,note,identity,path,camera\ntrain,x,car 1,a/1.png,north\ntest,y,car 2,a/2.png,\n").unwrap();
        assert_eq!(set.identities, ["car 1", "car 2"]);
        assert_eq!(set.cameras, ["north"]);
        assert!(set.samples[0].path.ends_with("a/1.png"));
        assert_eq!((set.samples[0].camera, set.samples[1].camera), (Some(0), None));
        assert_eq!(set.part(Split::Test).len(), 1);
    }

    #[test]
    fn faults_name_file_line_and_value() {
        let fault = |text| read(text).unwrap_err().to_string();
        assert!(fault("path,split\na,train\n").contains("\"identity\""));
        let split = fault("path,identity,split\na,1,train\nb,1,probe\n");
        assert!(split.contains("split.csv, line 3") && split.contains("\"probe\""), "{split}");
        assert!(fault("path,identity,split\n").contains("without lines"));
        assert!(fault("path,identity,split\na,1\n").contains("line 2"));
        assert!(fault("path,identity,split\n,1,train\n").contains("empty path"));
    }

    #[test]
    fn a_picture_is_listed_once() {
        let fault = |second: &str| {
            let error =
                read(&format!("path,identity,split,camera\na.png,x,train,1\nb.png,y,test,\n{second}\n")).unwrap_err();
            assert!(matches!(error, DatasetError::Repeated { line: 4, first: 2, .. }), "{error}");
            error.to_string()
        };
        let identity = fault("a.png,y,train,1");
        assert!(identity.contains("split.csv, line 4: a.png is listed in line 2 already"), "{identity}");
        assert!(identity.contains("with identity \"x\" (here \"y\"); keep one line"), "{identity}");
        let split = fault("./a.png,x,test,1");
        assert!(split.contains("./a.png") && split.contains("with split \"train\" (here \"test\");"), "{split}");
        assert!(fault("a.png,x,test,").contains("split \"train\" (here \"test\"), camera \"1\" (here \"\");"));
        assert!(fault("a.png,x,train,1").contains("with the same fields; keep one line"));
    }

    #[test]
    fn bytes_that_are_not_utf8_name_no_identity() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("split.csv");
        // Latin-1 of é and è: lossily, both would be one identity.
        std::fs::write(&path, b"path,identity,split\na.png,caf\xe9,train\nb.png,caf\xe8,train\n").unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("split.csv, line 2") && error.contains("expected UTF-8"), "{error}");
    }
}
