//! YAML as a tree in which every node knows its line and column, and scalars keep their spelling.

use std::fmt;
use std::ops::Range;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_saphyr::{NonFiniteFloatPolicy, Spanned};

use super::scalar::{Form, Scalar, is_decimal};
use super::{DocumentError, Mistake};

/// Where something stands, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) column: u64,
}

impl Place {
    pub(super) fn error(self, mistake: Mistake) -> DocumentError {
        DocumentError::at(self.line, self.column, mistake)
    }

    /// Where what follows this text stands.
    pub(super) fn after(self, text: &str) -> Self {
        match text.rsplit_once('\n') {
            None => self.right(text.chars().count()),
            Some((_, last)) => {
                let line = self.line + u64::try_from(text.matches('\n').count()).unwrap_or_default();
                Self { line, column: 1 }.right(last.chars().count())
            }
        }
    }

    /// So many characters further on the same line.
    pub(super) fn right(self, characters: usize) -> Self {
        Self { column: self.column + u64::try_from(characters).unwrap_or_default(), ..self }
    }
}

/// A node with its place.
#[derive(Debug, Clone)]
pub(super) struct Located {
    pub(super) node: Node,
    pub(super) place: Place,
    /// Where the source spells it.
    pub(super) bytes: Option<Range<usize>>,
}

#[derive(Debug, Clone)]
pub(super) enum Node {
    Null,
    Scalar(Scalar),
    List(Vec<Located>),
    Map(Vec<(Located, Located)>),
}

impl Located {
    pub(super) fn error(&self, message: impl Into<String>) -> DocumentError {
        self.place.error(Mistake::new(message))
    }

    pub(super) fn scalar(&self) -> Option<&Scalar> {
        match &self.node {
            Node::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a key or of an option that takes text.
    pub(super) fn text(&self) -> Result<&str, DocumentError> {
        self.scalar().map(|scalar| scalar.text.as_str()).ok_or_else(|| self.error("text is expected here"))
    }
}

/// Parses a document.
pub(super) fn parse(source: &str) -> Result<Located, DocumentError> {
    // A bound may be .inf, or a number that is finite for a numeric only.
    let options = serde_saphyr::options! { non_finite_float_policy: NonFiniteFloatPolicy::PassThrough };
    let tree: Spanned<Tree> = serde_saphyr::from_str_with_options(source, options).map_err(|error| {
        let known = DocumentError::of_yaml(&error);
        DocumentError { message: format!("not valid YAML: {}", known.message), ..known }
    })?;
    Ok(locate(tree, source))
}

fn locate(tree: Spanned<Tree>, source: &str) -> Located {
    let place = Place { line: tree.referenced.line(), column: tree.referenced.column() };
    let span = tree.defined.span();
    let bytes = span.byte_offset().zip(span.byte_len()).and_then(|(start, length)| {
        let start = usize::try_from(start).ok()?;
        Some(start..start + usize::try_from(length).ok()?)
    });
    let spelling = bytes.clone().and_then(|bytes| source.get(bytes)).map(str::trim);
    let node = match tree.value {
        Tree::Null => Node::Null,
        Tree::Truth(value) => {
            Node::Scalar(Scalar::new(Form::Truth, spelling.map_or_else(|| value.to_string(), str::to_owned)))
        }
        Tree::Number(value) => {
            let text = spelling.filter(|text| is_decimal(text)).map_or(value, str::to_owned);
            Node::Scalar(Scalar::new(Form::Number, text))
        }
        Tree::Text(text) => Node::Scalar(Scalar::new(Form::Text, text)),
        Tree::List(items) => Node::List(items.into_iter().map(|item| locate(item, source)).collect()),
        Tree::Map(entries) => Node::Map(
            entries.into_iter().map(|(key, value)| (locate(key, source), locate(value, source))).collect(),
        ),
    };
    Located { node, place, bytes }
}

enum Tree {
    Null,
    Truth(bool),
    Number(String),
    Text(String),
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<Tree>, Spanned<Tree>)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Truth(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}
