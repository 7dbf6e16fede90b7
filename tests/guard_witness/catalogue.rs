//! Every column of the catalogue that holds an expression or names a function: the witness reads it, or it says here why a
//! query never runs it. A new version of PostgreSQL with a new one makes this fail.

use std::collections::BTreeSet;

use crate::support::{Database, NEWER, OLDER};

const WITNESS: &[&str] = &[
    include_str!("../../tools/postgres/src/session/witness/functions.sql"),
    include_str!("../../tools/postgres/src/session/witness/relations.sql"),
    include_str!("../../tools/postgres/src/session/witness/types.sql"),
    include_str!("../../tools/postgres/src/session/witness/unnamed.sql"),
];

/// Columns that the witness reads.
const READ: &[&str] = &[
    "pg_aggregate.aggcombinefn",
    "pg_aggregate.aggdeserialfn",
    "pg_aggregate.aggfinalfn",
    "pg_aggregate.aggfnoid",
    "pg_aggregate.aggmfinalfn",
    "pg_aggregate.aggminvtransfn",
    "pg_aggregate.aggmtransfn",
    "pg_aggregate.aggserialfn",
    "pg_aggregate.aggtransfn",
    "pg_amproc.amproc",
    "pg_cast.castfunc",
    "pg_constraint.conbin",
    "pg_index.indexprs",
    "pg_index.indpred",
    "pg_operator.oprcode",
    "pg_operator.oprjoin",
    "pg_operator.oprrest",
    "pg_partitioned_table.partexprs",
    "pg_policy.polqual",
    "pg_range.rngcanonical",
    "pg_range.rngsubdiff",
    "pg_rewrite.ev_action",
    "pg_statistic_ext.stxexprs",
    "pg_type.typinput",
    "pg_type.typmodin",
    "pg_type.typmodout",
    "pg_type.typoutput",
    "pg_type.typreceive",
    "pg_type.typsend",
];

const OF_WRITES: &str = "runs when rows are changed";
const C_CODE: &str = "is C code that only a superuser installs, and a part of what it serves";

/// Columns that it need not read, and why.
const NEEDLESS: &[(&str, &str)] = &[
    ("pg_am.amhandler", C_CODE),
    ("pg_attrdef.adbin", "runs when rows are changed; virtual columns take built-in functions only"),
    ("pg_class.relpartbound", "holds constants that were computed when the partition was made"),
    ("pg_conversion.conproc", C_CODE),
    ("pg_policy.polwithcheck", OF_WRITES),
    ("pg_proc.proargdefaults", "is part of a function, which is listed or not"),
    ("pg_proc.prosqlbody", "is part of a function, which is listed or not"),
    ("pg_proc.prosupport", C_CODE),
    ("pg_publication_rel.prqual", OF_WRITES),
    ("pg_rewrite.ev_qual", "rules on SELECT have no condition"),
    ("pg_transform.trffromsql", "serves functions of its language, which are listed or not"),
    ("pg_transform.trftosql", "serves functions of its language, which are listed or not"),
    ("pg_trigger.tgqual", OF_WRITES),
    ("pg_ts_parser.prsend", C_CODE),
    ("pg_ts_parser.prsheadline", C_CODE),
    ("pg_ts_parser.prslextype", C_CODE),
    ("pg_ts_parser.prsstart", C_CODE),
    ("pg_ts_parser.prstoken", C_CODE),
    ("pg_ts_template.tmplinit", C_CODE),
    ("pg_ts_template.tmpllexize", C_CODE),
    ("pg_type.typanalyze", "runs when statistics are collected"),
    ("pg_type.typdefaultbin", OF_WRITES),
    ("pg_type.typsubscript", C_CODE),
];

#[tokio::test]
async fn every_column_that_holds_code_is_accounted_for() {
    let known: BTreeSet<&str> =
        READ.iter().copied().chain(NEEDLESS.iter().map(|(column, _)| *column)).collect();
    assert_eq!(known.len(), READ.len() + NEEDLESS.len(), "no column is listed twice");
    for major in [OLDER, NEWER] {
        let database = Database::on(major).await;
        let columns: Vec<String> = database
            .value(
                "select array_agg(c.relname || '.' || a.attname order by 1)
                 from pg_attribute a
                 join pg_class c on c.oid = a.attrelid
                 where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r' and a.attnum > 0
                   and (a.atttypid in ('pg_node_tree'::regtype, 'regproc'::regtype) or a.attname = 'castfunc')",
            )
            .await;
        for column in &columns {
            assert!(known.contains(column.as_str()), "PostgreSQL {major}: what runs {column}, and when?");
        }
        assert!(columns.len() > 40, "{columns:?}");
    }
    for column in READ {
        let name = column.rsplit('.').next().unwrap();
        let is_read = WITNESS.iter().any(|sql| {
            let words = || sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            words().any(|word| word == name)
        });
        assert!(is_read, "the witness does not read {column}");
    }
}
