//! Everything that one run of a tool may touch.

use std::sync::Arc;

use pgwright_postgres::{Database, ReadSession, Scope, Trace, WriteSession};
use tokio_util::sync::CancellationToken;

use crate::{Access, Budget, Grant, Principal, Progress, ToolError};

/// One call: the database chosen by name, what policy granted, and the ways to report and to stop.
#[derive(Debug, Clone)]
pub struct Call {
    /// The database that the call is about.
    pub database: Arc<Database>,
    /// What policy allowed.
    pub grant: Grant,
    /// Who asks.
    pub principal: Principal,
    /// Where progress goes.
    pub progress: Progress,
    /// Fires when the caller gives up.
    pub cancel: CancellationToken,
    /// How long the answer may be.
    pub budget: Budget,
    /// Where its sessions record what they do.
    pub trace: Trace,
}

impl Call {
    /// Opens a guarded read session on the call's database.
    pub async fn read(&self) -> Result<ReadSession, ToolError> {
        Ok(self.database.read(&self.scope()).await?)
    }

    /// Opens a guarded read session in which every statement sees the same moment.
    pub async fn read_snapshot(&self) -> Result<ReadSession, ToolError> {
        Ok(self.database.read_snapshot(&self.scope()).await?)
    }

    /// Opens a session that may write. Fails unless policy granted writing data.
    pub async fn write(&self) -> Result<WriteSession, ToolError> {
        if !self.grant.allows(Access::WriteData) {
            return Err(ToolError::new("not_granted", "this call was not granted to write data"));
        }
        Ok(self.database.write(&self.scope()).await?)
    }

    /// What bounds the call's sessions.
    pub fn scope(&self) -> Scope {
        Scope { cancel: self.cancel.clone(), deadline: None, trace: self.trace.clone() }
    }
}
