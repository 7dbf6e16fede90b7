//! Running other programs with a bound on their time, keeping the end of what they say.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::ClusterError;
use super::error::on_one_line;

const KEPT_BYTES: i64 = 1200;

/// Runs a program to its end; an error carries the end of its output.
pub(super) fn run(name: &'static str, command: &mut Command, bound: Duration) -> Result<(), ClusterError> {
    let failed = |output: String| ClusterError::Program { program: name, output };
    // A file and not a pipe, so that nothing blocks and grandchildren can't hold us.
    let mut said = tempfile::tempfile().map_err(|error| failed(on_one_line(&error)))?;
    let (out, err) = (said.try_clone(), said.try_clone());
    let (Ok(out), Ok(err)) = (out, err) else { return Err(failed("no file descriptors left".to_owned())) };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .map_err(|error| failed(on_one_line(&error)))?;
    let started = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(failed(format!("{status}: {}", end_of(&mut said)))),
            Ok(None) if started.elapsed() < bound => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                // It is ours and takes too long; that it may be gone by now is no error.
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("took longer than {} s", bound.as_secs())));
            }
            Err(error) => return Err(failed(on_one_line(&error))),
        }
    }
}

/// The last lines of a file, on one line.
pub(super) fn end_of(file: &mut File) -> String {
    let mut text = Vec::new();
    let length = file.metadata().map_or(0, |metadata| i64::try_from(metadata.len()).unwrap_or(0));
    let from = SeekFrom::End(-length.min(KEPT_BYTES));
    if file.seek(from).and_then(|_| file.read_to_end(&mut text)).is_err() {
        return "its output can't be read".to_owned();
    }
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(6)..].join("; ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_failure_carries_its_reason() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo first; echo 'the reason' >&2; exit 3"]);
        let error = run("sh", &mut command, Duration::from_secs(60)).unwrap_err().to_string();
        assert!(error.contains("the reason") && error.contains('3'), "{error}");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let mut command = Command::new("/bin/sleep");
        let error = run("sleep", command.arg("600"), Duration::from_millis(20)).unwrap_err().to_string();
        assert!(error.contains("longer"), "{error}");
    }
}
