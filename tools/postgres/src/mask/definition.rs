//! Definitions (defaults, checks, index predicates, bounds of partitions) that compare a masked column with literals: what
//! stands there is the kind of value that nobody is shown.

/// Stands for a literal.
pub(super) const HIDDEN: &str = "(masked)";

/// Whether a definition names one of these columns, as PostgreSQL prints it.
pub(super) fn names(definition: &str, is_masked: impl Fn(&str) -> bool) -> bool {
    pieces(definition).into_iter().any(|piece| match piece {
        Piece::Name(name) => is_masked(&name),
        Piece::Literal | Piece::Other(_) => false,
    })
}

/// A definition with `hidden` in place of its literals.
pub(super) fn without_literals(definition: &str, hidden: &str) -> String {
    let mut shown = String::with_capacity(definition.len());
    for piece in pieces(definition) {
        match piece {
            Piece::Literal => shown.push_str(&format!("'{}'", hidden.replace('\'', "''"))),
            Piece::Name(name) if is_plain(&name) => shown.push_str(&name),
            Piece::Name(name) => shown.push_str(&format!("\"{}\"", name.replace('"', "\"\""))),
            Piece::Other(text) => shown.push_str(&text),
        }
    }
    shown
}

enum Piece {
    /// A word, or what stands in double quotes.
    Name(String),
    /// A text or a number.
    Literal,
    Other(String),
}

fn is_plain(name: &str) -> bool {
    name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '$')) && !name.is_empty()
}

fn pieces(text: &str) -> Vec<Piece> {
    let (mut pieces, mut rest) = (Vec::new(), text.chars().peekable());
    while let Some(first) = rest.next() {
        if first == '\'' || first == '"' {
            let escapes = first == '\'' && matches!(pieces.last(), Some(Piece::Name(name)) if name == "E");
            if escapes {
                pieces.pop();
            }
            let mut inside = String::new();
            while let Some(next) = rest.next() {
                if next == '\\' && escapes {
                    rest.next();
                } else if next != first {
                    inside.push(next);
                } else if rest.next_if_eq(&first).is_some() {
                    inside.push(first);
                } else {
                    break;
                }
            }
            pieces.push(if first == '"' { Piece::Name(inside) } else { Piece::Literal });
        } else if first.is_alphanumeric() || first == '_' {
            let mut word = String::from(first);
            let goes_on = |next: &char| {
                next.is_alphanumeric()
                    || matches!(next, '_' | '$')
                    || (first.is_ascii_digit() && *next == '.')
            };
            while let Some(next) = rest.next_if(goes_on) {
                word.push(next);
            }
            pieces.push(if first.is_ascii_digit() { Piece::Literal } else { Piece::Name(word) });
        } else {
            pieces.push(Piece::Other(first.to_string()));
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_outside_of_literals_count() {
        let is_masked = |name: &str| name == "email" || name == "E \"mail";
        for named in ["CHECK ((email ~~ '%@x'::text))", "lower((email)::text)", "(\"E \"\"mail\" = 'x')"] {
            assert!(names(named, is_masked), "{named}");
        }
        for other in ["CHECK ((note <> 'email'::text))", "(e_mail = 1)", "E'\\'email'"] {
            assert!(!names(other, is_masked), "{other}");
        }
    }

    #[test]
    fn literals_are_left_out_and_the_rest_stays() {
        for (definition, shown) in [
            (
                "CREATE INDEX i ON public.\"T t\" USING btree (id) WHERE ((email)::text = 'it''s'::text)",
                "CREATE INDEX i ON public.\"T t\" USING btree (id) WHERE ((email)::text = '(masked)'::text)",
            ),
            ("CHECK ((salary > 51000.5))", "CHECK ((salary > '(masked)'))"),
            (r"(email ~ E'\\d\'x'::text)", "(email ~ '(masked)'::text)"),
            ("FOR VALUES IN ('a', 'b', NULL)", "FOR VALUES IN ('(masked)', '(masked)', NULL)"),
        ] {
            assert_eq!(without_literals(definition, HIDDEN), shown);
        }
    }
}
