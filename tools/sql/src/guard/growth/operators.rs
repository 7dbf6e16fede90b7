//! Operators: what they make of both sides.

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::Growth;
use super::scope::Scope;
use super::size::{Size, UNBOUNDED};
use crate::guard::literal;

/// Signs and words whose time is up to the product of both sides.
const PAIRING: &[&str] = &[
    "-", "@>", "<@", "&&", "~~", "!~~", "~~*", "!~~*", "?#", "##", "<->", "like", "ilike", "similar",
    "not like",
];
/// What gives a truth value.
const TELLING: &[&str] = &[
    "=", "<>", "!=", "<", ">", "<=", ">=", "and", "or", "is", "in", "like", "ilike", "similar", "@>", "<@",
    "&&", "~~", "!~~", "~~*", "!~~*", "?#", "~", "!~", "~*", "!~*", "@@", "?", "?|", "?&",
];
/// The digits of the longest numeric.
const MOST_DIGITS: u64 = 131_072;

impl Growth {
    pub(super) fn operation(&mut self, node: &SyntaxNode, scope: &Scope<'_>) -> Size {
        let sides: Vec<SyntaxNode> = node.children().filter(|part| !is_an_operator(part)).collect();
        let sizes: Vec<Size> = sides.iter().map(|side| self.expression(side, scope)).collect();
        let (Some(left), right) = (sizes.first().copied(), sizes.last().copied()) else { return Size::FLAG };
        let right = right.filter(|_| sizes.len() > 1).unwrap_or(Size::FLAG);
        let sign = sign(node);
        if PAIRING.iter().any(|pairing| sign.split(' ').any(|word| word == *pairing)) {
            self.pairs(node, left.length, right.length);
        }
        let both = left.or(right).and_part();
        if TELLING.iter().any(|telling| sign.split(' ').any(|word| word == *telling)) {
            // What compares reads no further than the end of the shorter.
            self.passes(node, left.length.min(right.length));
            return Size { parts: both.parts, ..Size::FLAG };
        }
        let made = match sign.as_str() {
            "||" => left.and(right).and_part(),
            "+" | "-" => both.of_value(left.value.saturating_add(right.value)),
            "*" => {
                self.digits(node, left.length, right.length);
                both.of_value(left.value.saturating_mul(right.value))
                    .of_length(left.length.saturating_add(right.length))
            }
            "/" => {
                self.digits(node, left.length, right.length);
                let divisor = sides.last().and_then(literal::number).and_then(|by| u64::try_from(by).ok());
                both.of_value(left.value / divisor.unwrap_or(1).max(1))
                    .of_value_unless(right.value == 0 || is_a_fraction(sides.last()))
            }
            "%" => {
                self.digits(node, left.length, right.length);
                both.of_value(right.value)
            }
            "^" => {
                let digits = left.length.saturating_mul(right.value).min(MOST_DIGITS);
                self.digits(node, digits, digits);
                both.of_value(left.value.saturating_pow(u32::try_from(right.value).unwrap_or(u32::MAX)))
                    .of_length(digits)
            }
            "<<" => both.of_value(left.value.saturating_mul(1 << right.value.min(40))),
            "->" | "->>" | "#>" | "#>>" => both.of_length(left.length).of_value(left.value),
            _ => both.of_length(left.length.saturating_add(right.length)),
        };
        match sign.as_str() {
            "||" | "+" | "-" | "*" | "/" | "%" | "^" => self.copies(node, made.length),
            _ => self.passes(node, made.length),
        }
        made
    }

    /// Arithmetic on long numbers, four digits at a time.
    pub(super) fn digits(&mut self, node: &SyntaxNode, one: u64, other: u64) {
        let limbs = |digits: u64| digits.min(MOST_DIGITS).div_ceil(4);
        self.works(node, limbs(one).saturating_mul(limbs(other)) / 2);
    }
}

impl Size {
    fn of_value_unless(self, is_small: bool) -> Self {
        if is_small { self.of_value(UNBOUNDED) } else { self }
    }
}

/// A divisor below 1 multiplies.
fn is_a_fraction(divisor: Option<&SyntaxNode>) -> bool {
    let is_one = |divisor: &SyntaxNode| {
        let literals = divisor.descendants().filter(|part| part.kind() == SyntaxKind::LITERAL);
        literals.map(|literal| literal.text().to_string()).any(|text| text.contains(['.', 'e', 'E']))
    };
    divisor.is_some_and(is_one)
}

fn is_an_operator(part: &SyntaxNode) -> bool {
    matches!(part.kind(), SyntaxKind::CUSTOM_OP | SyntaxKind::OPERATOR_CALL)
        || (part.first_child().is_none()
            && part.kind() != SyntaxKind::LITERAL
            && part.kind() != SyntaxKind::NAME_REF
            && is_words(part))
}

/// Words of the grammar that stand between two operands, such as NOT LIKE.
fn is_words(part: &SyntaxNode) -> bool {
    let mut tokens = part.children_with_tokens().filter(|token| !token.kind().is_trivia()).peekable();
    tokens.peek().is_some()
        && tokens.all(|token| {
            token.as_token().is_some_and(|token| token.text().chars().all(|c| c.is_ascii_alphabetic()))
        })
}

/// The sign of an operation, or its words in lower case.
fn sign(node: &SyntaxNode) -> String {
    let mut words = Vec::new();
    for part in node.children_with_tokens() {
        match (part.as_token(), part.as_node()) {
            (Some(token), _) if !token.kind().is_trivia() => words.push(token.text().to_ascii_lowercase()),
            (_, Some(operator)) if is_an_operator(operator) => {
                let text = operator.text().to_string().to_ascii_lowercase();
                let text = text.trim();
                // OPERATOR(pg_catalog.@>)
                let bare = text.rsplit('.').next().unwrap_or(text).trim_end_matches(')');
                words.push(bare.trim().to_owned());
            }
            _ => {}
        }
    }
    words.join(if words.iter().all(|word| word.chars().all(|c| c.is_ascii_alphabetic())) { " " } else { "" })
}
