//! Tags on the span that is active, as whatever implements OpenTelemetry's interface is given them.

use crate::fixture;
use edgewise_client::{Client, Context, Options};
use opentelemetry::{
    KeyValue,
    trace::{Span, SpanContext, Status, TraceContextExt as _},
};
use std::{
    borrow::Cow,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::SystemTime,
};

/// A span that keeps its attributes, as those of an exporter do.
#[derive(Debug)]
struct Kept {
    attributes: Arc<Mutex<Vec<(String, String)>>>,
    context: SpanContext,
}

impl Span for Kept {
    fn set_attribute(&mut self, attribute: KeyValue) {
        self.attributes.lock().unwrap().push((attribute.key.to_string(), attribute.value.to_string()));
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        true
    }

    fn add_event_with_timestamp<T: Into<Cow<'static, str>>>(
        &mut self,
        _: T,
        _: SystemTime,
        _: Vec<KeyValue>,
    ) {
    }

    fn set_status(&mut self, _: Status) {}

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, _: T) {}

    fn add_link(&mut self, _: SpanContext, _: Vec<KeyValue>) {}

    fn end_with_timestamp(&mut self, _: SystemTime) {}
}

#[test]
fn the_active_span_says_which_variant_ran() {
    let client =
        Client::load(Options::from_bytes(fixture::ruleset(), "http://127.0.0.1:9/v1/events")).unwrap();
    let attributes = Arc::default();
    let span = Kept { attributes: Arc::clone(&attributes), context: SpanContext::empty_context() };
    let active = opentelemetry::Context::current_with_span(span).attach();
    for country in ["IN", "FR"] {
        let context = Context::new().with("user", "u_1").with("country", country);
        client.run("voice", &context, |_| Ok::<_, Infallible>(())).unwrap();
    }
    drop(active);
    let digest = client.digest().unwrap();
    let expected = [
        ("edgewise.experiment.voice".to_owned(), "large".to_owned()),
        ("edgewise.ruleset".to_owned(), digest),
    ];
    assert_eq!(*attributes.lock().unwrap(), expected);
}
