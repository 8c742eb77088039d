//! What differs between an original's text and a copy's: a hint, whose work is bounded.

use std::time::Duration;
use std::time::Instant;

use proptest::prelude::ProptestConfig;
use proptest::prelude::prop;
use proptest::prelude::proptest;
use sigill::format::minutes::Line;
use sigill::verify::comparison;
use sigill::verify::comparison::Comparison;
use sigill::verify::comparison::Kind;

const ORIGINAL: &str = "Protokoll\n\n§ 45 Avgift\n\nStyrelsen beslutar att:\n\n- Bifalla förslaget om höjd avgift\n\nBakgrund:\n\n\
    Avgiften har varit oförändrad sedan 2019.\nDen föreslås bli 200 kronor.\n\n§ 46 Övrigt\n\nInget.\n";

fn compare(original: &str, copy: &str) -> Comparison {
    comparison::compare(&Line::of_text(original), &Line::of_text(copy))
}

/// Every place as kind, original's words, copy's words.
fn places(found: &Comparison) -> Vec<(Kind, &str, &str)> {
    found.places.iter().map(|place| (place.kind, place.original.as_str(), place.copy.as_str())).collect()
}

#[test]
fn the_same_words_are_the_same_however_they_are_set() {
    let set = "Protokoll\n§45 Avgift\nStyrelsen beslutar att:\n• Bifalla förslaget om\nhöjd avgift\nSida 1 av 2\n\u{c}**Bakgrund:** Avgiften har varit oför-\nändrad sedan 2019. Den föreslås \
               bli 200 kronor.\n§46 [Övrigt](#)\nInget.\nSida 2 av 2\n";
    let found = compare(ORIGINAL, set);
    assert_eq!((places(&found), found.equal), (Vec::new(), found.lines));
    assert!(found.text.sv.contains("texten är densamma") && found.text.sv.contains("nivå D"), "{}", found.text.sv);
}

#[test]
fn changed_missing_and_added_words_are_told_where_they_stand() {
    let changed = ORIGINAL.replace("Bifalla", "Avslå");
    let found = compare(ORIGINAL, &changed);
    assert_eq!(places(&found), [(Kind::Differs, "Bifalla", "Avslå")]);
    assert_eq!(found.places[0].before, "45 Avgift Styrelsen beslutar att:");
    assert_eq!(found.equal, found.lines - 1, "only that line differs");

    let shorter = ORIGINAL.replace("Den föreslås bli 200 kronor.\n", "");
    let found = compare(ORIGINAL, &shorter);
    assert_eq!(places(&found), [(Kind::Missing, "Den föreslås bli 200 kronor.", "")]);

    let longer = ORIGINAL.replace("§ 46 Övrigt", "Styrelsen tackar.\n\n§ 46 Övrigt");
    let found = compare(ORIGINAL, &longer);
    assert_eq!(places(&found), [(Kind::Added, "", "Styrelsen tackar.")]);
    assert_eq!(found.equal, found.lines, "what stands between two lines touches neither");

    let number = compare(ORIGINAL, &ORIGINAL.replace("200", "2000"));
    assert_eq!(places(&number), [(Kind::Differs, "200", "2000")]);
}

#[test]
fn pages_are_the_originals_and_personal_numbers_are_masked() {
    let original = format!("{ORIGINAL}\u{c}Sökande: 19121212-1212 Tolvan\n");
    let found = compare(&original, ORIGINAL);
    assert_eq!(found.places[0].page, 2);
    assert_eq!(found.places[0].original, "Sökande: 19121212-•••• Tolvan");
}

#[test]
fn another_text_altogether_is_one_long_difference_or_several_and_never_equal() {
    let found = compare(ORIGINAL, "Informationsbrev\n\nHej alla medarbetare! Nu är det höst.\n");
    assert!(found.equal <= 1 && !found.places.is_empty());
    assert_eq!(compare("", "").places, []);
    assert_eq!(places(&compare("Ett", "")), [(Kind::Missing, "Ett", "")]);
}

#[test]
fn eight_times_the_text_costs_about_eight_times_the_work() {
    let words = |seed: u32, count: u32| -> Vec<Line> {
        let word = |at: u32| (at.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 20) % 50;
        let line = |row: u32| (0..10).map(|at| format!("ord{}", word(row * 10 + at))).collect::<Vec<_>>().join(" ");
        (0..count).map(|row| Line { page: 1, text: line(row) }).collect()
    };
    let same = |count: u32| vec![Line { page: 1, text: "a ".repeat(10) }; usize::try_from(count).expect("few")];
    let work = |left: &[Line], right: &[Line]| {
        let once = || {
            let before = Instant::now();
            let _ = comparison::compare(left, right);
            before.elapsed()
        };
        [once(), once(), once()].into_iter().min().expect("three runs")
    };
    let short = work(&words(1, 1_000), &words(2, 1_000)).max(work(&same(1_000), &same(900)));
    let long = work(&words(1, 8_000), &words(2, 8_000)).max(work(&same(8_000), &same(7_000)));
    println!("{short:?}, {long:?}");
    assert!(long < short * 24 + Duration::from_millis(500), "{short:?}, then {long:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// The hunks are a way from one text to the other: what is equal and what is told make up both.
    #[test]
    fn no_text_makes_it_panic_and_a_text_equals_itself(
        left in prop::collection::vec("[a-d §\\n]{0,12}", 0..20),
        right in prop::collection::vec("[a-d §\\n]{0,12}", 0..20),
    ) {
        let (left, right) = (left.join("\n"), right.join("\n"));
        assert_eq!(compare(&left, &left).places, []);
        let found = compare(&left, &right);
        assert!(found.equal <= found.lines);
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        let told = |own: fn(&comparison::Place) -> &String| found.places.iter().map(|place| letters(own(place))).sum::<usize>();
        let level = |text: &str| letters(&sigill::format::minutes::author_lines(&Line::of_text(text)).0.into_iter().map(|(_, row)| row).collect::<String>());
        assert_eq!(
            level(&left) + told(|place| &place.copy),
            level(&right) + told(|place| &place.original),
            "what is not told is the same in both"
        );
    }
}
