//! A project folder: which files belong to it, read into their types with everything that does not fit.

use super::{
    problem::{Problem, Text},
    spelling,
    wire::{ExperimentFile, FlagFile, HoldoutFile, LayerFile, MetricFile, SegmentFile, WorkspaceFile},
    yaml::{self, Mismatch, MismatchKind, Node, Place, SyntaxProblem},
};
use garde::Validate;
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::ErrorKind,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file that makes a folder a project.
pub(crate) const WORKSPACE: &str = "edgewise.yaml";

/// A file that was read: what it says and where it says it.
#[derive(Clone, Debug)]
pub(crate) struct File<T> {
    pub(crate) text: Text,
    pub(crate) wire: T,
    tree: Node,
}

impl<T> File<T> {
    /// The file's outermost mapping, to find places from.
    pub(crate) fn place(&self) -> Place<'_> {
        Place::root(&self.tree)
    }

    /// An error at a place of this file.
    pub(crate) fn error(
        &self,
        place: Place<'_>,
        message: impl Into<String>,
        label: impl Into<String>,
    ) -> Problem {
        Problem::error(message).at(&self.text, place.span(), label)
    }
}

/// Files of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Files<T> {
    /// Those that could be read.
    pub(crate) read: Vec<File<T>>,
    /// The ids of those that could not: references to them are no second error.
    pub(crate) broken: BTreeSet<String>,
}

impl<T> Files<T> {
    /// Where a file says something: the first of these fields that it has.
    pub(crate) fn place(&self, is_it: impl Fn(&T) -> bool, fields: &[&str]) -> Option<(Text, Range<usize>)> {
        let file = self.read.iter().find(|file| is_it(&file.wire))?;
        let field = fields.iter().find(|field| file.place().has(field))?;
        Some((file.text.clone(), file.place().key(field).span()))
    }

    fn add(&mut self, file: Result<File<T>, Option<String>>) {
        match file {
            Ok(file) => self.read.push(file),
            Err(id) => self.broken.extend(id),
        }
    }
}

/// Everything in a folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    pub(crate) workspace: Option<File<WorkspaceFile>>,
    pub(crate) experiments: Files<ExperimentFile>,
    pub(crate) metrics: Files<MetricFile>,
    pub(crate) flags: Files<FlagFile>,
    pub(crate) segments: Files<SegmentFile>,
    pub(crate) layers: Files<LayerFile>,
    pub(crate) holdouts: Files<HoldoutFile>,
}

impl Folder {
    /// Reads texts instead of files: their paths within the folder, with `/`, and their bytes.
    pub(crate) fn of_texts(texts: &BTreeMap<String, Vec<u8>>, problems: &mut Vec<Problem>) -> Self {
        let workspace = texts.get(WORKSPACE);
        if workspace.is_none() {
            problems.push(Problem::error(format!("there is no {WORKSPACE}")).help(beginning()));
        }
        Self {
            workspace: workspace.and_then(|bytes| parsed(Path::new(WORKSPACE), bytes.clone(), problems).ok()),
            experiments: of_kind(texts, "experiments", problems),
            metrics: of_kind(texts, "metrics", problems),
            flags: of_kind(texts, "flags", problems),
            segments: of_kind(texts, "segments", problems),
            layers: of_kind(texts, "layers", problems),
            holdouts: of_kind(texts, "holdouts", problems),
        }
    }

    /// Reads all files and appends what is wrong with each of them by itself.
    pub(crate) fn read(folder: &Path, problems: &mut Vec<Problem>) -> Self {
        let workspace = workspace(folder, problems);
        Self {
            workspace,
            experiments: files(folder, "experiments", problems),
            metrics: files(folder, "metrics", problems),
            flags: files(folder, "flags", problems),
            segments: files(folder, "segments", problems),
            layers: files(folder, "layers", problems),
            holdouts: files(folder, "holdouts", problems),
        }
    }
}

fn workspace(folder: &Path, problems: &mut Vec<Problem>) -> Option<File<WorkspaceFile>> {
    let path = folder.join(WORKSPACE);
    let shown = shown(folder);
    match fs::metadata(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            problems.push(
                Problem::error(format!("there is no folder {shown}")).help("name an existing project folder"),
            );
            return None;
        }
        Ok(metadata) if !metadata.is_dir() => {
            let advice = format!("name the folder that holds {WORKSPACE}");
            problems.push(Problem::error(format!("{shown} is not a folder")).help(advice));
            return None;
        }
        _ => {}
    }
    if !path.exists() {
        problems.push(Problem::error(format!("{shown} holds no {WORKSPACE}")).help(beginning()));
        return None;
    }
    file(&path, problems).ok()
}

fn beginning() -> String {
    format!(
        "a project begins with {WORKSPACE}:\n\n    seed: \"…\"    # 16 hexadecimal digits: openssl rand -hex 8\n    \
         units: [user]\n\nexperiments/*.yaml, metrics/*.yaml and flags/*.yaml stand beside it"
    )
}

fn of_kind<T>(texts: &BTreeMap<String, Vec<u8>>, kind: &str, problems: &mut Vec<Problem>) -> Files<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let mut files = Files { read: Vec::new(), broken: BTreeSet::new() };
    for (name, bytes) in texts {
        let path = Path::new(name);
        if path.parent() == Some(Path::new(kind)) && is_yaml(path) {
            files.add(parsed(path, bytes.clone(), problems));
        }
    }
    files
}

