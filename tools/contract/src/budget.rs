//! How long an answer may be. Tokens are the reader's money.

/// The size an answer is cut to, in characters of text (about four to a token).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    characters: usize,
}

impl Budget {
    /// Characters that one token stands for in the compact texts of pgwright; measured low so that the cap holds.
    const CHARACTERS_PER_TOKEN: usize = 3;
    /// Never more than this, whatever is asked for.
    const HARD_CAP_TOKENS: usize = 8_000;

    /// A budget of that many tokens, at most the hard cap.
    pub fn tokens(tokens: usize) -> Self {
        Self { characters: tokens.min(Self::HARD_CAP_TOKENS) * Self::CHARACTERS_PER_TOKEN }
    }

    /// The budget in tokens.
    pub fn in_tokens(&self) -> usize {
        self.characters / Self::CHARACTERS_PER_TOKEN
    }

    /// The budget in characters.
    pub fn characters(&self) -> usize {
        self.characters
    }

    /// Keeps the leading items whose texts fit, at least one, and returns how many were left out.
    pub fn keep<T>(&self, items: &mut Vec<T>, characters: impl Fn(&T) -> usize) -> u32 {
        let mut used = 0;
        let kept = items
            .iter()
            .take_while(|item| {
                used += characters(item);
                used <= self.characters
            })
            .count()
            .max(1);
        let omitted = items.len().saturating_sub(kept);
        items.truncate(kept);
        u32::try_from(omitted).unwrap_or(u32::MAX)
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::tokens(2_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_items_are_kept_and_the_rest_counted() {
        let mut items = vec!["a"; 10];
        assert_eq!(Budget::tokens(2).keep(&mut items, |_| 2), 7);
        assert_eq!(items.len(), 3);
    }

    #[test]
    fn one_item_is_always_kept() {
        let mut items = vec!["a", "b"];
        assert_eq!(Budget::tokens(1).keep(&mut items, |_| 100), 1);
        assert_eq!(items, ["a"]);
    }
}
