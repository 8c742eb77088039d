//! The words on the pages, line by line, from the same objects that were signed. ISO 32000-2, 8.10 and 9.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use crate::format::budget::Budget;
use crate::format::pdf::font::CODES_MAX;
use crate::format::pdf::font::Font;
use crate::format::pdf::layout::Piece;
use crate::format::pdf::layout::lines;
use crate::format::pdf::object::Dictionary;
use crate::format::pdf::object::Object;
use crate::format::pdf::object::ObjectId;
use crate::format::pdf::object::Stream;
use crate::format::pdf::syntax::Parser;
use crate::format::pdf::syntax::Token;
use crate::format::pdf::syntax::is_space;
use crate::format::pdf::view::View;

/// The text of one page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageText {
    /// The page object.
    pub id: ObjectId,
    /// Its lines from top to bottom, words separated by one space.
    pub lines: Vec<String>,
    /// Where they stand.
    pub words: Vec<Placed>,
}

/// Operators in all content streams of a document; a dense map has some hundred thousand.
const OPERATORS_MAX: u32 = 5_000_000;

/// Form XObjects drawn in a document, and within one another.
const FORMS_MAX: u32 = 5_000;
const FORM_NESTING_MAX: u32 = 8;

/// Fonts read in a document; one that is no object of its own is read each time it is set.
const FONTS_MAX: u32 = 10_000;

/// Pieces of text on one page; a page of small print has some thousand.
const PIECES_MAX: usize = 100_000;

/// Graphics states saved and operands waiting, each far more than any page needs.
const WAITING_MAX: usize = 512;

/// Broken tokens after which a content stream is given up.
const BROKEN_MAX: u32 = 50;

/// Parents whose resources a page may inherit (validation spec, 5.2).
const ANCESTORS_MAX: usize = 32;

/// Reads the text of every page within the budget, annotations left out. What cannot be read is left out too: missing
/// text is no error.
#[must_use]
pub fn read(view: View<'_, '_>, budget: &Budget) -> Vec<PageText> {
    let mut reader = Reader::new(view, budget);
    let pages = view.pages().unwrap_or_default();
    let most = usize::try_from(budget.pages_max).unwrap_or(usize::MAX);
    pages.into_iter().take(most).map(|id| reader.page(id)).collect()
}

/// The text that one form XObject draws, such as the appearance of a field or an annotation; under `read`'s conditions.
#[must_use]
pub fn drawn(view: View<'_, '_>, form: &Stream) -> Vec<String> {
    let mut reader = Reader::new(view, view.file().budget());
    reader.draw(form, &Dictionary::default(), Matrix::UNIT, 0);
    lines(std::mem::take(&mut reader.pieces))
}

/// A glyph as it was drawn on a page, and what drew it.
#[derive(Clone, Debug)]
pub(crate) struct Glyph {
    /// The form XObject in whose content it stands; none where that is the page's own.
    pub(crate) stream: Option<ObjectId>,
    /// The operator that shows it, with its operands, in the content after all filters.
    pub(crate) operator: Range<usize>,
    /// Which of the operator's strings and adjustments, from 0.
    pub(crate) element: usize,
    /// Its bytes in that string.
    pub(crate) bytes: Range<usize>,
    /// How far it moves on, spacing included, in thousandths of the font size.
    pub(crate) advance: f64,
    /// What it says, and where.
    pub(crate) piece: Piece,
}

/// Every glyph of a page, in the order of drawing; under `read`'s conditions.
pub(crate) fn glyphs(view: View<'_, '_>, page: ObjectId) -> Vec<Glyph> {
    let mut reader = Reader { traced: Some(Vec::new()), ..Reader::new(view, view.file().budget()) };
    reader.page(page);
    reader.traced.unwrap_or_default()
}

/// A page's content streams as one; under `read`'s conditions.
pub(crate) fn content(view: View<'_, '_>, page: &Dictionary) -> Vec<u8> {
    Reader::new(view, view.file().budget()).content(page)
}

