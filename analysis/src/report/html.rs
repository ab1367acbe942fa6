//! The report as one HTML file: its style within it, no script, and a policy that forbids to load or run anything.
//!
//! What is written is both HTML and well-formed XML, so that a strict parser can read it.

use super::document::{
    Block, Cell, Document, Figure, Fold, Note, Point, Section, Table, Tile, Tone, Verdict,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};
use std::{
    borrow::Cow,
    fmt::{Display, Write as _},
};

use super::chart::{Forest, ForestRow};

/// The style of all reports.
const STYLE: &str = include_str!("html/style.css");

/// The shapes of the tones; they differ without colour too.
const SHAPES: &str = include_str!("html/shapes.svg");

/// The page.
pub(super) fn page(document: &Document) -> String {
    let mut page = Page(String::with_capacity(64 * 1024));
    page.head(document);
    page.masthead(document);
    page.verdict(&document.verdict);
    page.contents(&document.sections);
    for section in &document.sections {
        page.section(section);
    }
    page.write("</main></body></html>\n");
    page.0
}

/// The style without what only its reader needs: line breaks, and spaces about signs. It has no texts that hold such.
fn style() -> String {
    let lines: String = STYLE.lines().map(str::trim).collect();
    let signs = [
        ("; ", ";"),
        (": ", ":"),
        (", ", ","),
        (" {", "{"),
        ("{ ", "{"),
        (" }", "}"),
        ("} ", "}"),
        (";}", "}"),
    ];
    signs.into_iter().fold(lines, |style, (sign, short)| style.replace(sign, short))
}

/// The text as it stands in HTML and XML, in elements as well as in attributes.
///
/// Characters that XML does not know, and those that turn the direction of what follows, become U+FFFD: a name must not
/// be able to reorder the sentence that it stands in.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let is_plain = |letter: char| !matches!(letter, '&' | '<' | '>' | '"' | '\'') && is_harmless(letter);
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if is_harmless(letter) => escaped.push(letter),
            _ => escaped.push('\u{FFFD}'),
        }
    }
    Cow::Owned(escaped)
}

/// Whether a character is one of XML 1.0 and leaves the direction of text alone.
pub(super) fn is_harmless(letter: char) -> bool {
    let is_control = letter.is_control() && !matches!(letter, '\t' | '\n' | '\r');
    let turns = matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}');
    !(is_control || turns || matches!(letter, '\u{FFFE}' | '\u{FFFF}'))
}

impl Tone {
    /// The class of its colour and the name of its shape.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Caution => "caution",
            Self::Neutral => "neutral",
        }
    }
}

struct Page(String);

