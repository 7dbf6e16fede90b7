//! Which files are loaded as one, and whether the table holds them already: one rule for a run and its plan.

use std::ops::Range;

use crate::document::Write;
use crate::ledger::Load;
use crate::prepare::Input;

/// The files that are loaded together, starting at the one given.
pub(crate) fn starting_at(first: usize, files: usize, write: Write) -> Range<usize> {
    match write {
        Write::Replace => first..files,
        Write::Append | Write::Upsert => first..first + 1,
    }
}

/// The loads that put these contents into the table; `None` where they are still to be loaded. A table to be replaced must
/// hold these contents and no others. `held` may leave out what has another size.
pub(crate) fn known<'a>(write: Write, hashes: &[Option<String>], held: &'a [Load]) -> Option<Vec<&'a Load>> {
    let load_of = |hash: &Option<String>| held.iter().find(|load| Some(&load.sha256) == hash.as_ref());
    let found: Vec<&Load> = hashes.iter().map(load_of).collect::<Option<_>>()?;
    let gone = |load: &Load| !found.iter().any(|known| known.sha256 == load.sha256);
    if write == Write::Replace && held.iter().any(gone) { None } else { Some(found) }
}

/// Whether only a hash tells this file from others of the load, or from what the table holds.
pub(crate) fn needs_hash(input: &Input, unit: &[Input], held: &[Load]) -> bool {
    let bytes = input.file.bytes;
    held.iter().any(|load| load.bytes == bytes)
        || unit.iter().filter(|other| other.file.bytes == bytes).count() > 1
}

/// The files of a load, each content once.
pub(crate) fn distinct<'a>(unit: &'a [Input], hashes: &[Option<String>]) -> Vec<(&'a Input, Option<String>)> {
    let mut once: Vec<(&Input, Option<String>)> = Vec::new();
    for (input, hash) in unit.iter().zip(hashes) {
        if hash.is_none() || !once.iter().any(|(_, known)| known == hash) {
            once.push((input, hash.clone()));
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Counts;

    fn load(sha256: &str) -> Load {
        let (sha256, definition_sha256) = (sha256.to_owned(), String::new());
        Load { sha256, bytes: 1, run: uuid::Uuid::nil(), definition_sha256, counts: Counts::default() }
    }

    #[test]
    fn a_replaced_table_is_known_only_as_a_whole() {
        let held = [load("a"), load("b")];
        let hashes = |names: &[&str]| names.iter().map(|name| Some((*name).to_owned())).collect::<Vec<_>>();
        for (names, append, replace) in [
            (&["a", "b"][..], true, true),
            (&["b", "a", "b"], true, true),
            (&["a"], true, false),
            (&["a", "b", "c"], false, false),
        ] {
            let is_known = |write| known(write, &hashes(names), &held).is_some();
            assert_eq!((is_known(Write::Append), is_known(Write::Replace)), (append, replace), "{names:?}");
        }
        assert!(known(Write::Append, &[None], &held).is_none());
        assert_eq!(starting_at(1, 3, Write::Upsert), 1..2);
        assert_eq!(starting_at(0, 3, Write::Replace), 0..3);
    }
}
