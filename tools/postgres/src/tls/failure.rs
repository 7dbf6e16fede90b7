//! Why no trusted connection came about: what happened, and what would mend it.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use rustls::{AlertDescription, CertificateError};
use rustls_pki_types::pem;

use super::{Encryption, Tls, Verification};

/// Why the certificates of a connection string cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot read {}: {}", .path.display(), pem_reason(.source))]
    File { path: PathBuf, source: pem::Error },
    #[error("{} holds no certificate (it should begin with -----BEGIN CERTIFICATE-----)", .path.display())]
    NoCertificate { path: PathBuf },
    #[error("{} holds no private key that can be read; an encrypted one must be decrypted first (openssl pkey -in … -out …)", .path.display())]
    NoKey { path: PathBuf },
    #[error(
        "no trusted root certificates were found: name the server's authority with sslrootcert=/path/to/root.crt"
    )]
    NoRoots,
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
    #[error("TLS cannot be set up: {0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

fn pem_reason(error: &pem::Error) -> String {
    match error {
        pem::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// Why a connection was given up before the driver spoke to the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the connection ended while TLS was asked for: {0}")]
    Asking(#[source] io::Error),
    #[error("what listens there does not answer as PostgreSQL does")]
    NotPostgres,
    #[error("the server does not offer TLS")]
    NotOffered,
    #[error("{0}")]
    Handshake(#[source] io::Error),
    #[error("{0}")]
    Password(Refused),
}

/// A request for the password that is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the server asks for the password in clear text")]
    ClearText,
    #[error("the server asks for the password as an MD5 hash")]
    Md5,
    #[error("the server's first message cannot be read")]
    Unreadable,
}

/// A failure in words: what happened, and the next step.
pub(crate) struct Explained {
    pub(crate) reason: String,
    pub(crate) hint: String,
    pub(crate) retryable: bool,
}

/// What a failed attempt to connect has to do with TLS or with the way the password is asked for, if anything.
pub(crate) fn explain(error: &(dyn Error + 'static), host: &str, tls: &Tls) -> Option<Explained> {
    match cause(error)? {
        Cause::Ours(failure) => explain_failure(failure, host, tls),
        Cause::Tls(error) => Some(explain_tls(error, host, tls)),
    }
}

enum Cause<'a> {
    Ours(&'a Failure),
    Tls(&'a rustls::Error),
}

/// The deepest cause that we know. What an I/O error wraps is not its source, but its inside.
fn cause<'a>(error: &'a (dyn Error + 'static)) -> Option<Cause<'a>> {
    let inside = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .map(|inside| inside as &(dyn Error + 'static));
    let deeper = inside.or_else(|| error.source()).and_then(cause);
    deeper.or_else(|| error.downcast_ref().map(Cause::Tls)).or_else(|| error.downcast_ref().map(Cause::Ours))
}

fn explain_failure(failure: &Failure, host: &str, tls: &Tls) -> Option<Explained> {
    let hint = match failure {
        // The network's own reasons are told as those of any connection.
        Failure::Asking(_) | Failure::Handshake(_) => return None,
        Failure::NotPostgres => "check the host and the port of the connection string".to_owned(),
        Failure::NotOffered => format!(
            "turn TLS on on the server (ssl = on); {} requires it. Only where the network in between is trusted: sslmode=disable",
            said(tls)
        ),
        Failure::Password(_) => format!(
            "nothing was sent: off this machine, only a server that is verified by name may ask for it like that. Use \
             sslmode=verify-full (now {}), or let the server ask by SCRAM: password_encryption = 'scram-sha-256', set the \
             password again, scram-sha-256 in pg_hba.conf",
            said(tls)
        ),
    };
    let reason = match failure {
        Failure::Password(refused @ (Refused::ClearText | Refused::Md5)) => {
            let over = match (tls.encryption, tls.verification) {
                (Encryption::Always, _) => "over TLS without verifying who it is",
                _ => "over a connection that may be unencrypted",
            };
            format!("{host}: {refused}, {over}")
        }
        failure => format!("{host}: {failure}"),
    };
    Some(Explained { reason, hint, retryable: false })
}

fn explain_tls(error: &rustls::Error, host: &str, tls: &Tls) -> Explained {
    let (reason, hint) = match error {
        rustls::Error::InvalidCertificate(problem) => about_certificate(problem, host, tls),
        rustls::Error::AlertReceived(alert) => about_alert(*alert, tls),
        rustls::Error::PeerIncompatible(_) => (
            format!("the server speaks no TLS that is safe ({error})"),
            "TLS 1.2 is the least: see ssl_min_protocol_version and ssl_ciphers on the server".to_owned(),
        ),
        rustls::Error::InvalidMessage(_) => (
            "the server's answer is no TLS".to_owned(),
            "check the port, and whether something in between ends TLS".to_owned(),
        ),
        error => (error.to_string(), "see the server's log for its side".to_owned()),
    };
    Explained { reason: format!("{host}: {reason}"), hint, retryable: false }
}

fn about_certificate(problem: &CertificateError, host: &str, tls: &Tls) -> (String, String) {
    let authority = match &tls.root_certificate {
        Some(path) => format!("sslrootcert names {}: is it the authority of this server?", path.display()),
        None => {
            "name its authority with sslrootcert=/path/to/root.crt; without it, the machine's own are trusted"
                .to_owned()
        }
    };
    match problem {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            ("the server's certificate is not signed by a trusted authority".to_owned(), authority)
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            let names = match problem {
                CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
                    format!("is for {}", presented.join(", "))
                }
                // Its common name does not count: it has not, anywhere, since RFC 6125.
                _ => "names no host as subjectAltName".to_owned(),
            };
            (
                format!("the server's certificate {names}, not for {host}"),
                "connect by a name of the certificate (host=NAME hostaddr=ADDRESS keeps the address), or have it issued for \
                 this one; sslmode=verify-ca does not look at names"
                    .to_owned(),
            )
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => (
            "the server's certificate has expired".to_owned(),
            "renew it on the server (ssl_cert_file), or set this machine's clock".to_owned(),
        ),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => (
            "the server's certificate is not valid yet".to_owned(),
            "check the clocks of both machines".to_owned(),
        ),
        other => (format!("the server's certificate cannot be used ({other})"), authority),
    }
}

fn about_alert(alert: AlertDescription, tls: &Tls) -> (String, String) {
    let about_ours = matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateRequired
            | AlertDescription::DecryptError
    );
    match (&tls.client_certificate, about_ours) {
        (Some(path), true) => (
            format!("the server refuses our certificate ({alert:?})"),
            format!(
                "sslcert names {}: is it signed by the authority in the server's ssl_ca_file, and still valid?",
                path.display()
            ),
        ),
        (None, true) => (
            format!("the server wants a client certificate ({alert:?})"),
            "name one with sslcert=/path/to/client.crt and sslkey=/path/to/client.key".to_owned(),
        ),
        _ => (
            format!("the server ended the TLS handshake ({alert:?})"),
            "see the server's log for its side".to_owned(),
        ),
    }
}

/// The mode in the words of a connection string.
fn said(tls: &Tls) -> &'static str {
    match (tls.encryption, tls.verification) {
        (Encryption::Off, _) => "sslmode=disable",
        (Encryption::Offered, _) => "sslmode=prefer",
        (Encryption::Always, Verification::None) => "sslmode=require",
        (Encryption::Always, Verification::Authority) => "sslmode=verify-ca",
        (Encryption::Always, Verification::Full) => "sslmode=verify-full",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn causes_are_found_inside_of_input_and_output() {
        let inside = io::Error::other(Failure::Password(Refused::Md5));
        let explained = explain(&inside, "db", &Tls::default()).unwrap();
        assert!(
            explained.reason.contains("MD5") && explained.hint.contains("verify-full"),
            "{}",
            explained.reason
        );
        let handshake = Failure::Handshake(io::Error::other(rustls::Error::InvalidCertificate(
            CertificateError::Expired,
        )));
        assert!(explain(&handshake, "db", &Tls::default()).unwrap().reason.contains("expired"));
        assert!(explain(&io::Error::other("something else"), "db", &Tls::default()).is_none());
    }
}
