//! What can go wrong with a shadow.

use std::path::{Path, PathBuf};

use pgwright_contract::ToolError;
use pgwright_plan::model::PlanError;
use pgwright_postgres::cluster::ClusterError;
use pgwright_sql::guard::Refusal;

use crate::change::NotAllowed;

/// Why a shadow gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum ShadowError {
    /// There is no server to make it on.
    #[error("the shadow's server: {0}")]
    Cluster(#[from] ClusterError),
    /// Its server refused something.
    #[error("the shadow could not {doing}: {message} ({code})")]
    Sql {
        /// What was to be done.
        doing: &'static str,
        /// SQLSTATE.
        code: String,
        /// What PostgreSQL said, without values.
        message: String,
    },
    /// The connection to its server broke.
    #[error("the shadow could not {doing}: its server does not answer")]
    Lost {
        /// What was to be done.
        doing: &'static str,
        /// What the driver says.
        source: tokio_postgres::Error,
    },
    /// A file of its cluster could not be changed.
    #[error("the shadow could not change {}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A statement that is not planned here.
    #[error("{0}")]
    Refused(Refusal),
    /// A change that is not made here.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A plan that cannot be read.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A name that is not in the snapshot.
    #[error("{name} is not in the snapshot")]
    Unknown {
        /// As it was given.
        name: String,
    },
}

impl ShadowError {
    pub(crate) fn sql(doing: &'static str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| match source.as_db_error() {
            Some(refused) => {
                let code = refused.code().code();
                // Data exceptions quote the values.
                let message =
                    if code.starts_with("22") { "a value was not accepted" } else { refused.message() };
                Self::Sql { doing, code: code.to_owned(), message: message.to_owned() }
            }
            None => Self::Lost { doing, source },
        }
    }

    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::File { path: path.to_owned(), source }
    }
}

impl From<ShadowError> for ToolError {
    fn from(error: ShadowError) -> Self {
        match &error {
            ShadowError::Refused(refusal) => Self::from_refusal(refusal),
            ShadowError::Sql { code, .. } => Self::new(code.clone(), error.to_string()),
            ShadowError::NotAllowed(_) => {
                Self::new("change_not_allowed", error.to_string()).hint(NotAllowed::HINT)
            }
            ShadowError::Unknown { .. } => Self::new("42P01", error.to_string()),
            ShadowError::Cluster(_)
            | ShadowError::Lost { .. }
            | ShadowError::File { .. }
            | ShadowError::Plan(_) => Self::new("shadow", error.to_string()),
        }
    }
}
