//! Passwords have no place in a definition: they are found in the text itself, before anything could quote them.

pub(super) const ADVICE: &str = "a password stands in this line; the database is chosen by the call, and its password \
    comes from the configuration as ${env:NAME}";

pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// The first key that names a secret with a literal value, or the first URL with a password in it.
pub(super) fn find(text: &str) -> Option<Place> {
    text.lines().zip(1..).find_map(|(line, number)| {
        let content = line.split_once(" #").map_or(line, |(content, _)| content);
        if content.trim_start().starts_with('#') {
            return None;
        }
        let at = secret_key(content).or_else(|| url_password(content))?;
        Some(Place { line: number, column: content[..at].chars().count() as u64 + 1 })
    })
}

fn secret_key(line: &str) -> Option<usize> {
    const NAMES: &[&str] = &["password", "passwd", "pgpassword", "secret", "token", "api_key", "apikey"];
    let lower = line.to_ascii_lowercase();
    NAMES
        .iter()
        .filter_map(|name| {
            let at = lower.find(name)?;
            let starts = lower[..at].bytes().next_back().is_none_or(|before| !before.is_ascii_alphanumeric());
            let rest = lower[at + name.len()..].trim_start_matches(['"', '\'']).trim_start();
            let value = rest.strip_prefix([':', '='])?.trim_start().trim_start_matches(['"', '\'']);
            (starts && !value.is_empty() && !value.starts_with("${")).then_some(at)
        })
        .min()
}

fn url_password(line: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = line[from..].find("://") {
        let at = from + found;
        let authority = line[at + 3..].split(['/', ' ', '"', '\'', '?']).next().unwrap_or_default();
        if let Some((user, _)) = authority.rsplit_once('@')
            && let Some((_, password)) = user.split_once(':')
            && !password.is_empty()
            && !password.starts_with("${")
        {
            return Some(at);
        }
        from = at + 3;
    }
    None
}
