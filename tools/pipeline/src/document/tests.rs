#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use expect_test::{Expect, expect};
use pgwright_quality::checks::Severity;

use super::*;

const FEED: &str = r#"version: 1
pipeline: partner_feed
kind: batch
source: {type: csv, path: "inbox/*.csv", delimiter: ";", max_record_bytes: 64kB}
contract:
  columns:
    - {name: sku, type: text, nullable: false, pattern: "^[A-Z]{3}-[0-9]+$"}
    - {name: qty, type: integer, min: 0, max: 1000}
    - {name: price, type: "numeric(10,2)", min: 0.10}
checks:
  - {rule: accepted_rate, min: 0.99, severity: fail}
target: {table: public.feed, write: upsert, key: [sku]}
retry: {max_attempts: 3, backoff: {initial: 500ms, max: 2m}}
limits: {timeout: 10m}
"#;

fn read(text: &str) -> Result<Definition, DocumentError> {
    Definition::parse(Path::new("feed.yaml"), text)
}

fn refused(edit: impl Fn(&str) -> String, expected: &Expect) {
    let error = read(&edit(FEED)).unwrap_err();
    let DocumentError::Invalid { mistake, .. } = &error else { panic!("{error}") };
    let hint = mistake.hint.as_ref().map_or(String::new(), |hint| format!(" -> {hint}"));
    expected.assert_eq(&format!("{error}{hint}"));
}

#[test]
fn a_definition_is_read_as_written() {
    let feed = read(FEED).unwrap();
    assert_eq!(feed.pipeline.as_str(), "partner_feed");
    assert_eq!((feed.source.delimiter, feed.source.quote, feed.source.header), (b';', b'"', true));
    assert_eq!(feed.source.max_record_bytes, ByteSize(65_536));
    let columns = &feed.contract.as_ref().unwrap().columns;
    assert_eq!(columns[2].value.min, Some("0.10".to_owned()), "digits stay as written");
    assert!(!columns[0].value.nullable && columns[1].value.nullable);
    let rate = AcceptedRate { name: "accepted_rate".to_owned(), min: 0.99, severity: Severity::Fail };
    assert_eq!(feed.checks.accepted_rates, [rate]);
    assert_eq!(
        (feed.target.write, feed.target.key.as_slice()),
        (Write::Upsert, ["sku".to_owned()].as_slice())
    );
    assert_eq!(feed.retry.backoff.initial.0.as_millis(), 500);
    assert_eq!(feed.quarantine.table.to_string(), "pgwright.quarantine");
}

#[test]
fn unknown_keys_name_their_place_and_their_neighbour() {
    refused(
        |text| text.replace("delimiter", "delimeter"),
        &expect!["feed.yaml, line 4, column 42: unknown key delimeter -> did you mean delimiter?"],
    );
    refused(
        |text| text.replace("rule: accepted_rate", "rule: acepted_rate"),
        &expect!["feed.yaml, line 11, column 12: unknown rule acepted_rate -> did you mean accepted_rate?"],
    );
}

