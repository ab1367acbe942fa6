//! Does what a script says, so that another client can do the same and both can be compared: see `web/node/test/rust.test.ts`.
//!
//! `script URL` takes the address of a ruleset, and steps from standard input as JSON. It prints what each answered, and
//! how its events stand in the end.

use edgewise_client::{Client, Context, Options, StickyRecord};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    env,
    error::Error,
    io::{self, Write as _},
};

#[derive(Deserialize)]
struct Step {
    /// Whom it is for.
    context: Value,
    #[serde(default)]
    options: Given,
    #[serde(flatten)]
    action: Action,
}

/// What the host says besides.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    sticky: Vec<StickyRecord>,
    forced: BTreeMap<String, String>,
    nonce: Option<String>,
    counters: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Run(Work),
    Get(String, Value),
    Track { name: String, value: Option<f64>, properties: Map<String, Value> },
    Fail { name: String, properties: Map<String, Value> },
}

#[derive(Deserialize)]
struct Work {
    experiment: String,
    /// The flags that it asks for, and what stands in.
    flags: Vec<(String, Value)>,
    /// What it records, one after the other.
    measures: Vec<(String, Value)>,
    fails: bool,
}

/// What failing work answers.
struct TooLong;

fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).ok_or("script URL")?;
    let client = Client::load(Options::from_url(url))?;
    let steps: Vec<Step> = serde_json::from_reader(io::stdin().lock())?;
    let answers: Vec<Value> = steps.into_iter().map(|step| done(&client, step)).collect();
    let delivery = client.close();
    let counts = json!({"delivered": delivery.delivered, "waiting": delivery.waiting, "lost": delivery.lost});
    writeln!(io::stdout(), "{}", json!({"answers": answers, "delivery": counts}))?;
    Ok(())
}

fn done(client: &Client, Step { context, options, action }: Step) -> Value {
    let mut context = Context::from(context).sticky(options.sticky);
    for (experiment, variant) in options.forced {
        context = context.force(experiment, variant);
    }
    for (experiment, counter) in options.counters {
        context = context.counter(experiment, counter);
    }
    if let Some(nonce) = options.nonce {
        context = context.nonce(nonce);
    }
    match action {
        Action::Run(work) => ran(client, &context, &work),
        Action::Get(flag, fallback) => client.visitor(&context).get(&flag, fallback),
        Action::Track { name, value, properties } => {
            client.visitor(&context).track(&name, value, properties);
            Value::Null
        }
        Action::Fail { name, properties } => {
            client.visitor(&context).fail(&name, properties);
            Value::Null
        }
    }
}

fn ran(client: &Client, context: &Context, work: &Work) -> Value {
    let result = client.run(&work.experiment, context, |run| {
        let flags: Vec<Value> =
            work.flags.iter().map(|(flag, fallback)| run.get(flag, fallback.clone())).collect();
        for (measure, value) in &work.measures {
            run.record(measure, value.clone());
        }
        if work.fails { Err(TooLong) } else { Ok(json!([run.variant(), flags])) }
    });
    result.unwrap_or_else(|TooLong| json!("TooLong"))
}
