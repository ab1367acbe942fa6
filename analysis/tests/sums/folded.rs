//! The fold against the SQL, to the last bit; and that it says so where it cannot tell.

use crate::{
    DAY, PLENTY,
    by_sql::BySql,
    metric,
    world::{Draw, HOUR, START, World, world},
};
use datafusion::arrow::{
    array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StringArray},
    compute::cast,
    datatypes::{DataType, Field, Schema},
};
use edgewise_analysis::{
    aggregate::{self, Measured, Numbers},
    engine::{
        Engine, Source,
        datafusion::{DataFusion, Limits},
    },
    fold::{View, fold},
    plan::{Cap, Metric, MetricKind, Silent, ValueSource},
    sql::EventTable,
};
use std::{num::NonZeroUsize, sync::Arc};

/// Tables, and how they are looked at.
struct Tables {
    assignments: Source,
    events: Source,
    links: Option<Source>,
}

impl Tables {
    fn of(world: &World) -> Self {
        Self { assignments: world.assignments(), events: world.events(700), links: None }
    }

    async fn register(&self, engine: &dyn Engine) {
        engine.register("assignments", self.assignments.clone()).await.unwrap();
        engine.register("events", self.events.clone()).await.unwrap();
        if let Some(links) = &self.links {
            engine.register("links_device", links.clone()).await.unwrap();
        }
    }
}

fn event_table<'a>(links: &'a [(String, String)], slice_column: Option<&'a str>) -> EventTable<'a> {
    EventTable {
        table: "events",
        assignments: "assignments",
        unit_column: "unit_user",
        has_unique_ids: true,
        experiment: "x",
        verdicts: &["verified"],
        watermark_us: START + 120 * HOUR,
        links,
        lateness_seconds: Some(DAY / 2),
        slice_column,
    }
}

fn engine(memory: usize) -> DataFusion {
    DataFusion::new(Limits { memory, partitions: NonZeroUsize::new(2).unwrap() }).unwrap()
}

/// What the fold tells, and what the SQL answers.
fn both(tables: &Tables, metrics: &[Metric], slice: Option<&str>) -> (Vec<Option<Measured>>, Vec<Measured>) {
    let link = [("links_device".to_owned(), "unit_device".to_owned())];
    let events = event_table(if tables.links.is_some() { &link } else { &[] }, slice);
    let metrics: Vec<&Metric> = metrics.iter().collect();
    let slices: Vec<String> = slice.into_iter().map(str::to_owned).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(async {
        let (read, asked) = (engine(PLENTY), BySql(engine(PLENTY)));
        tables.register(&read).await;
        tables.register(&asked).await;
        let folded = fold(&read, &events, &metrics, &slices).unwrap().unwrap();
        let told = folded.measured(&metrics, View::of(&events));
        let answered = aggregate::measure(&asked, &events, &metrics).await.unwrap();
        // Together they answer all there is.
        assert_eq!(aggregate::measure(&read, &events, &metrics).await.unwrap(), answered);
        (told, answered)
    })
}

fn assert_same(told: Vec<Option<Measured>>, answered: Vec<Measured>, metrics: &[Metric]) {
    for ((told, answered), metric) in told.into_iter().zip(answered).zip(metrics) {
        assert_eq!(told, Some(answered), "{metric:#?}");
    }
}

/// A metric of each kind that can be told, some of them capped.
fn metrics(draw: &mut Draw) -> Vec<Metric> {
    let mut all: Vec<Metric> = (0..7).map(|which| metric(draw, which)).collect();
    for metric in &mut all {
        metric.cap = draw.one(&[
            None,
            Some(Cap::Quantiles { lower: Some(0.1), upper: Some(0.85) }),
            Some(Cap::Quantiles { lower: None, upper: Some(0.999_999) }),
            Some(Cap::At { lower: Some(-0.5), upper: Some(2.25) }),
            Some(Cap::At { lower: None, upper: Some(1.0) }),
        ]);
    }
    for level in [0.5, 0.95] {
        let kind = MetricKind::Quantile { value: ValueSource::Property("price".to_owned()), level };
        all.push(Metric { id: format!("p{level}"), kind, ..metric(draw, 2) });
    }
    all
}

#[test]
fn the_fold_tells_what_the_sql_answers() {
    let mut counted = 0;
    for seed in 0..4 {
        let mut draw = Draw(500 + seed);
        let metrics = metrics(&mut draw);
        let tables = Tables::of(&world(50 + seed, 60, 1_500).unique());
        let slice = draw.one(&[None, Some("attribute_0")]);
        let (told, answered) = both(&tables, &metrics, slice);
        counted += answered.iter().filter(|measured| measured.events.seen > 0).count();
        assert_same(told, answered, &metrics);
    }
    assert!(counted > 30, "only {counted} of 36 metrics have events");
}

#[test]
fn texts_may_come_as_dictionaries() {
    let mut draw = Draw(9);
    let metrics = metrics(&mut draw);
    let mut tables = Tables::of(&world(9, 60, 1_500).unique());
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let encoded = |data_type: &DataType| match data_type {
        DataType::Utf8 => dictionary.clone(),
        data_type => data_type.clone(),
    };
    let fields = tables.events.schema.fields().iter();
    let fields: Vec<Field> =
        fields.map(|field| field.as_ref().clone().with_data_type(encoded(field.data_type()))).collect();
    let schema = Arc::new(Schema::new(fields));
    let batches = tables.events.batches.iter().map(|batch| {
        let columns =
            batch.columns().iter().map(|column| cast(column, &encoded(column.data_type())).unwrap());
        RecordBatch::try_new(Arc::clone(&schema), columns.collect()).unwrap()
    });
    let dictionaries = Source::batches(Arc::clone(&schema), batches.collect());
    let (_, answered) = both(&tables, &metrics, None);
    tables.events = dictionaries;
    let (told, _) = both(&tables, &metrics, None);
    assert_same(told, answered, &metrics);
}

