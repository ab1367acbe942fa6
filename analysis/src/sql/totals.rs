//! One scan of the events for all that is asked of a unit.

use super::{
    EventTable, SqlError,
    events::{is_too_late, rows_of, unit_of},
    hits::{Class, Span},
    text::literals,
};
use crate::plan::EventType;

/// Totals of each unit's events, gathered while metrics say what they need. What two of them need is there once.
pub(super) struct Totals<'a> {
    events: EventTable<'a>,
    classes: Vec<Class<'a>>,
    conditions: Vec<String>,
    spans: Vec<Span>,
    columns: Vec<String>,
    aggregates: Vec<String>,
    /// Whether events are numbered within their unit.
    ranked: bool,
}

/// Some events in some time: flags of a hit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    class: usize,
    span: usize,
}

impl Hit {
    pub(super) fn condition(self) -> String {
        format!("is_event_{} = 1 and in_span_{} = 1", self.class, self.span)
    }
}

impl<'a> Totals<'a> {
    pub(super) fn new(events: EventTable<'a>) -> Self {
        Self {
            events,
            classes: Vec::new(),
            conditions: Vec::new(),
            spans: Vec::new(),
            columns: Vec::new(),
            aggregates: Vec::new(),
            ranked: false,
        }
    }

    /// The flags of these events in this time.
    pub(super) fn hit(&mut self, class: Class<'a>, span: Span) -> Result<Hit, SqlError> {
        let condition = class.condition()?;
        let known = self.conditions.iter().position(|known| *known == condition);
        let class = known.unwrap_or_else(|| {
            self.classes.push(class);
            self.conditions.push(condition);
            self.classes.len() - 1
        });
        Ok(Hit { class: class + 1, span: place_of(&mut self.spans, span) })
    }

    /// A column of the hits that is a column of the events.
    pub(super) fn column(&mut self, column: &str) -> String {
        format!("hit_value_{}", place_of(&mut self.columns, column.to_owned()))
    }

