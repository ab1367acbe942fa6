//! What a report says, before it looks like anything: sections of tables, figures and sentences, all plain text.

use super::chart::{Chart, Forest};

/// A report.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) title: String,
    /// What is analysed, in short phrases.
    pub(super) facts: Vec<String>,
    pub(super) verdict: Verdict,
    pub(super) sections: Vec<Section>,
}

/// What to do now.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) tone: Tone,
    /// The action in a few words.
    pub(super) headline: String,
    pub(super) summary: String,
    pub(super) reasons: Vec<String>,
}

/// One section.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// What links in the page name it by.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What a reader has to know to read it.
    pub(super) lead: String,
    pub(super) blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Clone, Debug)]
pub(super) enum Block {
    Words(String),
    Points(Vec<Point>),
    Tiles(Vec<Tile>),
    Table(Table),
    Forest(Forest),
    Figures(Vec<Figure>),
    Notes(Vec<Note>),
    Fold(Fold),
}

/// A part that can be folded away, with what it says in one line.
#[derive(Clone, Debug)]
pub(super) struct Fold {
    pub(super) title: String,
    /// What stands beside the title, each with its tone.
    pub(super) marks: Vec<(Tone, String)>,
    pub(super) is_open: bool,
    pub(super) blocks: Vec<Block>,
}

/// A sentence with its tone.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) tone: Tone,
    /// What is said, by itself; empty where the text says it all.
    pub(super) lead: String,
    pub(super) text: String,
}

/// A number that is seen at once.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) hint: String,
}

/// A chart with the numbers behind it.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    pub(super) title: String,
    /// What it shows, for those who cannot see it.
    pub(super) description: String,
    /// What has to be known to read it; empty where the title says all.
    pub(super) note: String,
    pub(super) chart: Chart,
    pub(super) table: Table,
}

/// A table; each row is as long as the header.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) header: Vec<Column>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) title: String,
    /// Numbers are set to the right.
    pub(super) is_number: bool,
}

/// A cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// What stands below, smaller.
    pub(super) below: String,
    pub(super) tone: Option<Tone>,
}

/// Something to know: what, why it matters, what to do.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) tone: Tone,
    pub(super) label: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) action: String,
}

/// What is said of something: shown by a shape, a colour and, always, a word beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    Good,
    Bad,
    Caution,
    Neutral,
}

impl Point {
    /// What is said, and by which numbers.
    pub(super) fn new(tone: Tone, lead: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tone, lead: lead.into(), text: text.into() }
    }
}

impl Table {
    /// An empty table; a title that begins with `#` is that of a column of numbers.
    pub(super) fn new<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Self {
        let column = |title: String| match title.strip_prefix('#') {
            Some(number) => Column { title: number.to_owned(), is_number: true },
            None => Column { title, is_number: false },
        };
        Self { header: titles.into_iter().map(|title| column(title.into())).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }
}

impl Cell {
    /// A cell with something below its text.
    pub(super) fn over(text: impl Into<String>, below: impl Into<String>) -> Self {
        Self { text: text.into(), below: below.into(), tone: None }
    }

    /// The same with a tone.
    pub(super) fn toned(self, tone: Tone) -> Self {
        Self { tone: Some(tone), ..self }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::over(text, "")
    }
}
