//! A text as it was pasted: what psql draws around a plan is taken off, columns are counted.

use std::borrow::Cow;

/// One line of the plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// Counted from 1 in the text that was given.
    pub(super) number: usize,
    /// How far it is indented.
    pub(super) column: usize,
    pub(super) content: &'a str,
}

/// The lines that hold something, without frames, headings and row counts.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    text.lines()
        .enumerate()
        .map(|(at, line)| {
            let line = unframed(line.trim_end());
            let content = line.trim_start();
            Line { number: at + 1, column: line.chars().count() - content.chars().count(), content }
        })
        .filter(|line| !line.content.is_empty() && !is_drawn(line.content))
        .collect()
}

/// The JSON of a paste, if it begins with JSON once psql's headings and line marks (`+`) are off.
pub(in crate::model) fn json(text: &str) -> Option<Cow<'_, str>> {
    let begins = |text: &str| text.trim_start().starts_with(['[', '{']);
    if begins(text) && !text.lines().any(|line| line.ends_with('+')) {
        return Some(Cow::Borrowed(text));
    }
    let lines = lines(text);
    lines.first().filter(|first| begins(first.content))?;
    let unmarked = |line: &Line<'_>| line.content.strip_suffix('+').unwrap_or(line.content).to_owned();
    Some(Cow::Owned(lines.iter().map(unmarked).collect::<Vec<_>>().join("\n")))
}

/// Without the borders of psql's tables (`\pset border 2`, unicode or not) and without CSV's quotes.
fn unframed(line: &str) -> &str {
    let frame = ['|', '│', '║'];
    match line.strip_prefix(frame) {
        Some(inner) => inner.strip_suffix(frame).unwrap_or(inner).trim_end(),
        None => line.strip_suffix(['│', '║']).unwrap_or(line).trim_end(),
    }
}

fn is_drawn(content: &str) -> bool {
    let rows = |content: &str| {
        content
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|rest| rest.split_once(' '))
            .is_some_and(|(count, word)| {
                count.chars().all(|digit| digit.is_ascii_digit()) && word.starts_with("row")
            })
    };
    content == "QUERY PLAN"
        || content.chars().all(|sign| "-=+─═┌┐└┘├┤┬┴┼╔╗╚╝╠╣╪╤╧╡╞".contains(sign))
        || rows(content)
}