/// A value of the page, or else of the nearest node above it.
pub(crate) fn inherited(view: View<'_, '_>, page: &Dictionary, key: &[u8]) -> Object {
    Reader::new(view, view.file().budget()).inherited(page, key)
}

/// Where text that was drawn in one go, and holds a letter or digit, stands on a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Lower left and upper right corner in points, in the page's own coordinates: it is not turned by `/Rotate`.
    pub rect: [f64; 4],
    /// The height of the font as drawn.
    pub size: f64,
}

/// Where the text of one page stands; under `read`'s conditions.
#[must_use]
pub fn placed(view: View<'_, '_>, page: ObjectId) -> Vec<Placed> {
    Reader::new(view, view.file().budget()).page(page).words
}

impl Placed {
    pub(crate) fn of(piece: &Piece) -> Option<Self> {
        let (start, end, low, high) = (piece.start, piece.end, piece.baseline, piece.baseline + piece.size);
        let rect = match piece.turn {
            0 => [start, low, end, high],
            1 => [-high, start, -low, end],
            2 => [-end, -high, -start, -low],
            _ => [low, -end, high, -start],
        };
        piece.text.chars().any(char::is_alphanumeric).then_some(Self { rect, size: piece.size })
    }
}

/// A transformation of the plane: `[a b c d e f]`.
#[derive(Clone, Copy, Debug)]
struct Matrix([f64; 6]);

impl Matrix {
    const UNIT: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn from(numbers: &[Object]) -> Option<Self> {
        let numbers: Option<Vec<f64>> = numbers.iter().map(Object::as_number).collect();
        Some(Self(numbers?.try_into().ok()?))
    }

    /// First `self`, then `next`.
    fn then(self, next: Self) -> Self {
        let (Self([a, b, c, d, e, f]), Self([g, h, i, j, k, l])) = (self, next);
        Self([a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + l])
    }

    fn moved(self, x: f64, y: f64) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y]).then(self)
    }
}

/// What a content stream sets and text needs.
#[derive(Clone, Debug)]
struct State {
    space: Matrix,
    text: Matrix,
    line: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    character_spacing: f64,
    word_spacing: f64,
    stretch: f64,
    leading: f64,
    rise: f64,
}

struct Reader<'d, 'a> {
    view: View<'d, 'a>,
    fonts: HashMap<ObjectId, Rc<Font>>,
    codes_left: usize,
    operators_left: u32,
    forms_left: u32,
    fonts_left: u32,
    characters_left: usize,
    pieces: Vec<Piece>,
    /// Every glyph, where somebody wants to know.
    traced: Option<Vec<Glyph>>,
    /// The form XObject whose content is read, and the operator in it.
    stream: Option<ObjectId>,
    operator: Range<usize>,
}

impl<'d, 'a> Reader<'d, 'a> {
    fn new(view: View<'d, 'a>, budget: &Budget) -> Self {
        Self {
            view,
            fonts: HashMap::new(),
            codes_left: CODES_MAX,
            operators_left: OPERATORS_MAX,
            forms_left: FORMS_MAX,
            fonts_left: FONTS_MAX,
            characters_left: usize::try_from(budget.text_chars_max).unwrap_or(usize::MAX),
            pieces: Vec::new(),
            traced: None,
            stream: None,
            operator: 0..0,
        }
    }

    /// One page; its lines as they are read when it is turned as `/Rotate` says.
    fn page(&mut self, id: ObjectId) -> PageText {
        let Ok(Some(Object::Dictionary(page))) = self.view.get(id) else {
            return PageText { id, lines: Vec::new(), words: Vec::new() };
        };
        let resources = self.inherited(&page, b"Resources");
        let none = Dictionary::default();
        let content = self.content(&page);
        self.run(&content, resources.as_dict().unwrap_or(&none), Matrix::UNIT, 0);
        let mut pieces = std::mem::take(&mut self.pieces);
        let words = pieces.iter().filter_map(Placed::of).collect();
        let turns = match self.inherited(&page, b"Rotate").as_int().map(|degrees| degrees.rem_euclid(360)) {
            Some(90) => 3,
            Some(180) => 2,
            Some(270) => 1,
            Some(_) | None => 0,
        };
        // A page turned by quarters turns its pieces; along and across their own direction they stay where they are.
        pieces.iter_mut().for_each(|piece| piece.turn = (piece.turn + turns) % 4);
        PageText { id, lines: lines(pieces), words }
    }

