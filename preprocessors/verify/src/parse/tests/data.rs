//! The syntax of data in books, and the place of its first mistake.

use super::{book, foreign};

#[test]
fn the_first_mistake_has_its_place() {
    for (page, problems) in [
        ("```json\n{\"é\": 1,\n \"b\": 2,}\n```\n", &["3:9 malformed-data"][..]),
        ("> - ```json\n>   {\"a\": [1, 2}\n>   ```\n", &["2:16 malformed-data"]),
        ("~~~json\r\n{\r\n\"a\" 1}\r\n~~~\r\n", &["3:5 malformed-data"]),
        ("```json\n{\"a\": 1\n\n```\n", &["2:8 malformed-data"]),
        ("```toml\na = 1\nb = \n```\n", &["3:4 malformed-data"]),
        ("```toml\na = 1\na = 2\n```\n", &["3:1 malformed-data"]),
        ("```yaml\na: [1, 2\nb: 3\n```\n", &["3:2 malformed-data"]),
        ("```yml\n\"日本\": 'x\n```\n", &["2:7 malformed-data"]),
        ("```json {file=a.json}\n{\n```\n", &["2:2 malformed-data"]),
        ("```json\n{\"a\": [1, 2.5e3, null]}\n```\n", &[]),
        ("```toml\n[a]\nb = 1979-05-27\n```\n", &[]),
        ("```yaml\na: &x 1\nb: *x\n---\n- c\n```\n", &[]),
        ("```json\n```\n", &[]),
    ] {
        assert_eq!(book(page).problems(), problems, "{page}");
    }
}

#[test]
fn sketches_dialects_and_the_data_of_others_are_no_mistakes() {
    let wrong = "{\"a\": …}\n```\n";
    assert_eq!(foreign(&format!("```json\n{wrong}")).problems(), [""; 0]);
    for opening in
        ["```json5", "```json {ignore=\"a part\"}", "<!-- exemplar: ignore=\"a part\" -->\n```json"]
    {
        assert_eq!(book(&format!("{opening}\n{wrong}")).problems(), [""; 0], "{opening}");
    }
}

#[test]
fn aliases_are_not_written_out() {
    let mut bomb = "a: &a [x, x]\n".to_owned();
    for (one, next) in "abcdefghijklmnopqrstuvwxy".chars().zip("bcdefghijklmnopqrstuvwxyz".chars()) {
        bomb.push_str(&format!("{next}: &{next} [{}]\n", vec![format!("*{one}"); 9].join(", ")));
    }
    assert_eq!(book(&format!("```yaml\n{bomb}```\n")).problems(), [""; 0]);
    let deep = "[".repeat(20_000);
    for tag in ["json", "toml", "yaml"] {
        let case = book(&format!("```{tag}\n{deep}\n```\n"));
        assert_eq!(case.problems().len(), 1, "{tag}");
    }
}
