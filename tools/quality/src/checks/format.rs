//! `format`: text that is not of a well-known form. NULL passes.
//!
//! | `format` | what a good value is |
//! |---|---|
//! | `email` | one address: no blanks, a domain with a top level, no dots in a row |
//! | `url` | `http`, `https` or `ftp` with a host |
//! | `uuid` | 32 hexadecimal digits in the usual groups |
//! | `ip`, `ipv4`, `ipv6` | an address, without a mask |
//! | `date`, `time`, `timestamp` | ISO 8601; a date must be in the calendar, so no 30 February |
//! | `integer`, `decimal` | digits with a sign; for decimals with a point and an exponent |
//! | `iban` | length, letters and the checksum modulo 97; blanks between groups are allowed |
//! | `isin` | twelve characters and the checksum |
//! | `card` | 12 to 19 digits and Luhn's checksum; blanks and dashes are allowed |
//! | `ssn` | a US social security number that could have been issued |
//! | `phone` | E.164: a plus and 7 to 15 digits; blanks, dots, dashes and brackets are allowed |

use super::{CheckType, Fault, Figures, Fragments, Ground, Reading, Rule};
use crate::document::{InlineCheck, Mistake, suggest};
use crate::statement;

pub(super) const TYPE: CheckType =
    super::counting("format", "Well-known formats", &[], &["column", "format"], read);

/// The formats there are.
pub(crate) const FORMATS: &[&str] = &[
    "email",
    "url",
    "uuid",
    "ip",
    "ipv4",
    "ipv6",
    "date",
    "time",
    "timestamp",
    "integer",
    "decimal",
    "iban",
    "isin",
    "card",
    "ssn",
    "phone",
];

#[derive(Debug)]
struct Format {
    column: String,
    format: &'static str,
}

fn read(check: &InlineCheck) -> Result<Box<dyn Rule>, Mistake> {
    let written = check.needed("format", "email")?;
    let format = FORMATS.iter().find(|known| **known == written).ok_or_else(|| {
        Mistake::at("format", format!("unknown format {written}")).hint(suggest(written, FORMATS))
    })?;
    Ok(Box::new(Format { column: check.one_column()?, format }))
}

impl Rule for Format {
    fn columns(&self) -> Vec<&str> {
        vec![&self.column]
    }

    fn compile(&self, ground: &Ground<'_>) -> Result<Fragments, Fault> {
        let column = ground.column(&self.column)?;
        let good = match (column.base_type.as_str(), self.format) {
            // The type has seen to it.
            ("uuid", "uuid") | ("inet" | "cidr", "ip") | ("date", "date") => "true".to_owned(),
            _ => {
                // Patterns read no text of a collation that is not deterministic.
                let text = statement::text(column)
                    .map(
                        |text| {
                            if column.c_collation { text } else { format!("({text} collate \"default\")") }
                        },
                    )
                    .ok_or_else(|| Fault::wrong_type("format", column, "it takes text"))?;
                condition(self.format, &text)
            }
        };
        Ok(Fragments { costly: true, ..Fragments::failing(format!("not ({good})")) })
    }

    fn read(&self, figures: &Figures<'_>) -> Reading {
        Reading::of_rows(figures, format!("of no valid {}", self.format))
    }
}

const EMAIL: &str = r"^(?!\.)(?!.*\.\.)(?!.*\.@)[^\s@,;:<>()\[\]\x22\\]+@([[:alnum:]]([[:alnum:]-]*[[:alnum:]])?\.)+([[:alpha:]]{2,}|xn--[a-z0-9-]+)$";
const URL: &str = r"^(https?|ftp)://([^\s/?#@]*@)?([[:alnum:]]([[:alnum:]-]*[[:alnum:]])?(\.[[:alnum:]]([[:alnum:]-]*[[:alnum:]])?)*|\[[0-9a-fA-F:.]+\])(:\d{1,5})?([/?#]\S*)?$";
const UUID: &str = "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$";
const IPV4: &str = r"^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$";
const IPV6: &str = r"^(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|(?=.*::)(?!.*::.*::)(([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){0,6})?::([0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){0,6})?))$";
const DATE: &str = r"(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])";
const TIME: &str = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?";
const ZONE: &str = r"(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?";
const SSN: &str = r"^(?!000|666|9)\d{3}(-(?!00)\d{2}-|(?!00)\d{2})(?!0000)\d{4}$";

