//! TLS and authentication against real servers: whom a connection trusts, and to whom a password is shown.
//!
//! The servers listen on the loopback address only. A host name that is given its address by `hostaddr` counts as
//! another machine, so what holds off this machine is tested on it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod authority;
mod middle;
mod server;
mod strangers;

use authority::{Algorithm, Authority, self_signed};
use pgwright_postgres::{DatabaseError, DatabaseSettings, Databases, Dsn, Environment, Scope, Source};
use server::{PASSWORD, Server};

const HOST: &str = "db.example.org";

/// What a session found: whether it is encrypted, and by which version.
#[derive(Debug, PartialEq, Eq)]
struct Session {
    encrypted: bool,
    user: String,
}

/// Why there is none.
#[derive(Debug)]
struct Refusal {
    reason: String,
    hint: String,
    retryable: bool,
}

impl Refusal {
    /// Asserts what it says, and where it says what to do.
    #[track_caller]
    fn says(&self, reason: &str, hint: &str) {
        assert!(self.reason.contains(reason), "{reason:?} is not in {:?}", self.reason);
        assert!(self.hint.contains(hint), "{hint:?} is not in {:?}", self.hint);
        assert!(!self.retryable, "{:?} mends itself?", self.reason);
    }
}

async fn connect(dsn: &str) -> Result<Session, Refusal> {
    let parsed = Dsn::parse(&dsn.into()).unwrap();
    let source = Source::Server(Box::new(parsed));
    let settings = DatabaseSettings::new("shop".to_owned(), source, Environment::Production);
    let shown = format!("{settings:?}");
    let databases = Databases::new(vec![settings], None);
    let outcome = databases.get(None).unwrap().read(&Scope::default()).await;
    let all = format!(
        "{shown} {databases:?} {outcome:?} {}",
        outcome.as_ref().map_or_else(chain, |_| String::new())
    );
    assert!(!all.contains(PASSWORD) && !all.contains("correct horse"), "the password is shown: {all}");
    match outcome {
        Ok(session) => {
            let sql = "select ssl, usename::text from pg_stat_ssl join pg_stat_activity using (pid) where pid = pg_backend_pid()";
            let rows = session.query(sql, &[]).await.unwrap();
            Ok(Session { encrypted: rows[0].get(0), user: rows[0].get(1) })
        }
        Err(DatabaseError::Connect { reason, hint, retryable, .. }) => {
            Err(Refusal { reason, hint, retryable })
        }
        Err(other) => panic!("not a refused connection: {other:?}"),
    }
}

fn chain(error: &DatabaseError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text} {cause} {cause:?}");
        source = cause.source();
    }
    text
}

/// One server for the tests that need no other, with the authorities it knows.
struct House {
    server: Server,
    clients: Authority,
    root: String,
}

impl House {
    /// A connection string for it, as if it were elsewhere.
    fn dsn(&self, user: &str, rest: &str) -> String {
        elsewhere(&self.server, user, rest)
    }

    /// The same, verified in full.
    fn verified(&self, user: &str, rest: &str) -> String {
        self.dsn(user, &format!("sslrootcert={} {rest}", self.root))
    }
}

fn elsewhere(server: &Server, user: &str, rest: &str) -> String {
    format!(
        "host={HOST} hostaddr=127.0.0.1 port={} user={user} password='{PASSWORD}' dbname=postgres {rest}",
        server.port()
    )
}

fn here(server: &Server, user: &str, rest: &str) -> String {
    format!("host=127.0.0.1 port={} user={user} password='{PASSWORD}' dbname=postgres {rest}", server.port())
}

/// Each test has its own: a server in a static would outlive the tests.
async fn house() -> House {
    let authority = Authority::new("an authority", Algorithm::EcdsaSha256);
    let clients = Authority::new("an authority of clients", Algorithm::EcdsaSha256);
    let server = Server::start(Some(&authority.sign("server", &[HOST])), &clients.certificate).await;
    let root = server.file("root.crt", &authority.certificate);
    House { server, clients, root }
}

