//! The processes of this machine, where there is a `/proc` and where there is none.

use std::fs;
use std::process::Command;

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

/// Whether a process has this number.
pub fn runs(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

/// The command lines of all processes.
pub fn command_lines() -> Vec<String> {
    let Ok(processes) = fs::read_dir("/proc") else {
        let listed = Command::new("ps").args(["-axww", "-o", "args="]).output().unwrap();
        return String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect();
    };
    let read = |process: fs::DirEntry| fs::read(process.path().join("cmdline")).ok();
    processes
        .filter_map(|process| read(process.ok()?))
        .map(|line| String::from_utf8_lossy(&line).into_owned())
        .collect()
}
