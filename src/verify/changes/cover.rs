//! What an annotation lies over, drawn by the file or by the viewer itself. VALIDATION 6.4, MD-31 and MD-33;
//! ISO 32000-2, 12.5.4 and 12.5.6.

use super::geometry::Rect;
use super::geometry::rectangle;
use crate::format::pdf;
use crate::format::pdf::Dictionary;
use crate::format::pdf::Object;
use crate::format::pdf::View;

/// Annotations that hide nothing of themselves: they have no picture, or one that the text shows through.
pub(super) const CLEAR: &[&[u8]] = &[b"Link", b"Highlight", b"Underline", b"StrikeOut", b"Squiggly", b"Popup", b"Text"];

/// Where viewers draw by these, whatever the rectangle says: corners of four points, and lines through points.
const QUADRANGLES: &[u8] = b"QuadPoints";
const LINES: &[&[u8]] = &[b"InkList", b"Vertices", b"L", b"CL"];

/// Numbers that are read of one annotation's drawing, and the pieces that one line is cut into.
const NUMBERS_MAX: usize = 4_000;
const PIECES: u32 = 16;

/// A line is thin up to this width, in points: it crosses text out and does not hide it.
const THIN: f64 = 2.0;

/// The rectangles that an annotation may hide what is under. A highlight in a dark colour hides as well as a box does,
/// and a link whose border is wider than itself is one.
pub(super) fn areas(view: View<'_, '_>, annotation: &Dictionary) -> Result<Vec<Rect>, pdf::Error> {
    let own = rectangle(view, annotation)?;
    let kind = annotation.name(b"Subtype").unwrap_or_default();
    if annotation.has(b"AP") {
        return Ok(own.into_iter().collect());
    }
    let width = border(view, annotation)?;
    let mut areas: Vec<Rect> = match kind {
        b"Link" => own.map(|own| frame(own, width)).unwrap_or_default(),
        _ if CLEAR.contains(&kind) && !dark(view, annotation)? => return Ok(Vec::new()),
        _ => own.into_iter().collect(),
    };
    let corners = numbers(view, annotation, QUADRANGLES)?;
    areas.extend(corners.iter().flat_map(|points| points.chunks(4)).filter_map(around));
    if width > THIN {
        for key in LINES {
            for points in numbers(view, annotation, key)? {
                areas.extend(points.windows(2).flat_map(|ends| line(ends, width)));
            }
        }
    }
    Ok(areas)
}

/// The width of the border, in points: /BS, else /Border, else 1.
fn border(view: View<'_, '_>, annotation: &Dictionary) -> Result<f64, pdf::Error> {
    let style = view.value(annotation, b"BS")?;
    let styled = style.as_dict().map(|style| view.value(style, b"W")).transpose()?;
    let plain = view.value(annotation, b"Border")?;
    let plain = plain.as_array().and_then(|border| border.get(2)).map(|width| view.resolve(width)).transpose()?;
    let width = styled.as_ref().and_then(Object::as_number).or(plain.as_ref().and_then(Object::as_number));
    Ok(width.unwrap_or(1.0).max(0.0))
}

/// What a border lies over: it is drawn inside its rectangle; a thick one is drawn about its edge by some.
fn frame([left, bottom, right, top]: Rect, width: f64) -> Vec<Rect> {
    let out = if width > THIN { width / 2.0 } else { 0.0 };
    let [a, b, c, d] = [left - out, bottom - out, right + out, top + out];
    let [e, f, g, h] = [left + width, bottom + width, right - width, top - width];
    if e >= g || f >= h {
        return vec![[a, b, c, d]];
    }
    vec![[a, b, c, f], [a, h, c, d], [a, b, e, d], [g, b, c, d]]
}

/// Whether a text markup is drawn so dark that black letters vanish in it.
fn dark(view: View<'_, '_>, annotation: &Dictionary) -> Result<bool, pdf::Error> {
    let colour = view.value(annotation, b"C")?;
    let marks = matches!(annotation.name(b"Subtype"), Some(b"Highlight"));
    let mut parts = Vec::new();
    for part in colour.as_array().unwrap_or_default().iter().take(4) {
        parts.push(view.resolve(part)?.as_number().unwrap_or_default());
    }
    let light = match parts.as_slice() {
        [grey] => *grey,
        [red, green, blue] => 0.3 * red + 0.59 * green + 0.11 * blue,
        [cyan, magenta, yellow, black] => 1.0 - (0.3 * cyan + 0.59 * magenta + 0.11 * yellow + black).min(1.0),
        _ => 1.0,
    };
    Ok(marks && light < 0.5)
}

/// The points that a key gives, each list of them by itself.
fn numbers(view: View<'_, '_>, annotation: &Dictionary, key: &[u8]) -> Result<Vec<Vec<[f64; 2]>>, pdf::Error> {
    let stored = view.value(annotation, key)?;
    let elements = stored.as_array().unwrap_or_default();
    let (mut flat, mut lists) = (Vec::new(), Vec::new());
    for element in elements.iter().take(NUMBERS_MAX) {
        let element = view.resolve(element)?;
        match element.as_array() {
            Some(list) => lists.push(list.iter().take(NUMBERS_MAX).filter_map(Object::as_number).collect()),
            None => flat.extend(element.as_number()),
        }
        if lists.iter().map(Vec::len).sum::<usize>() > NUMBERS_MAX {
            break;
        }
    }
    lists.push(flat);
    let point = |pair: &[f64]| pair.try_into().ok();
    Ok(lists.into_iter().map(|list: Vec<f64>| list.chunks(2).filter_map(point).collect()).collect())
}

/// The smallest rectangle about some points.
fn around(points: &[[f64; 2]]) -> Option<Rect> {
    let rect = |rect: Rect, [x, y]: &[f64; 2]| [rect[0].min(*x), rect[1].min(*y), rect[2].max(*x), rect[3].max(*y)];
    let [x, y] = *points.first()?;
    Some(points.iter().fold([x, y, x, y], rect))
}

/// A thick line from point to point, in pieces that follow it.
fn line(ends: &[[f64; 2]], width: f64) -> Vec<Rect> {
    let &[[a, b], [c, d]] = ends else { return Vec::new() };
    let at = |piece: u32| {
        let along = f64::from(piece) / f64::from(PIECES);
        [a + (c - a) * along, b + (d - b) * along]
    };
    let thick = |[e, f, g, h]: Rect| [e - width / 2.0, f - width / 2.0, g + width / 2.0, h + width / 2.0];
    (0..PIECES).filter_map(|piece| around(&[at(piece), at(piece + 1)]).map(thick)).collect()
}