/// Holds for text of that form. Nothing in it can fail, whatever the text: CASE keeps the order of what is looked at.
pub(super) fn condition(format: &str, text: &str) -> String {
    match format {
        "email" => format!("{text} ~ '{EMAIL}'"),
        "url" => format!("{text} ~ '{URL}'"),
        "uuid" => format!("{text} ~ '{UUID}'"),
        "ipv4" => format!("{text} ~ '{IPV4}'"),
        "ipv6" => ipv6(text),
        "ip" => format!("({text} ~ '{IPV4}' or {})", ipv6(text)),
        "date" => dated(text, &format!("^{DATE}$")),
        "time" => format!("{text} ~ '^{TIME}{ZONE}$'"),
        "timestamp" => dated(text, &format!("^{DATE}[T ]{TIME}{ZONE}$")),
        "integer" => format!(r"{text} ~ '^[-+]?\d+$'"),
        "decimal" => format!(r"{text} ~ '^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$'"),
        "iban" => {
            let plain = format!("replace({text}, ' ', '')");
            // The first four characters go to the end; letters count from 10 on.
            let digits = expanded(&format!("substr({plain}, 5) || substr({plain}, 1, 4)"));
            format!(
                r"case when {text} ~ '^[A-Z]{{2}}\d\d( ?[A-Z0-9])+$' and length({plain}) between 15 and 34 then ({digits})::numeric % 97 = 1 else false end"
            )
        }
        "isin" => {
            let sum = luhn(&expanded(text));
            format!(r"case when {text} ~ '^[A-Z]{{2}}[A-Z0-9]{{9}}\d$' then {sum} else false end")
        }
        "card" => {
            let plain = format!("translate({text}, ' -', '')");
            let sum = luhn(&plain);
            format!(
                r"case when {text} ~ '^\d([ -]?\d){{11,18}}$' and {plain} !~ '^0+$' then {sum} else false end"
            )
        }
        "ssn" => format!("{text} ~ '{SSN}'"),
        _ => format!(r"{text} ~ '^\+[1-9]([ ().-]*\d){{6,14}}$'"),
    }
}

fn ipv6(text: &str) -> String {
    // Eight groups at most, of which :: stands for one or more.
    format!("({text} ~ '{IPV6}' and length({text}) - length(replace({text}, ':', '')) <= 7)")
}

/// A date at the beginning, in the calendar: the pattern lets no month have more than 31 days.
fn dated(text: &str, pattern: &str) -> String {
    let part = |from: u8, length: u8| format!("substr({text}, {from}, {length})::int");
    format!(
        "case when {text} ~ '{pattern}' then {} <= extract(day from make_date({}, {}, 1) + interval '1 month' - interval '1 day') else false end",
        part(9, 2),
        part(1, 4),
        part(6, 2),
    )
}

/// The text, of 34 characters at most, with its letters as numbers from 10 on.
fn expanded(text: &str) -> String {
    ('A'..='Z').zip(10_u8..).fold(format!("({text})"), |text, (letter, number)| {
        let replaced = format!("replace({text}, '{letter}', '{number}')");
        // The guard takes each for one that doubles its text; this says now and then that it doesn't.
        if number % 6 == 0 { format!("left({replaced}, 68)") } else { replaced }
    })
}

/// Whether the digits pass Luhn's check: every second one from the right is doubled.
fn luhn(digits: &str) -> String {
    format!(
        "(select sum(case when (length(d.v) - i) % 2 = 1 then 2 * x.n - case when x.n > 4 then 9 else 0 end else x.n end) % 10 = 0 \
         from (select {digits} as v) as d, generate_series(1, length(d.v)) as i, \
         lateral (select substr(d.v, i, 1)::int as n) as x)"
    )
}
