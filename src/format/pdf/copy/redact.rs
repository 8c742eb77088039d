//! Parts of the text taken out of a copy: the glyphs leave the content streams, a grey bar stands where they stood, and
//! everything after them stays in its place. ISO 32000-2, 9.4.3.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt::Write as _;

use lopdf::Dictionary as Written;
use lopdf::Object as Value;

use crate::format::pdf::Error;
use crate::format::pdf::copy::Hide;
use crate::format::pdf::copy::graph::Graph;
use crate::format::pdf::copy::pages::Parts;
use crate::format::pdf::copy::pages::replace;
use crate::format::pdf::copy::pages::resources;
use crate::format::pdf::copy::spoken;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::syntax::Parser;
use crate::format::pdf::syntax::Token;
use crate::format::pdf::text;
use crate::format::pdf::text::Glyph;
use crate::format::pdf::text::Placed;

/// Baselines nearer to one another than this share of the size are one line; a wider gap than `SPACE` parts words.
const SAME_LINE: f64 = 0.35;
const SPACE: f64 = 0.12;

/// Glyphs to take out, by the operator that shows them.
type Hidden = BTreeMap<usize, (usize, BTreeMap<(usize, usize), (usize, f64)>)>;

/// Takes out of every page what `hide` finds in its lines, and out of all strings. Gives how many parts.
pub(super) fn pages<'d>(graph: &mut Graph<'d, '_>, hide: &'d Hide) -> Result<usize, Error> {
    graph.hide = Some(hide);
    let mut forms: HashMap<ObjectId, Hidden> = HashMap::new();
    let mut parts = 0;
    for id in graph.view.pages()? {
        let glyphs = text::glyphs(graph.view, id);
        let (found, marked) = marked(&glyphs, hide);
        parts += found;
        let mut own = Hidden::new();
        for glyph in marked.iter().filter_map(|place| glyphs.get(*place)) {
            let hidden = match glyph.stream {
                Some(form) => forms.entry(form).or_default(),
                None => &mut own,
            };
            let (_, bytes) = hidden.entry(glyph.operator.start).or_insert((glyph.operator.end, BTreeMap::new()));
            bytes.insert((glyph.element, glyph.bytes.start), (glyph.bytes.end, glyph.advance));
        }
        let gone: Vec<&Glyph> = marked.iter().filter_map(|place| glyphs.get(*place)).collect();
        parts += page(graph, id, &own, &gone, hide)?;
    }
    for id in graph.view.ids().collect::<Vec<_>>() {
        parts += form(graph, id, forms.get(&id), hide)?;
    }
    Ok(parts)
}

