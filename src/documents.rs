//! What is too long for an answer, kept for whoever got the answer: a bounded number of documents, the least used go first.
//!
//! An address holds a random number that nobody guesses, and is good for the session that got it only. Nothing is written
//! anywhere; the end of the process ends them all.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use pgwright_contract::{Attachment, Form};
use uuid::Uuid;

/// Documents kept at once, of all sessions.
const MOST: usize = 64;
/// Bytes kept at once; a larger document is not kept.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// Whose a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The one client of this process.
    Process,
    /// A session over HTTP.
    Session(String),
    /// A caller without a session: whoever knows the address.
    Address,
}

/// The documents of all sessions of a process.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// The least used first.
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    id: Uuid,
    owner: Owner,
    attachment: Attachment,
}

/// Where a document is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Of the document in its first form.
    pub(crate) uri: String,
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    /// Media type and address of each form, with its size.
    pub(crate) forms: Vec<(&'static str, String, usize)>,
}

impl Documents {
    /// Keeps a document and says where; nothing if it is too large.
    pub(crate) fn keep(&self, owner: Owner, attachment: Attachment) -> Option<Place> {
        if attachment.bytes() > MOST_BYTES || attachment.forms.is_empty() {
            return None;
        }
        let id = Uuid::new_v4();
        let place = place(id, &attachment);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(Kept { id, owner, attachment });
        let mut bytes: usize = kept.iter().map(|kept| kept.attachment.bytes()).sum();
        while kept.len() > MOST || bytes > MOST_BYTES {
            bytes -= kept.pop_front().map_or(bytes, |gone| gone.attachment.bytes());
        }
        Some(place)
    }

    /// The form that has this address, if it is this owner's.
    pub(crate) fn read(&self, owner: &Owner, uri: &str) -> Option<Form> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|kept| {
            kept.owner == *owner
                && place(kept.id, &kept.attachment).forms.iter().any(|(_, address, _)| address == uri)
        })?;
        let found = kept.remove(at)?;
        let forms = place(found.id, &found.attachment).forms;
        let form = forms.iter().position(|(_, address, _)| address == uri);
        let form = form.and_then(|at| found.attachment.forms.get(at).cloned());
        kept.push_back(found);
        form
    }

    /// All documents of a session, newest first. Who has no session gets no list: an address is all that lets them in.
    pub(crate) fn of(&self, owner: &Owner) -> Vec<Place> {
        if *owner == Owner::Address {
            return Vec::new();
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let own = kept.iter().rev().filter(|kept| kept.owner == *owner);
        own.map(|kept| place(kept.id, &kept.attachment)).collect()
    }
}

/// `pgwright://plan/ID`, and `pgwright://plan/ID/json` for a further form.
fn place(id: Uuid, attachment: &Attachment) -> Place {
    let uri = format!("pgwright://{}/{}", attachment.kind, id.simple());
    let address = |(at, form): (usize, &Form)| {
        let address = match at {
            0 => uri.clone(),
            _ => format!("{uri}/{}", form.media_type.rsplit('/').next().unwrap_or_default()),
        };
        (form.media_type, address, form.text.len())
    };
    Place {
        forms: attachment.forms.iter().enumerate().map(address).collect(),
        kind: attachment.kind,
        title: attachment.title.clone(),
        uri,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn plan(text: &str) -> Attachment {
        let form = |media_type, text: &str| Form { media_type, text: text.to_owned() };
        Attachment {
            kind: "plan",
            title: "The whole plan".to_owned(),
            forms: vec![form("text/plain", text), form("application/json", "{}")],
        }
    }

    #[test]
    fn each_form_has_its_address() {
        let documents = Documents::default();
        let place = documents.keep(Owner::Process, plan("Seq Scan")).unwrap();
        assert_eq!(documents.read(&Owner::Process, &place.uri).unwrap().text, "Seq Scan");
        assert_eq!(documents.read(&Owner::Process, &format!("{}/json", place.uri)).unwrap().text, "{}");
        assert_eq!(documents.read(&Owner::Process, &format!("{}/xml", place.uri)), None);
    }

    #[test]
    fn nobody_reads_or_lists_what_another_session_got() {
        let documents = Documents::default();
        let session = |name: &str| Owner::Session(name.to_owned());
        let place = documents.keep(session("a"), plan("a")).unwrap();
        for other in [session("b"), Owner::Process, Owner::Address] {
            assert_eq!(documents.read(&other, &place.uri), None, "{other:?}");
            assert_eq!(documents.of(&other), [], "{other:?}");
        }
        assert_eq!(documents.of(&session("a")), [place]);
    }

    #[test]
    fn who_has_no_session_needs_the_address() {
        let documents = Documents::default();
        let place = documents.keep(Owner::Address, plan("a")).unwrap();
        assert_eq!(documents.of(&Owner::Address), []);
        assert_eq!(documents.read(&Owner::Address, &place.uri).unwrap().text, "a");
    }

    #[test]
    fn the_least_used_go_first() {
        let documents = Documents::default();
        let places: Vec<Place> =
            (0..MOST).map(|_| documents.keep(Owner::Process, plan("a")).unwrap()).collect();
        assert!(documents.read(&Owner::Process, &places[0].uri).is_some());
        documents.keep(Owner::Process, plan("b")).unwrap();
        assert!(documents.read(&Owner::Process, &places[0].uri).is_some());
        assert!(documents.read(&Owner::Process, &places[1].uri).is_none());
    }

    #[test]
    fn what_is_too_large_is_not_kept_and_costs_nobody_else_a_place() {
        let documents = Documents::default();
        let place = documents.keep(Owner::Process, plan("a")).unwrap();
        assert_eq!(documents.keep(Owner::Process, plan(&"x".repeat(MOST_BYTES + 1))), None);
        assert!(documents.read(&Owner::Process, &place.uri).is_some());
        let half = "x".repeat(MOST_BYTES / 2);
        documents.keep(Owner::Process, plan(&half)).unwrap();
        documents.keep(Owner::Process, plan(&half)).unwrap();
        assert_eq!(documents.of(&Owner::Process).len(), 1, "bytes are bounded, too");
    }
}
