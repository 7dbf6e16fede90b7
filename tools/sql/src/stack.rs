//! One place to run recursive work (parsing, walking and dropping syntax trees) on a stack that capped input can't exhaust.

use std::thread;

/// Enough for the deepest tree that the guard's caps let through, several times over.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Why the work gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StackError {
    #[error("could not start the parser's thread")]
    Spawn(#[from] std::io::Error),
    #[error("the parser failed on this text")]
    Panicked,
}

/// Runs `work` to its end on a thread of its own. A panic inside comes back as an error.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, StackError> {
    thread::scope(|scope| {
        thread::Builder::new()
            .name("sql-parser".into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, work)?
            .join()
            .map_err(|_| StackError::Panicked)
    })
}
