//! What belongs to an answer and is too long for it: kept by whoever hands the answer out, read when it is asked for.

/// One document in one or several forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is, in one word for an address: `plan`.
    pub kind: &'static str,
    /// For people.
    pub title: String,
    /// The same in each form.
    pub forms: Vec<Form>,
}

/// A text of some media type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// `text/plain`, `application/json`.
    pub media_type: &'static str,
    /// The text.
    pub text: String,
}

impl Attachment {
    /// How much room it takes.
    pub fn bytes(&self) -> usize {
        self.forms.iter().map(|form| form.text.len()).sum()
    }
}
