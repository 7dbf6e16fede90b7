//! How large an index would be, freshly built, from statistics alone.

mod btree;
mod gin;
mod other;
mod stored;

pub use btree::{btree, btree_of, height};
pub(crate) use gin::{Keys, gin_of};
pub use other::{brin, gin, gist, hash};
pub(crate) use stored::widths;

pub(crate) const PAGE: f64 = 8_192.0;

/// A size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// All pages.
    pub pages: f64,
    /// Levels above the leaves, of a tree.
    pub height: f64,
}

impl Size {
    /// The size on disk.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and whole")]
    pub fn bytes(self) -> u64 {
        (self.pages * PAGE) as u64
    }

    /// The pages as a number.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and whole")]
    pub fn blocks(self) -> u64 {
        self.pages as u64
    }
}

/// One part of an index: a column or an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Average width in bytes, with the header of a value of variable length.
    pub width_bytes: f64,
    /// How far widths are from that, as their standard deviation; 0 where all are the same, or nothing is known.
    pub spread_bytes: f64,
    /// What its values are aligned to.
    pub align_bytes: f64,
    /// Share of rows in which it is NULL.
    pub null_ratio: f64,
    /// Distinct values as `pg_statistic` writes them: negative is minus the ratio to all rows; 0 is unknown.
    pub distinct: f64,
    /// Whether equal values are equal byte by byte, which deduplication needs.
    pub equal_image: bool,
    /// Whether it is part of the key, not only stored.
    pub is_key: bool,
}

/// Bytes up to the next multiple of what MAXALIGN is everywhere.
fn aligned(bytes: f64) -> f64 {
    (bytes / 8.0).ceil() * 8.0
}

/// The mean of what tuples take, header and values, each up to the next multiple: they differ by the spread of their parts.
fn aligned_mean(header: f64, parts: &[&Part]) -> f64 {
    let mean = header + data_width(parts);
    let variance: f64 = parts.iter().map(|part| part.spread_bytes.powi(2)).sum();
    if variance < 1e-4 {
        return aligned(mean);
    }
    let reach = 3.0 * variance.sqrt() + 1.0;
    let (mut weight, mut sum) = (0.0, 0.0);
    let mut bytes = (mean - reach).floor().max(header);
    while bytes <= mean + reach {
        let share = (-(bytes - mean).powi(2) / (2.0 * variance)).exp();
        weight += share;
        sum += share * aligned(bytes);
        bytes += 1.0;
    }
    if weight > 0.0 { sum / weight } else { aligned(mean) }
}

/// The bytes of the values of these parts in one tuple, in the middle.
fn data_width(parts: &[&Part]) -> f64 {
    parts.iter().fold(0.0, |at, part| {
        let start = (at / part.align_bytes).ceil() * part.align_bytes;
        at + (start - at + part.width_bytes) * (1.0 - part.null_ratio)
    })
}