impl Page {
    fn write(&mut self, text: impl Display) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "{text}");
    }

    fn head(&mut self, document: &Document) {
        let style = style();
        let hash = BASE64_STANDARD.encode(Sha256::digest(&style));
        let title = escape(&document.title);
        self.write(format_args!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\"/>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
             <meta name=\"color-scheme\" content=\"light dark\"/><meta name=\"referrer\" content=\"no-referrer\"/>\
             <title>{title} \u{2013} experiment report</title><style>{style}</style></head><body>{SHAPES}<main>"
        ));
    }

    fn masthead(&mut self, document: &Document) {
        let title = escape(&document.title);
        self.write(format_args!(
            "<header><p class=\"eyebrow\">Experiment report</p><h1>{title}</h1><ul class=\"facts\">"
        ));
        for fact in &document.facts {
            self.write(format_args!("<li>{}</li>", escape(fact)));
        }
        self.write("</ul></header>\n");
    }

    fn verdict(&mut self, verdict: &Verdict) {
        let class = verdict.tone.class();
        self.write(format_args!(
            "<section id=\"decision\" class=\"verdict {class}\"><h2>{}{}</h2><p class=\"summary\">{}</p>",
            shape(verdict.tone),
            escape(&verdict.headline),
            escape(&verdict.summary)
        ));
        if !verdict.reasons.is_empty() {
            self.write("<ul>");
            for reason in &verdict.reasons {
                self.write(format_args!("<li>{}</li>", escape(reason)));
            }
            self.write("</ul>");
        }
        self.write("</section>\n");
    }

    fn contents(&mut self, sections: &[Section]) {
        self.write("<nav aria-label=\"Contents\"><ul>");
        for section in sections {
            self.write(format_args!("<li><a href=\"#{}\">{}</a></li>", section.id, section.title));
        }
        self.write("</ul></nav>\n");
    }

    fn section(&mut self, section: &Section) {
        self.write(format_args!("<section id=\"{}\"><h2>{}</h2>", section.id, section.title));
        if !section.lead.is_empty() {
            self.write(format_args!("<p class=\"lead\">{}</p>", escape(&section.lead)));
        }
        self.blocks(&section.blocks);
        self.write("</section>\n");
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Words(text) => self.write(format_args!("<p class=\"words\">{}</p>", escape(text))),
                Block::Points(points) => self.points(points),
                Block::Tiles(tiles) => self.tiles(tiles),
                Block::Table(table) => self.table(table, true),
                Block::Forest(forest) => self.forest(forest),
                Block::Figures(figures) => self.figures(figures),
                Block::Notes(notes) => self.notes(notes),
                Block::Fold(fold) => self.fold(fold),
            }
        }
    }

    fn points(&mut self, points: &[Point]) {
        self.write("<ul class=\"points\">");
        for point in points {
            self.write(format_args!(
                "<li class=\"{}\">{}<p><b>{}</b> {}</p></li>",
                point.tone.class(),
                shape(point.tone),
                escape(&point.lead),
                escape(&point.text)
            ));
        }
        self.write("</ul>\n");
    }

    fn tiles(&mut self, tiles: &[Tile]) {
        self.write("<dl class=\"tiles\">");
        for tile in tiles {
            self.write(format_args!(
                "<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>",
                escape(&tile.label),
                escape(&tile.value),
                escape(&tile.hint)
            ));
        }
        self.write("</dl>\n");
    }

    /// A table. In one that `stacks` each cell knows its column's title, so that a narrow page can put them below each
    /// other.
    fn table(&mut self, table: &Table, stacks: bool) {
        let (around, class) = if stacks { (" class=\"scroll\"", " class=\"stack\"") } else { ("", "") };
        self.write(format_args!("<div{around}><table{class}><thead><tr>"));
        for column in &table.header {
            // Most columns are numbers, and the style sets them to the right.
            let about = if stacks && !column.is_number { " class=\"t\"" } else { "" };
            self.write(format_args!("<th{about}>{}</th>", escape(&column.title)));
        }
        self.write("</tr></thead><tbody>");
        let mut first = None;
        for row in &table.rows {
            self.write("<tr>");
            let before = first.replace(row.first().map_or("", |cell| cell.text.as_str()));
            for (place, (column, cell)) in table.header.iter().zip(row).enumerate() {
                let mut classes = Vec::new();
                classes
                    .extend((stacks && place == 0 && before == Some(cell.text.as_str())).then_some("again"));
                classes.extend((stacks && cell.text.is_empty()).then_some("none"));
                classes.extend(cell.tone.map(Tone::class));
                self.write("<td");
                if !classes.is_empty() {
                    self.write(format_args!(" class=\"{}\"", classes.join(" ")));
                }
                // The first cell is a heading there, and an empty one is not seen.
                if stacks && (column.is_number || place > 0) && !cell.text.is_empty() {
                    // By the name of the attribute the style knows columns of numbers.
                    let name = if column.is_number { "data-n" } else { "data-t" };
                    self.write(format_args!(" {name}=\"{}\"", escape(&column.title)));
                }
                self.write(">");
                self.cell(cell);
                self.write("</td>");
            }
            self.write("</tr>");
        }
        self.write("</tbody></table></div>\n");
    }

    fn cell(&mut self, cell: &Cell) {
        if let Some(tone) = cell.tone {
            self.write(shape(tone));
        }
        self.write(escape(&cell.text));
        if !cell.below.is_empty() {
            self.write(format_args!("<small>{}</small>", escape(&cell.below)));
        }
    }

    fn forest(&mut self, forest: &Forest) {
        let (drawings, axis) = forest.drawings();
        self.write(
            "<table class=\"forest\"><thead><tr><th scope=\"col\">Variant</th><th scope=\"col\">Control \u{2192} variant</th>\
             <th scope=\"col\">Change from the control</th><th scope=\"col\" class=\"n\">Lift</th><th scope=\"col\">Says</th></tr></thead><tbody>",
        );
        let mut metric = None;
        for (row, drawing) in forest.rows.iter().zip(drawings) {
            if metric.replace(&row.metric) != Some(&row.metric) {
                self.write(format_args!(
                    "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"5\">{}<small>{}</small></th></tr>",
                    escape(&row.metric),
                    escape(&row.about)
                ));
            }
            self.forest_row(row, &drawing);
        }
        self.write(format_args!(
            "</tbody><tfoot><tr><td></td><td></td><td class=\"plot axis\">{axis}</td><td class=\"lift\"></td><td class=\"says\"></td></tr></tfoot></table>\n"
        ));
    }

    fn forest_row(&mut self, row: &ForestRow, drawing: &str) {
        let (tone, says) = (row.reading.0, escape(&row.reading.1));
        let because = escape(&row.because);
        if row.lift.is_none() {
            self.write(format_args!(
                "<tr class=\"absent\"><th>{}</th><td>{}</td><td colspan=\"3\" class=\"says {}\">{}{says}<small>{because}</small></td></tr>",
                escape(&row.variant),
                escape(&row.change),
                tone.class(),
                shape(tone),
            ));
            return;
        }
        let because = if because.is_empty() { String::new() } else { format!("<small>{because}</small>") };
        self.write(format_args!(
            "<tr><th>{}</th><td>{}</td><td class=\"plot\">{drawing}{because}</td>\
             <td class=\"n lift\">{}<small>{}</small></td><td class=\"says {}\">{}{says}<small>{}</small></td></tr>",
            escape(&row.variant),
            escape(&row.change),
            escape(&row.lift_words),
            escape(&row.interval_words),
            tone.class(),
            shape(tone),
            escape(&row.p_words),
        ));
    }

    fn figures(&mut self, figures: &[Figure]) {
        self.write("<div class=\"figures\">");
        for figure in figures {
            self.write(format_args!("<figure><figcaption><h4>{}</h4>", escape(&figure.title)));
            if !figure.note.is_empty() {
                self.write(format_args!("<p>{}</p>", escape(&figure.note)));
            }
            self.write("<ul>");
            for (name, class) in figure.chart.legend() {
                self.write(format_args!("<li class=\"{class}\">{}</li>", escape(name)));
            }
            self.write("</ul></figcaption>");
            self.write(figure.chart.svg(&figure.description));
            self.write("<details><summary>Numbers</summary>");
            self.table(&figure.table, false);
            self.write("</details></figure>\n");
        }
        self.write("</div>\n");
    }

    fn notes(&mut self, notes: &[Note]) {
        self.write("<ul class=\"notes\">");
        for note in notes {
            let class = note.tone.class();
            self.write(format_args!(
                "<li class=\"{class}\"><p class=\"label {class}\">{}{}</p><div><p class=\"what\">{}</p>",
                shape(note.tone),
                escape(&note.label),
                escape(&note.what)
            ));
            for (label, text) in [("Why it matters", &note.why), ("What to do", &note.action)] {
                if !text.is_empty() {
                    self.write(format_args!("<p><b>{label}:</b> {}.</p>", escape(text)));
                }
            }
            self.write("</div></li>");
        }
        self.write("</ul>\n");
    }

    fn fold(&mut self, fold: &Fold) {
        let open = if fold.is_open { " open=\"\"" } else { "" };
        self.write(format_args!("<details class=\"fold\"{open}><summary><h3>{}</h3>", escape(&fold.title)));
        for (tone, text) in &fold.marks {
            self.write(format_args!(
                "<span class=\"{}\">{}{}</span>",
                tone.class(),
                shape(*tone),
                escape(text)
            ));
        }
        self.write("</summary><div class=\"inside\">");
        self.blocks(&fold.blocks);
        self.write("</div></details>\n");
    }
}

/// A tone's shape, beside which its word stands.
fn shape(tone: Tone) -> String {
    format!("<svg class=\"i\" aria-hidden=\"true\"><use href=\"#{}\"/></svg>", tone.class())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_text_or_turn_it_is_taken_out() {
        assert_eq!(escape("short_form"), "short_form");
        assert_eq!(escape("<a href='x'>\"&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
        assert_eq!(escape("a\u{0}b\u{1b}c\u{202E}d\u{FFFF}"), "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}");
        assert_eq!(escape("naïve \u{1F600}\n"), "naïve \u{1F600}\n");
    }

    #[test]
    fn the_style_loads_nothing_and_is_one_text() {
        for forbidden in ["http", "url(", "@import", "</", "&", "<"] {
            assert!(!STYLE.contains(forbidden), "{forbidden}");
        }
    }
}