fn files<T>(folder: &Path, kind: &str, problems: &mut Vec<Problem>) -> Files<T>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let mut files = Files { read: Vec::new(), broken: BTreeSet::new() };
    let paths = match yaml_files(&folder.join(kind)) {
        Ok(paths) => paths,
        Err(error) => {
            let message = format!("cannot read the folder {}: {error}", shown(&folder.join(kind)));
            problems.push(Problem::error(message));
            return files;
        }
    };
    for path in paths {
        files.add(file(&path, problems));
    }
    files
}

fn yaml_files(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.retain(|path| is_yaml(path));
    paths.sort();
    Ok(paths)
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// Reads one file. The error is the id that the file probably defines.
fn file<T>(path: &Path, problems: &mut Vec<Problem>) -> Result<File<T>, Option<String>>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    match fs::read(path) {
        Ok(bytes) => parsed(path, bytes, problems),
        Err(error) => {
            problems.push(Problem::error(format!("cannot read {}: {error}", shown(path))));
            Err(stem(path))
        }
    }
}

fn stem(path: &Path) -> Option<String> {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned())
}

/// Reads what stands in a file. The error is the id that the file probably defines.
fn parsed<T>(path: &Path, bytes: Vec<u8>, problems: &mut Vec<Problem>) -> Result<File<T>, Option<String>>
where
    T: DeserializeOwned + Validate<Context = ()>,
{
    let (name, stem) = (shown(path), stem(path));
    let text = match String::from_utf8(bytes) {
        Ok(text) => Text { name, text: Arc::from(text) },
        Err(error) => {
            let byte = error.utf8_error().valid_up_to();
            let message = format!("{name} is not UTF-8 text: byte {byte} begins no character");
            problems.push(Problem::error(message).help("save the file as UTF-8"));
            return Err(stem);
        }
    };
    if text.text.trim().is_empty() {
        problems.push(Problem::error(format!("{} is empty", text.name)).help("fill it, or remove it"));
        return Err(stem);
    }
    let (tree, syntax) = yaml::parse(&text.text);
    problems.extend(syntax.into_iter().map(|problem| of_syntax(problem, &text)));
    let Some(mut tree) = tree else { return Err(stem) };
    let id = match &Place::root(&tree).text_of("id") {
        Some(id) => Some((*id).to_owned()),
        None => stem,
    };
    let (wire, mismatches) = yaml::decode::<T>(&mut tree);
    problems.extend(mismatches.into_iter().map(|mismatch| of_mismatch(mismatch, &text)));
    let Some(wire) = wire else { return Err(id) };
    let file = File { text, wire, tree };
    let Err(report) = file.wire.validate() else { return Ok(file) };
    problems.extend(report.iter().map(|(path, error)| {
        let path = path.to_string();
        let (wrong, advice) = error.message().split_once("; ").unwrap_or((error.message(), ""));
        let problem = file.error(file.place().path(&path), format!("`{path}` {wrong}"), wrong);
        if advice.is_empty() { problem } else { problem.help(advice) }
    }));
    Err(id)
}

/// What to do about something that the YAML reader says.
fn reading_advice(message: &str) -> &'static str {
    match message {
        _ if message.contains("mapping values") => {
            "text that contains `: ` stands in quotes; and a key stands below the key before it, not beside it"
        }
        _ if message.contains("multiple YAML documents") => {
            "a file holds one object: write what stands behind `---` into a file of its own"
        }
        _ if message.contains("non-finite") => "write a finite number",
        _ if message.contains("expected string scalar") => "keys are text: put this one in quotes",
        _ if message.contains("budget") => {
            "the file is too large or its aliases multiply it: write it plainly"
        }
        _ => {
            "look for an unclosed quote or bracket, a tab, or a wrong indentation at or just before this place"
        }
    }
}

fn of_syntax(problem: SyntaxProblem, text: &Text) -> Problem {
    match problem {
        SyntaxProblem::Unreadable { message, at } => {
            let advice = reading_advice(&message);
            Problem::error(format!("the file cannot be read any further: {message}"))
                .at(text, at, "the reader stopped here")
                .help(advice)
        }
        SyntaxProblem::DuplicateKey { key, first, again } => {
            Problem::error(format!("the key `{key}` stands here twice"))
                .at(text, again, "again here")
                .at(text, first, "first here")
                .help("keep one of them")
        }
    }
}

fn of_mismatch(mismatch: Mismatch, text: &Text) -> Problem {
    let at = mismatch.span;
    match mismatch.kind {
        MismatchKind::UnknownField { field, expected } => {
            Problem::error(format!("there is no field `{field}` here"))
                .at(text, at, "unknown field")
                .help(spelling::advice(&field, "fields", expected.iter().copied()))
        }
        MismatchKind::MissingField(field) => Problem::error(format!("the field `{field}` is missing"))
            .at(text, at, format!("here, `{field}: …` is needed"))
            .help(format!("add `{field}:`; `edgewise schema` prints what each file may hold")),
        MismatchKind::UnknownWord { word, expected } => {
            Problem::error(format!("`{word}` is not possible here")).at(text, at, "unknown word").help(
                match spelling::nearest(&word, expected.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("possible are {}", spelling::list(expected.iter().copied())),
                },
            )
        }
        MismatchKind::WrongType { found, expected } => {
            Problem::error(format!("{found} stands where {expected} is needed"))
                .at(text, at, format!("{expected} is needed"))
                .help(if found == "nothing" {
                    "write a value, or remove the key".to_owned()
                } else {
                    format!("write {expected}")
                })
        }
        MismatchKind::Other(message) => Problem::error(message).at(text, at, "here"),
    }
}

/// A path as messages show it: without a leading `./`.
pub fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    if path.as_os_str().is_empty() { "this folder".into() } else { path.display().to_string() }
}
