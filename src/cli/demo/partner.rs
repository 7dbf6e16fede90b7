//! The partner's file: 2,000 orders with planted defects, each known by its line.

use std::fmt::Write as _;

/// Good and bad orders in the file.
pub(super) const ORDERS: u32 = 2_000;

/// Rows that no typed table can take, by the line they stand on, with what is wrong.
pub(super) const MALFORMED: [(u32, &str); 5] = [
    (102, "2101,17,twelve,1996-03-01,a@example.org,paid"),
    (480, "2102,17,12.50,1996-02-31,b@example.org,paid"),
    (777, "2103,17,12.50,1996-03-01,c@example.org"),
    (1200, "2104,17,123456789.00,1996-03-01,d@example.org,paid"),
    (1801, ",17,12.50,1996-03-01,e@example.org,paid"),
];

/// Defects of good form, as (check, rows): what a quality check must find, no more and no less.
pub(super) const DEFECTS: [(&str, u32); 5] =
    [("unique", 2), ("missing", 3), ("in_set", 4), ("range", 5), ("references", 6)];

/// The file's text.
pub(super) fn csv() -> String {
    let mut text = String::from("order_id,customer_id,amount,ordered_on,email,status\n");
    for line in 2..=ORDERS + 1 {
        if let Some((_, row)) = MALFORMED.iter().find(|(at, _)| *at == line) {
            text.push_str(row);
            text.push('\n');
            continue;
        }
        let status = ["new", "paid", "shipped"][line as usize % 3];
        let id = if DUPLICATES.contains(&line) { line - 1 } else { line };
        let customer = if ORPHANS.contains(&line) { 9_000_000 + line } else { line % 10_000 + 1 };
        let sign = if NEGATIVE.contains(&line) { "-" } else { "" };
        let email =
            if NO_EMAIL.contains(&line) { String::new() } else { format!("customer{line}@example.org") };
        let status = if ODD_STATUS.contains(&line) { "lost" } else { status };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{id},{customer},{sign}{}.{:02},1996-{:02}-{:02},{email},{status}",
            line % 900 + 10,
            line % 100,
            line % 12 + 1,
            line % 28 + 1,
        );
    }
    text
}

const DUPLICATES: [u32; 2] = [300, 1500];
const NO_EMAIL: [u32; 3] = [15, 16, 1999];
const ODD_STATUS: [u32; 4] = [40, 41, 42, 1700];
const NEGATIVE: [u32; 5] = [50, 150, 250, 350, 450];
const ORPHANS: [u32; 6] = [60, 160, 260, 360, 460, 560];
