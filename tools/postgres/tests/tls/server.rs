//! A PostgreSQL server that listens on a port of the loopback address with TLS, under another user where we are root.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use pgwright_postgres::cluster::Binaries;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::authority::Certified;

/// The password of every user.
pub const PASSWORD: &str = "correct horse battery";
/// Nobody's account number on every Linux.
const NOBODY: u32 = 65534;
/// Generous: reached only when something is wrong.
const BOUND: Duration = Duration::from_secs(60);

const HBA: &str = "\
local   all postgres                trust
host    all scram      127.0.0.1/32 scram-sha-256
hostssl all client     127.0.0.1/32 scram-sha-256 clientcert=verify-full
hostssl all certified  127.0.0.1/32 cert
host    all clear      127.0.0.1/32 password
host    all hashed     127.0.0.1/32 md5
";
const USERS: &str = "\
set password_encryption = 'scram-sha-256';
create role scram login password 'correct horse battery';
create role client login password 'correct horse battery';
create role certified login;
create role clear login password 'correct horse battery';
set password_encryption = 'md5';
create role hashed login password 'correct horse battery';
";

pub struct Server {
    files: TempDir,
    process: Child,
    port: u16,
}

impl Server {
    /// A server with this certificate, which asks clients for ones of that authority; without a certificate, one that
    /// does not speak TLS.
    pub async fn start(certificate: Option<&Certified>, client_authority: &str) -> Self {
        let files = tempfile::Builder::new().prefix("pgwright-tls-").tempdir().unwrap();
        own(files.path(), 0o755);
        let data = files.path().join("data");
        let made = as_nobody("initdb")
            .args([
                "--auth=trust",
                "--username=postgres",
                "--no-sync",
                "--no-locale",
                "--encoding=UTF8",
                "--pgdata",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        put(&data.join("pg_hba.conf"), HBA);
        put(&data.join("clients.crt"), client_authority);
        if let Some(certified) = certificate {
            put(&data.join("server.crt"), &certified.certificate);
            put(&data.join("server.key"), &certified.key);
        }
        let encryption = if certificate.is_some() { "ssl=on" } else { "ssl=off" };
        let (process, port) = run(files.path(), encryption);
        let mut server = Self { files, process, port };
        let admin = loop {
            match server.admin().await {
                Some(admin) => break admin,
                None => (server.process, server.port) = run(server.files.path(), encryption),
            }
        };
        admin.batch_execute(USERS).await.unwrap();
        server
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Writes a file that a connection string can name.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.files.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// What the server has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.files.path().join("log")).unwrap()
    }

    /// A superuser's connection over the socket, as soon as the server answers; none if somebody else took its port.
    async fn admin(&mut self) -> Option<tokio_postgres::Client> {
        let dsn =
            format!("host={} port={} user=postgres dbname=postgres", self.files.path().display(), self.port);
        let began = Instant::now();
        loop {
            match tokio_postgres::connect(&dsn, NoTls).await {
                Ok((client, connection)) => {
                    tokio::spawn(connection);
                    return Some(client);
                }
                Err(error) => {
                    let runs = matches!(self.process.try_wait(), Ok(None));
                    if !runs && self.log().contains("Address already in use") {
                        return None;
                    }
                    assert!(runs && began.elapsed() < BOUND, "{error}\n{}", self.log());
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Starts the server on a port that was free a moment ago.
fn run(files: &Path, encryption: &str) -> (Child, u16) {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = as_nobody("postgres")
        .arg("-D")
        .arg(files.join("data"))
        .args(["-p", &port.to_string(), "-k"])
        .arg(files)
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "log_connections=on"])
        .args(["-c", encryption, "-c", "ssl_ca_file=clients.crt"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(files.join("log")).unwrap())
        .spawn()
        .unwrap();
    (process, port)
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::INT);
        }
        let _ = self.process.wait();
    }
}

/// One of PostgreSQL's programs, which refuse to run as root.
fn as_nobody(program: &str) -> Command {
    let mut command = Command::new(binaries().join(program));
    command.env_clear().env("LC_ALL", "C").current_dir("/");
    if rustix::process::geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// Those of this machine, or fetched ones; looked for once.
fn binaries() -> &'static Path {
    static FOUND: LazyLock<Binaries> = LazyLock::new(|| Binaries::find(None).unwrap());
    &FOUND.bin_dir
}

fn put(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    own(path, 0o600);
}

fn own(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    if rustix::process::geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}
