//! The findings there are: how grave each is, what it means, and what mends it.

use serde::Serialize;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The role could do harm, or the connection gives it away.
    High,
    /// It could do more than it needs.
    Medium,
    /// A bound is missing.
    Low,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

/// When a finding makes the role a privileged one, which is served with a warning or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Privileged {
    Always,
    /// Not where policy lets pipelines write: there it is wanted.
    WhereOnlyRead,
    Never,
}

/// One finding, before anybody looked for it.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) severity: Severity,
    /// What the role could do, in plain words.
    pub(super) what: &'static str,
    /// What mends it, beside the SQL that the probe gives.
    pub(super) advice: &'static str,
    pub(super) privileged: Privileged,
    /// Said only where policy opens the database for reading alone.
    pub(super) wanted_for_loading: bool,
}

impl Rule {
    const fn new(id: &'static str, severity: Severity, what: &'static str, advice: &'static str) -> Self {
        Self { id, severity, what, advice, privileged: Privileged::Never, wanted_for_loading: false }
    }

    const fn privileged(self) -> Self {
        Self { privileged: Privileged::Always, ..self }
    }

    const fn privileged_where_only_read(self) -> Self {
        Self { privileged: Privileged::WhereOnlyRead, wanted_for_loading: true, ..self }
    }

    const fn wanted_for_loading(self) -> Self {
        Self { wanted_for_loading: true, ..self }
    }

