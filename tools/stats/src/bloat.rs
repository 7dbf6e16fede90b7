//! How much of a heap is neither rows nor room that its fillfactor asks for, from what ANALYZE found.
//!
//! The size a table would have if it were rewritten now: rows × (line pointer + tuple header + data), packed into pages.
//! The layout is PostgreSQL's own (its manual, "Database Page Layout"); the widths are `pg_stats.avg_width`, as in
//! the well-known width formula of the `pgsql-bloat-estimation` queries, but with the padding of each column in
//! its place instead of one constant a row. What lies in TOAST counts as the pointer that the row holds. The result is
//! an estimate as of the last VACUUM or ANALYZE; for tables of fixed-width columns it is right to the page.

/// What a page holds before its first line pointer.
const PAGE_HEADER: f64 = 24.0;
const LINE_POINTER: f64 = 4.0;
/// Of a row, without the bitmap of NULLs.
const TUPLE_HEADER: f64 = 23.0;
/// Where rows and their data begin: multiples of eight on every 64-bit platform.
const MAXALIGN: f64 = 8.0;
/// A variable-width value shorter than this has a one-byte header and is not aligned.
const SHORT: f64 = 127.0;

/// One heap and the shape of its rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    pub(crate) rows: f64,
    pub(crate) pages: f64,
    pub(crate) block_bytes: f64,
    /// Percent of a page that inserts may fill.
    pub(crate) fillfactor: f64,
    /// Columns, dropped ones included: the bitmap of NULLs has a bit for each.
    pub(crate) attributes: f64,
    pub(crate) columns: Vec<ColumnLayout>,
}

/// One column in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnLayout {
    pub(crate) width: f64,
    pub(crate) null_ratio: f64,
    pub(crate) alignment: f64,
    pub(crate) fixed: bool,
}

impl Layout {
    /// Bytes that a rewrite of the heap would give back.
    pub(crate) fn bloat_bytes(&self) -> f64 {
        ((self.pages - self.packed_pages()) * self.block_bytes).max(0.0)
    }

    fn packed_pages(&self) -> f64 {
        let reserved = self.block_bytes * (100.0 - self.fillfactor) / 100.0;
        let room = self.block_bytes - PAGE_HEADER - reserved;
        let rows_per_page = (room / (LINE_POINTER + self.tuple_bytes())).floor().max(1.0);
        (self.rows / rows_per_page).ceil()
    }

    fn tuple_bytes(&self) -> f64 {
        let without_nulls: f64 = self.columns.iter().map(|column| 1.0 - column.null_ratio).product();
        let plain = align(TUPLE_HEADER);
        let with_bitmap = align(TUPLE_HEADER + (self.attributes / 8.0).ceil());
        plain + (1.0 - without_nulls) * (with_bitmap - plain) + self.data_bytes()
    }

    fn data_bytes(&self) -> f64 {
        let mut end = Offset { bytes: 0.0, modulus: MAXALIGN, rest: 0.0 };
        for column in &self.columns {
            end.push(column);
        }
        end.align(MAXALIGN, 1.0);
        end.bytes
    }
}

/// Where the next column begins: on average so many bytes in, and certainly `rest` past a multiple of `modulus`.
struct Offset {
    bytes: f64,
    modulus: f64,
    rest: f64,
}

impl Offset {
    fn push(&mut self, column: &ColumnLayout) {
        let there = 1.0 - column.null_ratio;
        if there <= 0.0 {
            return;
        }
        if column.fixed || column.width >= SHORT {
            self.align(column.alignment, there);
        }
        self.bytes += column.width * there;
        if column.fixed && column.null_ratio == 0.0 {
            self.rest = (self.rest + column.width) % self.modulus;
        } else {
            (self.modulus, self.rest) = (1.0, 0.0);
        }
    }

    /// Adds the padding that it takes, exactly where the offset is known, else its mean.
    fn align(&mut self, alignment: f64, there: f64) {
        let mut places = 0.0;
        let mut padding = 0.0;
        let mut place = self.rest % self.modulus.min(alignment);
        while place < alignment {
            padding += (alignment - place) % alignment;
            places += 1.0;
            place += self.modulus.min(alignment);
        }
        self.bytes += there * padding / places;
        if self.modulus >= alignment {
            self.rest = (self.rest + padding) % self.modulus;
        } else {
            (self.modulus, self.rest) = (alignment, 0.0);
        }
    }
}

fn align(bytes: f64) -> f64 {
    (bytes / MAXALIGN).ceil() * MAXALIGN
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIGINT: ColumnLayout = ColumnLayout { width: 8.0, null_ratio: 0.0, alignment: 8.0, fixed: true };
    const INT: ColumnLayout = ColumnLayout { width: 4.0, null_ratio: 0.0, alignment: 4.0, fixed: true };
    const BOOL: ColumnLayout = ColumnLayout { width: 1.0, null_ratio: 0.0, alignment: 1.0, fixed: true };
    const TEXT: ColumnLayout = ColumnLayout { width: 10.0, null_ratio: 0.0, alignment: 4.0, fixed: false };

    fn heap(rows: f64, pages: f64, columns: &[ColumnLayout]) -> Layout {
        Layout {
            rows,
            pages,
            block_bytes: 8192.0,
            fillfactor: 100.0,
            attributes: 2.0,
            columns: columns.to_vec(),
        }
    }

    /// PostgreSQL 15 puts 100,000 rows of one bigint into 443 pages (226 a page).
    #[test]
    fn a_tight_heap_of_fixed_width_rows_has_no_bloat() {
        assert_eq!(heap(100_000.0, 443.0, &[BIGINT]).bloat_bytes(), 0.0);
        assert_eq!(heap(50_000.0, 443.0, &[BIGINT]).bloat_bytes(), 221.0 * 8192.0);
    }

    #[test]
    fn the_order_of_columns_decides_the_padding() {
        assert_eq!(heap(1.0, 1.0, &[BOOL, BIGINT, INT]).data_bytes(), 24.0);
        assert_eq!(heap(1.0, 1.0, &[BIGINT, INT, BOOL]).data_bytes(), 16.0);
    }

    #[test]
    fn after_a_value_of_unknown_width_padding_is_its_mean() {
        // text 10, then 1.5 bytes on average to the next multiple of four, int 4, then 2 to the next multiple of eight.
        assert_eq!(heap(1.0, 1.0, &[TEXT, INT]).data_bytes(), 10.0 + 1.5 + 4.0 + 2.0);
    }

    #[test]
    fn nulls_take_no_width_but_a_bitmap() {
        let empty = ColumnLayout { null_ratio: 1.0, ..BIGINT };
        assert_eq!(heap(1.0, 1.0, &[empty]).tuple_bytes(), 24.0);
        assert_eq!(Layout { attributes: 9.0, ..heap(1.0, 1.0, &[empty]) }.tuple_bytes(), 32.0);
    }

    /// PostgreSQL 15 puts the same rows into 885 pages with fillfactor 50.
    #[test]
    fn room_that_the_fillfactor_reserves_is_no_bloat() {
        let half = Layout { fillfactor: 50.0, ..heap(100_000.0, 886.0, &[BIGINT]) };
        assert_eq!(half.bloat_bytes(), 8192.0);
    }
}