/// Gives how many lists of properties were taken out.
fn page(
    graph: &mut Graph<'_, '_>,
    id: ObjectId,
    hidden: &Hidden,
    gone: &[&Glyph],
    hide: &Hide,
) -> Result<usize, Error> {
    let view = graph.view;
    let Some(Object::Dictionary(page)) = view.get(id)? else { return Ok(0) };
    let content = without(&text::content(view, &page), hidden)?;
    let spoken = spoken::without(&content, hide);
    if gone.is_empty() && spoken.is_none() {
        return Ok(0);
    }
    let (mut content, lists) = spoken.unwrap_or((content, 0));
    if !gone.is_empty() {
        content.extend_from_slice(bars(gone.iter().copied()).as_bytes());
    }
    let resources = resources(graph, &page)?;
    let links = match view.value(&page, b"Annots")?.as_array() {
        Some(links) => links.iter().map(|link| graph.value(link)).collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    replace(graph, id, &page, Parts { content, resources, links })?;
    Ok(lists)
}

/// A form XObject, where it is one and shows or says anything that is to go. Gives how many lists of properties did.
fn form(graph: &mut Graph<'_, '_>, id: ObjectId, hidden: Option<&Hidden>, hide: &Hide) -> Result<usize, Error> {
    let Some(Object::Stream(form)) = graph.view.get(id)? else { return Ok(0) };
    if hidden.is_none() && form.dictionary.name(b"Subtype") != Some(b"Form") {
        return Ok(0);
    }
    let content = graph.view.inflate(&form)?;
    let content = hidden.map_or(Ok(content.to_vec()), |hidden| without(&content, hidden))?;
    let spoken = spoken::without(&content, hide);
    if hidden.is_none() && spoken.is_none() {
        return Ok(0);
    }
    let (content, lists) = spoken.unwrap_or((content, 0));
    let filters: [&[u8]; 3] = [b"Filter", b"DecodeParms", b"Length"];
    let dictionary: Written = graph.dictionary(&form.dictionary, &filters)?;
    let mut stream = lopdf::Stream::new(dictionary, content);
    // Where packing fails the content stays as it is.
    let _ = stream.compress();
    graph.put(id, Value::Stream(stream));
    Ok(lists)
}

/// The glyphs that are to go, by their places, and how many parts of the text they are.
fn marked(glyphs: &[Glyph], hide: &Hide) -> (usize, BTreeSet<usize>) {
    let (mut text, mut owners): (String, Vec<usize>) = (String::new(), Vec::new());
    for line in lines(glyphs) {
        let mut before: Option<&Glyph> = None;
        for place in line {
            let Some(glyph) = glyphs.get(place) else { continue };
            if before.is_some_and(|before| twice(before, glyph)) {
                continue;
            }
            if before.is_some_and(|before| glyph.piece.start - before.piece.end > SPACE * glyph.piece.size) {
                text.push(' ');
                owners.push(usize::MAX);
            }
            text.push_str(&glyph.piece.text);
            owners.resize(text.len(), place);
            before = Some(glyph);
        }
        // What is to go may be broken over two lines.
        text.push('\n');
        owners.push(usize::MAX);
    }
    let parts = hide(&text);
    let marked = parts.iter().filter_map(|part| owners.get(part.clone())).flatten();
    let mut marked: BTreeSet<usize> = marked.copied().filter(|owner| *owner != usize::MAX).collect();
    // What was drawn twice to look bold goes twice.
    let gone: Vec<&Glyph> = marked.iter().filter_map(|place| glyphs.get(*place)).collect();
    let again = |glyph: &Glyph| gone.iter().any(|one| twice(one, glyph));
    let also: Vec<usize> =
        glyphs.iter().enumerate().filter(|(_, glyph)| again(glyph)).map(|(place, _)| place).collect();
    marked.extend(also);
    (parts.len(), marked)
}

/// Whether two glyphs are one, drawn a little apart.
fn twice(one: &Glyph, other: &Glyph) -> bool {
    let (a, b) = (&one.piece, &other.piece);
    let near = |left: f64, right: f64| (left - right).abs() < SPACE * a.size;
    a.turn == b.turn && a.text == b.text && near(a.start, b.start) && near(a.baseline, b.baseline)
}

/// The places of glyphs that stand on one line, from left to right.
fn lines(glyphs: &[Glyph]) -> Vec<Vec<usize>> {
    let mut places: Vec<(usize, &Glyph)> = glyphs.iter().enumerate().collect();
    places.sort_by(|(_, left), (_, right)| {
        left.piece.turn.cmp(&right.piece.turn).then(right.piece.baseline.total_cmp(&left.piece.baseline))
    });
    let mut lines: Vec<Vec<(usize, &Glyph)>> = Vec::new();
    for (place, glyph) in places {
        let same = |line: &&mut Vec<(usize, &Glyph)>| {
            line.first().is_some_and(|(_, first)| {
                let near = SAME_LINE * first.piece.size.min(glyph.piece.size).max(1.0);
                first.piece.turn == glyph.piece.turn && (first.piece.baseline - glyph.piece.baseline).abs() <= near
            })
        };
        match lines.last_mut().filter(same) {
            Some(line) => line.push((place, glyph)),
            None => lines.push(vec![(place, glyph)]),
        }
    }
    for line in &mut lines {
        line.sort_by(|(_, left), (_, right)| left.piece.start.total_cmp(&right.piece.start));
    }
    lines.into_iter().map(|line| line.into_iter().map(|(place, _)| place).collect()).collect()
}

/// Grey bars where glyphs stood, as content of the page.
fn bars<'g>(glyphs: impl Iterator<Item = &'g Glyph>) -> String {
    let mut bars = "q 0.45 g\n".to_owned();
    for Placed { rect: [left, low, right, high], size } in glyphs.filter_map(|glyph| Placed::of(&glyph.piece)) {
        let (width, height) = (right - left, (high - low) * 0.75);
        let low = low - size * 0.02;
        // Writing to a String cannot fail.
        let _ = writeln!(bars, "{left:.3} {low:.3} {width:.3} {height:.3} re");
    }
    bars.push_str("f Q\n");
    bars
}

