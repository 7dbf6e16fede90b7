//! Settings of the planner and of memory that may be tried on one statement: by name, within bounds, and gone afterwards.
//!
//! What a caller names here is set with `SET LOCAL` inside a savepoint that is rolled back whatever happens, so that nothing
//! else of the session or of its connection sees it.

use std::fmt::Write as _;

use serde_json::Value;

use super::ReadSession;
use crate::errors::DatabaseError;

const KB: u64 = 1 << 10;
const GB: u64 = 1 << 30;

/// What values a setting takes.
#[derive(Debug, Clone, Copy)]
enum Range {
    Switch,
    /// A number between these two.
    Number(f64, f64),
    /// A whole number: from, to, and to where the statement runs.
    Whole(i64, i64, i64),
    /// Bytes: from, to, and to where the statement runs. PostgreSQL counts them in units of so many bytes.
    Memory {
        unit: u64,
        from: u64,
        to: u64,
        to_run: u64,
    },
    Word(&'static [&'static str]),
}

const COST: Range = Range::Number(0.0, 1e9);
const PAGES: Range = Range::Memory { unit: 8 * KB, from: 0, to: 1 << 43, to_run: 1 << 43 };

/// Everything that may be tried, sorted. Not among them: what reaches beyond the plan (`statement_timeout`, `search_path`,
/// `row_security`), or what every session of the server would feel.
const ALLOWED: &[(&str, Range)] = &[
    ("constraint_exclusion", Range::Word(&["on", "off", "partition"])),
    ("cpu_index_tuple_cost", COST),
    ("cpu_operator_cost", COST),
    ("cpu_tuple_cost", COST),
    ("cursor_tuple_fraction", Range::Number(0.0, 1.0)),
    ("effective_cache_size", PAGES),
    ("effective_io_concurrency", Range::Whole(0, 1_000, 1_000)),
    ("enable_async_append", Range::Switch),
    ("enable_bitmapscan", Range::Switch),
    ("enable_distinct_reordering", Range::Switch),
    ("enable_gathermerge", Range::Switch),
    ("enable_group_by_reordering", Range::Switch),
    ("enable_hashagg", Range::Switch),
    ("enable_hashjoin", Range::Switch),
    ("enable_incremental_sort", Range::Switch),
    ("enable_indexonlyscan", Range::Switch),
    ("enable_indexscan", Range::Switch),
    ("enable_material", Range::Switch),
    ("enable_memoize", Range::Switch),
    ("enable_mergejoin", Range::Switch),
    ("enable_nestloop", Range::Switch),
    ("enable_parallel_append", Range::Switch),
    ("enable_parallel_hash", Range::Switch),
    ("enable_partition_pruning", Range::Switch),
    ("enable_partitionwise_aggregate", Range::Switch),
    ("enable_partitionwise_join", Range::Switch),
    ("enable_presorted_aggregate", Range::Switch),
    ("enable_self_join_elimination", Range::Switch),
    ("enable_seqscan", Range::Switch),
    ("enable_sort", Range::Switch),
    ("enable_tidscan", Range::Switch),
    ("from_collapse_limit", Range::Whole(1, 32, 32)),
    ("geqo", Range::Switch),
    ("geqo_effort", Range::Whole(1, 10, 10)),
    ("geqo_generations", Range::Whole(0, 10_000, 10_000)),
    ("geqo_pool_size", Range::Whole(0, 10_000, 10_000)),
    ("geqo_seed", Range::Number(0.0, 1.0)),
    ("geqo_selection_bias", Range::Number(1.5, 2.0)),
    ("geqo_threshold", Range::Whole(2, 32, 32)),
    ("hash_mem_multiplier", Range::Number(1.0, 16.0)),
    ("jit", Range::Switch),
    ("jit_above_cost", Range::Number(-1.0, 1e15)),
    ("jit_inline_above_cost", Range::Number(-1.0, 1e15)),
    ("jit_optimize_above_cost", Range::Number(-1.0, 1e15)),
    ("join_collapse_limit", Range::Whole(1, 32, 32)),
    ("max_parallel_workers", Range::Whole(0, 1_024, 16)),
    ("max_parallel_workers_per_gather", Range::Whole(0, 1_024, 8)),
    ("min_parallel_index_scan_size", PAGES),
    ("min_parallel_table_scan_size", PAGES),
    ("parallel_leader_participation", Range::Switch),
    ("parallel_setup_cost", COST),
    ("parallel_tuple_cost", COST),
    ("plan_cache_mode", Range::Word(&["auto", "force_generic_plan", "force_custom_plan"])),
    ("random_page_cost", COST),
    ("recursive_worktable_factor", Range::Number(0.001, 1e6)),
    ("seq_page_cost", COST),
    // Where the statement runs, each of its sorts and hashes may take as much, in every process.
    ("work_mem", Range::Memory { unit: KB, from: 64 * KB, to: 64 * GB, to_run: GB / 4 }),
];

