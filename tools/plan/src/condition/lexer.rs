//! Splits the text of a condition into tokens; never fails, unknown characters are operators.

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A bare word, as printed.
    Word(String),
    /// A name in double quotes, without them.
    Name(String),
    /// A string or a number, as printed.
    Literal(String),
    Parameter(String),
    Op(String),
    Cast,
    Dot,
    Comma,
    Open,
    Close,
    OpenSubscript,
    CloseSubscript,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        let start = at;
        at += 1;
        let token = match letter {
            space if space.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::OpenSubscript,
            ']' => Token::CloseSubscript,
            ',' => Token::Comma,
            '.' => Token::Dot,
            ':' if letters.get(at) == Some(&':') => {
                at += 1;
                Token::Cast
            }
            '\'' => string(&letters, &mut at, start, false),
            'E' | 'B' | 'X' if letters.get(at) == Some(&'\'') => {
                at += 1;
                string(&letters, &mut at, start, letter == 'E')
            }
            '"' => {
                let mut name = String::new();
                while let Some(&inside) = letters.get(at) {
                    at += 1;
                    match inside {
                        '"' if letters.get(at) == Some(&'"') => at += 1,
                        '"' => break,
                        _ => {}
                    }
                    name.push(inside);
                }
                Token::Name(name)
            }
            '$' => Token::Parameter(run(&letters, &mut at, start, |c| c.is_ascii_digit())),
            digit if digit.is_ascii_digit() => {
                Token::Literal(run(&letters, &mut at, start, |c| c.is_ascii_digit() || c == '.' || c == 'e'))
            }
            word if word.is_alphabetic() || word == '_' => {
                Token::Word(run(&letters, &mut at, start, |c| c.is_alphanumeric() || c == '_' || c == '$'))
            }
            _ => Token::Op(run(&letters, &mut at, start, |c| "+-*/<>=~!@#%^&|`?".contains(c))),
        };
        tokens.push(token);
    }
    tokens
}

fn run(letters: &[char], at: &mut usize, start: usize, goes_on: impl Fn(char) -> bool) -> String {
    while letters.get(*at).is_some_and(|letter| goes_on(*letter)) {
        *at += 1;
    }
    letters[start..*at].iter().collect()
}

fn string(letters: &[char], at: &mut usize, start: usize, escapes: bool) -> Token {
    while let Some(&inside) = letters.get(*at) {
        *at += 1;
        match inside {
            '\\' if escapes => *at += 1,
            '\'' if letters.get(*at) == Some(&'\'') => *at += 1,
            '\'' => break,
            _ => {}
        }
    }
    *at = (*at).min(letters.len());
    Token::Literal(letters[start..*at].iter().collect())
}
