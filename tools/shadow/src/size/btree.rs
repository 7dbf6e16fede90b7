//! B-trees: `nbtsort.c` by formula.
//!
//! Leaves hold one tuple a row, or, where many rows share a key and its type allows deduplication, posting lists of
//! six bytes a row. Leaves are filled to 90 %, inner pages to 70 %.

use super::{PAGE, Part, Size, aligned, aligned_mean, data_width};

/// Page header and the B-tree's own trailer.
const PAGE_OVERHEAD: f64 = 24.0 + 16.0;
const LEAF_FILL: f64 = 0.9;
const INNER_FILL: f64 = 0.7;
const ITEM_POINTER: f64 = 4.0;
const TUPLE_HEADER: f64 = 8.0;
const ROW_POINTER: f64 = 6.0;
/// A posting list made while building is at most a tenth of a page.
const LARGEST_POSTING: f64 = 812.0;

/// The size of a B-tree over `rows` of the `all` rows of a table.
pub fn btree(rows: f64, all: f64, parts: &[Part]) -> Size {
    let keys: Vec<&Part> = parts.iter().filter(|part| part.is_key).collect();
    btree_of(rows, parts, |rows| distinct(all, &keys, rows))
}

/// The same where it is known otherwise how many distinct keys so many rows have.
pub fn btree_of(rows: f64, parts: &[Part], distinct: impl FnOnce(f64) -> f64) -> Size {
    let stored: Vec<&Part> = parts.iter().collect();
    let keys: Vec<&Part> = parts.iter().filter(|part| part.is_key).collect();
    let deduplicates = keys.len() == stored.len() && keys.iter().all(|part| part.equal_image);

    let all_null: f64 = stored.iter().map(|part| part.null_ratio).product();
    let null_rows = rows * all_null;
    let tuple = aligned_mean(TUPLE_HEADER, &stored);
    let null_tuple = aligned(TUPLE_HEADER + 4.0);
    let leaf_bytes = if deduplicates {
        groups(rows - null_rows, distinct(rows - null_rows), tuple) + groups(null_rows, 1.0, null_tuple)
    } else {
        (rows - null_rows) * (tuple + ITEM_POINTER) + null_rows * (null_tuple + ITEM_POINTER)
    };

    let leaf_room = PAGE * LEAF_FILL - PAGE_OVERHEAD - pivot(&keys);
    let fanout = fanout(&keys);
    let mut level = (leaf_bytes / leaf_room).ceil().max(1.0);
    // The meta page.
    let mut size = Size { pages: 1.0 + level, height: 0.0 };
    while level > 1.0 {
        level = (level / fanout).ceil();
        size.pages += level;
        size.height += 1.0;
    }
    size
}

/// Levels above the leaves of a B-tree that has this many pages. One that has grown row by row splits its root only when
/// that is full, and splits leaves where few columns tell the halves apart; one that was built at once does neither.
pub fn height(pages: f64, parts: &[Part], grown: bool) -> u32 {
    let all: Vec<&Part> = parts.iter().filter(|part| part.is_key).collect();
    let keys = if grown { telling(&all) } else { all };
    let fanout = fanout(&keys);
    let root = if grown { (PAGE - PAGE_OVERHEAD) / pivot(&keys) } else { fanout };
    if pages <= 2.0 {
        return 0;
    }
    let mut level = ((pages - 1.0) * (1.0 - 1.0 / fanout)).ceil().max(1.0);
    let mut height = 0;
    while level > 1.0 {
        level = if level <= root { 1.0 } else { (level / fanout).ceil() };
        height += 1;
    }
    height
}

/// The leading columns up to the first of which every tenth row, about, has another value.
fn telling<'p>(keys: &[&'p Part]) -> Vec<&'p Part> {
    let tells = |part: &&Part| part.distinct <= -0.1;
    let needed = keys.iter().position(tells).map_or(keys.len(), |place| place + 1);
    keys.iter().take(needed).copied().collect()
}

fn pivot(keys: &[&Part]) -> f64 {
    aligned(TUPLE_HEADER + data_width(keys)) + ITEM_POINTER
}

fn fanout(keys: &[&Part]) -> f64 {
    ((PAGE * INNER_FILL - PAGE_OVERHEAD) / pivot(keys)).max(2.0)
}

/// The distinct combinations that `rows` rows have of these parts.
fn distinct(all: f64, keys: &[&Part], rows: f64) -> f64 {
    let all = all.max(1.0);
    let values = |part: &&Part| {
        let known = match part.distinct {
            0.0 => all,
            share if share < 0.0 => -share * all,
            number => number,
        };
        known.max(1.0) + if part.null_ratio > 0.0 { 1.0 } else { 0.0 }
    };
    match keys {
        [part] => values(part).min(rows.max(1.0)),
        _ => {
            let possible: f64 = keys.iter().map(values).product();
            // Not every combination turns up in so many draws.
            let independent = (possible * -(-rows / possible).exp_m1()).clamp(1.0, rows.max(1.0));
            // What the planner takes columns for that go together.
            let most = keys.iter().map(values).fold(1.0, f64::max);
            let dependent = independent.min(most.max(rows / 10.0));
            // Single-column statistics cannot tell; in between, neither is far off.
            (independent * dependent).sqrt()
        }
    }
}

