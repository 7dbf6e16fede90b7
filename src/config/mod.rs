//! The configuration: `pgwright.yaml`, overridden by the environment, overridden by flags. Secrets only by reference.

mod audit;
#[cfg(test)]
mod fuzz;
mod secrets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pgwright_contract::Access;
use pgwright_postgres::cluster::{ClusterOptions, Kind};
use pgwright_postgres::{
    Database, DatabaseSettings, Databases, Dsn, DsnError, Environment, Limits, Masking, Reach, Source,
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use self::audit::AuditEntry;
use crate::policy::{self, Allow};

/// The name of the database given by `--dsn` or `DATABASE_URL`.
const GIVEN: &str = "default";
/// The name of the private cluster's database.
const PRIVATE: &str = "private";

/// Where the configuration comes from.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Origin {
    /// Configuration file; without it, `pgwright.yaml` of the working directory where there is one.
    #[arg(long, global = true, env = "PGWRIGHT_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database to work on; prefer DATABASE_URL, since arguments show in process lists.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "DSN")]
    pub(crate) dsn: Option<SecretString>,
    /// What the database of --dsn is; by default development on this machine, production elsewhere.
    #[arg(long, global = true, env = "PGWRIGHT_ENVIRONMENT", value_name = "ENVIRONMENT")]
    pub(crate) environment: Option<EnvironmentName>,
    /// Database of the private cluster to work on where no other is configured.
    #[arg(long, global = true, env = "PGWRIGHT_PRIVATE_DATABASE", value_name = "NAME")]
    pub(crate) private_database: Option<String>,
    /// Directory of pipeline definitions.
    #[arg(long, global = true, env = "PGWRIGHT_PIPELINES", value_name = "DIR")]
    pub(crate) pipelines: Option<PathBuf>,
    /// Directory that files may be read from (repeatable).
    #[arg(long, global = true, env = "PGWRIGHT_FILES", value_name = "DIR", value_delimiter = ':')]
    pub(crate) files: Vec<PathBuf>,
    /// Serve the database of --dsn also with a role that could do harm; `pgwright doctor` says which harm.
    #[arg(long, global = true, env = "PGWRIGHT_ALLOW_PRIVILEGED_ROLE")]
    pub(crate) allow_privileged_role: bool,
    /// Directory of the audit trail, in place of audit.dir.
    #[arg(long, global = true, env = "PGWRIGHT_AUDIT_DIR", value_name = "DIR")]
    pub(crate) audit_dir: Option<PathBuf>,
}

/// An environment on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum EnvironmentName {
    Development,
    Staging,
    Production,
}

impl From<EnvironmentName> for Environment {
    fn from(name: EnvironmentName) -> Self {
        match name {
            EnvironmentName::Development => Self::Development,
            EnvironmentName::Staging => Self::Staging,
            EnvironmentName::Production => Self::Production,
        }
    }
}

/// The configuration file.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct File {
    /// Databases by the name that tools take as `database`.
    pub(crate) databases: BTreeMap<String, DatabaseEntry>,
    /// The database of calls that name none.
    pub(crate) default_database: Option<String>,
    /// Directory of pipeline definitions, relative to this file.
    pub(crate) pipelines: Option<PathBuf>,
    /// Directories that pipelines and quality documents may read files from, relative to this file.
    pub(crate) files: Vec<PathBuf>,
    /// The record of all calls.
    pub(crate) audit: AuditEntry,
    /// The database where pgwright keeps what it learns, by its name here; by default its private cluster.
    pub(crate) state: Option<String>,
    /// What explain_query keeps.
    pub(crate) explain: ExplainEntry,
    /// What run_quality_check keeps.
    pub(crate) quality: QualityEntry,
}

/// What run_quality_check keeps.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct QualityEntry {
    /// Whether the figures of checks with `anomaly`, and the columns of tables, are kept, so that they can be judged by those
    /// before.
    pub(crate) history: bool,
}

/// What explain_query keeps.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExplainEntry {
    /// Whether the plans it explains are kept, without any value, so that it can say when one changed.
    pub(crate) history: bool,
}

