//! Asks whatever it is told to, through OpenFeature's SDK and its OFREP provider as they come from crates.io: one JSON
//! object a line in, one a line out. The test `openfeature-rust.test.ts` tells it, and says what the answers have to be.

use open_feature::{
    Client, EvaluationContext, EvaluationDetails, EvaluationError, EvaluationResult, OpenFeature,
    StructValue, Value,
};
use open_feature_ofrep::{OfrepOptions, OfrepProvider};
use serde::Deserialize;
use serde_json::{Map, Number, Value as Json, json};
use std::{
    collections::HashMap,
    error::Error,
    io::{self, BufRead as _, Write as _},
};

/// What a line asks for.
#[derive(Deserialize)]
struct Question {
    /// Where the worker is.
    url: String,
    flag: String,
    /// The type that the code expects.
    expects: Type,
    #[serde(rename = "targetingKey")]
    targeting_key: Option<String>,
    /// Attributes: texts, numbers and booleans.
    #[serde(default)]
    attributes: Map<String, Json>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Boolean,
    Integer,
    Float,
    String,
    Object,
}

/// A flag's value as an object, whatever its members are called.
struct Object(Json);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut clients = HashMap::new();
    for line in io::stdin().lock().lines() {
        let question: Question = serde_json::from_str(&line?)?;
        if !clients.contains_key(&question.url) {
            clients.insert(question.url.clone(), client(&question.url).await?);
        }
        let answer = asked(&clients[&question.url], &question).await;
        writeln!(io::stdout(), "{}", answer.unwrap_or_else(failure))?;
    }
    Ok(())
}

async fn client(url: &str) -> Result<Client, Box<dyn Error>> {
    let options = OfrepOptions { base_url: url.to_owned(), ..OfrepOptions::default() };
    let provider = OfrepProvider::new(options).await.map_err(|error| format!("{error:?}"))?;
    let mut api = OpenFeature::singleton_mut().await;
    api.set_named_provider(url, provider).await;
    Ok(api.create_named_client(url))
}

async fn asked(client: &Client, question: &Question) -> EvaluationResult<Json> {
    let mut context = EvaluationContext::default();
    context.targeting_key.clone_from(&question.targeting_key);
    for (name, value) in &question.attributes {
        match value {
            Json::Bool(value) => context.add_custom_field(name, *value),
            Json::Number(value) => context.add_custom_field(name, value.as_f64().unwrap_or(f64::NAN)),
            value => context.add_custom_field(name, value.as_str().unwrap_or_default()),
        }
    }
    let (flag, context) = (question.flag.as_str(), Some(&context));
    Ok(match question.expects {
        Type::Boolean => details(client.get_bool_details(flag, context, None).await?),
        Type::Integer => details(client.get_int_details(flag, context, None).await?),
        Type::Float => details(client.get_float_details(flag, context, None).await?),
        Type::String => details(client.get_string_details(flag, context, None).await?),
        Type::Object => {
            let EvaluationDetails { value: Object(value), variant, .. } =
                client.get_struct_details(flag, context, None).await?;
            json!({ "value": value, "variant": variant })
        }
    })
}

fn details<T: Into<Json>>(EvaluationDetails { value, variant, .. }: EvaluationDetails<T>) -> Json {
    json!({ "value": value.into(), "variant": variant })
}

fn failure(error: EvaluationError) -> Json {
    json!({ "errorCode": error.code.to_string(), "message": error.message })
}

impl TryFrom<StructValue> for Object {
    type Error = std::convert::Infallible;

    fn try_from(value: StructValue) -> Result<Self, Self::Error> {
        Ok(Self(to_json(Value::Struct(value))))
    }
}

fn to_json(value: Value) -> Json {
    match value {
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::Float(value) => Number::from_f64(value).map_or(Json::Null, Json::Number),
        Value::String(value) => value.into(),
        Value::Array(items) => items.into_iter().map(to_json).collect(),
        Value::Struct(value) => {
            Json::Object(value.fields.into_iter().map(|(name, value)| (name, to_json(value))).collect())
        }
    }
}