/// Bytes of the leaf tuples of `rows` rows in `distinct` groups of equal keys.
fn groups(rows: f64, distinct: f64, tuple: f64) -> f64 {
    if rows <= 0.0 {
        return 0.0;
    }
    let distinct = distinct.clamp(1.0, rows.max(1.0));
    let each = rows / distinct;
    let per_posting = ((LARGEST_POSTING - tuple) / ROW_POINTER).floor().max(1.0);
    if per_posting < 2.0 {
        return rows * (tuple + ITEM_POINTER);
    }
    let lists = (each / per_posting).ceil().max(1.0);
    let singly = each * (tuple + ITEM_POINTER);
    let posted = lists * (tuple + ITEM_POINTER) + each * ROW_POINTER + lists * 4.0;
    distinct * singly.min(posted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(width: f64, align: f64, distinct: f64, null_ratio: f64) -> Part {
        Part {
            width_bytes: width,
            spread_bytes: 0.0,
            align_bytes: align,
            null_ratio,
            distinct,
            equal_image: true,
            is_key: true,
        }
    }

    /// Pages of really built indexes over 1,000,000 rows (PostgreSQL 15, `pg_relation_size / 8192`).
    fn expect(parts: &[Part], real_pages: f64) {
        let size = btree(1e6, 1e6, parts);
        let ratio = size.pages / real_pages;
        assert!((0.87..1.15).contains(&ratio), "{} pages against {real_pages}: {ratio}", size.pages);
    }

    #[test]
    fn keys_that_differ_take_a_tuple_each() {
        expect(&[part(8.0, 8.0, -1.0, 0.0)], 2_745.0);
        expect(&[part(16.0, 1.0, -1.0, 0.0)], 3_853.0);
        expect(&[part(5.0, 1.0, 3.0, 0.0), part(8.0, 8.0, -1.0, 0.0)], 3_853.0);
    }

    #[test]
    fn keys_that_repeat_take_six_bytes_a_row() {
        expect(&[part(4.0, 4.0, 7.0, 0.0)], 850.0);
        expect(&[part(4.0, 4.0, 1_000.0, 0.0)], 896.0);
        expect(&[part(21.0, 1.0, 50_223.0, 0.0)], 1_073.0);
        expect(&[part(8.0, 8.0, -0.28411, 0.0)], 1_806.0);
        expect(&[part(4.0, 4.0, 25.0, 0.949_766_7)], 851.0);
        expect(&[part(4.0, 4.0, 7.0, 0.0), part(4.0, 4.0, 1_000.0, 0.0)], 830.0);
    }

    #[test]
    fn what_is_not_equal_byte_by_byte_and_what_is_stored_is_not_deduplicated() {
        expect(&[Part { equal_image: false, ..part(4.0, 4.0, 2_000.0, 0.0) }], 2_749.0);
        expect(&[part(4.0, 4.0, 1_000.0, 0.0), Part { is_key: false, ..part(8.0, 8.0, -1.0, 0.0) }], 3_853.0);
    }

    /// A partial index of which hardly a row is expected: seen with TPC-DS.
    #[test]
    fn less_than_a_row_takes_a_page_and_no_more() {
        for keys in
            [vec![part(4.0, 4.0, 7.0, 0.0)], vec![part(4.0, 4.0, 7.0, 0.0), part(8.0, 8.0, -1.0, 0.0)]]
        {
            let size = btree(0.004, 1e6, &keys);
            assert!((1.0..=2.0).contains(&size.pages), "{size:?}");
        }
    }

    #[test]
    fn a_root_that_grew_is_fuller() {
        // 120,000 rows by a bigint key, 80,000 by two of which the first tells four rows from the others: seen on 15 and 18.
        let number = part(8.0, 8.0, -1.0, 0.0);
        assert_eq!((height(331.0, &[number], true), height(331.0, &[number], false)), (1, 2));
        let both = [part(8.0, 8.0, -0.25, 0.0), part(8.0, 8.0, 1_000.0, 0.0)];
        assert_eq!((height(309.0, &both, true), height(309.0, &both, false)), (1, 2));
        assert_eq!(height(17_000.0, &[number], true), 2);
    }

    #[test]
    fn a_tree_is_as_high_as_it_was_built() {
        for rows in [1.0, 100.0, 1e4, 1e6, 6e7, 6e8] {
            for parts in
                [vec![part(8.0, 8.0, -1.0, 0.0)], vec![part(30.0, 1.0, -0.9, 0.0), part(4.0, 4.0, 7.0, 0.0)]]
            {
                let size = btree(rows, rows, &parts);
                assert_eq!(
                    f64::from(height(size.pages, &parts, false)),
                    size.height,
                    "{rows} rows: {size:?}"
                );
            }
        }
    }
}