    pub(super) fn by_id(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// Whether it counts on a database that policy opens for loading, or for reading only.
    pub(super) fn counts(&self, loads: bool) -> bool {
        !(loads && self.wanted_for_loading)
    }

    /// Whether it makes the role a privileged one there.
    pub(super) fn makes_privileged(&self, loads: bool) -> bool {
        match self.privileged {
            Privileged::Always => true,
            Privileged::WhereOnlyRead => !loads,
            Privileged::Never => false,
        }
    }
}

/// The one that says all the others about what the role may do.
pub(super) const SUPERUSER: &str = "superuser";
/// Found by the masks, not by a probe.
pub(super) const MASKING: &str = "masks_lead_nowhere";

const OWN_ROLE: &str = "connect as a role of its own; `pgwright roles` prints the SQL";
const BOUND: &str = "pgwright bounds its own sessions; the role's own bound holds whatever connects with it";

use Severity::{High, Info, Low, Medium};

/// All of them, gravest first.
pub(super) const RULES: &[Rule] = &[
    Rule::new(
        SUPERUSER,
        High,
        "the role can do anything: no privilege, no row security and no limit holds it",
        OWN_ROLE,
    )
    .privileged(),
    Rule::new(
        "bypasses_row_security",
        High,
        "the role reads every row, whatever row security says",
        OWN_ROLE,
    )
    .privileged(),
    Rule::new("runs_programs", High, "the role can run programs on the database's server", OWN_ROLE)
        .privileged(),
    Rule::new("writes_server_files", High, "the role can write files on the database's server", OWN_ROLE)
        .privileged(),
    Rule::new("reads_server_files", High, "the role can read files on the database's server", OWN_ROLE)
        .privileged(),
    Rule::new("creates_roles", High, "the role can create roles and grant itself others", OWN_ROLE)
        .privileged(),
    Rule::new(
        "replicates",
        High,
        "the role can copy the whole cluster by replication, passwords included",
        OWN_ROLE,
    )
    .privileged(),
    Rule::new("administers_platform", High, "the role administers this hosted server", OWN_ROLE).privileged(),
    Rule::new("writes_all_data", High, "the role can write every table", OWN_ROLE)
        .privileged_where_only_read(),
    Rule::new("owner", High, "the role owns these, so it can change, empty and drop them", OWN_ROLE)
        .privileged_where_only_read(),
    Rule::new("writes_tables", High, "the role was granted more than reading on these tables", OWN_ROLE)
        .wanted_for_loading(),
    Rule::new(
        "security_definer",
        High,
        "these functions act as their owner when the role calls them",
        "grant EXECUTE to the roles that need them only",
    ),
    Rule::new(
        "outward_extension",
        High,
        "functions of these extensions reach other servers, files or programs, outside the read-only transaction",
        "revoke EXECUTE from PUBLIC, or drop them where nobody uses them",
    ),
    Rule::new(
        "no_tls",
        High,
        "the connection is not encrypted: what passes can be read, and changed, on the way",
        "set ssl = on in the server, and sslmode=verify-full in the connection string",
    ),
    Rule::new("untrusted_language", Medium, "these functions run outside PostgreSQL's own checks", OWN_ROLE),
    Rule::new(
        "foreign_server",
        Medium,
        "the role can read and write through these foreign servers",
        OWN_ROLE,
    ),
    Rule::new(
        "administers_server",
        Medium,
        "the role holds roles that act on other sessions or on the server",
        OWN_ROLE,
    ),
    Rule::new("creates_databases", Medium, "the role can create databases", OWN_ROLE),
    Rule::new(
        "creates_objects",
        Medium,
        "the role can create tables, functions and operators, which others may then call unknowingly",
        "revoke CREATE, from PUBLIC too (PostgreSQL before 15 grants it on schema public)",
    ),
    Rule::new("reads_all_data", Medium, "the role reads every table, whatever is granted", OWN_ROLE),
    Rule::new(
        "md5_passwords",
        Medium,
        "new passwords are stored as MD5, which can be replayed and guessed",
        "set password_encryption, then set the passwords again",
    ),
    Rule::new(
        "end_of_life",
        Medium,
        "this version of PostgreSQL gets no security fixes any more",
        "upgrade to a version that is supported",
    ),
    Rule::new(
        MASKING,
        Medium,
        "columns that the configuration masks are not there; tables that they may have meant are not read",
        "give masking.columns the names that the columns have now",
    ),
    Rule::new(
        "extension_not_found",
        Medium,
        "types of these extensions lose their operators: comparisons fall back to text's, functions are missing",
        "add the schema to the role's search_path, unless everybody may create in it; `pgwright roles` does",
    ),
    Rule::new("no_statement_timeout", Medium, "nothing ends the role's statements", BOUND),
    Rule::new(
        "no_idle_timeout",
        Low,
        "nothing ends the role's idle transactions, which hold back vacuum",
        BOUND,
    ),
    Rule::new("no_lock_timeout", Low, "the role waits for locks for ever, and others queue behind it", BOUND),
    Rule::new(
        "no_temporary_file_limit",
        Low,
        "the role's sorts may fill the disk",
        "set it for the role: pgwright can set limits.temporary_bytes for its sessions only as a superuser, or where the role \
         has SET on this parameter (PostgreSQL 15 and newer)",
    ),
    Rule::new("no_connection_limit", Low, "the role may take every connection of the server", BOUND),
    Rule::new("writes_by_default", Low, "the role's transactions may write unless they say otherwise", BOUND)
        .wanted_for_loading(),
    Rule::new(
        "temporary_tables",
        Low,
        "the role can create temporary tables, also in a read-only transaction",
        "revoke TEMPORARY from PUBLIC; owners and roles with a grant of their own keep it",
    )
    .wanted_for_loading(),
    Rule::new(
        "nonstandard_strings",
        Low,
        "backslashes in plain strings are read as escapes; pgwright's sessions set the standard",
        "set standard_conforming_strings = on",
    ),
    Rule::new(
        "untested_version",
        Info,
        "pgwright is made for PostgreSQL 13 to 18, and tested on 15 and 18",
        "see the changelog for the versions that are tested",
    ),
    Rule::new(
        "no_pg_stat_statements",
        Info,
        "what the server's statements cost is not recorded",
        "add it to shared_preload_libraries, restart, and create the extension",
    ),
];
