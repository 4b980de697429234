//! Which pictures a command is about: paths, a CSV file, or a folder for each identity.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// File name endings that count as pictures in a folder.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// A picture, and who is on it where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The file.
    pub path: PathBuf,
    /// Name of the identity.
    pub identity: Option<String>,
}

/// A `column=value` condition on the rows of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    column: String,
    value: String,
}

impl std::str::FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((column, value)) if !column.is_empty() => {
                Ok(Self { column: column.to_owned(), value: value.to_owned() })
            }
            _ => Err("expected column=value, as split=gallery".into()),
        }
    }
}

/// Whether a CSV file must say who is on each picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identities {
    /// Every row names an identity.
    Needed,
    /// The column may be absent, a cell empty.
    Optional,
}

/// Reads the columns `path` and `identity` of a CSV file; other columns are ignored. Paths are relative to the
/// file's folder. Only rows that meet every filter are taken.
pub fn from_csv(file: &Path, filters: &[Filter], identities: Identities) -> anyhow::Result<Vec<Input>> {
    let name = file.display();
    let mut reader = csv::Reader::from_path(file).with_context(|| format!("cannot read {name}"))?;
    let headers = reader.headers().with_context(|| format!("cannot read {name}"))?.clone();
    let column = |wanted: &str| headers.iter().position(|h| h.trim() == wanted);
    let needed = |wanted: &str| {
        column(wanted).with_context(|| {
            let has: Vec<&str> = headers.iter().collect();
            format!("{name}: no column {wanted:?}; its first line names {}", has.join(", "))
        })
    };
    let path_column = needed("path")?;
    let identity_column = match identities {
        Identities::Needed => Some(needed("identity")?),
        Identities::Optional => column("identity"),
    };
    let filters = filters.iter().map(|f| Ok((needed(&f.column)?, &f.value))).collect::<anyhow::Result<Vec<_>>>()?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let (mut inputs, mut rows) = (Vec::new(), 0);
    for row in reader.records() {
        let row = row.with_context(|| format!("cannot read {name}"))?;
        rows += 1;
        if filters.iter().any(|(column, value)| row.get(*column) != Some(value.as_str())) {
            continue;
        }
        let line = row.position().map_or(0, csv::Position::line);
        let path = row.get(path_column).unwrap_or("").trim();
        if path.is_empty() {
            bail!("{name}: line {line}: column \"path\" is empty; fill it in or remove the line");
        }
        let identity = identity_column.and_then(|c| row.get(c)).map(str::trim).filter(|i| !i.is_empty());
        if identities == Identities::Needed && identity.is_none() {
            bail!("{name}: line {line}: column \"identity\" is empty; fill it in or remove the line");
        }
        inputs.push(Input { path: folder.join(path), identity: identity.map(str::to_owned) });
    }
    if inputs.is_empty() {
        bail!("{name}: none of its {rows} rows is left; check the file and the --where conditions");
    }
    Ok(inputs)
}

/// Takes every picture below each folder in `folder`; the folder's name is the identity.
pub fn from_folder(folder: &Path) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for entry in sorted(folder)? {
        if entry.is_dir() {
            let identity = entry.file_name().map(|n| n.to_string_lossy().into_owned());
            let mut pictures = Vec::new();
            collect(&entry, &mut pictures)?;
            inputs.extend(pictures.into_iter().map(|path| Input { path, identity: identity.clone() }));
        }
    }
    if inputs.is_empty() {
        bail!(
            "{}: no picture ({}) in a folder below it; a folder for each identity is expected, as {}",
            folder.display(),
            ENDINGS.map(|e| format!("*.{e}")).join(", "),
            folder.join("van-17/front.jpg").display()
        );
    }
    Ok(inputs)
}

/// The pictures that `paths` name: files, and what is in folders.
pub fn pictures_at(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            collect(path, &mut files)?;
            if files.len() == before {
                bail!("{}: no picture ({}) is in it", path.display(), ENDINGS.map(|e| format!("*.{e}")).join(", "));
            }
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn collect(folder: &Path, pictures: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in sorted(folder)? {
        // A linked folder may lead back up: only real ones are entered.
        if entry.is_dir() && !entry.is_symlink() {
            collect(&entry, pictures)?;
        } else if entry.extension().is_some_and(|e| ENDINGS.iter().any(|known| e.eq_ignore_ascii_case(known))) {
            pictures.push(entry);
        }
    }
    Ok(())
}

/// The entries of a folder that are not hidden, in the order of their names.
fn sorted(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || format!("cannot read folder {}", folder.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(read)? {
        let entry = entry.with_context(read)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("views.csv");
        std::fs::write(&file, text).unwrap();
        (dir, file)
    }

    #[test]
    fn rows_are_filtered_by_every_condition() {
        let (dir, file) = csv("camera,identity,path,split\n1,a,x.png,test\n2,a,y.png,test\n2,b,z.png,train\n");
        let filters = ["split=test".parse().unwrap(), "camera=2".parse().unwrap()];
        let rows = from_csv(&file, &filters, Identities::Needed).unwrap();
        assert_eq!(rows, [Input { path: dir.path().join("y.png"), identity: Some("a".into()) }]);
        let none = from_csv(&file, &["split=gone".parse().unwrap()], Identities::Needed).unwrap_err().to_string();
        assert!(none.contains("none of its 3 rows"), "{none}");
    }

    #[test]
    fn an_empty_cell_names_its_line() {
        let (_dir, file) = csv("path,identity\nx.png,a\ny.png,\n");
        let error = from_csv(&file, &[], Identities::Needed).unwrap_err().to_string();
        assert!(error.contains("line 3") && error.contains("identity"), "{error}");
        assert_eq!(from_csv(&file, &[], Identities::Optional).unwrap()[1].identity, None);
    }

    #[test]
    fn pictures_of_a_folder_belong_to_the_folder_below_it() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["b/2.PNG", "b/cam1/1.jpg", "a/1.webp", "a/notes.txt", ".hidden/1.png", "loose.png"] {
            let file = dir.path().join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, b"").unwrap();
        }
        let found = from_folder(dir.path()).unwrap();
        let short = |i: &Input| {
            let path = i.path.strip_prefix(dir.path()).unwrap().to_string_lossy().into_owned();
            (path, i.identity.clone().unwrap())
        };
        let found: Vec<_> = found.iter().map(short).collect();
        let expected = [("a/1.webp", "a"), ("b/2.PNG", "b"), ("b/cam1/1.jpg", "b")];
        assert_eq!(found, expected.map(|(p, i)| (p.to_owned(), i.to_owned())));
    }
}