    /// A value of the page, or else of the nearest node above it.
    fn inherited(&self, page: &Dictionary, key: &[u8]) -> Object {
        let mut node = page.clone();
        for _ in 0..ANCESTORS_MAX {
            match self.view.value(&node, key) {
                Ok(Object::Null) => {}
                Ok(value) => return value,
                Err(_) => return Object::Null,
            }
            let Ok(Object::Dictionary(parent)) = self.view.value(&node, b"Parent") else {
                break;
            };
            node = parent;
        }
        Object::Null
    }

    /// The page's content streams, which are one stream cut anywhere between tokens.
    fn content(&self, page: &Dictionary) -> Vec<u8> {
        let contents = self.view.value(page, b"Contents").unwrap_or(Object::Null);
        let parts = contents.as_array().unwrap_or(std::slice::from_ref(&contents));
        let mut content = Vec::new();
        let most = usize::try_from(self.view.file().budget().inflated_bytes_max).unwrap_or(usize::MAX);
        for part in parts {
            let part = self.view.resolve(part).unwrap_or(Object::Null);
            let bytes = part.as_stream().and_then(|stream| self.view.inflate(stream).ok()).unwrap_or_default();
            if content.len() + bytes.len() > most {
                break;
            }
            content.extend_from_slice(&bytes);
            content.push(b'\n');
        }
        content
    }

    fn run(&mut self, content: &[u8], resources: &Dictionary, space: Matrix, depth: u32) {
        let mut parser = Parser::of_content(content, 16);
        let mut operands: Vec<Object> = Vec::new();
        let mut saved: Vec<State> = Vec::new();
        let mut state = State {
            space,
            text: Matrix::UNIT,
            line: Matrix::UNIT,
            font: None,
            size: 0.0,
            character_spacing: 0.0,
            word_spacing: 0.0,
            stretch: 1.0,
            leading: 0.0,
            rise: 0.0,
        };
        let (mut broken, mut began) = (0, None);
        while broken < BROKEN_MAX && self.operators_left > 0 && self.characters_left > 0 {
            let start = parser.at();
            let operator = match parser.token() {
                Ok(Some(Token::Word(word))) => word,
                Ok(Some(Token::Value(value))) => {
                    began = began.or(Some(start));
                    if operands.len() < WAITING_MAX {
                        operands.push(value);
                    }
                    continue;
                }
                Ok(None) => break,
                Err(_) => {
                    broken += 1;
                    parser.seek(parser.at().max(start + 1));
                    continue;
                }
            };
            self.operators_left -= 1;
            self.operator = began.take().unwrap_or(start)..parser.at();
            match operator {
                b"q" if saved.len() < WAITING_MAX => saved.push(state.clone()),
                b"Q" => state = saved.pop().unwrap_or(state),
                // Looking a form up is work too, so what will not be drawn is not looked up.
                b"Do" if depth < FORM_NESTING_MAX && self.forms_left > 0 => {
                    if let Some(Object::Stream(form)) = self.resource(&operands, resources, b"XObject") {
                        self.draw(&form, resources, state.space, depth + 1);
                    }
                }
                b"Tf" => self.font(&operands, resources, &mut state),
                b"ID" => pass_image(&mut parser, content),
                _ => self.text(operator, &operands, &mut state),
            }
            operands.clear();
            parser.refresh();
        }
    }