#[tokio::test]
async fn a_server_is_trusted_by_its_authority_its_name_and_its_dates() {
    let house = house().await;
    let good = connect(&house.verified("scram", "")).await.unwrap();
    assert_eq!(
        good,
        Session { encrypted: true, user: "scram".to_owned() },
        "verify-full is what holds without a mode"
    );

    let other = Authority::new("another authority", Algorithm::EcdsaSha256);
    let wrong = house.server.file("wrong.crt", &other.certificate);
    for mode in ["", "sslmode=verify-full", "sslmode=verify-ca", "sslmode=require"] {
        let refused = connect(&house.dsn("scram", &format!("{mode} sslrootcert={wrong}"))).await.unwrap_err();
        refused.says("not signed by a trusted authority", &wrong);
    }
    let refused = connect(&house.dsn("scram", "")).await.unwrap_err();
    refused.says("not signed by a trusted authority", "sslrootcert=");

    let renamed = house.verified("scram", "").replace(HOST, "elsewhere.example.org");
    let refused = connect(&renamed).await.unwrap_err();
    refused.says(HOST, "sslmode=verify-ca");
    refused.says("not for elsewhere.example.org", "hostaddr");
    assert!(connect(&format!("{renamed} sslmode=verify-ca")).await.unwrap().encrypted);
    // By its address it has no name that the certificate could vouch for.
    let refused =
        connect(&here(&house.server, "scram", &format!("sslmode=verify-full sslrootcert={}", house.root)))
            .await
            .unwrap_err();
    refused.says("not for 127.0.0.1", "issued for");

    let authority = Authority::new("an authority", Algorithm::EcdsaSha256);
    let expired =
        Server::start(Some(&authority.sign_expired("server", &[HOST])), &house.clients.certificate).await;
    let root = expired.file("root.crt", &authority.certificate);
    for mode in ["verify-full", "verify-ca"] {
        let dsn = elsewhere(&expired, "scram", &format!("sslmode={mode} sslrootcert={root}"));
        connect(&dsn).await.unwrap_err().says("expired", "renew it");
    }
}

#[tokio::test]
async fn every_mode_means_what_it_says() {
    let house = house().await;
    let encrypted = async |dsn: String| connect(&dsn).await.unwrap().encrypted;
    assert!(!encrypted(here(&house.server, "scram", "sslmode=disable")).await);
    assert!(encrypted(here(&house.server, "scram", "sslmode=allow")).await);
    assert!(encrypted(here(&house.server, "scram", "sslmode=prefer")).await);
    assert!(encrypted(here(&house.server, "scram", "")).await, "prefer is what holds on this machine");
    assert!(encrypted(house.dsn("scram", "sslmode=require")).await);
    assert!(encrypted(house.verified("scram", "sslmode=require")).await);
    assert!(encrypted(house.verified("scram", "sslmode=verify-ca")).await);
    assert!(encrypted(house.verified("scram", "sslmode=verify-full")).await);

    let plain = Server::start(None, &house.clients.certificate).await;
    assert!(!encrypted(here(&plain, "scram", "")).await);
    assert!(
        !encrypted(elsewhere(&plain, "scram", "sslmode=prefer")).await,
        "SCRAM shows nothing, so this is allowed"
    );
    for mode in ["require", "verify-ca", "verify-full"] {
        let rest = format!("sslmode={mode} sslrootcert={}", house.root);
        connect(&elsewhere(&plain, "scram", &rest)).await.unwrap_err().says("does not offer TLS", "ssl = on");
    }
    let refused = connect(&elsewhere(&plain, "scram", "")).await;
    assert!(refused.is_err(), "without a mode there is no way around TLS off this machine");
}

#[tokio::test]
async fn a_password_is_shown_only_here_or_to_a_verified_server() {
    let house = house().await;
    for user in ["clear", "hashed"] {
        for rest in ["sslmode=disable", ""] {
            assert_eq!(connect(&here(&house.server, user, rest)).await.unwrap().user, user);
        }
        assert!(connect(&house.verified(user, "sslmode=verify-full")).await.unwrap().encrypted);
        let verified_in_part = format!("sslmode=verify-ca sslrootcert={}", house.root);
        for rest in ["sslmode=disable", "sslmode=prefer", "sslmode=require", &verified_in_part] {
            let refused = connect(&house.dsn(user, rest)).await.unwrap_err();
            refused.says(if user == "clear" { "in clear text" } else { "MD5" }, "verify-full");
            refused.says(HOST, "scram-sha-256");
        }
    }
    assert!(
        !house.server.log().contains("password authentication failed"),
        "no wrong password was tried instead"
    );
}

