//! What is wrong with a project: where, why, and the way out.

use miette::{Diagnostic, LabeledSpan, NamedSource, Severity, SourceCode};
use std::{fmt, ops::Range, sync::Arc};

/// One thing that is wrong, or worth a warning, with the place in the file that it is about.
#[derive(Clone, Debug)]
pub struct Problem {
    severity: Severity,
    message: String,
    source: Option<NamedSource<Arc<str>>>,
    labels: Vec<LabeledSpan>,
    help: Option<String>,
}

impl Problem {
    /// An error: what was given that cannot be.
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            source: None,
            labels: Vec::new(),
            help: None,
        }
    }

    /// A warning: what works but is hardly meant.
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Underlines bytes of a text and says what they are; the first call names the main place.
    #[must_use]
    pub(crate) fn at(mut self, text: &Text, span: Range<usize>, label: impl Into<String>) -> Self {
        self.source.get_or_insert_with(|| text.named());
        let label = label.into();
        let label = (!label.is_empty()).then_some(label);
        self.labels.push(LabeledSpan::new(label, span.start, span.len()));
        self
    }

    /// What is wrong, in one sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether this is an error, as opposed to a warning.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// File and first byte, so that problems can be sorted as the reader meets them.
    pub(crate) fn order(&self) -> (Option<&str>, usize) {
        let file = self.source.as_ref().map(NamedSource::name);
        (file, self.labels.first().map_or(0, LabeledSpan::offset))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

impl Diagnostic for Problem {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }
}

/// All that is wrong with a project, in the order of files and lines.
#[derive(Clone, Debug)]
pub struct Problems {
    folder: String,
    list: Vec<Problem>,
}

impl Problems {
    /// What was found in `folder`.
    pub fn new(folder: impl Into<String>, list: Vec<Problem>) -> Self {
        Self { folder: folder.into(), list }
    }

    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list.len() {
            1 => write!(formatter, "1 problem in {}", self.folder),
            number => write!(formatter, "{number} problems in {}", self.folder),
        }
    }
}

impl std::error::Error for Problems {}

impl Diagnostic for Problems {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.list.iter().map(|problem| problem as &dyn Diagnostic)))
    }
}

/// A file's text under the name that messages call it by.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    /// The file's path, as the reader would type it.
    pub(crate) name: String,
    /// What stands in it.
    pub(crate) text: Arc<str>,
}

impl Text {
    fn named(&self) -> NamedSource<Arc<str>> {
        NamedSource::new(&self.name, Arc::clone(&self.text)).with_language("YAML")
    }
}