    /// What a form XObject draws is on the page as well.
    fn draw(&mut self, form: &Stream, resources: &Dictionary, space: Matrix, depth: u32) {
        let is_form = matches!(form.dictionary.name(b"Subtype"), None | Some(b"Form"));
        self.forms_left = self.forms_left.saturating_sub(1);
        if !is_form {
            return;
        }
        let value = |key| self.view.value(&form.dictionary, key).unwrap_or(Object::Null);
        let (own, matrix) = (value(b"Resources"), value(b"Matrix"));
        let matrix = matrix.as_array().and_then(Matrix::from).unwrap_or(Matrix::UNIT);
        let content = self.view.inflate(form).unwrap_or_default();
        let around = self.stream.replace(form.id);
        self.run(&content, own.as_dict().unwrap_or(resources), matrix.then(space), depth);
        self.stream = around;
    }

    /// The resource of a kind that the first operand names.
    fn resource(&self, operands: &[Object], resources: &Dictionary, kind: &[u8]) -> Option<Object> {
        let name = operands.first()?.as_name()?;
        let kind = self.view.value(resources, kind).ok()?;
        self.view.value(kind.as_dict()?, name).ok()
    }

    /// `Tf`: sets font and size.
    fn font(&mut self, operands: &[Object], resources: &Dictionary, state: &mut State) {
        state.size = operands.get(1).and_then(Object::as_number).unwrap_or(state.size);
        let fonts = self.view.value(resources, b"Font").unwrap_or(Object::Null);
        let name = operands.first().and_then(Object::as_name).unwrap_or_default();
        let named = fonts.as_dict().and_then(|fonts| fonts.get(name));
        let id = named.and_then(Object::as_reference);
        let known = id.and_then(|id| self.fonts.get(&id));
        state.font = known.cloned().or_else(|| {
            self.fonts_left = self.fonts_left.checked_sub(1)?;
            let dictionary = self.view.resolve(named?).ok()?;
            let font = Font::read(self.view, dictionary.as_dict()?, &mut self.codes_left);
            let font = Rc::new(font);
            self.fonts.extend(id.map(|id| (id, Rc::clone(&font))));
            Some(font)
        });
    }

    /// The operators that place and show text (ISO 32000-2, 9.3 and 9.4), and `cm`.
    fn text(&mut self, operator: &[u8], operands: &[Object], state: &mut State) {
        let number = |place: usize| operands.get(place).and_then(Object::as_number).unwrap_or(0.0);
        match operator {
            b"cm" => state.space = Matrix::from(operands).map_or(state.space, |matrix| matrix.then(state.space)),
            b"BT" => state.move_to(Matrix::UNIT),
            b"Tm" => state.move_to(Matrix::from(operands).unwrap_or(Matrix::UNIT)),
            b"Td" => state.move_to(state.line.moved(number(0), number(1))),
            b"TD" => {
                state.leading = -number(1);
                state.move_to(state.line.moved(number(0), number(1)));
            }
            b"T*" => state.next_line(),
            b"Tc" => state.character_spacing = number(0),
            b"Tw" => state.word_spacing = number(0),
            b"Tz" => state.stretch = number(0) / 100.0,
            b"TL" => state.leading = number(0),
            b"Ts" => state.rise = number(0),
            b"Tj" => self.show(operands, state),
            b"TJ" => self.show(operands.first().and_then(Object::as_array).unwrap_or_default(), state),
            b"'" => {
                state.next_line();
                self.show(operands, state);
            }
            b"\"" => {
                state.word_spacing = number(0);
                state.character_spacing = number(1);
                state.next_line();
                self.show(operands.get(2..).unwrap_or_default(), state);
            }
            _ => {}
        }
    }

