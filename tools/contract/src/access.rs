//! How much a call may touch, and who asks.

use std::fmt;

/// What a tool touches, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// The catalogue, statistics and plans: no row of a user's table.
    ReadCatalog,
    /// Rows.
    ReadData,
    /// pgwright's own state.
    WriteState,
    /// A user's tables, by a pipeline or quarantine that the user defined.
    WriteData,
}

impl Access {
    /// The name that the configuration and the audit trail have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadCatalog => "read_catalog",
            Self::ReadData => "read_data",
            Self::WriteState => "write_state",
            Self::WriteData => "write_data",
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReadCatalog => "read the catalogue",
            Self::ReadData => "read data",
            Self::WriteState => "write pgwright's state",
            Self::WriteData => "write data",
        })
    }
}

/// What policy allowed for one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    access: Access,
    files: bool,
}

impl Grant {
    /// Made by policy alone. `files`: whether the call may name paths of this machine.
    pub fn new(access: Access, files: bool) -> Self {
        Self { access, files }
    }

    /// Whether the call may name paths of this machine.
    pub fn names_files(self) -> bool {
        self.files
    }

    /// Whether this much was granted.
    pub fn allows(self, access: Access) -> bool {
        access <= self.access
    }
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The person at this machine: the command line, or a client over stdio.
    Local,
    /// Somebody who came through the network door.
    Remote,
}
