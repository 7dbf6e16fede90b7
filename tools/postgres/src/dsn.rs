//! Connection strings: PostgreSQL's URL and key-value forms, with the TLS options that the driver does not know.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, SslNegotiation};

use crate::tls::{Encryption, Passwords, Tls, Verification};

/// A parsed connection string. `Debug` and `Display` never show the password.
#[derive(Clone)]
pub struct Dsn {
    config: Config,
    tls: Tls,
}

/// Why a connection string cannot be used. Never quotes the string, which may hold a password.
#[derive(Debug, thiserror::Error)]
pub enum DsnError {
    /// The driver could not read it.
    #[error("the connection string is not valid: {0}")]
    Syntax(String),
    /// An `sslmode` that PostgreSQL does not have.
    #[error("unknown sslmode {0}; use disable, prefer, require, verify-ca or verify-full")]
    SslMode(String),
    /// No host at all.
    #[error("the connection string names no host; write postgres://user@host/database")]
    NoHost,
    /// An `sslnegotiation` that PostgreSQL does not have, or one that could end up without TLS.
    #[error("sslnegotiation is postgres or direct; direct needs sslmode=require or stricter")]
    SslNegotiation,
    /// The machine's own authorities vouch for every host of the world, so its name must be checked.
    #[error(
        "sslrootcert=system needs sslmode=verify-full; leave sslmode out, or name the server's own authority"
    )]
    SystemRoots,
    /// Unix sockets know no TLS, so one rule cannot hold for both.
    #[error("the connection string names a Unix socket and a network host; use one kind")]
    MixedHosts,
    /// Client certificates are configured in part.
    #[error("sslcert and sslkey go together; {0} is missing")]
    HalfClientCertificate(&'static str),
}

impl Dsn {
    /// Parses a URL (`postgres://…`) or key-value (`host=… dbname=…`) connection string.
    pub fn parse(text: &SecretString) -> Result<Self, DsnError> {
        let (rest, options) = take_tls_options(text.expose_secret());
        let mut config = Config::from_str(&rest).map_err(|error| DsnError::Syntax(driver_reason(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(DsnError::NoHost);
        }
        let is_socket = |host: &Host| !matches!(host, Host::Tcp(_));
        let sockets = config.get_hosts().iter().filter(|host| is_socket(host)).count();
        if sockets > 0 && sockets < config.get_hosts().len() {
            return Err(DsnError::MixedHosts);
        }
        let tls = tls(options, is_loopback(&config))?;
        // The connector negotiates itself, see there.
        if sockets == 0 {
            config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
        } else {
            config.ssl_mode(SslMode::Disable);
        }
        Ok(Self { config, tls })
    }

    /// A value as it must be written inside the connection string `text`, in whichever of the two forms that is, so
    /// that nothing in the value is read as more than the value.
    pub fn escape(text: &str, value: &str) -> String {
        if is_url(text) { percent_encode(value) } else { quote_value(value) }
    }

    /// Whether every host is this machine: a Unix socket, `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.config)
    }

    /// The host, as the connection string names it.
    pub(crate) fn host(&self) -> String {
        match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        }
    }

    /// Whether it holds a password.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn tls(&self) -> &Tls {
        &self.tls
    }
}

impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        write!(f, "{}:{port}/{}", self.host(), self.config.get_dbname().unwrap_or("(default)"))
    }
}

impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dsn({self})")
    }
}