/// One database of the configuration file.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatabaseEntry {
    /// Connection string, by reference where it holds a password: `${env:NAME}`, `${file:PATH}` or `${aws-secret:ID}`.
    pub(crate) dsn: String,
    /// Which environment it belongs to; by default development on this machine, production elsewhere.
    pub(crate) environment: Option<Environment>,
    /// How far it is open; by default what its environment allows.
    pub(crate) allow: Option<Allow>,
    /// What callers' statements may reach.
    #[serde(default)]
    pub(crate) reach: Reach,
    /// How values of sensitive columns look to the outside.
    #[serde(default)]
    pub(crate) masking: Masking,
    /// Whether it is served also with a role that could do harm; `pgwright doctor` says which harm.
    #[serde(default)]
    pub(crate) allow_privileged_role: bool,
    /// Its bounds.
    #[serde(default)]
    pub(crate) limits: Limits,
}

/// Where pipelines and data files are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Folders {
    pub(crate) pipelines: Option<PathBuf>,
    pub(crate) files: Vec<PathBuf>,
}

/// The configuration as the program uses it.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    settings: Vec<DatabaseSettings>,
    allow: BTreeMap<String, Allow>,
    default: Option<String>,
    pub(crate) folders: Folders,
    /// How calls are recorded; `None`: they are not.
    pub(crate) audit: Option<crate::audit::Settings>,
    /// Where plans and figures are kept; `None`: nothing is.
    state: Option<State>,
    /// Whether explained plans are kept.
    pub(crate) keeps_plans: bool,
    /// Whether figures of checks are kept.
    pub(crate) keeps_figures: bool,
}

/// Where pgwright keeps what it learns.
#[derive(Debug, Clone)]
enum State {
    /// One of the databases, by its name.
    Database(String),
    /// A private cluster that serves nothing else.
    Private(Box<DatabaseSettings>),
}

/// Why a configuration cannot be used. Never holds a connection string.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path}: {reason}")]
    Syntax { path: PathBuf, reason: String },
    #[error("{of}: {source}")]
    Reference { of: String, source: Box<secrets::ReferenceError> },
    #[error("database {database}: {source}")]
    Dsn { database: String, source: DsnError },
    #[error("database {database}: limits.{name} is {value}; 1 to {most} is possible")]
    Limit { database: String, name: &'static str, value: u64, most: u64 },
    #[error("default_database {0} is not one of the databases")]
    Default(String),
    #[error("state {0} is not one of the databases")]
    State(String),
    #[error("cannot find this program's own path: {0}")]
    Executable(std::io::Error),
}

impl Config {
    /// Reads the file, the environment and the flags together.
    pub(crate) fn load(origin: &Origin) -> Result<Self, ConfigError> {
        let (file, base) = read(origin)?;
        let mut settings = Vec::new();
        let mut allow = BTreeMap::new();
        for (name, entry) in &file.databases {
            check_limits(name, &entry.limits)?;
            let dsn = parse(name, &secrets::resolve(&format!("database {name}"), &entry.dsn, &base)?)?;
            allow.extend(entry.allow.map(|allow| (name.clone(), allow)));
            settings.push(DatabaseSettings {
                limits: entry.limits.clone(),
                reach: entry.reach.clone(),
                masking: entry.masking.clone(),
                allow_privileged_role: entry.allow_privileged_role || origin.allow_privileged_role,
                ..server(name, dsn, entry.environment)
            });
        }
        let mut default = file.default_database.clone();
        if let Some(dsn) = &origin.dsn {
            let dsn = parse(GIVEN, dsn)?;
            if dsn.has_password() && is_argument("--dsn") {
                tracing::warn!(
                    "the password of --dsn shows in process lists; DATABASE_URL or a `${{file:PATH}}` of the configuration does not"
                );
            }
            settings.retain(|known| known.name != GIVEN);
            allow.remove(GIVEN);
            settings.push(DatabaseSettings {
                allow_privileged_role: origin.allow_privileged_role,
                ..server(GIVEN, dsn, origin.environment.map(Into::into))
            });
            default = Some(GIVEN.to_owned());
        }
        if settings.is_empty() {
            let executable = std::env::current_exe().map_err(ConfigError::Executable)?;
            settings.push(private(executable, origin.private_database.clone()));
        }
        if let Some(default) = &default
            && !settings.iter().any(|known| known.name == *default)
        {
            return Err(ConfigError::Default(discreet(default)));
        }
        for database in &mut settings {
            let most = policy::limit(database.environment, allow.get(&database.name).copied());
            database.loads = most >= Access::WriteData;
        }
        let audit = audit::settings(&file.audit, origin, &base)?;
        let (keeps_plans, keeps_figures) = (file.explain.history, file.quality.history);
        let state = if keeps_plans || keeps_figures { Some(state(&file, &settings)?) } else { None };
        let folders = folders(origin, &file, &base);
        Ok(Self { settings, allow, default, folders, audit, state, keeps_plans, keeps_figures })
    }

