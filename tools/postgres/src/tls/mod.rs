//! TLS to PostgreSQL through rustls: what is verified, with which certificates, and over what a password may go.
//!
//! ```text
//!   connection string ─▶ Tls ─▶ Connector ── negotiate ──▶ plain or TLS stream
//!                                              └─ watch: how does the server ask for the password?
//! ```
//!
//! The driver would answer any request for a password. So the watch reads the server's messages before the driver does,
//! and ends the connection where the password would go to somebody who is not known to be the server.

mod failure;
mod negotiate;
mod verifier;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_postgres_rustls::MakeRustlsConnect;

pub(crate) use failure::{TlsError, explain};
pub(crate) use negotiate::Connector;
use verifier::{AnyCertificate, Authority};
pub(crate) use watch::Passwords;

/// Whether the connection is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Never (`disable`).
    Off,
    /// Where the server offers it (`prefer`).
    Offered,
    /// Always.
    #[default]
    Always,
}

/// How much of the server's certificate is checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Verification {
    /// Encryption only (`prefer`, `require`).
    None,
    /// The chain, not the host name (`verify-ca`).
    Authority,
    /// The chain and the host name (`verify-full`).
    #[default]
    Full,
}

/// The TLS part of a connection string.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tls {
    pub(crate) encryption: Encryption,
    pub(crate) verification: Verification,
    /// Without asking first (`sslnegotiation=direct`, PostgreSQL 17 and newer).
    pub(crate) direct: bool,
    pub(crate) passwords: Passwords,
    pub(crate) root_certificate: Option<PathBuf>,
    pub(crate) client_certificate: Option<PathBuf>,
    pub(crate) client_key: Option<PathBuf>,
}

impl Tls {
    /// Builds the connector for these options.
    pub(crate) fn connector(&self) -> Result<Connector, TlsError> {
        let rustls = (self.encryption != Encryption::Off).then(|| self.client()).transpose()?;
        Ok(Connector::new(self, rustls.map(MakeRustlsConnect::new)))
    }

    fn client(&self) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let builder = match self.verification {
            Verification::None => {
                builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            }
            checked => {
                let authority = Authority::new(self.roots()?, checked == Verification::Full, provider)?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(authority))
            }
        };
        let mut client = match (&self.client_certificate, &self.client_key) {
            (Some(certificate), Some(key)) => {
                builder.with_client_auth_cert(certificates(certificate)?, private_key(key)?)?
            }
            _ => builder.with_no_client_auth(),
        };
        client.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(client)
    }

    fn roots(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        match &self.root_certificate {
            Some(path) => certificates(path),
            None => match rustls_native_certs::load_native_certs().certs {
                none if none.is_empty() => Err(TlsError::NoRoots),
                certificates => Ok(certificates),
            },
        }
    }
}

/// Those certificates that can be used; of a machine's own, some are too old.
fn store(certificates: &[CertificateDer<'static>]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    if roots.is_empty() { Err(TlsError::NoRoots) } else { Ok(roots) }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    match read {
        Ok(none) if none.is_empty() => Err(TlsError::NoCertificate { path: path.to_owned() }),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(unreadable(path, error)),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey { path: path.to_owned() },
        error => unreadable(path, error),
    })
}

fn unreadable(path: &Path, source: pem::Error) -> TlsError {
    TlsError::File { path: path.to_owned(), source }
}
