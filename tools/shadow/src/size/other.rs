//! Other access methods: rougher models, each after the code that builds the index.

use super::{PAGE, Part, Size, aligned, data_width};

/// What a page of an index has room for, header and trailer away.
const ROOM: f64 = PAGE - 40.0;

/// A hash index: buckets for 307 rows each (`hash.h`: fill 75 %, 20 bytes a row), rounded up to a quarter of a power of two.
pub fn hash(rows: f64) -> Size {
    let buckets = (rows / 307.0).ceil().max(2.0);
    let power = buckets.log2().floor().exp2();
    let step = (power / 4.0).max(1.0);
    let made = if buckets > power { power + ((buckets - power) / step).ceil() * step } else { power };
    // Buckets fill unevenly: some pages overflow, more where the table has just been split.
    let overflow = made * (rows / (made * 400.0)).min(1.0).powi(4);
    Size { pages: made + overflow.floor() + 2.0, height: 0.0 }
}

/// A BRIN index: one summary for each range of heap pages, and the map of ranges.
pub fn brin(heap_pages: f64, pages_per_range: f64, parts: &[Part]) -> Size {
    let ranges = (heap_pages / pages_per_range.max(1.0)).ceil().max(1.0);
    let summary = aligned(16.0 + parts.iter().map(|part| 2.0 * part.width_bytes).sum::<f64>()) + 4.0;
    Size { pages: 1.0 + (ranges / 1_360.0).ceil() + (ranges * summary / ROOM).ceil(), height: 0.0 }
}

/// A GIN index over `keys_per_row` of `distinct_keys` keys in all, each about `key_bytes` wide.
pub fn gin(rows: f64, heap_pages: f64, keys_per_row: f64, distinct_keys: f64, key_bytes: f64) -> Size {
    let postings = rows * keys_per_row.max(0.0);
    let distinct = distinct_keys.clamp(1.0, postings.max(1.0));
    // A row's place is written as the difference to the one before, seven bits a byte; a page counts 2,048 places.
    let gap = (heap_pages.max(1.0) * 2_048.0 * distinct / postings.max(1.0)).max(2.0);
    let each = (gap.log2() / 7.0).ceil().max(1.0);
    let entries = distinct * (aligned(8.0 + key_bytes) + 8.0);
    Size { pages: 2.0 + ((postings * each + entries) / (ROOM * 0.9)).ceil(), height: 2.0 }
}

/// A GiST or SP-GiST index: a tuple a row, pages about two thirds full.
pub fn gist(rows: f64, parts: &[Part]) -> Size {
    let stored: Vec<&Part> = parts.iter().collect();
    let tuple = aligned(8.0 + data_width(&stored)) + 4.0;
    let leaves = (rows * tuple / (ROOM * 0.68)).ceil().max(1.0);
    Size { pages: leaves + (leaves / 100.0).ceil(), height: 2.0 }
}
