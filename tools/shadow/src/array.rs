//! Arrays as PostgreSQL writes them, of one dimension: `{1,"a b",NULL}`.

/// The elements; `None` for NULL. Of arrays in arrays the inner ones as text.
pub(crate) fn elements(text: &str) -> Vec<Option<String>> {
    let Some(inner) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return Vec::new();
    };
    if inner.is_empty() {
        return Vec::new();
    }
    let mut all = Vec::new();
    let (mut element, mut quoted, mut was_quoted, mut depth) = (String::new(), false, false, 0_usize);
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if depth == 0 => element.extend(characters.next()),
            '"' if depth == 0 => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' if !quoted && depth == 0 => {
                all.push(finished(&mut element, &mut was_quoted));
            }
            other => {
                match other {
                    '{' if !quoted => depth += 1,
                    '}' if !quoted => depth = depth.saturating_sub(1),
                    _ => {}
                }
                element.push(other);
            }
        }
    }
    all.push(finished(&mut element, &mut was_quoted));
    all
}

fn finished(element: &mut String, was_quoted: &mut bool) -> Option<String> {
    let quoted = std::mem::take(was_quoted);
    let element = std::mem::take(element);
    (quoted || !element.eq_ignore_ascii_case("null")).then_some(element)
}

/// The array of these elements.
pub(crate) fn of<'e>(elements: impl IntoIterator<Item = Option<&'e str>>) -> String {
    let written: Vec<String> = elements
        .into_iter()
        .map(|element| match element {
            Some(element) => format!("\"{}\"", element.replace('\\', "\\\\").replace('"', "\\\"")),
            None => "NULL".to_owned(),
        })
        .collect();
    format!("{{{}}}", written.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_come_back_as_they_were() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(elements("{1,2,3}"), [some("1"), some("2"), some("3")]);
        assert_eq!(elements("{}"), []);
        assert_eq!(
            elements(r#"{"a,b",NULL,"NULL","say \"x\\y\"",""}"#),
            [some("a,b"), None, some("NULL"), some(r#"say "x\y""#), some("")]
        );
        assert_eq!(elements("{{1,2},{3,4}}"), [some("{1,2}"), some("{3,4}")]);
        let odd = [Some("a\"b"), None, Some("c\\d"), Some("")];
        let back: Vec<Option<String>> = elements(&of(odd));
        assert_eq!(back, odd.map(|element| element.map(str::to_owned)));
    }
}
