//! Builds the tree of a condition from its tokens.

use super::lexer::{Token, tokens};
use super::{ColumnRef, Expr};

/// Nesting that is followed; what lies deeper is skipped.
const MAX_DEPTH: usize = 60;

/// Words between operands that are neither columns nor operators of interest.
const SEPARATORS: &[&str] = &[
    "FROM", "FOR", "IN", "BOTH", "LEADING", "TRAILING", "PLACING", "USING", "WHEN", "THEN", "ELSE",
    "VARIADIC",
];
const CONSTANTS: &[&str] = &[
    "NULL",
    "true",
    "false",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "CURRENT_USER",
    "SESSION_USER",
    "CURRENT_ROLE",
    "CURRENT_CATALOG",
    "CURRENT_SCHEMA",
    "USER",
];
const TYPE_WORDS: &[&str] = &["varying", "precision", "without", "with", "time", "zone"];

pub(super) fn read(text: &str) -> Expr {
    let mut parser = Parser { tokens: tokens(text), at: 0 };
    parser.sequence(0)
}

enum Item {
    Operand(Expr),
    Op(String),
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take_if(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, among: &[&str]) -> Option<String> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let word = among.contains(&word.as_str()).then(|| word.clone())?;
        self.at += 1;
        Some(word)
    }

    /// Operands and operators up to the end of the parenthesis.
    fn sequence(&mut self, depth: usize) -> Expr {
        let mut items = Vec::new();
        loop {
            if let Some(word) = self.take_word(&["AND", "OR", "NOT"]) {
                items.push(Item::Op(word));
            } else if self.take_word(&["IS"]).is_some() {
                let mut words = vec!["IS".to_owned()];
                words.extend(std::iter::from_fn(|| {
                    self.take_word(&[
                        "NOT", "NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT", "FROM", "DOCUMENT",
                    ])
                }));
                items.push(Item::Op(words.join(" ")));
            } else if self.take_word(&["AT"]).is_some() {
                while self.take_word(&["TIME", "ZONE"]).is_some() {}
                items.push(Item::Op("AT TIME ZONE".into()));
            } else if self.take_word(SEPARATORS).is_some() {
                items.push(Item::Op("FROM".into()));
            } else {
                match self.peek() {
                    None | Some(Token::Close | Token::Comma | Token::CloseSubscript) => break,
                    Some(Token::Word(word)) if word == "END" => break,
                    Some(Token::Op(op)) => {
                        items.push(Item::Op(op.clone()));
                        self.at += 1;
                        if let (Some(Item::Op(op)), Some(quantifier)) =
                            (items.last_mut(), self.take_word(&["ANY", "ALL"]))
                        {
                            op.push(' ');
                            op.push_str(&quantifier);
                        }
                    }
                    Some(_) => items.push(Item::Operand(self.operand(depth))),
                }
            }
        }
        fold(items)
    }

    fn operand(&mut self, depth: usize) -> Expr {
        let mut expr = self.primary(depth);
        loop {
            expr = if self.take_if(&Token::Cast) {
                Expr::Cast { inner: Box::new(expr), to: self.type_name() }
            } else if self.take_if(&Token::OpenSubscript) {
                let index = self.nested(depth, &Token::CloseSubscript);
                Expr::Other([vec![expr], index].concat())
            } else if self.take_word(&["COLLATE"]).is_some() {
                self.dotted();
                expr
            } else if self.take_if(&Token::Dot) {
                self.take();
                // A field of a row; that of an InitPlan is a value known before the scan.
                if matches!(expr, Expr::Constant(_)) { expr } else { Expr::Other(vec![expr]) }
            } else {
                return expr;
            }
        }
    }

    fn primary(&mut self, depth: usize) -> Expr {
        match self.take() {
            Some(Token::Open) => {
                let mut inside = self.nested(depth, &Token::Close);
                if inside.len() == 1 { inside.swap_remove(0) } else { Expr::Other(inside) }
            }
            Some(Token::Literal(text) | Token::Parameter(text)) => Expr::Constant(text),
            Some(Token::Word(word)) if CONSTANTS.contains(&word.as_str()) => Expr::Constant(word),
            Some(Token::Word(word)) if word == "hashed" => {
                self.primary_sub_plan(true).unwrap_or(Expr::Other(Vec::new()))
            }
            Some(Token::Word(word)) if word == "SubPlan" || word == "InitPlan" => {
                self.at -= 1;
                self.primary_sub_plan(false).unwrap_or(Expr::Other(Vec::new()))
            }
            Some(Token::Word(word)) if word == "CASE" => {
                let inside =
                    if depth < MAX_DEPTH { self.sequence(depth + 1) } else { Expr::Other(Vec::new()) };
                self.take_word(&["END"]);
                Expr::Other(vec![inside])
            }
            Some(Token::Word(word)) if word == "ARRAY" && self.take_if(&Token::OpenSubscript) => {
                let items = self.nested(depth, &Token::CloseSubscript);
                Expr::Other(items)
            }
            Some(Token::Word(name) | Token::Name(name)) => self.named(name, depth),
            _ => Expr::Other(Vec::new()),
        }
    }

    fn primary_sub_plan(&mut self, hashed: bool) -> Option<Expr> {
        let kind = self.take_word(&["SubPlan", "InitPlan"])?;
        let Some(Token::Literal(number)) = self.take() else { return None };
        if kind == "InitPlan" {
            return Some(Expr::Constant(format!("InitPlan {number}")));
        }
        Some(Expr::SubPlan { number: number.parse().ok()?, hashed })
    }

    /// A column or a function call, each with or without a qualifier.
    fn named(&mut self, first: String, depth: usize) -> Expr {
        let mut path = vec![first];
        path.extend(self.dotted_rest());
        if self.take_if(&Token::Open) {
            if path.last().is_some_and(|name| name == "EXTRACT") {
                self.at += 1; // the field's name is no column
            }
            let args = self.nested(depth, &Token::Close);
            return Expr::Call { name: path.pop().unwrap_or_default(), args };
        }
        let name = path.pop().unwrap_or_default();
        Expr::Column(ColumnRef { qualifier: path.pop(), name })
    }

    fn dotted_rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| {
            if !self.take_if(&Token::Dot) {
                return None;
            }
            match self.take() {
                Some(Token::Word(name) | Token::Name(name)) => Some(name),
                _ => None,
            }
        })
        .collect()
    }

    fn dotted(&mut self) -> Vec<String> {
        let first = match self.take() {
            Some(Token::Word(name) | Token::Name(name)) => name,
            _ => String::new(),
        };
        std::iter::once(first).chain(self.dotted_rest()).collect()
    }

    fn type_name(&mut self) -> String {
        let mut words = vec![self.dotted().join(".")];
        loop {
            if let Some(word) = self.take_word(TYPE_WORDS) {
                words.push(word);
            } else if self.peek() == Some(&Token::Open) {
                // The modifier of a type: (10), (10,2); with it the cast is the user's own.
                self.skip(&Token::Close);
                words.push("(…)".into());
            } else if self.peek() == Some(&Token::OpenSubscript) {
                self.skip(&Token::CloseSubscript);
                words.push("[]".into());
            } else {
                return words.join(" ");
            }
        }
    }

    fn skip(&mut self, end: &Token) {
        while self.take().is_some_and(|token| token != *end) {}
    }

    /// What stands between a parenthesis that is open and its end, parted by commas.
    fn nested(&mut self, depth: usize, end: &Token) -> Vec<Expr> {
        let mut parts = Vec::new();
        if depth >= MAX_DEPTH {
            let mut open = 1;
            while let (true, Some(token)) = (open > 0, self.take()) {
                match token {
                    Token::Open | Token::OpenSubscript => open += 1,
                    Token::Close | Token::CloseSubscript => open -= 1,
                    _ => {}
                }
            }
            return parts;
        }
        loop {
            parts.push(self.sequence(depth + 1));
            match self.take() {
                Some(Token::Comma) => {}
                Some(Token::Word(_)) => {} // a stray END
                Some(token) if token != *end => {}
                _ => return parts,
            }
        }
    }
}

