//! What bytes mean as text: text strings, the encodings of simple fonts, and the names of glyphs.
//! ISO 32000-2, 7.9.2 and Annex D; Adobe Glyph List.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A text string: UTF-16 or UTF-8 with a byte order mark, else PDFDocEncoding; lopdf knows its table.
#[must_use]
pub fn text_string(bytes: &[u8]) -> String {
    let string = lopdf::Object::string_literal(bytes);
    match (bytes, lopdf::decode_text_string(&string)) {
        // Not in the standard, and written all the same.
        ([0xFF, 0xFE, rest @ ..], _) => utf_16(rest, u16::from_le_bytes),
        (_, Ok(text)) => text,
        ([0xFE, 0xFF, rest @ ..], Err(_)) => utf_16(rest, u16::from_be_bytes),
        (_, Err(_)) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// UTF-16, either way round.
pub(crate) fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(unit));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The encodings that a simple font can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Standard,
    WinAnsi,
    MacRoman,
}

impl Encoding {
    /// What each of the 256 codes means.
    pub(crate) fn table(self) -> Vec<Option<char>> {
        let (first, upper) = match self {
            Self::Standard => (0xA0, STANDARD),
            Self::WinAnsi => (0x80, WIN_ANSI),
            Self::MacRoman => (0x80, MAC_ROMAN),
        };
        let mut table: Vec<Option<char>> = vec![None; 256];
        for (code, slot) in (0_u8..=0x7E).zip(&mut table).skip(0x20) {
            *slot = Some(match (self, code) {
                (Self::Standard, b'\'') => '’',
                (Self::Standard, b'`') => '‘',
                (Self::Standard | Self::WinAnsi | Self::MacRoman, code) => char::from(code),
            });
        }
        for (character, slot) in upper.chars().zip(table.iter_mut().skip(first)) {
            *slot = Some(character).filter(|&character| character != char::REPLACEMENT_CHARACTER);
        }
        table
    }
}

/// The characters that glyph names stand for.
static NAMED: LazyLock<HashMap<&'static str, char>> = LazyLock::new(|| {
    let words: Vec<&str> = GLYPHS.split(' ').collect();
    let pair = |pair: &[&'static str]| Some((*pair.first()?, pair.last()?.chars().next()?));
    words.chunks_exact(2).filter_map(pair).collect()
});

/// The character of a glyph name such as `Aring`, `a`, `uni00C5` or `u1F600`; of `a.sc`, that of `a`.
pub(crate) fn glyph(name: &str) -> Option<char> {
    let name = name.split('.').next()?;
    let mut letters = name.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return Some(letter);
    }
    let code = |digits: &str| char::from_u32(u32::from_str_radix(digits, 16).ok()?);
    match name {
        "space" | "nbspace" | "nonbreakingspace" => Some(' '),
        _ => NAMED.get(name).copied().or_else(|| {
            let digits = name.strip_prefix("uni").and_then(|digits| digits.get(..4));
            let digits = digits.or(name.strip_prefix('u').filter(|digits| digits.len() >= 4))?;
            code(digits)
        }),
    }
}

/// The upper half of StandardEncoding, from 0xA0.
const STANDARD: &str = "\
\u{FFFD}¡¢£⁄¥ƒ§¤'“«‹›ﬁﬂ\u{FFFD}–†‡·\u{FFFD}¶•‚„”»…‰\u{FFFD}¿\u{FFFD}`´ˆ˜¯˘˙¨\u{FFFD}˚¸\u{FFFD}˝˛ˇ—\
\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\
\u{FFFD}\u{FFFD}\u{FFFD}Æ\u{FFFD}ª\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}ŁØŒº\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\
\u{FFFD}æ\u{FFFD}\u{FFFD}\u{FFFD}ı\u{FFFD}\u{FFFD}łøœß\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}";

