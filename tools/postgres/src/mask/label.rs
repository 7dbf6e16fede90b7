//! Labels of PostgreSQL Anonymizer (`SECURITY LABEL FOR anon ON COLUMN … IS 'MASKED WITH …'`), read as masks.

use super::setting::Mask;

/// The mask that a label asks for; `None` where it leaves the column as it is.
///
/// The extension's functions make fakes inside the database; here the nearest mask stands for each, and one text for
/// what is not known.
pub(super) fn mask(label: &str) -> Option<Mask> {
    let words: Vec<String> = label.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["not", "masked", ..] => None,
        ["masked", "with", "function", function, ..] => Some(of_function(function)),
        ["masked", "with", "value", "null", ..] => Some(Mask::Null),
        ["masked", "with", "value", ..] => Some(constant(label)),
        _ => Some(Mask::Constant(None)),
    }
}

/// By the function's name, without its schema and what it is called with.
fn of_function(call: &str) -> Mask {
    let path = call.split('(').next().unwrap_or_default();
    let name = path.rsplit('.').next().unwrap_or_default();
    match name {
        "partial" | "partial_email" => Mask::Partial,
        "hash" | "digest" | "pseudo_email" => Mask::Hash,
        _ if name.starts_with("pseudo_") => Mask::Hash,
        _ if name.starts_with("generalize_") || name.starts_with("noise") || name == "dnoise" => {
            Mask::Bucket(None)
        }
        _ => Mask::Constant(None),
    }
}

/// The text of `MASKED WITH VALUE 'text'`, where it is one plain literal.
fn constant(label: &str) -> Mask {
    let text = label.split_once('\'').and_then(|(_, rest)| rest.rsplit_once('\''));
    let plain = text.filter(|(text, after)| !text.contains(['\'', '\\']) && after.trim().is_empty());
    Mask::Constant(plain.map(|(text, _)| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_as_the_nearest_mask() {
        for (label, expected) in [
            ("MASKED WITH FUNCTION anon.partial(phone,2,$$******$$,2)", Some(Mask::Partial)),
            ("MASKED WITH FUNCTION anon.partial_email(email)", Some(Mask::Partial)),
            ("masked with function anon.hash(name)", Some(Mask::Hash)),
            ("MASKED WITH FUNCTION anon.pseudo_first_name(id)", Some(Mask::Hash)),
            ("MASKED WITH FUNCTION anon.generalize_int4range(zip, 10)", Some(Mask::Bucket(None))),
            ("MASKED WITH FUNCTION anon.fake_last_name()", Some(Mask::Constant(None))),
            ("MASKED WITH FUNCTION my_own.thing(x)", Some(Mask::Constant(None))),
            ("MASKED WITH VALUE NULL", Some(Mask::Null)),
            ("MASKED WITH VALUE $$CONFIDENTIAL$$", Some(Mask::Constant(None))),
            ("MASKED WITH VALUE 'gone'", Some(Mask::Constant(Some("gone".to_owned())))),
            ("MASKED WITH VALUE '' || 'x'", Some(Mask::Constant(None))),
            ("NOT MASKED", None),
            ("QUASI IDENTIFIER", Some(Mask::Constant(None))),
            ("something else", Some(Mask::Constant(None))),
        ] {
            assert_eq!(mask(label), expected, "{label}");
        }
    }
}