    /// Reads the audit part alone: what a database lacks is no matter of it. `None` where it is turned off.
    pub(crate) fn audit(origin: &Origin) -> Result<Option<crate::audit::Settings>, ConfigError> {
        let (file, base) = read(origin)?;
        audit::settings(&file.audit, origin, &base)
    }

    /// The databases, none of them connected.
    pub(crate) fn databases(&self) -> Databases {
        Databases::new(self.settings.clone(), self.default.clone())
    }

    /// The database of pgwright's state, with what has to be closed beside `databases`; nothing where nothing is kept.
    pub(crate) fn state(&self, databases: &Databases) -> Option<(Arc<Database>, Option<Databases>)> {
        match self.state.as_ref()? {
            State::Database(name) => Some((Arc::clone(databases.get(Some(name)).ok()?), None)),
            State::Private(settings) => {
                let own = Databases::new(vec![settings.as_ref().clone()], None);
                Some((Arc::clone(own.get(None).ok()?), Some(own)))
            }
        }
    }

    /// What the configuration allows on a database beyond or below its environment's default.
    pub(crate) fn allow(&self, database: &str) -> Option<Allow> {
        self.allow.get(database).copied()
    }
}

/// A day is more than any call may take, and keeps the arithmetic of deadlines in range.
fn check_limits(database: &str, limits: &Limits) -> Result<(), ConfigError> {
    const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
    const MOST: u64 = 1 << 30;
    // PostgreSQL counts kilobytes in 31 bits.
    const MOST_TEMPORARY: u64 = (1 << 31) * 1_024;
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let bounds = [
        ("connections", count(limits.connections), 1_000),
        ("wait_ms", limits.wait_ms, DAY_MS),
        ("connect_ms", limits.connect_ms, DAY_MS),
        ("statement_ms", limits.statement_ms, DAY_MS),
        ("query_ms", limits.query_ms, DAY_MS),
        ("lock_ms", limits.lock_ms, DAY_MS),
        ("idle_ms", limits.idle_ms, DAY_MS),
        ("call_ms", limits.call_ms, DAY_MS),
        ("result_rows", count(limits.result_rows), MOST),
        ("result_bytes", count(limits.result_bytes), MOST),
        ("temporary_bytes", limits.temporary_bytes, MOST_TEMPORARY),
    ];
    match bounds.into_iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
        Some((name, value, most)) => {
            Err(ConfigError::Limit { database: database.to_owned(), name, value, most })
        }
        None => Ok(()),
    }
}

