//! The pages of a copy: what annotations and fields drew becomes part of each page; links stay. ISO 32000-2, 12.5.5.

use lopdf::Dictionary as Written;
use lopdf::Object as Value;

use crate::format::pdf::Error;
use crate::format::pdf::copy::graph::Graph;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::text;

/// Annotations of one page that are looked at.
const ANNOTATIONS_MAX: usize = 2_000;
/// Flags of annotations that are not seen: hidden, and not to be viewed.
const UNSEEN: i64 = 2 | 32;

/// What is kept of a page as it is.
const DROPPED: &[&[u8]] = &[b"Annots", b"Contents", b"Resources", b"AA", b"Metadata"];

/// Prepares every page. Gives how many there are.
pub(super) fn copied(graph: &mut Graph<'_, '_>) -> Result<usize, Error> {
    let pages = graph.view.pages()?;
    let most = usize::try_from(graph.budget.pages_max).unwrap_or(usize::MAX);
    if pages.len() > most {
        return Err(Error::Limit { rule: "LIM-2", at: 0, what: "pages to copy" });
    }
    for id in &pages {
        page(graph, *id)?;
    }
    Ok(pages.len())
}

fn page(graph: &mut Graph<'_, '_>, id: ObjectId) -> Result<(), Error> {
    let view = graph.view;
    let Some(Object::Dictionary(page)) = view.get(id)? else { return Ok(()) };
    let annotations = view.value(&page, b"Annots")?;
    let (mut links, mut drawn) = (Vec::new(), Vec::new());
    for annotation in annotations.as_array().unwrap_or_default().iter().take(ANNOTATIONS_MAX) {
        let resolved = view.resolve(annotation)?;
        let Some(dictionary) = resolved.as_dict() else { continue };
        if dictionary.name(b"Subtype") == Some(b"Link") {
            links.push(graph.value(annotation)?);
        } else if let Some(one) = appearance(graph, dictionary)? {
            drawn.push(one);
        }
    }
    let before = text::content(view, &page);
    let mut content = b"q\n".to_vec();
    content.extend_from_slice(&before);
    content.extend_from_slice(b"\nQ\n");
    let mut resources = resources(graph, &page)?;
    stamp(&drawn, &mut content, &mut resources);
    replace(graph, id, &page, Parts { content, resources, links })
}

/// The parts of a page that a copy makes anew.
pub(super) struct Parts {
    pub(super) content: Vec<u8>,
    pub(super) resources: Written,
    pub(super) links: Vec<Value>,
}

/// Puts a page with new parts in the place of a page.
pub(super) fn replace(graph: &mut Graph<'_, '_>, id: ObjectId, page: &Dictionary, parts: Parts) -> Result<(), Error> {
    let mut copy = graph.dictionary(page, DROPPED)?;
    let mut stream = lopdf::Stream::new(Written::new(), parts.content);
    // Where packing fails the content stays as it is.
    let _ = stream.compress();
    let content = graph.add(Value::Stream(stream));
    copy.set("Contents", Value::Reference(content));
    copy.set("Resources", Value::Dictionary(parts.resources));
    if !parts.links.is_empty() {
        copy.set("Annots", Value::Array(parts.links));
    }
    graph.put(id, Value::Dictionary(copy));
    Ok(())
}

/// A page's resources, of its own or from above, as a dictionary of its own.
pub(super) fn resources(graph: &mut Graph<'_, '_>, page: &Dictionary) -> Result<Written, Error> {
    let resources = text::inherited(graph.view, page, b"Resources");
    let Some(resources) = resources.as_dict() else { return Ok(Written::new()) };
    let mut copy = graph.dictionary(resources, &[b"XObject"])?;
    // Other pages may share it, and this page is to have more.
    if let Some(forms) = graph.view.value(resources, b"XObject")?.as_dict() {
        copy.set("XObject", Value::Dictionary(graph.dictionary(forms, &[])?));
    }
    Ok(copy)
}

/// What an annotation draws: the form, and the matrix that puts it in its place.
struct Drawn {
    form: Value,
    matrix: [f64; 6],
}

