//! Values as a file and the environment write them; the environment has only text.

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serializer;

use crate::config::MetricsListen;

/// What stands for nowhere.
const OFF: &str = "off";

/// Yes or no; the environment has only text, so the words are one too.
pub(super) fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "true or false")]
    enum Truth {
        Truth(bool),
        Text(String),
    }
    match Truth::deserialize(from)? {
        Truth::Truth(truth) => Ok(Some(truth)),
        Truth::Text(text) => text.trim().parse().map(Some).map_err(|_| serde::de::Error::custom("true or false")),
    }
}

/// An address, or `off`.
pub(super) fn watch<'de, D: Deserializer<'de>>(from: D) -> Result<Option<MetricsListen>, D::Error> {
    let text = String::deserialize(from)?;
    match text.trim() {
        OFF => Ok(Some(MetricsListen::Off)),
        address => address.parse().map(|at| Some(MetricsListen::At(at))).map_err(serde::de::Error::custom),
    }
}

/// `off`, as it is read.
pub(super) fn off<S: Serializer>(to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(OFF)
}

/// A whole number; the environment has only text, so a text of digits is one too.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a whole number, 0 or more")]
    enum Number {
        Number(u64),
        Text(String),
    }
    match Number::deserialize(from)? {
        Number::Number(number) => Ok(Some(number)),
        Number::Text(text) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|_| serde::de::Error::custom("a whole number, 0 or more, is expected")),
    }
}

/// A list; the environment has only text, so one of words parted by commas is one too. What is wrong is said of the word.
pub(super) fn list<'de, D: Deserializer<'de>, T: FromStr<Err: Display>>(from: D) -> Result<Option<Vec<T>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a list of texts")]
    enum List {
        List(Vec<String>),
        Text(String),
    }
    let words = match List::deserialize(from)? {
        List::List(words) => words,
        List::Text(text) => text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect(),
    };
    let fault = |word: &str, error: T::Err| serde::de::Error::custom(format!("`{word}`: {error}"));
    let read = words.iter().map(|word| word.parse().map_err(|error| fault(word, error)));
    read.collect::<Result<_, _>>().map(Some)
}
