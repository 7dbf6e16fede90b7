//! Fuzz target: a configuration of whatever bytes is read or refused, and no error repeats a secret.

#![allow(clippy::unwrap_used)]

use super::{Config, Origin};

/// What configurations are made of. Bytes choose among these.
const PIECES: &[&str] = &[
    "databases:\n",
    "  shop:\n",
    "  local:\n",
    "    dsn: ",
    "postgres://u:CANARY@db/shop",
    "\"host=db password=CANARY\"",
    "\"host=h password='two CANARY'\"",
    "password = CANARY",
    "${env:NOWHERE}",
    "${file:nowhere}",
    "${aws-secret:none}",
    "\n",
    "    environment: ",
    "production",
    "staging",
    "    allow: ",
    "read_data",
    "    limits:\n",
    "      statement_ms: ",
    "      connections: ",
    "0",
    "-1",
    "18446744073709551616",
    "1e9",
    "default_database: ",
    "shop",
    "pipelines: ",
    "files: ",
    "[a, ../b]",
    "{",
    "}",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "| \n",
    "\t",
    "'",
    "\"",
    "# x",
    "null",
    "true",
    ": ",
    "- ",
    "masking:",
    "audit:",
    "reach:",
    "allow_privileged_role: ",
    "    masking:\n",
    "      columns: { a.b.c: hash }\n",
];

#[test]
fn configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pgwright.yaml");
    bolero::check!().for_each(|bytes: &[u8]| {
        let pieces = bytes.iter().map(|byte| match PIECES.get(usize::from(*byte) % 64) {
            Some(piece) => (*piece).to_owned(),
            None => char::from(*byte).to_string(),
        });
        std::fs::write(&path, pieces.collect::<String>()).unwrap();
        let loaded = Config::load(&Origin { config: Some(path.clone()), ..Origin::default() });
        let said = match &loaded {
            Ok(config) => format!("{:?}", config.settings),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!said.contains("CANARY"), "{said}");
    });
}