/// What the options ask for; what they leave out depends on where the server is.
fn tls(options: Vec<(String, String)>, loopback: bool) -> Result<Tls, DsnError> {
    let mut tls = Tls::default();
    let (mut mode, mut system_roots) = (None, false);
    for (key, value) in options {
        match key.as_str() {
            "sslrootcert" if value == "system" => system_roots = true,
            "sslrootcert" => tls.root_certificate = Some(PathBuf::from(value)),
            "sslcert" => tls.client_certificate = Some(PathBuf::from(value)),
            "sslkey" => tls.client_key = Some(PathBuf::from(value)),
            "sslnegotiation" => match value.as_str() {
                "postgres" => tls.direct = false,
                "direct" => tls.direct = true,
                _ => return Err(DsnError::SslNegotiation),
            },
            _ => mode = Some(value),
        }
    }
    match (&tls.client_certificate, &tls.client_key) {
        (Some(_), None) => return Err(DsnError::HalfClientCertificate("sslkey")),
        (None, Some(_)) => return Err(DsnError::HalfClientCertificate("sslcert")),
        _ => {}
    }
    let default = if loopback && !system_roots { "prefer" } else { "verify-full" };
    let (encryption, verification) = match mode.as_deref().unwrap_or(default) {
        "disable" => (Encryption::Off, Verification::None),
        "allow" | "prefer" => (Encryption::Offered, Verification::None),
        // As in libpq: naming a root certificate asks for its use.
        "require" if tls.root_certificate.is_some() => (Encryption::Always, Verification::Authority),
        "require" => (Encryption::Always, Verification::None),
        "verify-ca" => (Encryption::Always, Verification::Authority),
        "verify-full" => (Encryption::Always, Verification::Full),
        other => return Err(DsnError::SslMode(other.to_owned())),
    };
    if system_roots && verification != Verification::Full {
        return Err(DsnError::SystemRoots);
    }
    if tls.direct && encryption != Encryption::Always {
        return Err(DsnError::SslNegotiation);
    }
    tls.passwords = passwords(loopback, verification);
    Ok(Tls { encryption, verification, ..tls })
}

/// A password goes as it is only to this machine, or to a server that was verified by name.
fn passwords(loopback: bool, verification: Verification) -> Passwords {
    if loopback || verification == Verification::Full { Passwords::Any } else { Passwords::Proof }
}

fn is_loopback(config: &Config) -> bool {
    let names = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    names && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

/// The driver's error text names the option but never its value.
fn driver_reason(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

const TLS_OPTIONS: [&str; 5] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation"];

/// Separates the TLS options, of which the driver knows only part, from the rest of the string.
fn take_tls_options(text: &str) -> (String, Vec<(String, String)>) {
    if is_url(text) {
        let Some((address, query)) = text.split_once('?') else {
            return (text.to_owned(), Vec::new());
        };
        let (tls, rest): (Vec<&str>, Vec<&str>) = query
            .split('&')
            .partition(|pair| TLS_OPTIONS.contains(&pair.split_once('=').map_or(*pair, |(key, _)| key)));
        let options = tls
            .into_iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), percent_decode(value)))
            .collect();
        let kept = if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) };
        return (kept, options);
    }
    let (tls, rest): (Vec<_>, Vec<_>) =
        key_values(text).into_iter().partition(|(key, _)| TLS_OPTIONS.contains(&key.as_str()));
    let kept =
        rest.iter().map(|(key, value)| format!("{key}={}", quote_value(value))).collect::<Vec<_>>().join(" ");
    (if tls.is_empty() { text.to_owned() } else { kept }, tls)
}

/// Splits `key = 'value with \' quotes' other=plain`.
fn key_values(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, tail)) = rest.split_once('=') {
        let tail = tail.trim_start();
        let mut value = String::new();
        let quoted = tail.starts_with('\'');
        let mut characters = tail.char_indices().skip(usize::from(quoted));
        let mut end = tail.len();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
                '\'' if quoted => {
                    end = at + 1;
                    break;
                }
                space if !quoted && space.is_whitespace() => {
                    end = at;
                    break;
                }
                plain => value.push(plain),
            }
        }
        pairs.push((key.trim().to_owned(), value));
        rest = tail[end..].trim_start();
    }
    pairs
}

fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// A value of the key-value form.
fn quote_value(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A part of the URL form.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let decoded = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn dsn(text: &str) -> Result<Dsn, DsnError> {
        Dsn::parse(&SecretString::from(text))
    }

    #[test]
    fn remote_hosts_are_verified_in_full_unless_said_otherwise() {
        let remote = dsn("postgres://reader:secret@db.example.org/shop").unwrap();
        assert_eq!(
            (remote.tls.encryption, remote.tls.verification),
            (Encryption::Always, Verification::Full)
        );
        let asked = dsn("postgres://reader@db.example.org/shop?sslmode=disable").unwrap();
        assert_eq!(asked.tls.encryption, Encryption::Off);
        let here = dsn("host=127.0.0.1").unwrap();
        assert_eq!((here.tls.encryption, here.tls.verification), (Encryption::Offered, Verification::None));
    }

    #[test]
    fn a_password_is_shown_only_here_or_to_a_verified_server() {
        for (text, expected) in [
            ("host=127.0.0.1 sslmode=disable", Passwords::Any),
            ("host=/run/postgresql", Passwords::Any),
            ("host=db.example.org", Passwords::Any),
            ("host=db.example.org sslrootcert=system", Passwords::Any),
            ("host=db.example.org sslmode=verify-ca sslrootcert=/ca.pem", Passwords::Proof),
            ("host=db.example.org sslmode=require", Passwords::Proof),
            ("host=db.example.org sslmode=prefer", Passwords::Proof),
            ("host=db.example.org sslmode=disable", Passwords::Proof),
            ("host=localhost hostaddr=192.0.2.7 sslmode=disable", Passwords::Proof),
            ("host=db.example.org hostaddr=127.0.0.1 sslmode=disable", Passwords::Proof),
            ("host=localhost,db.example.org sslmode=disable", Passwords::Proof),
        ] {
            assert_eq!(dsn(text).unwrap().tls.passwords, expected, "{text}");
        }
    }

    #[test]
    fn weak_combinations_are_refused_in_any_order() {
        for text in [
            "host=h sslmode=require sslrootcert=system",
            "host=h sslrootcert=system sslmode=verify-ca",
            "host=h sslnegotiation=direct sslmode=prefer",
            "host=/run/postgresql,db.example.org",
            "host=h sslcert=/c.pem",
        ] {
            assert!(dsn(text).is_err(), "{text}");
        }
        assert!(dsn("host=h sslnegotiation=direct").unwrap().tls.direct);
    }

    #[test]
    fn loopback_is_recognised_in_every_spelling() {
        for local in
            ["postgres://localhost/a", "host=127.0.0.1", "host=/run/postgresql", "postgres://[::1]:5433/a"]
        {
            assert!(dsn(local).unwrap().is_loopback(), "{local}");
        }
        assert!(!dsn("host=db.example.org").unwrap().is_loopback());
        assert!(!dsn("host=localhost hostaddr=10.0.0.7").unwrap().is_loopback());
    }

    #[test]
    fn tls_options_are_taken_from_both_forms() {
        let url =
            dsn("postgres://h/d?connect_timeout=3&sslmode=verify-ca&sslrootcert=%2Fetc%2Fca.pem").unwrap();
        assert_eq!(url.tls.verification, Verification::Authority);
        assert_eq!(url.tls.root_certificate.as_deref(), Some(std::path::Path::new("/etc/ca.pem")));
        let pairs = dsn("host=h password='it''s' sslmode = 'verify-full' dbname=d");
        assert!(pairs.is_err() || pairs.unwrap().tls.verification == Verification::Full);
        let escaped = dsn(r"host=h password='a\'b c' sslmode=verify-full dbname=d").unwrap();
        assert_eq!(escaped.config.get_password(), Some(&b"a'b c"[..]));
    }

    #[test]
    fn the_password_is_never_shown() {
        let shown = format!("{:?}", dsn("postgres://me:hunter2@localhost/shop").unwrap());
        assert_eq!(shown, "Dsn(localhost:5432/shop)");
        let error = dsn("postgres://me:hunter2@localhost/shop?nonsense=1").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn an_unknown_mode_is_named() {
        assert!(dsn("host=h sslmode=verify").unwrap_err().to_string().contains("verify-full"));
    }
}