/// The normal appearance of an annotation that is seen (12.5.5, algorithm 8.1).
fn appearance(graph: &mut Graph<'_, '_>, annotation: &Dictionary) -> Result<Option<Drawn>, Error> {
    let view = graph.view;
    if annotation.name(b"Subtype") == Some(b"Popup") || annotation.int(b"F").unwrap_or(0) & UNSEEN != 0 {
        return Ok(None);
    }
    let appearances = view.value(annotation, b"AP")?;
    let Some(normal) = appearances.as_dict().and_then(|appearances| appearances.get(b"N")).cloned() else {
        return Ok(None);
    };
    let (mut named, mut normal) = (normal.clone(), view.resolve(&normal)?);
    if let Object::Dictionary(states) = &normal {
        let state = view.value(annotation, b"AS")?;
        let Some(chosen) = state.as_name().and_then(|state| states.get(state)).cloned() else { return Ok(None) };
        normal = view.resolve(&chosen)?;
        named = chosen;
    }
    let Some(form) = normal.as_stream() else { return Ok(None) };
    let (rect, bbox) = (view.value(annotation, b"Rect")?, view.value(&form.dictionary, b"BBox")?);
    let (Some(rect), Some(bbox)) = (numbers::<4>(graph, &rect), numbers::<4>(graph, &bbox)) else { return Ok(None) };
    let matrix = view.value(&form.dictionary, b"Matrix")?;
    let matrix = numbers::<6>(graph, &matrix).unwrap_or([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    let Some(matrix) = placing(bbox, matrix, rect) else { return Ok(None) };
    Ok(Some(Drawn { form: graph.value(&named)?, matrix }))
}

fn numbers<const N: usize>(graph: &Graph<'_, '_>, array: &Object) -> Option<[f64; N]> {
    let number = |object: &Object| graph.view.resolve(object).ok()?.as_number();
    array.as_array()?.iter().map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
}

/// The matrix that fits a form's box, turned by its own matrix, into a rectangle; none where the box is nothing.
fn placing(bbox: [f64; 4], matrix: [f64; 6], rect: [f64; 4]) -> Option<[f64; 6]> {
    let [a, b, c, d, e, f] = matrix;
    let corner = |x: f64, y: f64| (a * x + c * y + e, b * x + d * y + f);
    let [left, low, right, high] = bbox;
    let corners = [corner(left, low), corner(right, low), corner(left, high), corner(right, high)];
    let span =
        |values: [f64; 4]| values.iter().fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
    let (x, y) = (span(corners.map(|(x, _)| x)), span(corners.map(|(_, y)| y)));
    let (across, up) = ((rect[0].min(rect[2]), rect[0].max(rect[2])), (rect[1].min(rect[3]), rect[1].max(rect[3])));
    let scale =
        |from: (f64, f64), to: (f64, f64)| Some((to.1 - to.0) / (from.1 - from.0)).filter(|scale| scale.is_finite());
    let (sx, sy) = (scale(x, across)?, scale(y, up)?);
    Some([sx, 0.0, 0.0, sy, across.0 - x.0 * sx, up.0 - y.0 * sy])
}

/// Draws what annotations drew over the content, by names that the page does not use yet.
fn stamp(drawn: &[Drawn], content: &mut Vec<u8>, resources: &mut Written) {
    if drawn.is_empty() {
        return;
    }
    let mut forms = match resources.get(b"XObject") {
        Ok(Value::Dictionary(forms)) => forms.clone(),
        Ok(_) | Err(_) => Written::new(),
    };
    for (number, one) in (0..).zip(drawn) {
        let mut names = (number..usize::MAX).map(|number| format!("Sigill{number}"));
        let Some(name) = names.find(|name| !forms.has(name.as_bytes())) else { return };
        let [a, b, c, d, e, f] = one.matrix;
        let draw = format!("q {a:.5} {b:.5} {c:.5} {d:.5} {e:.5} {f:.5} cm /{name} Do Q\n");
        content.extend_from_slice(draw.as_bytes());
        forms.set(name, one.form.clone());
    }
    resources.set("XObject", Value::Dictionary(forms));
}
