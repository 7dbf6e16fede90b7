//! Block counters of a node: pages of 8 kB, totals over all loops and workers.

/// One counter that PostgreSQL prints with option BUFFERS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// Found in shared buffers.
    SharedHit,
    /// Read into shared buffers.
    SharedRead,
    /// Dirtied in shared buffers.
    SharedDirtied,
    /// Written out of shared buffers.
    SharedWritten,
    /// Found in the session's buffers (temporary tables).
    LocalHit,
    /// Read into the session's buffers.
    LocalRead,
    /// Dirtied in the session's buffers.
    LocalDirtied,
    /// Written out of the session's buffers.
    LocalWritten,
    /// Read from temporary files.
    TempRead,
    /// Written to temporary files.
    TempWritten,
}

impl Counter {
    /// All counters with the names that PostgreSQL gives them.
    pub const ALL: [(Self, &'static str); 10] = [
        (Self::SharedHit, "Shared Hit Blocks"),
        (Self::SharedRead, "Shared Read Blocks"),
        (Self::SharedDirtied, "Shared Dirtied Blocks"),
        (Self::SharedWritten, "Shared Written Blocks"),
        (Self::LocalHit, "Local Hit Blocks"),
        (Self::LocalRead, "Local Read Blocks"),
        (Self::LocalDirtied, "Local Dirtied Blocks"),
        (Self::LocalWritten, "Local Written Blocks"),
        (Self::TempRead, "Temp Read Blocks"),
        (Self::TempWritten, "Temp Written Blocks"),
    ];
}

/// Blocks by counter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Buffers(pub(crate) [i64; Counter::ALL.len()]);

impl Buffers {
    /// Blocks of one counter.
    pub fn get(&self, counter: Counter) -> i64 {
        self.0[counter as usize]
    }

    /// Blocks of tables and indexes that were looked at, cached or not.
    pub fn looked_at(&self) -> i64 {
        self.get(Counter::SharedHit)
            + self.get(Counter::SharedRead)
            + self.get(Counter::LocalHit)
            + self.get(Counter::LocalRead)
    }

    /// Blocks of tables and indexes that came from the operating system.
    pub fn read(&self) -> i64 {
        self.get(Counter::SharedRead) + self.get(Counter::LocalRead)
    }

    /// Blocks written to temporary files.
    pub fn temp_written(&self) -> i64 {
        self.get(Counter::TempWritten)
    }
}