#[test]
fn links_lead_to_units() {
    let mut draw = Draw(11);
    let metrics = metrics(&mut draw);
    let mut tables = Tables::of(&world(11, 40, 2_500).unique());
    let text = |name: &str| Arc::new(Field::new(name, DataType::Utf8, true));
    // Every event names a device; the first thirty are known to be somebody's.
    let fields = tables.events.schema.fields().iter().cloned().chain([text("unit_device")]);
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let with_device = |batch: &RecordBatch| {
        let devices = (0..batch.num_rows()).map(|row| (row % 5 > 0).then(|| format!("d{}", row % 43)));
        let devices: ArrayRef = Arc::new(devices.collect::<StringArray>());
        let own = batch.schema();
        // Few name their user, so that devices count.
        let columns = batch.columns().iter().zip(own.fields()).map(|(column, field)| {
            if field.name() != "unit_user" {
                return Arc::clone(column);
            }
            let users = column.as_string::<i32>().iter().enumerate();
            Arc::new(users.map(|(row, user)| user.filter(|_| row % 3 == 0)).collect::<StringArray>())
                as ArrayRef
        });
        RecordBatch::try_new(Arc::clone(&schema), columns.chain([devices]).collect::<Vec<_>>()).unwrap()
    };
    let batches = tables.events.batches.iter().map(with_device).collect();
    tables.events = Source::batches(Arc::clone(&schema), batches);
    let link_schema = Arc::new(Schema::new(vec![text("link_from"), text("link_unit")]));
    let column = |prefix: &str| {
        Arc::new((0..30).map(|place| Some(format!("{prefix}{place}"))).collect::<StringArray>()) as ArrayRef
    };
    let links = RecordBatch::try_new(Arc::clone(&link_schema), vec![column("d"), column("u")]).unwrap();
    tables.links = Some(Source::batches(link_schema, vec![links]));
    let (told, answered) = both(&tables, &metrics, None);
    assert!(answered.iter().any(|measured| measured.events.without_unit > 0));
    assert_same(told, answered, &metrics);
}

#[test]
fn numbers_too_large_are_told_alike_or_left_to_the_engine() {
    let largest = 999_999_999_999_999_999;
    let value = |kind: fn(ValueSource) -> MetricKind| Metric {
        silent: Silent::Exclude,
        covariate_seconds: Some(2 * DAY),
        ..Metric::new("m", kind(ValueSource::Value), "purchase")
    };
    let sum = value(|value| MetricKind::Continuous { value });
    let metrics = [
        sum.clone(),
        Metric { cap: Some(Cap::At { lower: None, upper: Some(9e11) }), ..sum },
        value(|value| MetricKind::Highest { value }),
        value(|value| MetricKind::Lowest { value }),
        value(|value| MetricKind::Quantile { value, level: 0.5 }),
    ];
    // Each unit has a few such values, whose sums have more than 12 digits and fit 64 bits.
    let mut few = world(21, 40, 300).unique();
    for event in &mut few.events {
        event.value = event.value.map(|value| if value < 0 { -largest } else { largest });
    }
    let (told, answered) = both(&Tables::of(&few), &metrics, None);
    let Numbers::Sums(sums) = &answered[0].numbers else { panic!("no sums") };
    assert!(sums.iter().any(|sums| sums.units_too_large > 0), "no unit is too large");
    assert_same(told, answered, &metrics);
    // Three units have so many that they do not.
    let mut many = world(22, 3, 600).unique();
    for event in &mut many.events {
        event.value = event.value.map(|_| largest);
    }
    let (told, answered) = both(&Tables::of(&many), &metrics, None);
    let is_told: Vec<bool> = told.iter().map(Option::is_some).collect();
    assert_eq!(is_told, [false, false, true, true, true]);
    assert_eq!(told[2..], answered.into_iter().skip(2).map(Some).collect::<Vec<_>>());
}

#[test]
fn what_the_fold_cannot_tell_is_left_to_the_engine() {
    let world = world(31, 40, 500);
    let tables = Tables::of(&world);
    let mut draw = Draw(31);
    let metrics: Vec<Metric> = (0..9).map(|which| metric(&mut draw, which)).collect();
    let metrics: Vec<&Metric> = metrics.iter().collect();
    let events = event_table(&[], None);
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(async {
        let read = engine(PLENTY);
        tables.register(&read).await;
        let folded = fold(&read, &events, &metrics, &[]).unwrap().unwrap();
        let told: Vec<bool> =
            folded.measured(&metrics, View::of(&events)).iter().map(Option::is_some).collect();
        // A trend and a funnel.
        assert_eq!(told, [true, true, true, true, true, true, true, false, false]);
        let by_other = View { slice_column: Some("attribute_0"), ..View::of(&events) };
        assert!(folded.measured(&metrics, by_other).iter().all(Option::is_none), "nobody said that column");

        let with_ids = EventTable { has_unique_ids: false, ..events };
        assert!(fold(&read, &with_ids, &metrics, &[]).unwrap().is_none());
        let asked = BySql(engine(PLENTY));
        tables.register(&asked).await;
        assert!(fold(&asked, &events, &metrics, &[]).unwrap().is_none());
        let small = engine(10_000);
        tables.register(&small).await;
        assert!(fold(&small, &events, &metrics, &[]).unwrap().is_none());
    });
}
