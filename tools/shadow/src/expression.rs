//! The statistics that an index over an expression would have after ANALYZE, derived from its column's: the common values
//! and the histogram's bounds are a sample of the column, and the expression is evaluated over them.

use std::collections::{BTreeSet, HashMap};

use pgwright_postgres::types::{quote_literal, quote_relation};
use pgwright_sql::quote_identifier;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::array;
use crate::error::ShadowError;
use crate::materialise::{row, write_statistics};
use crate::planner;
use crate::snapshot::{Slot, Statistics};

const COMMON: i16 = 1;
const HISTOGRAM: i16 = 2;
const CORRELATION: i16 = 3;
const MOST_COMMON: usize = 100;

/// Derives the statistics of those of these indexes whose expression is over one column, `known` by table and name, and gives
/// the indexes that have them now. `maker` reads and writes the catalogue, `planner` may do nothing but evaluate.
pub(crate) async fn derive<'s>(
    maker: &Client,
    planner: &Client,
    indexes: &[u32],
    known: impl Fn(u32, &str) -> Option<&'s Statistics>,
) -> Result<BTreeSet<u32>, ShadowError> {
    let sql = include_str!("expressions.sql");
    let rows = planner::query(maker, "look at its indexes", sql, &[(&indexes, Type::OID_ARRAY)]).await?;
    let mut derived = BTreeSet::new();
    for one in &rows {
        let column: &str = one.get("column");
        let Some(statistics) = known(one.get("relation"), column) else { continue };
        let sample = Sample::of(statistics);
        if sample.values.is_empty() {
            continue;
        }
        let (expression, type_name): (&str, &str) = (one.get("expression"), one.get("type_name"));
        let values = quote_literal(&array::of(sample.values.iter().map(|(value, _)| Some(value.as_str()))));
        let sql = format!(
            "select ({expression})::text as image, row_number() over (order by {expression}) as place \
             from unnest({values}::{type_name}[]) with ordinality as sample ({}, ordinal) order by ordinal",
            quote_identifier(column)
        );
        // An expression may refuse a value that no row has any more.
        let Ok(images) = planner::query(planner, "evaluate an expression", &sql, &[]).await else { continue };
        let images: Vec<(Option<String>, i64)> =
            images.iter().map(|row| (row.get("image"), row.get("place"))).collect();
        let of_images = sample.through(statistics, &images);
        let (schema, name): (&str, &str) = (one.get("schema"), one.get("name"));
        let refused = write_statistics(maker, vec![row(schema, name, &of_images)]).await?;
        if refused.is_empty() {
            derived.insert(one.get("oid"));
        } else {
            tracing::debug!(index = %quote_relation(&pgwright_sql::RelationName::qualified(schema, name)), "no statistics");
        }
    }
    Ok(derived)
}

/// Values of a column, each with the share of rows that it stands for; the common ones first.
struct Sample {
    values: Vec<(String, f32)>,
    common: usize,
}

impl Sample {
    #[allow(clippy::cast_precision_loss, reason = "a hundred values")]
    fn of(statistics: &Statistics) -> Self {
        let slot = |kind: i16| statistics.slots.iter().find(|slot| slot.kind == kind);
        let elements = |kind: i16| -> Vec<String> {
            let text = slot(kind).and_then(|slot| slot.values.as_deref());
            text.map(|text| array::elements(text).into_iter().flatten().collect()).unwrap_or_default()
        };
        let shares = slot(COMMON).and_then(|slot| slot.numbers.clone()).unwrap_or_default();
        let mut values: Vec<(String, f32)> = elements(COMMON).into_iter().zip(shares).collect();
        let common = values.len();
        let rest = 1.0 - statistics.null_ratio - values.iter().map(|(_, share)| share).sum::<f32>();
        let bounds = elements(HISTOGRAM);
        let each = rest.max(0.0) / bounds.len().max(1) as f32;
        values.extend(bounds.into_iter().map(|bound| (bound, each)));
        Self { values, common }
    }

    /// What is known of the images of these values.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "a sample"
    )]
    fn through(&self, column: &Statistics, images: &[(Option<String>, i64)]) -> Statistics {
        let mut groups: HashMap<&str, (f32, usize, bool, i64)> = HashMap::new();
        let (mut null_ratio, mut length, mut present) = (column.null_ratio, 0.0_f32, 0.0_f32);
        for (number, ((image, place), (_, share))) in images.iter().zip(&self.values).enumerate() {
            let Some(image) = image else {
                null_ratio += share;
                continue;
            };
            length += share * image.len() as f32;
            present += share;
            let group = groups.entry(image).or_insert((0.0, 0, false, *place));
            *group = (group.0 + share, group.1 + 1, group.2 || number < self.common, group.3);
        }
        let kept = groups.len() as f32 / self.values.len().max(1) as f32;
        let (mut common, mut others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(_, (_, members, is_common, _))| *is_common || *members > 1);
        common.sort_by(|one, other| other.1.0.total_cmp(&one.1.0));
        common.truncate(self.common.max(MOST_COMMON));
        others.sort_by_key(|(_, (_, _, _, place))| *place);
        let mut slots = Vec::new();
        if !common.is_empty() {
            slots.push(Slot {
                kind: COMMON,
                numbers: Some(common.iter().map(|(_, group)| group.0).collect()),
                values: Some(array::of(common.iter().map(|(image, _)| Some(*image)))),
            });
        }
        if others.len() > 1 {
            slots.push(Slot {
                kind: HISTOGRAM,
                numbers: None,
                values: Some(array::of(others.iter().map(|(image, _)| Some(*image)))),
            });
        }
        // An expression that keeps the order keeps the order on disk.
        let bounds = images.get(self.common..).unwrap_or_default();
        if bounds.windows(2).all(|pair| pair[0].1 < pair[1].1) && bounds.len() > 2 {
            slots.extend(column.slots.iter().find(|slot| slot.kind == CORRELATION).cloned());
        }
        Statistics {
            column: "1".to_owned(),
            inherited: false,
            null_ratio: null_ratio.clamp(0.0, 1.0),
            width_bytes: (length / present.max(f32::MIN_POSITIVE)).round() as i32 + 1,
            distinct: if column.distinct < 0.0 || kept < 1.0 {
                column.distinct * kept
            } else {
                column.distinct
            },
            slots,
        }
    }
}