#[test]
fn checks_are_those_of_the_quality_room_and_one_of_pipelines() {
    let checks = "checks:\n  - {rule: row_count, min: 1}\n  - {rule: unique, column: sku, severity: warn}\n  - {rule: range, \
        column: price, min: 0.10, name: no gifts, fail: '> 1%'}\n  - {rule: accepted_rate, min: 0.5}\n";
    let feed = read(&FEED.replace("checks:\n", checks)).unwrap();
    let listed: Vec<(&str, &str, Severity)> = feed.checks.listed().collect();
    assert_eq!(
        listed,
        [
            ("accepted_rate", "accepted_rate", Severity::Fail),
            ("accepted_rate", "accepted_rate", Severity::Fail),
            ("row_count", "row_count", Severity::Fail),
            ("unique(sku)", "unique", Severity::Warn),
            ("no gifts", "range", Severity::Fail),
        ]
    );
    refused(
        |text| text.replace("min: 0.99", "min: 99"),
        &expect![
            "feed.yaml, line 11, column 32: accepted_rate needs min, a share from 0 to 1 -> for example min: 0.99"
        ],
    );
    refused(
        |text| text.replace("min: 0.99", "column: sku"),
        &expect![
            "feed.yaml, line 11, column 35: accepted_rate takes no column -> it takes min, name, severity"
        ],
    );
    refused(
        |text| text.replace("rule: accepted_rate, min: 0.99", "type: unique, column: sku"),
        &expect!["feed.yaml, line 11, column 6: unknown key type -> the type stands under rule here"],
    );
    refused(
        |text| text.replace("rule: accepted_rate, min: 0.99", "rule: range, column: sku, mni: 0"),
        &expect!["feed.yaml, line 11, column 32: unknown key mni -> did you mean min?"],
    );
    refused(
        |text| text.replace("severity: fail", "severity: quarantine"),
        &expect!["feed.yaml, line 11, column 48: severity is warn or fail, not quarantine"],
    );
}

#[test]
fn mistakes_name_their_place() {
    refused(
        |text| text.replace("delimiter: \";\"", "null_string: NULL"),
        &expect![
            "feed.yaml, line 4, column 55: write it in quotes, 'NULL': without them YAML reads it as no value at all"
        ],
    );
    refused(
        |text| text.replace("upsert, key: [sku]", "upsert"),
        &expect!["feed.yaml, line 12, column 17: write: upsert needs key, the columns that identify a row"],
    );
    refused(
        |text| text.replace("min: 0,", "min: zero,"),
        &expect!["feed.yaml, line 8, column 7: column qty: min is not a value of type integer"],
    );
    refused(
        |text| text.replace("^[A-Z]{3}-", "^[A-Z{3}-"),
        &expect![
            "feed.yaml, line 7, column 7: column sku: pattern: invalid character class range, the start must be <= the end"
        ],
    );
    refused(
        |text| text.replace("64kB", "much"),
        &expect!["feed.yaml, line 4, column 76: write a size as 64kB, 1MB, 2GB or a number of bytes"],
    );
    refused(
        |text| text.replace("kind: batch\n", ""),
        &expect!["feed.yaml, line 13, column 1: missing field `kind`"],
    );
    refused(
        |text| text.replace("name: qty", "name: sku"),
        &expect!["feed.yaml, line 8, column 7: column sku stands twice in the contract"],
    );
    refused(
        |text| text.replace("\";\"", "\";;\""),
        &expect![[r#"feed.yaml, line 4, column 53: write one ASCII character, such as "," or ";""#]],
    );
    refused(
        |text| text.replace("public.feed", "public..feed"),
        &expect!["feed.yaml, line 12, column 17: a name is missing; write `table` or `schema.table`"],
    );
    refused(
        |text| text.replace("  columns:\n", "  columns: [\n"),
        &expect![[r#"feed.yaml, line 7, column 5: "-" is only valid inside a block"#]],
    );
    refused(
        |text| text.replace("version: 1", "version: 2"),
        &expect!["feed.yaml, line 1, column 10: version must be 1"],
    );
}

#[test]
fn a_password_is_refused_and_not_repeated() {
    for line in [
        "  password: hunter2",
        "connection: postgres://etl:hunter2@warehouse/db",
        "target: {table: t, token: 'hunter2'}",
    ] {
        let error = read(&format!("{FEED}{line}\n")).unwrap_err();
        assert!(error.to_string().contains("line 15"), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    assert!(read(&FEED.replace("path: \"inbox", "path: \"tokens/inbox")).is_ok());
}

#[test]
fn a_file_that_is_no_definition_is_not_read_to_its_end() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 40).unwrap();
    let error = Definition::read(file.path()).unwrap_err();
    assert!(matches!(error, DocumentError::Unreadable { .. }), "{error}");
}