    /// The rank of an event among the valued ones of its unit and time, from 1.
    pub(super) fn rank(&mut self) -> &'static str {
        self.ranked = true;
        "hit_rank"
    }

    /// An aggregate of an expression over some hits; the total's column. Null for a unit without such hits.
    pub(super) fn total(&mut self, function: &str, hit: Hit, expression: &str) -> String {
        let total = format!("{function}(case when {} then {expression} end)", hit.condition());
        format!("total_{}", place_of(&mut self.aggregates, total))
    }

    /// Events that came again.
    pub(super) fn repeated(&mut self, hit: Hit) -> String {
        if self.events.has_unique_ids { "0".to_owned() } else { self.total("sum", hit, "hit_copies - 1") }
    }

    /// `hits` and `totals`.
    pub(super) fn render(&self) -> Result<String, SqlError> {
        let totals: Vec<String> =
            (1..).zip(&self.aggregates).map(|(place, total)| format!("{total} as total_{place}")).collect();
        let (ordered, from) =
            if self.ranked { (format!("\n{},", self.ranks()), "ordered") } else { (String::new(), "hits") };
        Ok(format!(
            "{hits},{ordered}
totals as (
  select hit_unit as total_unit,
    {totals}
  from {from} group by hit_unit
)",
            hits = self.hits()?,
            totals = totals.join(",\n    ")
        ))
    }

    /// `hits`: a row an event of a unit that counts.
    pub(super) fn hits(&self) -> Result<String, SqlError> {
        let (table, unit_column) = (rows_of(&self.events)?, unit_of(&self.events)?);
        // What came again with the same id is one event.
        let unique = self.events.has_unique_ids;
        let one = |function: &str, of: &str| {
            if unique { of.to_owned() } else { format!("{function}({of})") }
        };
        let mut columns =
            vec!["exposed_unit as hit_unit".to_owned(), format!("{} as hit_at", one("min", "e.ts"))];
        if !unique {
            columns.push("count(*) as hit_copies".to_owned());
        }
        let values = (1..).zip(&self.columns);
        columns.extend(
            values.map(|(place, column)| {
                format!("{} as hit_value_{place}", one("min", &format!("e.{column}")))
            }),
        );
        let flag = |condition: &str| one("max", &format!("case when {condition} then 1 else 0 end"));
        for (place, condition) in (1..).zip(&self.conditions) {
            columns.push(format!("{} as is_event_{place}", flag(condition)));
        }
        for (place, span) in (1..).zip(&self.spans) {
            let late = is_too_late(&self.events, *span);
            let in_time = late.map_or_else(String::new, |late| format!(" and not {late}"));
            columns.push(format!("{} as in_span_{place}", flag(&format!("{}{in_time}", span.holds("e.ts")))));
        }
        Ok(format!(
            "hits as (
  select {columns}
  from exposed join {table} e on e.{unit_column} = exposed_unit
  where {relevant}{grouped}
)",
            columns = columns.join(",\n    "),
            relevant = self.relevant()?,
            grouped = if unique { "" } else { "\n  group by exposed_unit, e.id" }
        ))
    }

    /// `ordered`: the hits with a value, numbered within each unit and time.
    fn ranks(&self) -> String {
        let flags = (1..=self.conditions.len()).map(|place| format!("is_event_{place}"));
        let spans: Vec<String> = (1..=self.spans.len()).map(|place| format!("in_span_{place}")).collect();
        let values = (1..=self.columns.len()).map(|place| format!("hit_value_{place}"));
        let copies = (!self.events.has_unique_ids).then(|| "hit_copies".to_owned());
        let columns: Vec<String> = flags.chain(spans.iter().cloned()).chain(values).chain(copies).collect();
        format!(
            "ordered as (
  select hit_unit, {columns},
    cast(row_number() over (partition by hit_unit, {spans} order by hit_at, hit_value_1) as bigint) as hit_rank
  from hits where is_event_1 = 1 and hit_value_1 is not null
)",
            columns = columns.join(", "),
            spans = spans.join(", ")
        )
    }

    /// The events that are worth joining.
    fn relevant(&self) -> Result<String, SqlError> {
        let names = named(&self.classes)?;
        let mut bounds = Vec::new();
        let before = self.spans.iter().filter_map(|span| match span {
            Span::Before { seconds } => Some(*seconds),
            Span::After { .. } => None,
        });
        let delays = self.spans.iter().filter_map(|span| match span {
            Span::After { delay, .. } => Some(*delay),
            Span::Before { .. } => None,
        });
        let first = match before.max() {
            Some(seconds) => Span::Before { seconds },
            None => Span::After { delay: delays.min().unwrap_or(0), window: None },
        };
        bounds.push(format!("e.ts >= {}", first.bounds().0));
        let ends = self.spans.iter().filter_map(|span| match span {
            Span::After { delay, window } => Some(window.map(|window| delay.saturating_add(window))),
            Span::Before { .. } => None,
        });
        // Nothing ends where one of them has no end.
        if let Some(Some(window)) = ends.reduce(|a, b| Some(a?.max(b?))) {
            let (_, end) = Span::After { delay: 0, window: Some(window) }.bounds();
            bounds.extend(end.map(|end| format!("e.ts < {end}")));
        }
        Ok(format!("{names} and {}", bounds.join(" and ")))
    }
}

/// Whether an event has the type and the name of one of these.
pub(super) fn named(classes: &[Class<'_>]) -> Result<String, SqlError> {
    let mut parts = Vec::new();
    for event_type in [EventType::Track, EventType::Feedback, EventType::Error] {
        let mut names: Vec<&str> =
            classes.iter().filter(|class| class.event_type == event_type).map(|class| class.event).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            parts.push(format!("e.type = '{}' and e.name in ({})", event_type.as_str(), literals(names)?));
        }
    }
    Ok(match parts.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", parts.join(" or ")),
    })
}

/// Where it is in the list, from 1; at its end where it is new.
fn place_of<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> usize {
    list.iter().position(|known| *known == wanted).unwrap_or_else(|| {
        list.push(wanted);
        list.len() - 1
    }) + 1
}