fn read(origin: &Origin) -> Result<(File, PathBuf), ConfigError> {
    let path = match &origin.config {
        Some(path) => path.clone(),
        None => {
            let usual = PathBuf::from("pgwright.yaml");
            if !usual.is_file() {
                return Ok((File::default(), PathBuf::new()));
            }
            usual
        }
    };
    let text =
        std::fs::read_to_string(&path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
    let file = serde_saphyr::from_str(&text).map_err(|error| syntax(path.clone(), &error))?;
    let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
    Ok((file, base))
}

fn folders(origin: &Origin, file: &File, base: &Path) -> Folders {
    let pipelines = origin.pipelines.clone().or_else(|| file.pipelines.as_ref().map(|path| base.join(path)));
    let mut files = if origin.files.is_empty() {
        file.files.iter().map(|path| base.join(path)).collect()
    } else {
        origin.files.clone()
    };
    files.extend(pipelines.clone());
    Folders { pipelines, files }
}

fn server(name: &str, dsn: Dsn, environment: Option<Environment>) -> DatabaseSettings {
    let by_address = if dsn.is_loopback() { Environment::Development } else { Environment::Production };
    let source = Source::Server(Box::new(dsn));
    DatabaseSettings::new(name.to_owned(), source, environment.unwrap_or(by_address))
}

fn state(file: &File, known: &[DatabaseSettings]) -> Result<State, ConfigError> {
    let named = |wanted: &str| known.iter().any(|known| known.name == wanted);
    match &file.state {
        Some(wanted) if !named(wanted) => Err(ConfigError::State(discreet(wanted))),
        Some(wanted) => Ok(State::Database(wanted.clone())),
        None if named(PRIVATE) => Ok(State::Database(PRIVATE.to_owned())),
        None => {
            let executable = std::env::current_exe().map_err(ConfigError::Executable)?;
            Ok(State::Private(Box::new(private(executable, None))))
        }
    }
}

fn private(executable: PathBuf, database: Option<String>) -> DatabaseSettings {
    let source = Source::Private {
        cluster: Box::new(ClusterOptions::new(Kind::Shared, executable)),
        database: database.unwrap_or_else(|| "postgres".to_owned()),
    };
    DatabaseSettings::new(PRIVATE.to_owned(), source, Environment::Development)
}

/// An error may quote what stands in the wrong place of the file: never a connection string or a password. Where a password
/// ends can't be told, so nothing behind it is repeated.
fn discreet(text: &str) -> String {
    // Lowercase of the same length: other letters than ASCII stay as they are.
    let lowercase = text.to_ascii_lowercase();
    let Some(secret) = ["://", "password"].iter().filter_map(|sign| lowercase.find(sign)).min() else {
        return text.to_owned();
    };
    let before = text.get(..secret).unwrap_or_default();
    let word = before.rfind([' ', '"', '`', '\'', '\n']).map_or(0, |at| at + 1);
    format!("{}…", before.get(..word).unwrap_or_default())
}

/// What an error of the file says, and where.
fn syntax(path: PathBuf, error: &serde_saphyr::Error) -> ConfigError {
    let error = error.without_snippet();
    let text = error.to_string();
    let mut reason = discreet(&text);
    if reason != text
        && let Some(at) = error.location()
    {
        reason = format!("{reason} at line {}, column {}", at.line(), at.column());
    }
    ConfigError::Syntax { path, reason }
}

/// Whether a flag stands among the arguments, where others on this machine can read it.
fn is_argument(flag: &str) -> bool {
    std::env::args_os().any(|given| given.to_string_lossy().split('=').next() == Some(flag))
}

fn parse(database: &str, dsn: &SecretString) -> Result<Dsn, ConfigError> {
    Dsn::parse(dsn).map_err(|source| ConfigError::Dsn { database: database.to_owned(), source })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn load(yaml: &str) -> Result<Config, ConfigError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pgwright.yaml");
        std::fs::write(&path, yaml).unwrap();
        Config::load(&Origin { config: Some(path), ..Origin::default() })
    }

    #[test]
    fn a_remote_database_is_production_unless_said_otherwise() {
        let config = load(
            "databases:\n  a: {dsn: 'postgres://u@db.example.org/a'}\n  b: {dsn: 'postgres://localhost/b'}\n",
        )
        .unwrap();
        let environments: Vec<_> = config.settings.iter().map(|known| known.environment).collect();
        assert_eq!(environments, [Environment::Production, Environment::Development]);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = load("databases:\n  a:\n    dsn: host=localhost\n    enviroment: staging\n").unwrap_err();
        assert!(error.to_string().contains("enviroment") && error.to_string().contains('4'), "{error}");
    }

    #[test]
    fn a_secret_that_is_missing_is_named_and_none_is_shown() {
        let error = load("databases: {a: {dsn: '${env:PGWRIGHT_TEST_NO_SUCH}'}}").unwrap_err().to_string();
        assert_eq!(error, "database a: env:PGWRIGHT_TEST_NO_SUCH is not set");
    }

    #[test]
    fn nothing_behind_a_password_is_repeated() {
        for misplaced in [
            "{default_database: \"host=h password='two hunter2'\"}",
            "{databases: {a: {dsn: '', environment: \"password = hunter2\"}}}",
            "{\"host=h PassWord='two hunter2'\": 1}",
            "{databases: {a: {dsn: '', environment: 'postgres://u:two hunter2@h/d'}}}",
        ] {
            let error = load(misplaced).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let error = load("databases:\n  a:\n    password: hunter2\n").unwrap_err().to_string();
        assert!(error.ends_with("… at line 3, column 5"), "{error}");
    }

    #[test]
    fn the_audit_part_is_read_without_the_databases() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pgwright.yaml");
        std::fs::write(&path, "databases: {a: {dsn: '${env:PGWRIGHT_TEST_NO_SUCH}'}}\naudit: {dir: trail}")
            .unwrap();
        let origin = Origin { config: Some(path), ..Origin::default() };
        Config::load(&origin).unwrap_err();
        let place = Config::audit(&origin).unwrap().unwrap().place.unwrap();
        assert_eq!(place.log, directory.path().join("trail/log"));
    }

    #[test]
    fn without_any_database_there_is_a_private_one() {
        let config = load("{}").unwrap();
        assert_eq!(config.settings[0].name, PRIVATE);
        assert_eq!(config.settings[0].environment, Environment::Development);
    }

    #[test]
    fn a_password_stays_a_password_whatever_it_holds() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        std::fs::write(&path, "a'b@evil.example.org/x?sslmode=disable y\\n").unwrap();
        for dsn in [
            format!("postgres://me:${{file:{}}}@localhost/shop", path.display()),
            format!("host=localhost user=me password=${{file:{}}} dbname=shop", path.display()),
        ] {
            let config = load(&format!("databases: {{a: {{dsn: \"{dsn}\"}}}}")).unwrap();
            let Source::Server(dsn) = &config.settings[0].source else { unreachable!() };
            assert_eq!(dsn.to_string(), "localhost:5432/shop");
            assert!(dsn.is_loopback());
        }
    }

    #[test]
    fn a_limit_out_of_range_is_named() {
        let error = load("databases: {a: {dsn: host=localhost, limits: {connections: 0}}}").unwrap_err();
        assert_eq!(error.to_string(), "database a: limits.connections is 0; 1 to 1000 is possible");
    }

    #[test]
    fn a_connection_string_in_the_wrong_place_is_not_quoted() {
        for yaml in [
            "postgres://u:hunter2@h/d",
            "databases: postgres://u:hunter2@h/d",
            "databases: {a: postgres://u:hunter2@h/d}",
            "databases: {a: 'host=h password=hunter2'}",
            "databases: {a: {dsn: host=localhost, environment: 'postgres://u:hunter2@h/d'}}",
            "default_database: postgres://u:hunter2@h/d",
            "postgres://u:hunter2@h/d: 1",
        ] {
            let error = load(yaml).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn plans_are_kept_where_that_is_wanted_and_nowhere_else() {
        let place = |yaml: &str| load(yaml).map(|config| config.state);
        assert!(place("databases: {a: {dsn: host=localhost}}").unwrap().is_none());
        let kept = "databases: {a: {dsn: host=localhost}}\nexplain: {history: true}";
        assert!(matches!(place(kept).unwrap(), Some(State::Private(_))));
        let named = place(&format!("{kept}\nstate: a")).unwrap();
        assert!(matches!(named, Some(State::Database(name)) if name == "a"));
        assert!(matches!(place(&format!("{kept}\nstate: b")), Err(ConfigError::State(_))));
        // Without any database the private one is there already.
        let own = place("explain: {history: true}").unwrap();
        assert!(matches!(own, Some(State::Database(name)) if name == PRIVATE));
    }

    #[test]
    fn a_default_must_exist() {
        assert!(matches!(load("default_database: shop"), Err(ConfigError::Default(_))));
    }
}