/// A setting that is not tried. No value of it is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// Not on the list.
    #[error("{name} may not be set here")]
    NotAllowed {
        /// As it was given.
        name: String,
    },
    /// Not a value of that setting, or out of bounds.
    #[error("{name} takes {expected}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What it takes.
        expected: String,
    },
}

impl SettingError {
    /// All that may be set, or how a value is written.
    pub fn hint(&self) -> String {
        match self {
            Self::NotAllowed { .. } => {
                let (switches, others): (Vec<&str>, Vec<&str>) =
                    ALLOWED.iter().map(|(name, _)| *name).partition(|name| name.starts_with("enable_"));
                format!("allowed: {}, and {}", others.join(", "), switches.join(", "))
            }
            Self::Value { .. } => "memory is written like \"64MB\", a switch as true or false".to_owned(),
        }
    }
}

/// Settings to try, each with a value that it takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlannerSettings(Vec<(&'static str, String)>);

impl PlannerSettings {
    /// Reads them. `runs`: whether the statement will run under them, where less memory and fewer processes are allowed.
    pub fn read<'v>(
        given: impl IntoIterator<Item = (&'v String, &'v Value)>,
        runs: bool,
    ) -> Result<Self, SettingError> {
        let one = |(name, value): (&String, &Value)| {
            let wanted = name.trim().to_ascii_lowercase();
            let at = ALLOWED
                .binary_search_by(|(known, _)| (*known).cmp(wanted.as_str()))
                .map_err(|_| SettingError::NotAllowed { name: name.chars().take(80).collect() })?;
            let (name, range) = ALLOWED[at];
            let value = range
                .read(value, runs)
                .ok_or_else(|| SettingError::Value { name, expected: range.expected(runs) })?;
            Ok((name, value))
        };
        given.into_iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// Name and value of each, as PostgreSQL is told.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Range {
    /// The value as PostgreSQL takes it: of nothing but letters, digits, signs and dots.
    fn read(self, value: &Value, runs: bool) -> Option<String> {
        let text = match value {
            Value::String(text) => text.trim().to_ascii_lowercase(),
            Value::Number(number) => number.to_string(),
            Value::Bool(switch) => if *switch { "on" } else { "off" }.to_owned(),
            _ => return None,
        };
        match self {
            Self::Switch => match text.as_str() {
                "on" | "true" | "yes" | "1" => Some("on".to_owned()),
                "off" | "false" | "no" | "0" => Some("off".to_owned()),
                _ => None,
            },
            Self::Number(from, to) => {
                let number: f64 = text.parse().ok()?;
                (from..=to).contains(&number).then(|| number.to_string())
            }
            Self::Whole(from, to, to_run) => {
                let number: i64 = text.parse().ok()?;
                (from..=if runs { to_run } else { to }).contains(&number).then(|| number.to_string())
            }
            Self::Memory { unit, from, to, to_run } => {
                let bytes = bytes(&text, unit)?;
                (from..=if runs { to_run } else { to }).contains(&bytes).then(|| format!("{}kB", bytes / KB))
            }
            Self::Word(words) => words.contains(&text.as_str()).then_some(text),
        }
    }

    fn expected(self, runs: bool) -> String {
        let running = if runs { " where the statement runs" } else { "" };
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Number(from, to) => format!("a number from {from} to {to}"),
            Self::Whole(from, to, to_run) => {
                format!("a whole number from {from} to {}{running}", if runs { to_run } else { to })
            }
            Self::Memory { from, to, to_run, .. } => {
                let most = if runs { to_run } else { to };
                format!("{}kB to {}MB{running}", from / KB, most / KB / KB)
            }
            Self::Word(words) => format!("one of {}", words.join(", ")),
        }
    }
}