/// The content with the glyphs taken out.
fn without(content: &[u8], hidden: &Hidden) -> Result<Vec<u8>, Error> {
    let (mut out, mut copied) = (Vec::with_capacity(content.len()), 0);
    for (start, (end, glyphs)) in hidden {
        out.extend_from_slice(content.get(copied..*start).unwrap_or_default());
        operator(content.get(*start..*end).unwrap_or_default(), glyphs, &mut out)?;
        copied = *end;
    }
    out.extend_from_slice(content.get(copied..).unwrap_or_default());
    Ok(out)
}

/// One operator that shows text, written anew as `TJ` with a gap for each glyph that is gone.
fn operator(content: &[u8], glyphs: &BTreeMap<(usize, usize), (usize, f64)>, out: &mut Vec<u8>) -> Result<(), Error> {
    let mut parser = Parser::of_content(content, 16);
    let (mut operands, mut name) = (Vec::new(), Vec::new());
    while let Some(token) = parser.token()? {
        match token {
            Token::Value(value) => operands.push(value),
            Token::Word(word) => name = word.to_vec(),
        }
    }
    let number = |place: usize| operands.get(place).and_then(Object::as_number).unwrap_or(0.0);
    let elements = match name.as_slice() {
        b"TJ" => operands.first().and_then(Object::as_array).unwrap_or_default(),
        b"\"" => operands.get(2..).unwrap_or_default(),
        _ => operands.as_slice(),
    };
    let before = match name.as_slice() {
        b"'" => "T* ".to_owned(),
        b"\"" => format!("{} Tw {} Tc T* ", number(0), number(1)),
        _ => String::new(),
    };
    out.extend_from_slice(b"\n");
    out.extend_from_slice(before.as_bytes());
    out.push(b'[');
    for (place, element) in elements.iter().enumerate() {
        if let Some(adjustment) = element.as_number() {
            out.extend_from_slice(format!(" {adjustment} ").as_bytes());
        }
        string(place, element.as_string().unwrap_or_default(), glyphs, out);
    }
    out.extend_from_slice(b"] TJ\n");
    Ok(())
}

/// One string of an operator, in parts.
fn string(place: usize, bytes: &[u8], glyphs: &BTreeMap<(usize, usize), (usize, f64)>, out: &mut Vec<u8>) {
    let mut from = 0;
    for ((_, start), (end, advance)) in glyphs.range((place, 0)..(place.saturating_add(1), 0)) {
        hexadecimal(bytes.get(from..*start).unwrap_or_default(), out);
        out.extend_from_slice(format!(" {:.3} ", -advance).as_bytes());
        from = *end;
    }
    hexadecimal(bytes.get(from..).unwrap_or_default(), out);
}

fn hexadecimal(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    out.push(b'<');
    for byte in bytes {
        out.extend_from_slice(format!("{byte:02X}").as_bytes());
    }
    out.push(b'>');
}