/// The upper half of WinAnsiEncoding, from 0x80; unused codes are bullets (ISO 32000-2, Annex D).
const WIN_ANSI: &str = "\
€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ ¡¢£¤¥¦§¨©ª«¬-®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçè\
éêëìíîïðñòóôõö÷øùúûüýþÿ";

/// The upper half of MacRomanEncoding, from 0x80.
const MAC_ROMAN: &str = "\
ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»… ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄¤‹›ﬁﬂ‡·‚„‰ÂÊÁË\
ÈÍÎÏÌÓÔ�ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";

/// Names and characters in turn: the part of the Adobe Glyph List that European text needs. One letter is its own name.
const GLYPHS: &str = "\
exclam ! quotedbl \" numbersign # dollar $ percent % ampersand & quotesingle ' parenleft ( parenleftbig ( \
parenleftBig ( parenleftbigg ( parenleftBigg ( parenright ) parenrightbig ) parenrightBig ) parenrightbigg ) \
parenrightBigg ) asterisk * plus + comma , hyphen - hyphenchar - period . slash / zero 0 one 1 two 2 three 3 \
four 4 five 5 six 6 seven 7 eight 8 nine 9 colon : semicolon ; less < equal = greater > question ? at @ \
Germandbls S SS S bracketleft [ bracketleftbig [ bracketleftBig [ bracketleftbigg [ bracketleftBigg [ \
backslash \\ backslashbig \\ backslashBig \\ backslashbigg \\ backslashBigg \\ bracketright ] \
bracketrightbig ] bracketrightBig ] bracketrightbigg ] bracketrightBigg ] asciicircum ^ underscore _ grave ` \
braceleft { braceleftbig { braceleftBig { braceleftbigg { braceleftBigg { bar | barex | braceex | \
braceleftmid | parenleftex | parenrightex | verticalbar | braceright } bracerightbig } bracerightBig } \
bracerightbigg } bracerightBigg } asciitilde ~ exclamdown ¡ cent ¢ sterling £ currency ¤ yen ¥ brokenbar ¦ \
section § dieresis ¨ copyright © ordfeminine ª guillemotleft « logicalnot ¬ registered ® macron ¯ overscore ¯ \
degree ° plusminus ± twosuperior ² threesuperior ³ acute ´ mu µ mu1 µ paragraph ¶ middot · periodcentered · \
cedilla ¸ onesuperior ¹ ordmasculine º guillemotright » onequarter ¼ onehalf ½ threequarters ¾ questiondown ¿ \
Agrave À Aacute Á Acircumflex Â Atilde Ã Adieresis Ä Aring Å AE Æ Ccedilla Ç Egrave È Eacute É Ecircumflex Ê \
Edieresis Ë Igrave Ì Iacute Í Icircumflex Î Idieresis Ï Eth Ð Ntilde Ñ Ograve Ò Oacute Ó Ocircumflex Ô \
Otilde Õ Odieresis Ö multiply × Oslash Ø Ugrave Ù Uacute Ú Ucircumflex Û Udieresis Ü Yacute Ý Thorn Þ \
germandbls ß agrave à aacute á acircumflex â atilde ã adieresis ä aring å ae æ ccedilla ç egrave è eacute é \
ecircumflex ê edieresis ë igrave ì iacute í icircumflex î idieresis ï eth ð ntilde ñ ograve ò oacute ó \
ocircumflex ô otilde õ odieresis ö divide ÷ oslash ø ugrave ù uacute ú ucircumflex û udieresis ü yacute ý \
thorn þ ydieresis ÿ Amacron Ā amacron ā Abreve Ă abreve ă Aogonek Ą aogonek ą Cacute Ć cacute ć Ccircumflex Ĉ \
ccircumflex ĉ Cdot Ċ Cdotaccent Ċ cdot ċ cdotaccent ċ Ccaron Č ccaron č Dcaron Ď dcaron ď Dbar Đ Dcroat Đ \
Dslash Đ dbar đ dcroat đ dmacron đ Emacron Ē emacron ē Ebreve Ĕ ebreve ĕ Edot Ė Edotaccent Ė edot ė \
edotaccent ė Eogonek Ę eogonek ę Ecaron Ě ecaron ě Gcircumflex Ĝ gcircumflex ĝ Gbreve Ğ gbreve ğ Gdot Ġ \
Gdotaccent Ġ gdot ġ gdotaccent ġ Gcedilla Ģ Gcommaaccent Ģ gcedilla ģ gcommaaccent ģ Hcircumflex Ĥ \
hcircumflex ĥ Hbar Ħ hbar ħ Itilde Ĩ itilde ĩ Imacron Ī imacron ī Ibreve Ĭ ibreve ĭ Iogonek Į iogonek į \
Idot İ Idotaccent İ dotlessi ı IJ Ĳ ij ĳ Jcircumflex Ĵ jcircumflex ĵ Kcedilla Ķ Kcommaaccent Ķ kcedilla ķ \
kcommaaccent ķ kgreenlandic ĸ Lacute Ĺ lacute ĺ Lcedilla Ļ Lcommaaccent Ļ lcedilla ļ lcommaaccent ļ Lcaron Ľ \
lcaron ľ Ldot Ŀ Ldotaccent Ŀ ldot ŀ ldotaccent ŀ Lslash Ł lslash ł Nacute Ń nacute ń Ncedilla Ņ \
Ncommaaccent Ņ ncedilla ņ ncommaaccent ņ Ncaron Ň ncaron ň napostrophe ŉ quoterightn ŉ Eng Ŋ Ng Ŋ eng ŋ ng ŋ \
Omacron Ō omacron ō Obreve Ŏ obreve ŏ Odblacute Ő Ohungarumlaut Ő odblacute ő ohungarumlaut ő OE Œ oe œ \
Racute Ŕ racute ŕ Rcedilla Ŗ Rcommaaccent Ŗ rcedilla ŗ rcommaaccent ŗ Rcaron Ř rcaron ř Sacute Ś sacute ś \
Scircumflex Ŝ scircumflex ŝ Scedilla Ş scedilla ş Scaron Š scaron š Tcedilla Ţ Tcommaaccent Ţ tcedilla ţ \
tcommaaccent ţ Tcaron Ť tcaron ť Tbar Ŧ tbar ŧ Utilde Ũ utilde ũ Umacron Ū umacron ū Ubreve Ŭ ubreve ŭ \
Uring Ů uring ů Udblacute Ű Uhungarumlaut Ű udblacute ű uhungarumlaut ű Uogonek Ų uogonek ų Wcircumflex Ŵ \
wcircumflex ŵ Ycircumflex Ŷ ycircumflex ŷ Ydieresis Ÿ Zacute Ź zacute ź Zdot Ż Zdotaccent Ż zdot ż \
zdotaccent ż Zcaron Ž zcaron ž longs ſ slong ſ florin ƒ Scommaaccent Ș scommaaccent ș circumflex ˆ caron ˇ \
verticallinemod ˈ firsttonechinese ˉ secondtonechinese ˊ fourthtonechinese ˋ verticallinelowmod ˌ \
macronlowmod ˍ gravelowmod ˎ acutelowmod ˏ colontriangularmod ː colontriangularhalfmod ˑ \
ringhalfrightcentered ˒ ringhalfleftcentered ˓ uptackmod ˔ downtackmod ˕ plusmod ˖ minusmod ˗ breve ˘ \
dotaccent ˙ ring ˚ ogonek ˛ ilde ˜ tilde ˜ hungarumlaut ˝ Alpha Α Beta Β Gamma Γ Deltagreek Δ Epsilon Ε \
Zeta Ζ Eta Η Theta Θ Iota Ι Kappa Κ Lambda Λ Mu Μ Nu Ν Xi Ξ Omicron Ο Pi Π Rho Ρ Sigma Σ Tau Τ Upsilon Υ \
Phi Φ Chi Χ Psi Ψ Omegagreek Ω Iotadieresis Ϊ Upsilondieresis Ϋ alphatonos ά epsilontonos έ etatonos ή \
iotatonos ί upsilondieresistonos ΰ alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι \
kappa κ lambda λ mugreek μ nu ν xi ξ omicron ο pi π rho ρ sigma1 ς sigmafinal ς sigma σ tau τ upsilon υ phi φ \
chi χ psi ψ omega ω hyphen_alt ‐ hyphentwo ‐ figuredash ‒ endash – rangedash – emdash — punctdash — \
horizontalbar ― bardblex ‖ bracerightmid ‖ dblverticalbar ‖ dbllowline ‗ underscoredbl ‗ quoteleft ‘ \
quoteright ’ quotesinglbase ‚ quoteleftreversed ‛ quotereversed ‛ quotedblleft “ quotedblright ” \
quotedblbase „ dagger † daggerdbl ‡ bullet • onedotenleader ․ twodotenleader ‥ twodotleader ‥ ellipsis … \
perthousand ‰ pertenthousand ‱ minute ′ prime ′ second ″ primereversed ‵ guilsinglleft ‹ guilsinglright › \
fraction ⁄ zerosuperior ⁰ foursuperior ⁴ fivesuperior ⁵ sixsuperior ⁶ sevensuperior ⁷ eightsuperior ⁸ \
ninesuperior ⁹ plussuperior ⁺ equalsuperior ⁼ parenleftsuperior ⁽ parenrightsuperior ⁾ nsuperior ⁿ euro € \
Euro € numero № trademark ™ Ohm Ω Omega Ω onethird ⅓ twothirds ⅔ oneeighth ⅛ arrowleft ← arrowtp ↑ arrowup ↑ \
arrowright → arrowbt ↓ arrowdown ↓ partialdiff ∂ Delta ∆ increment ∆ product ∏ productdisplay ∏ producttext ∏ \
summation ∑ summationdisplay ∑ summationtext ∑ minus − divisionslash ∕ slashbig ∕ slashBig ∕ slashbigg ∕ \
slashBigg ∕ bulletoperator ∙ radical √ radicalbig √ radicalBig √ radicalbigg √ radicalBigg √ radicalbt √ \
infinity ∞ integral ∫ integraldisplay ∫ integraltext ∫ approxequal ≈ notequal ≠ lessequal ≤ greaterequal ≥ \
blacksquare ■ filledbox ■ H22073 □ whitesquare □ lozenge ◊ circle ○ whitecircle ○ blackcircle ● H18533 ● \
checkmark ✓ f_f ﬀ ff ﬀ f_i ﬁ fi ﬁ f_l ﬂ fl ﬂ f_f_i ﬃ ffi ﬃ f_f_l ﬄ ffl ﬄ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swedish_letters_mean_the_same_in_every_encoding() {
        for (encoding, codes) in [(Encoding::WinAnsi, [0xE5, 0xE4, 0xF6]), (Encoding::MacRoman, [0x8C, 0x8A, 0x9A])] {
            let table = encoding.table();
            let letters: String = codes.iter().filter_map(|&code: &usize| table[code]).collect();
            assert_eq!(letters, "åäö", "{encoding:?}");
        }
        let names = ["aring", "adieresis", "odieresis", "uni00C5", "section", "endash", "space", "a.sc"];
        let letters: String = names.iter().filter_map(|name| glyph(name)).collect();
        assert_eq!(letters, "åäöÅ§– a");
        assert_eq!(glyph("nosuchglyph"), None);
        assert_eq!(Encoding::Standard.table()[0xFB], Some('ß'));
        assert_eq!(Encoding::Standard.table()[0xA0], None);
    }

    #[test]
    fn text_strings_say_their_encoding() {
        assert_eq!(text_string(b"\xFE\xFF\0S\0\xE5"), "Så");
        assert_eq!(text_string(b"\xEF\xBB\xBFS\xC3\xA5"), "Så");
        assert_eq!(text_string(b"S\xE5 \x80"), "Så •");
    }
}
