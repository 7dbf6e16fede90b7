//! What a person reads: narration, questions, answers, and the claims the demo checks about itself.

use std::io::{IsTerminal, Write};

use serde_json::Value;

/// Prints the story as it happens, in colour on a terminal.
pub(super) struct Transcript {
    colour: bool,
    kept: usize,
    broken: Vec<String>,
}

const BOLD: &str = "1";
const DIM: &str = "2";
const CYAN: &str = "36";
const GREEN: &str = "32";
const RED: &str = "31";

impl Transcript {
    pub(super) fn new() -> Self {
        Self { colour: std::io::stdout().is_terminal(), kept: 0, broken: Vec::new() }
    }

    /// A new chapter.
    pub(super) fn chapter(&self, title: &str) {
        self.print(&format!("\n{}", self.paint(BOLD, title)));
    }

    /// What happens outside the conversation.
    pub(super) fn narrate(&self, text: &str) {
        self.print(&format!("  {text}"));
    }

    /// The assistant calls a tool.
    pub(super) fn asks(&self, tool: &str, arguments: &Value) {
        self.print(&format!("\n  {} {tool} {}", self.paint(CYAN, "assistant →"), shortened(arguments)));
    }

    /// pgwright answers.
    pub(super) fn answers(&self, text: &str) {
        for line in text.lines() {
            self.print(&format!("  {} {line}", self.paint(DIM, "│")));
        }
    }

    /// Something the demo says, with whether it holds.
    pub(super) fn claim(&mut self, holds: bool, claim: &str) {
        let mark = if holds { self.paint(GREEN, "✓") } else { self.paint(RED, "✗") };
        self.print(&format!("  {mark} {claim}"));
        if holds { self.kept += 1 } else { self.broken.push(claim.to_owned()) }
    }

    /// Ends the story; false if a claim did not hold.
    pub(super) fn end(&self) -> bool {
        if self.broken.is_empty() {
            self.chapter(&format!("All {} claims of this demo hold.", self.kept));
            return true;
        }
        self.chapter("These claims do not hold:");
        for claim in &self.broken {
            self.narrate(&format!("{} {claim}", self.paint(RED, "✗")));
        }
        false
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn print(&self, line: &str) {
        // A reader that has gone (`| head`) ends the printing, not the demo.
        let _written = writeln!(std::io::stdout(), "{line}");
    }
}

/// Arguments as a person wants to see them: long texts on one line, cut.
fn shortened(arguments: &Value) -> Value {
    const LONGEST: usize = 60;
    match arguments {
        Value::String(text) => {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            match line.char_indices().nth(LONGEST) {
                Some((cut, _)) => Value::String(format!("{}…", &line[..cut])),
                None => Value::String(line),
            }
        }
        Value::Array(items) => items.iter().map(shortened).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), shortened(value))).collect())
        }
        plain => plain.clone(),
    }
}