    /// Shows strings with adjustments between them; text without a gap becomes one piece.
    fn show(&mut self, elements: &[Object], state: &mut State) {
        let Some(font) = state.font.clone() else {
            return;
        };
        for (place, element) in elements.iter().enumerate() {
            let mut read = 0;
            if let Some(adjustment) = element.as_number() {
                state.advance(-adjustment / 1000.0 * state.size);
            }
            for shown in font.shown(element.as_string().unwrap_or_default()) {
                let start = state.placed();
                let word = if shown.space { state.word_spacing } else { 0.0 };
                state.advance(shown.width / 1000.0 * state.size);
                let end = state.placed();
                state.advance(state.character_spacing + word);
                if let Some(piece) = piece(start, end).filter(|_| !shown.text.is_empty()) {
                    let (bytes, size) = (read..read + shown.length, state.size);
                    let advance = shown.width + (state.character_spacing + word) * 1000.0 / size;
                    self.trace(place, bytes, advance, shown.text, &piece);
                    self.add(shown.text, piece);
                }
                read += shown.length;
            }
        }
    }

    /// Notes a glyph where somebody wants to know.
    fn trace(&mut self, element: usize, bytes: Range<usize>, advance: f64, text: &str, piece: &Piece) {
        let (stream, operator) = (self.stream, self.operator.clone());
        if let Some(traced) = &mut self.traced {
            let piece = Piece { text: text.to_owned(), ..piece.clone() };
            traced.push(Glyph { stream, operator, element, bytes, advance, piece });
        }
    }

    /// Adds a glyph to the piece before it, if it follows without a gap, or begins a new one.
    fn add(&mut self, text: &str, piece: Piece) {
        let count = text.chars().count();
        if count > self.characters_left {
            return;
        }
        self.characters_left -= count;
        let follows = |last: &&mut Piece| {
            let near = |left: f64, right: f64| (left - right).abs() < 0.01 * piece.size;
            let along = near(last.baseline, piece.baseline) && near(last.end, piece.start);
            last.turn == piece.turn && along && near(last.size, piece.size)
        };
        let room = self.pieces.len() < PIECES_MAX;
        match self.pieces.last_mut().filter(follows) {
            Some(last) => {
                last.text.push_str(text);
                last.end = piece.end;
            }
            None if room => self.pieces.push(Piece { text: text.to_owned(), ..piece }),
            None => {}
        }
    }
}

/// A glyph's place on the page, without what it says; none where it is nowhere.
fn piece(from: Matrix, to: Matrix) -> Option<Piece> {
    let Matrix([a, b, c, d, x, y]) = from;
    let size = c.hypot(d);
    let turn = match (a.abs() >= b.abs(), a >= 0.0, b >= 0.0) {
        (true, true, _) => 0,
        (false, _, true) => 1,
        (true, false, _) => 2,
        (false, _, false) => 3,
    };
    let along = |Matrix([_, _, _, _, x, y]): Matrix| match turn {
        0 => x,
        1 => y,
        2 => -x,
        _ => -y,
    };
    let baseline = match turn {
        0 => y,
        1 => -x,
        2 => -y,
        _ => x,
    };
    let (start, end) = (along(from), along(to));
    let placed = [start, end, baseline, size].iter().all(|number| number.is_finite());
    placed.then(|| Piece { turn, start, end, baseline, size, text: String::new() })
}

impl State {
    fn move_to(&mut self, matrix: Matrix) {
        self.text = matrix;
        self.line = matrix;
    }

    fn next_line(&mut self) {
        self.move_to(self.line.moved(0.0, -self.leading));
    }

    fn advance(&mut self, distance: f64) {
        self.text = self.text.moved(distance * self.stretch, 0.0);
    }

    /// Where the next glyph is drawn, and how large.
    fn placed(&self) -> Matrix {
        Matrix([self.size * self.stretch, 0.0, 0.0, self.size, 0.0, self.rise]).then(self.text).then(self.space)
    }
}

/// Passes over an inline image's bytes, to `EI` between white space.
pub(crate) fn pass_image(parser: &mut Parser<'_>, content: &[u8]) {
    let from = parser.at();
    let rest = content.get(from..).unwrap_or_default();
    let is_end = |window: &[u8]| matches!(window, [before, b'E', b'I', after] if is_space(*before) && is_space(*after));
    let end = rest.windows(4).position(is_end).map_or(rest.len(), |end| end + 3);
    parser.seek(from + end);
}
