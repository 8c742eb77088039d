//! A QR code as filled squares, on the statement and on the printed page: ISO/IEC 18004, through `qrcodegen`.

use qrcodegen::QrCode;
use qrcodegen::QrCodeEcc;

use crate::archive::statement::paper::HEIGHT;

/// A text's code as the path of an SVG drawing, and how many squares it has on a side. `None`: too long a text.
pub fn path(text: &str) -> Option<(String, i32)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let places = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let dark = places.filter(|(x, y)| code.get_module(*x, *y));
    Some((dark.map(|(x, y)| format!("M{x} {y}h1v1h-1z")).collect(), code.size()))
}

/// The operators that fill the dark squares of a text's code, in the fill colour set before. `None`: too long a text.
pub(super) fn squares(text: &str, left: f32, top: f32, side: f32) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let count = u16::try_from(code.size()).ok()?;
    let module = side / f32::from(count);
    let mut out = String::new();
    for row in 0..count {
        for column in 0..count {
            if code.get_module(i32::from(column), i32::from(row)) {
                let (x, y) = (left + f32::from(column) * module, HEIGHT - top - f32::from(row + 1) * module);
                // A hair wider, so that no white line shows between two.
                let overlap = module + 0.05;
                out += &format!("{x:.3} {y:.3} {overlap:.3} {overlap:.3} re\n");
            }
        }
    }
    Some(out + "f\n")
}