#[tokio::test]
async fn client_certificates_are_shown_and_checked() {
    let house = house().await;
    let certificate = |name: &str, certified: &authority::Certified| {
        let (certificate, key) = (format!("{name}.crt"), format!("{name}.key"));
        format!(
            "sslcert={} sslkey={}",
            house.server.file(&certificate, &certified.certificate),
            house.server.file(&key, &certified.key)
        )
    };
    for user in ["client", "certified"] {
        let right = certificate(user, &house.clients.sign(user, &[]));
        assert_eq!(connect(&house.verified(user, &right)).await.unwrap().user, user);
        connect(&house.verified(user, "")).await.unwrap_err().says("client certificate", "sslcert");
        let other_name = certificate("other", &house.clients.sign("somebody else", &[]));
        connect(&house.verified(user, &other_name)).await.unwrap_err().says("", "sslcert");
        let stranger = Authority::new("a stranger", Algorithm::EcdsaSha256).sign(user, &[]);
        let wrong = certificate("wrong", &stranger);
        connect(&house.verified(user, &wrong))
            .await
            .unwrap_err()
            .says("refuses our certificate", "wrong.crt");
        let expired = certificate("expired", &house.clients.sign_expired(user, &[]));
        connect(&house.verified(user, &expired))
            .await
            .unwrap_err()
            .says("refuses our certificate", "expired.crt");
    }
    let missing =
        connect(&house.verified("client", "sslcert=/nowhere/a.crt sslkey=/nowhere/a.key")).await.unwrap_err();
    missing.says("/nowhere/a.crt", "sslcert");
    let empty = house.server.file("empty.crt", "nothing\n");
    connect(&house.dsn("client", &format!("sslrootcert={empty}")))
        .await
        .unwrap_err()
        .says(&empty, "sslrootcert");
}

/// `tls-server-end-point` hashes the certificate with the hash of its own signature, so each kind is its own case. With
/// `require` the driver ends the connection unless SCRAM-SHA-256-PLUS was used.
#[tokio::test]
async fn scram_is_bound_to_the_channel() {
    let clients = Authority::new("an authority of clients", Algorithm::EcdsaSha256);
    for algorithm in
        [Algorithm::EcdsaSha256, Algorithm::EcdsaSha384, Algorithm::RsaSha256, Algorithm::RsaSha384]
    {
        let authority = Authority::new("an authority", algorithm);
        let server = Server::start(Some(&authority.sign("server", &[HOST])), &clients.certificate).await;
        let root = server.file("root.crt", &authority.certificate);
        let dsn = elsewhere(&server, "scram", &format!("sslrootcert={root} channel_binding=require"));
        assert!(connect(&dsn).await.unwrap().encrypted, "{algorithm:?}");
        for rest in ["sslmode=disable channel_binding=require", "sslmode=prefer channel_binding=require"] {
            let outcome = connect(&here(&server, "scram", rest)).await;
            match rest.contains("disable") {
                true => outcome.unwrap_err().says("channel binding", "scram-sha-256"),
                false => assert!(outcome.unwrap().encrypted),
            }
        }
        // A password in clear text is bound to nothing.
        let clear = dsn.replace("user=scram", "user=clear");
        connect(&clear).await.unwrap_err().says("channel binding", "scram-sha-256");
    }
    // Ed25519 has no hash of its own, and so no binding (RFC 5929).
    let authority = Authority::new("an authority", Algorithm::Ed25519);
    let server = Server::start(Some(&authority.sign("server", &[HOST])), &clients.certificate).await;
    let root = server.file("root.crt", &authority.certificate);
    let dsn = elsewhere(&server, "scram", &format!("sslrootcert={root}"));
    assert!(connect(&dsn).await.unwrap().encrypted);
    connect(&format!("{dsn} channel_binding=require"))
        .await
        .unwrap_err()
        .says("channel binding", "scram-sha-256");
}

#[tokio::test]
async fn a_self_signed_certificate_can_be_named_itself() {
    let certified = self_signed(HOST);
    let server = Server::start(Some(&certified), &certified.certificate).await;
    let root = server.file("server.crt", &certified.certificate);
    let dsn = elsewhere(&server, "scram", &format!("sslrootcert={root}"));
    assert!(connect(&dsn).await.unwrap().encrypted);
    connect(&dsn.replace(HOST, "elsewhere.example.org"))
        .await
        .unwrap_err()
        .says("not for elsewhere", "verify-ca");
    let other = server.file("other.crt", &self_signed(HOST).certificate);
    let stranger = elsewhere(&server, "scram", &format!("sslrootcert={other}"));
    assert!(connect(&stranger).await.is_err(), "a certificate of the same name is not the same");
}
