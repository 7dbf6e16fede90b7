//! Everything that is known before a row moves: the definition, the table, the files, and how they fit together. A plan
//! shows it, a run acts on it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgwright_contract::Call;
use pgwright_postgres::catalog::Table;
use pgwright_postgres::{Database, nearest};
use pgwright_quality::Subject;

use crate::document::{self, Definition, PipelineName, Write};
use crate::error::RunError;
use crate::gate::Gate;
use crate::layout::{Columns, Layout};
use crate::ledger::Book;
use crate::source::{SourceError, SourceFile, files, hash, header, off_thread};

/// Where pipelines are, and what they may read.
#[derive(Debug, Clone, Default)]
pub struct Pipelines {
    /// The folder of definitions; `None` where none is configured.
    pub directory: Option<PathBuf>,
    /// Folders that source files may lie in, besides that of the definitions.
    pub roots: Vec<PathBuf>,
}

/// A definition with where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) path: PathBuf,
    pub(crate) definition: Arc<Definition>,
    pub(crate) sha256: String,
}

impl Chosen {
    /// Nothing crosses from one environment to another: a definition that names its own runs nowhere else.
    pub(crate) fn belongs_in(self, database: &Database) -> Result<Self, RunError> {
        match self.definition.environment {
            Some(own) if own != database.environment() => Err(RunError::OtherEnvironment {
                pipeline: self.definition.pipeline.as_str().to_owned(),
                own: own.as_str(),
                database: database.name().to_owned(),
                environment: database.environment().as_str(),
            }),
            _ => Ok(self),
        }
    }
}

/// A load that could begin.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) definition: Arc<Definition>,
    pub(crate) table: Table,
    pub(crate) gate: Gate,
    pub(crate) columns: Columns,
    pub(crate) files: Vec<Input>,
    pub(crate) book: Book,
}

/// One file with its layout.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    pub(crate) file: SourceFile,
    pub(crate) layout: Arc<Layout>,
}

impl Pipelines {
    /// The definition of that name: by file name first, then by what the files say.
    pub(crate) fn named(&self, name: &str) -> Result<Chosen, RunError> {
        let folder = self.directory.as_ref().ok_or(RunError::NoDirectory)?;
        if PipelineName::new(name).is_none() {
            return Err(RunError::Input("pipeline is a name, not a path; use file for a path"));
        }
        for ending in ["yaml", "yml"] {
            let path = folder.join(format!("{name}.{ending}"));
            if path.is_file() {
                return self.at(&path);
            }
        }
        let others = definitions(folder)?;
        if let Some((path, _)) = others.iter().find(|(_, inside)| inside.as_deref() == Some(name)) {
            return self.at(path);
        }
        let known: Vec<String> = others
            .into_iter()
            .filter_map(|(path, inside)| inside.or_else(|| Some(path.file_stem()?.to_str()?.to_owned())))
            .collect();
        Err(RunError::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, known.clone(), Clone::clone),
            known,
        })
    }

    /// The definition in that file, which must lie under a configured folder.
    pub(crate) fn at(&self, path: &Path) -> Result<Chosen, RunError> {
        let real = files::allowed(path, &self.all_roots())?;
        // Read once: what runs is what the hash is of.
        let text = document::text_of(&real)?;
        let definition = Definition::parse(&real, &text)?;
        Ok(Chosen { sha256: hash::of_text(&text), definition: Arc::new(definition), path: real })
    }

    pub(crate) fn all_roots(&self) -> Vec<PathBuf> {
        self.directory.iter().chain(&self.roots).cloned().collect()
    }
}

/// All definitions of a folder, with the name that each gives itself if it can be read.
fn definitions(folder: &Path) -> Result<Vec<(PathBuf, Option<String>)>, RunError> {
    let entries = std::fs::read_dir(folder)
        .map_err(|source| SourceError::Unreadable { path: folder.to_path_buf(), source })?;
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml"))
        .collect();
    paths.sort();
    let inside = |path: &PathBuf| Some(Definition::read(path).ok()?.pipeline.as_str().to_owned());
    Ok(paths.into_iter().map(|path| (path.clone(), inside(&path))).collect())
}

/// What the catalogue says of the target.
#[derive(Debug)]
pub(crate) struct Target {
    table: Table,
    gate: Gate,
}

impl Target {
    /// Reads the table, and the parents that its checks point to.
    pub(crate) async fn read(chosen: &Chosen, call: &Call) -> Result<Self, RunError> {
        let session = call.database.read(&call.scope()).await?;
        let checks = &chosen.definition.checks.staged;
        let subject = Subject::read(&session, &chosen.definition.target.table.value, checks).await?;
        let version = call.database.version(&session).await?;
        let table = subject.table.clone();
        let gate = Gate::new(subject, checks, version)
            .map_err(|mismatch| RunError::Table { path: chosen.path.clone(), mismatch })?;
        Ok(Self { table, gate })
    }
}

/// Brings definition, table and files together.
pub(crate) async fn prepare(
    chosen: &Chosen,
    Target { table, gate }: Target,
    pipelines: &Pipelines,
) -> Result<Prepared, RunError> {
    let definition = Arc::clone(&chosen.definition);
    let columns = Columns::of(&definition, &table)
        .map_err(|mismatch| RunError::Table { path: chosen.path.clone(), mismatch })?;
    let folder = chosen.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let roots = pipelines.all_roots();
    let (columns, files) = {
        let definition = Arc::clone(&definition);
        off_thread(move || {
            let found = files::find(&folder, &definition.source.path.value, &roots)?;
            check_bytes(&definition, &found)?;
            let files = found
                .into_iter()
                .map(|file| {
                    Ok(Input { layout: Arc::new(header::layout(&file, &definition, &columns)?), file })
                })
                .collect::<Result<Vec<_>, SourceError>>()?;
            Ok((columns, files))
        })
        .await?
    };
    if definition.target.write == Write::Replace {
        same_columns(&files)?;
    }
    let book = Book::new(&definition, table.name.to_string(), chosen.sha256.clone());
    Ok(Prepared { definition, table, gate, columns, files, book })
}

fn check_bytes(definition: &Definition, files: &[SourceFile]) -> Result<(), SourceError> {
    let bytes = files.iter().map(|file| file.bytes).sum();
    match definition.limits.max_bytes {
        Some(limit) if bytes > limit.0 => Err(SourceError::TooManyBytes { bytes, limit: limit.0 }),
        _ => Ok(()),
    }
}

fn same_columns(files: &[Input]) -> Result<(), RunError> {
    let names = |input: &Input| {
        let mut names: Vec<String> = input.layout.names().into_iter().map(str::to_owned).collect();
        names.sort();
        names
    };
    let Some(first) = files.first() else { return Ok(()) };
    match files.iter().find(|other| names(other) != names(first)) {
        Some(other) => Err(RunError::DifferentColumns {
            first: first.file.shown.clone(),
            second: other.file.shown.clone(),
        }),
        None => Ok(()),
    }
}
