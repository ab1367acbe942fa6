//! The metrics that one file makes.

use edgewise_analysis::plan::Metric;

/// What one file makes: the metric that it is called after, and those that come with it.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFamily {
    /// The metric of the file's id.
    pub head: Metric,
    /// What comes with it, such as `<id>.negative`. Empty but for feedback and sessions.
    pub members: Vec<Metric>,
}

impl MetricFamily {
    /// The head, then the members.
    pub fn iter(&self) -> impl Iterator<Item = &Metric> {
        std::iter::once(&self.head).chain(&self.members)
    }
}

impl From<Metric> for MetricFamily {
    fn from(head: Metric) -> Self {
        Self { head, members: Vec::new() }
    }
}
