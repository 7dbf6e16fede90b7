//! The checkpoint: where the log ended at a moment, under a key, in a directory of its own.
//!
//! A chain alone does not show that its end was cut off, or that all of it was made anew; the checkpoint does. It moves
//! forward only over a log that still holds what the last one sealed.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::chain::{self, Hash};
use super::clock;
use super::error::AuditError;
use super::log::{self, Head, Locked};

/// Where the records begin that are kept; what stood before went by retention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Beginning {
    /// The number of the first file.
    pub(super) file: u32,
    /// Its first record follows this one.
    pub(super) seq: u64,
    pub(super) hash: Hash,
}

/// What was sealed, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    pub(super) time: String,
    pub(super) beginning: Beginning,
    pub(super) head: Head,
}

/// The checkpoint of a log, and its key.
pub(super) struct Seal {
    directory: PathBuf,
    given: Option<SecretString>,
}

impl Seal {
    /// The checkpoint in that directory, under the key that was given or the one beside it.
    pub(super) fn new(directory: PathBuf, given: Option<SecretString>) -> Self {
        Self { directory, given }
    }

    fn checkpoint_path(&self) -> PathBuf {
        self.directory.join("checkpoint.json")
    }

    fn key_path(&self) -> PathBuf {
        self.directory.join("key")
    }

    /// The checkpoint as it stands; `None` where there was never one.
    pub(super) fn read(&self) -> Result<Option<Checkpoint>, AuditError> {
        let path = self.checkpoint_path();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(AuditError::Forged { path });
            }
            Err(error) => return Err(AuditError::io("read", &path)(error)),
        };
        let key = self.key()?;
        let line = text.strip_suffix('\n').unwrap_or_default();
        let hmac = hmac(&key)?;
        let read = chain::unsealed(line, "mac")
            .filter(|(body, mac)| hmac.chain_update(body.as_bytes()).verify_slice(mac.as_ref()).is_ok())
            .and_then(|(body, _)| serde_json::from_str(&format!("{body}}}")).ok());
        read.map(Some).ok_or(AuditError::Forged { path })
    }

    /// The checkpoint; of a log without any record, a new one is made.
    pub(super) fn read_or_begin(&self, log: &Path) -> Result<Checkpoint, AuditError> {
        log::private_directory(&self.directory)?;
        let lock_path = log::lock_path(&self.directory);
        let lock = log::private_file(&lock_path)?;
        let _locked = Locked::exclusive(&lock, &lock_path)?;
        if let Some(found) = self.read()? {
            return Ok(found);
        }
        if has_records(log) {
            return Err(AuditError::NoCheckpoint { path: self.directory.clone() });
        }
        self.make_key()?;
        let genesis = Hash::random();
        let first = Checkpoint {
            time: clock::now(),
            beginning: Beginning { file: 1, seq: 0, hash: genesis },
            head: Head { file: 1, bytes: 0, seq: 0, hash: genesis },
        };
        self.write(&first)?;
        Ok(first)
    }

    /// Seals the log up to `head`, which is on disk by now, and lets go of files whose last record is older than `since`.
    pub(super) fn advance(&self, log: &Path, head: &Head, since: &str) -> Result<(), AuditError> {
        let lock_path = log::lock_path(&self.directory);
        let lock = log::private_file(&lock_path)?;
        let _locked = Locked::soon(&lock, &lock_path)?;
        let last = self.read()?.ok_or_else(|| AuditError::NoCheckpoint { path: self.directory.clone() })?;
        if last.head.seq >= head.seq {
            return Ok(());
        }
        if !log::holds(log, &last.head) {
            return Err(AuditError::Rewritten { seq: last.head.seq });
        }
        let beginning = kept_since(log, &last.beginning, head, since)?;
        self.write(&Checkpoint { time: clock::now(), beginning: beginning.clone(), head: head.clone() })?;
        for number in log::files(log)?.into_iter().take_while(|number| *number < beginning.file) {
            let path = log::file(log, number);
            fs::remove_file(&path).map_err(AuditError::io("remove", &path))?;
        }
        Ok(())
    }

    /// Replaces the checkpoint, whole or not at all.
    fn write(&self, checkpoint: &Checkpoint) -> Result<(), AuditError> {
        let key = self.key()?;
        let object = serde_json::to_string(checkpoint)?;
        let hmac = hmac(&key)?;
        let mac = |body: &[u8]| Hash::from(<[u8; 32]>::from(hmac.chain_update(body).finalize().into_bytes()));
        let (mut line, _) = chain::sealed(&object, "mac", mac);
        line.push('\n');
        let path = self.checkpoint_path();
        let new = path.with_added_extension("new");
        let written = || -> std::io::Result<()> {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.write_all(line.as_bytes())?;
            file.sync_data()?;
            fs::rename(&new, &path)?;
            File::open(&self.directory)?.sync_all()
        };
        written().map_err(AuditError::io("write", &path))
    }

    fn key(&self) -> Result<SecretString, AuditError> {
        if let Some(given) = &self.given {
            return Ok(given.clone());
        }
        let path = self.key_path();
        match fs::read_to_string(&path) {
            Ok(key) => Ok(SecretString::from(key)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(AuditError::NoKey { path }),
            Err(error) => Err(AuditError::io("read", &path)(error)),
        }
    }

    /// A key of this trail's own, which only its owner may read.
    fn make_key(&self) -> Result<(), AuditError> {
        if self.given.is_some() {
            return Ok(());
        }
        let path = self.key_path();
        let made = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(format!("{}{}", Hash::random(), Hash::random()).as_bytes())?;
            file.sync_all()
        };
        match made() {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            outcome => outcome.map_err(AuditError::io("make", &path)),
        }
    }
}

/// An empty key would be padded to one of zeros, which anybody has.
fn hmac(key: &SecretString) -> Result<Hmac<Sha256>, AuditError> {
    match key.expose_secret().as_bytes() {
        [] => Err(AuditError::Key),
        key => <Hmac<Sha256> as KeyInit>::new_from_slice(key).map_err(|_| AuditError::Key),
    }
}

pub(super) fn has_records(log: &Path) -> bool {
    let length = |number| fs::metadata(log::file(log, number)).map_or(0, |found| found.len());
    log::files(log).is_ok_and(|files| files.into_iter().any(|number| length(number) > 0))
}

/// The first file that is kept: the head's own, or one whose last record is young enough.
fn kept_since(log: &Path, beginning: &Beginning, head: &Head, since: &str) -> Result<Beginning, AuditError> {
    let mut kept = beginning.clone();
    while kept.file < head.file {
        match log::last_link(log, kept.file)? {
            Some(link) if link.time.as_str() < since => {
                kept = Beginning { file: kept.file + 1, seq: link.seq, hash: link.hash };
            }
            _ => break,
        }
    }
    Ok(kept)
}
