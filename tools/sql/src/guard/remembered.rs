//! The texts that were admitted lately, so that the same text again costs nothing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use super::Admitted;

const MAX_BYTES: usize = 8 * 1024 * 1024;

static REMEMBERED: LazyLock<Mutex<Remembered>> = LazyLock::new(|| Mutex::new(Remembered::within(MAX_BYTES)));

/// What was read of this text, if it is remembered.
pub(super) fn recall(text: &str) -> Option<Admitted> {
    REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner).recall(text)
}

/// Remembers what was read of a text.
pub(super) fn remember(text: &str, admitted: &Admitted) {
    REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner).remember(text, admitted);
}

/// Admitted statements by their text, the least recently used dropped first.
struct Remembered {
    most_bytes: usize,
    bytes: usize,
    clock: u64,
    by_text: HashMap<Arc<str>, Entry>,
    by_age: BTreeMap<u64, Arc<str>>,
}

struct Entry {
    admitted: Admitted,
    used: u64,
    bytes: usize,
}

impl Remembered {
    fn within(most_bytes: usize) -> Self {
        Self { most_bytes, bytes: 0, clock: 0, by_text: HashMap::new(), by_age: BTreeMap::new() }
    }

    fn recall(&mut self, text: &str) -> Option<Admitted> {
        let entry = self.by_text.get_mut(text)?;
        let text = self.by_age.remove(&entry.used)?;
        self.clock += 1;
        entry.used = self.clock;
        self.by_age.insert(self.clock, text);
        Some(entry.admitted.clone())
    }

    fn remember(&mut self, text: &str, admitted: &Admitted) {
        let bytes = text.len() + admitted.bytes();
        if bytes > self.most_bytes || self.by_text.contains_key(text) {
            return;
        }
        while self.bytes + bytes > self.most_bytes {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            self.bytes -= self.by_text.remove(&oldest).map_or(0, |entry| entry.bytes);
        }
        self.clock += 1;
        self.bytes += bytes;
        let text: Arc<str> = text.into();
        self.by_age.insert(self.clock, Arc::clone(&text));
        self.by_text.insert(text, Entry { admitted: admitted.clone(), used: self.clock, bytes });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::guard::admit;

    #[test]
    fn the_least_recently_used_is_forgotten_first() {
        let texts: Vec<String> = (0..4).map(|number| format!("select {number}")).collect();
        let admitted: Vec<Admitted> = texts.iter().map(|text| admit(text).unwrap()).collect();
        let mut remembered = Remembered::within(3 * (texts[0].len() + admitted[0].bytes()));
        for number in 0..3 {
            remembered.remember(&texts[number], &admitted[number]);
        }
        assert_eq!(remembered.recall(&texts[0]).as_ref(), Some(&admitted[0]));
        remembered.remember(&texts[3], &admitted[3]);
        assert_eq!(remembered.recall(&texts[1]), None, "the oldest had to go");
        assert!([0, 2, 3].iter().all(|&number| remembered.recall(&texts[number]).is_some()));
        assert!(remembered.bytes <= remembered.most_bytes);
        assert_eq!(remembered.by_text.len(), remembered.by_age.len());
    }

    #[test]
    fn what_is_larger_than_all_of_it_is_not_kept() {
        let admitted = admit("select 1").unwrap();
        let mut remembered = Remembered::within(10);
        remembered.remember("select 1", &admitted);
        assert_eq!((remembered.recall("select 1"), remembered.bytes), (None, 0));
    }
}