/// `64MB`, or a bare number of units as PostgreSQL reads it.
fn bytes(text: &str, unit: u64) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let factor = match suffix.trim() {
        "" => unit,
        "b" => 1,
        "kb" => KB,
        "mb" => KB * KB,
        "gb" => GB,
        "tb" => GB * KB,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

impl ReadSession {
    /// Does some work with these settings in force. Afterwards the session is as it was, also where the work failed.
    pub async fn under<T>(
        &self,
        settings: &PlannerSettings,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        self.with_settings(settings.iter(), work).await
    }

    /// The same with settings of pgwright's own, whose values hold no quotes.
    pub async fn with_settings<'v, T>(
        &self,
        settings: impl IntoIterator<Item = (&'static str, &'v str)>,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        const MARK: &str = "savepoint pgwright_settings";
        const BACK: &str = "rollback to savepoint pgwright_settings; release savepoint pgwright_settings";
        let batch =
            async |sql: &str| self.lease().run("trying settings", |client| client.batch_execute(sql)).await;
        batch(MARK).await?;
        let done = match self.set_local(settings).await {
            Ok(()) => work.await,
            Err(error) => Err(error),
        };
        match &done {
            // Nothing more runs on this session.
            Err(DatabaseError::Lost { .. } | DatabaseError::Cancelled | DatabaseError::Deadline { .. }) => {}
            _ => batch(BACK).await?,
        }
        done
    }

    /// Puts settings in force until the transaction ends. Not by set_config, which a role may be denied.
    pub(crate) async fn set_local<'v>(
        &self,
        settings: impl IntoIterator<Item = (&'static str, &'v str)>,
    ) -> Result<(), DatabaseError> {
        let mut set = String::new();
        for (name, value) in settings {
            // Writing to a String cannot fail.
            let _ = write!(set, "set local {name} = '{value}';");
        }
        self.lease().run("a setting", |client| async move { client.batch_execute(&set).await }).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    fn read(given: Value, runs: bool) -> Result<PlannerSettings, SettingError> {
        PlannerSettings::read(given.as_object().unwrap(), runs)
    }

    #[test]
    fn the_list_is_sorted_and_its_names_are_plain() {
        assert!(ALLOWED.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let plain = |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        assert!(ALLOWED.iter().all(|(name, _)| plain(name)));
    }

    #[test]
    fn values_are_written_as_postgresql_takes_them() {
        for (name, value, written) in [
            ("work_mem", json!("64MB"), "65536kB"),
            ("work_mem", json!(4096), "4096kB"),
            ("Work_Mem", json!("1 gb"), "1048576kB"),
            ("effective_cache_size", json!(1024), "8192kB"),
            ("enable_seqscan", json!(false), "off"),
            ("jit", json!("ON"), "on"),
            ("random_page_cost", json!(1.1), "1.1"),
            ("plan_cache_mode", json!("force_custom_plan"), "force_custom_plan"),
            ("max_parallel_workers_per_gather", json!("4"), "4"),
        ] {
            let read = read(json!({ name: value }), false).unwrap();
            assert_eq!(read.iter().next().unwrap().1, written, "{name}");
        }
    }

    #[test]
    fn what_is_not_allowed_is_refused_by_name() {
        for name in [
            "statement_timeout",
            "search_path",
            "default_statistics_target",
            "role",
            "row_security",
            "x'; drop",
        ] {
            let refused = read(json!({ name: "1" }), false).unwrap_err();
            assert!(matches!(refused, SettingError::NotAllowed { .. }), "{name}");
            assert!(refused.hint().contains("work_mem") && refused.hint().contains("enable_seqscan"));
        }
    }

    #[test]
    fn values_out_of_bounds_are_refused() {
        for (name, value) in [
            ("work_mem", json!("1kB")),
            ("work_mem", json!("65TB")),
            ("work_mem", json!("99999999999999999999MB")),
            ("work_mem", json!("64MB'; select 1")),
            ("work_mem", json!(-1)),
            ("enable_seqscan", json!("maybe")),
            ("random_page_cost", json!("NaN")),
            ("random_page_cost", json!("inf")),
            ("random_page_cost", json!([1])),
            ("from_collapse_limit", json!(100)),
            ("plan_cache_mode", json!("never")),
        ] {
            let refused = read(json!({ name: value }), false).unwrap_err();
            assert!(matches!(refused, SettingError::Value { .. }), "{name} {value}");
        }
    }

    #[test]
    fn a_statement_that_runs_gets_less_memory_and_fewer_processes() {
        assert!(read(json!({ "work_mem": "1GB" }), false).is_ok());
        let refused = read(json!({ "work_mem": "1GB" }), true).unwrap_err();
        assert_eq!(refused.to_string(), "work_mem takes 64kB to 256MB where the statement runs");
        assert!(read(json!({ "max_parallel_workers_per_gather": 64 }), true).is_err());
    }
}
