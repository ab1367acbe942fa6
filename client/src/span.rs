//! Tags on the OpenTelemetry span that is active.

use opentelemetry::{KeyValue, trace::get_active_span};

/// One attribute an experiment, so that runs within one span do not hide each other.
pub(crate) fn tag(experiment: &str, variant: Option<&str>, digest: Option<String>) {
    let Some(variant) = variant else { return };
    get_active_span(|span| {
        span.set_attribute(KeyValue::new(format!("edgewise.experiment.{experiment}"), variant.to_owned()));
        if let Some(digest) = digest {
            span.set_attribute(KeyValue::new("edgewise.ruleset", digest));
        }
    });
}
