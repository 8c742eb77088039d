//! What a form field says, and what it shows. VALIDATION 6.4, MD-26; 6.5, SH-5; ISO 32000-2, 12.7.

use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::View;
use crate::format::pdf::text;

/// Fields above one another.
const PARENTS_MAX: usize = 32;

/// A value of the field or of the nearest field above it.
pub(super) fn inherited(
    view: View<'_, '_>,
    field: &Dictionary,
    key: &[u8],
) -> Result<(Object, Dictionary), pdf::Error> {
    let mut node = field.clone();
    let mut value = view.value(&node, key)?;
    for _ in 0..PARENTS_MAX {
        if !value.is_null() || !node.has(b"Parent") {
            break;
        }
        node = view.value(&node, b"Parent")?.as_dict().cloned().unwrap_or_default();
        value = view.value(&node, key)?;
    }
    Ok((value, node))
}

/// The field's value as text, its own or its parents'; of a choice what is shown for it. An unset check box has none.
pub(super) fn value(view: View<'_, '_>, kind: Option<&[u8]>, field: &Dictionary) -> Result<String, pdf::Error> {
    let (value, node) = inherited(view, field, b"V")?;
    let text = |value: &Object| value.as_string().map(pdf::text_string);
    let listed = value.as_array().unwrap_or(std::slice::from_ref(&value));
    let name = value.as_name().filter(|name| *name != b"Off").map(|name| String::from_utf8_lossy(name).into_owned());
    let texts: Vec<String> = listed.iter().filter_map(text).collect();
    if kind != Some(b"Ch") {
        return Ok(name.unwrap_or_else(|| texts.join(" ")));
    }
    let options = view.value(&node, b"Opt")?;
    let display = |value: &String| {
        let pairs = options.as_array().unwrap_or_default().iter().filter_map(Object::as_array);
        let mut pairs = pairs.filter_map(|pair| Some((text(pair.first()?)?, text(pair.last()?)?)));
        pairs.find(|(exported, _)| exported == value).map_or_else(|| value.clone(), |(_, shown)| shown)
    };
    Ok(texts.iter().map(display).collect::<Vec<_>>().join(" "))
}

/// The text that a field's ordinary appearance draws, without white space; of a button nothing.
pub(super) fn drawn(view: View<'_, '_>, field: &Dictionary) -> String {
    let states = view.value(field, b"AP").unwrap_or(Object::Null);
    let normal = states.as_dict().and_then(|states| view.value(states, b"N").ok());
    let lines = normal.as_ref().and_then(Object::as_stream).map(|stream| text::drawn(view, stream));
    lines.unwrap_or_default().iter().map(|line| folded(line)).collect()
}

/// Whether a field's ordinary appearance draws more than text, lines and frames: images, other forms, shadings, curves.
pub(super) fn pictured(view: View<'_, '_>, field: &Dictionary) -> bool {
    let states = view.value(field, b"AP").unwrap_or(Object::Null);
    let normal = states.as_dict().and_then(|states| view.value(states, b"N").ok());
    let Some(stream) = normal.as_ref().and_then(Object::as_stream) else { return false };
    // What cannot be read may be a picture.
    let Ok(content) = view.inflate(stream) else { return true };
    let mut words = content.split(u8::is_ascii_whitespace);
    words.any(|word| matches!(word, b"Do" | b"BI" | b"sh" | b"c" | b"v" | b"y"))
}

/// Text without white space: where lines break is the appearance's affair.
pub(super) fn folded(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}
