//! What content says beside what it draws: lists of properties with text for those who listen to a page or copy from it
//! (`ActualText`, `Alt`, `E`). ISO 32000-2, 14.6.2 and 14.9.

use crate::format::pdf::copy::Hide;
use crate::format::pdf::encoding::text_string;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::syntax::Parser;
use crate::format::pdf::syntax::Token;
use crate::format::pdf::text::pass_image;

/// What is said in place of what is drawn, and what a short form stands for.
const SAID: [&[u8]; 3] = [b"ActualText", b"Alt", b"E"];
/// Faults after which the rest of a content is taken over as it is: nobody reads it either.
const BROKEN_MAX: usize = 1_000;
/// Operands of one operator, at most.
const OPERANDS_MAX: usize = 64;

/// The content without the lists in which `hide` finds something, and how many those were; none where there are none. Of
/// such a list its place in the document's structure stays.
pub(super) fn without(content: &[u8], hide: &Hide) -> Option<(Vec<u8>, usize)> {
    let (mut out, mut copied, mut lists) = (Vec::new(), 0, 0);
    let mut parser = Parser::of_content(content, 16);
    let (mut last, mut operands, mut broken) = (None, 0, 0);
    while broken < BROKEN_MAX {
        let start = parser.at();
        match parser.token() {
            Ok(Some(Token::Value(value))) => {
                operands += 1;
                last = Some((start..parser.at(), value)).filter(|_| operands <= OPERANDS_MAX);
                continue;
            }
            Ok(Some(Token::Word(b"BDC" | b"DP"))) => {
                if let Some((place, Object::Dictionary(list))) = &last
                    && says(list, hide)
                {
                    out.extend_from_slice(content.get(copied..place.start).unwrap_or_default());
                    out.extend_from_slice(&kept(list));
                    (copied, lists) = (place.end, lists + 1);
                }
            }
            Ok(Some(Token::Word(b"ID"))) => pass_image(&mut parser, content),
            Ok(Some(Token::Word(_))) => {}
            Ok(None) => break,
            Err(_) => {
                broken += 1;
                parser.seek(parser.at().max(start + 1));
                continue;
            }
        }
        (last, operands) = (None, 0);
        parser.refresh();
    }
    out.extend_from_slice(content.get(copied..).unwrap_or_default());
    (lists > 0).then_some((out, lists))
}

fn says(list: &Dictionary, hide: &Hide) -> bool {
    let said = SAID.iter().filter_map(|key| list.get(key)?.as_string());
    said.map(text_string).any(|text| !hide(&text).is_empty())
}

fn kept(list: &Dictionary) -> Vec<u8> {
    match list.get(b"MCID") {
        Some(Object::Integer(place)) => format!(" <</MCID {place}>> ").into_bytes(),
        Some(_) | None => b" <<>> ".to_vec(),
    }
}