/// Parts a sequence by OR, then by AND, then into operator and operands.
fn fold(items: Vec<Item>) -> Expr {
    let has = |wanted: &str| items.iter().any(|item| matches!(item, Item::Op(op) if op == wanted));
    match (has("OR"), has("AND")) {
        (true, _) => Expr::Or(split(items, "OR")),
        (false, true) => Expr::And(split(items, "AND")),
        _ => single(items),
    }
}

fn split(items: Vec<Item>, separator: &str) -> Vec<Expr> {
    let mut arms = vec![Vec::new()];
    for item in items {
        match (item, arms.last_mut()) {
            (Item::Op(op), _) if op == separator => arms.push(Vec::new()),
            (item, Some(arm)) => arm.push(item),
            _ => {}
        }
    }
    arms.into_iter().map(|arm| if separator == "OR" { fold(arm) } else { single(arm) }).collect()
}

fn single(items: Vec<Item>) -> Expr {
    let mut negated = false;
    let mut operands = Vec::new();
    let mut op = None;
    let mut before = 0;
    for item in items {
        match item {
            Item::Op(not) if not == "NOT" && operands.is_empty() => negated = !negated,
            Item::Op(next) if op.is_none() => {
                before = operands.len();
                op = Some(next);
            }
            Item::Op(_) => {}
            Item::Operand(operand) => operands.push(operand),
        }
    }
    let expr = match (op, operands.len(), before) {
        (Some(op), 2, 1) if op != "FROM" => {
            let (Some(right), Some(left)) = (operands.pop(), operands.pop()) else {
                return Expr::Other(operands);
            };
            Expr::Binary { op, left: Box::new(left), right: Box::new(right) }
        }
        (Some(is), 1, 1) if is.starts_with("IS") => {
            operands.pop().map_or(Expr::Other(Vec::new()), |inner| Expr::Test { inner: Box::new(inner), is })
        }
        (None, 1, _) => operands.pop().unwrap_or(Expr::Other(Vec::new())),
        _ => Expr::Other(operands),
    };
    if negated { Expr::Not(Box::new(expr)) } else { expr }
}
