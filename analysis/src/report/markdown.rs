//! The report as Markdown: the same words and numbers; of charts their tables.

use super::{
    chart::Forest,
    document::{Block, Cell, Document, Fold, Table, Tone},
    html::is_harmless,
};
use std::fmt::Write as _;

/// The text, ending in a line break.
pub(super) fn text(document: &Document) -> String {
    let mut text = Text(String::new());
    text.paragraph(&format!("# {}", escape(&document.title)));
    text.paragraph(&escape(&document.facts.join(" · ")));
    text.paragraph(&format!("**{}**", escape(&document.verdict.headline)));
    text.paragraph(&escape(&document.verdict.summary));
    text.list(document.verdict.reasons.iter().map(|reason| escape(reason)));
    for section in &document.sections {
        text.paragraph(&format!("## {}", section.title));
        text.paragraph(&escape(&section.lead));
        text.blocks(&section.blocks, 3);
    }
    text.0.truncate(text.0.trim_end().len());
    text.0.push('\n');
    text.0
}

/// The text without meaning as Markdown or HTML, on one line.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' | '!' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            letter if is_harmless(letter) => escaped.push(letter),
            _ => escaped.push('\u{FFFD}'),
        }
    }
    escaped
}

struct Text(String);

impl Text {
    fn paragraph(&mut self, paragraph: &str) {
        if !paragraph.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(self.0, "{paragraph}\n\n");
        }
    }

    fn list(&mut self, items: impl Iterator<Item = String>) {
        let lines: Vec<String> = items.map(|item| format!("- {item}")).collect();
        self.paragraph(&lines.join("\n"));
    }

    fn blocks(&mut self, blocks: &[Block], level: usize) {
        for block in blocks {
            match block {
                Block::Words(words) => self.paragraph(&escape(words)),
                Block::Points(points) => {
                    self.list(points.iter().map(|point| {
                        format!("{}**{}** {}", prefix(point.tone), escape(&point.lead), escape(&point.text))
                            .trim_end()
                            .to_owned()
                    }));
                }
                Block::Tiles(tiles) => self.list(tiles.iter().map(|tile| {
                    format!("{}: **{}** ({})", escape(&tile.label), escape(&tile.value), escape(&tile.hint))
                })),
                Block::Table(table) => self.table(table),
                Block::Forest(forest) => self.forest(forest),
                Block::Figures(figures) => {
                    for figure in figures {
                        self.paragraph(&format!(
                            "**{}.** {}",
                            escape(&figure.title),
                            escape(&figure.description)
                        ));
                        self.table(&figure.table);
                    }
                }
                Block::Notes(notes) => self.list(notes.iter().map(|note| {
                    let mut text = format!("**{}**: {}", escape(&note.label), escape(&note.what));
                    for (label, more) in [("Why it matters", &note.why), ("What to do", &note.action)] {
                        if !more.is_empty() {
                            let _ = write!(text, " {label}: {}.", escape(more));
                        }
                    }
                    text
                })),
                Block::Fold(fold) => self.fold(fold, level),
            }
        }
    }

    fn fold(&mut self, fold: &Fold, level: usize) {
        self.paragraph(&format!("{} {}", "#".repeat(level.min(6)), escape(&fold.title)));
        let marks: Vec<String> = fold.marks.iter().map(|(_, text)| escape(text)).collect();
        self.paragraph(&marks.join(" · "));
        self.blocks(&fold.blocks, level + 1);
    }

    fn table(&mut self, table: &Table) {
        let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
        let mut lines = vec![
            line(table.header.iter().map(|column| escape(&column.title)).collect()),
            line(
                table
                    .header
                    .iter()
                    .map(|column| if column.is_number { "---:" } else { "---" }.to_owned())
                    .collect(),
            ),
        ];
        lines.extend(table.rows.iter().map(|row| line(row.iter().map(cell).collect())));
        self.paragraph(&lines.join("\n"));
    }

    fn forest(&mut self, forest: &Forest) {
        let mut table = Table::new([
            "Metric",
            "Variant",
            "Control → variant",
            "#Lift",
            "#Interval",
            "#p",
            "Says",
            "Because",
        ]);
        for row in &forest.rows {
            table.row([
                format!("{} ({})", row.metric, row.about),
                row.variant.clone(),
                row.change.clone(),
                row.lift_words.clone(),
                row.interval_words.clone(),
                row.p_words.clone(),
                row.reading.1.clone(),
                row.because.clone(),
            ]);
        }
        self.table(&table);
    }
}

fn cell(cell: &Cell) -> String {
    if cell.below.is_empty() {
        escape(&cell.text)
    } else {
        format!("{} ({})", escape(&cell.text), escape(&cell.below))
    }
}

fn prefix(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "(+) ",
        Tone::Bad => "(−) ",
        Tone::Caution => "(!) ",
        Tone::Neutral => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_become_markup() {
        assert_eq!(escape("a|b *c* <img> `d`\n# e"), "a\\|b \\*c\\* \\<img\\> \\`d\\` \\# e");
    }
}
