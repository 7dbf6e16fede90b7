//! Somebody in between, who ends TLS with a certificate of his own and opens it again to the real server.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::authority::{Algorithm, Authority};
use crate::server::PASSWORD;
use crate::{HOST, connect, house};

const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// With `require` nobody checks certificates, and SCRAM alone would pass through him. Bound to the channel, it does not:
/// the proof names his certificate, and the server knows its own.
#[tokio::test]
async fn channel_binding_notices_somebody_in_between() {
    let house = house().await;
    let real = house.server.port();
    let his = Authority::new("his own", Algorithm::EcdsaSha256).sign("server", &[HOST]);
    let acceptor = TlsAcceptor::from(Arc::new(
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(his.certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(his.key.as_bytes()).unwrap(),
            )
            .unwrap(),
    ));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&house.root).unwrap()).unwrap();
    let connector = TlsConnector::from(Arc::new(
        ClientConfig::builder().with_root_certificates(roots).with_no_client_auth(),
    ));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut victim, _) = listener.accept().await.unwrap();
            victim.read_exact(&mut [0; 8]).await.unwrap();
            victim.write_all(b"S").await.unwrap();
            let Ok(mut victim) = acceptor.accept(victim).await else { continue };
            let mut server = TcpStream::connect(("127.0.0.1", real)).await.unwrap();
            server.write_all(&SSL_REQUEST).await.unwrap();
            assert_eq!(server.read_u8().await.unwrap(), b'S');
            let mut server = connector.connect(ServerName::try_from(HOST).unwrap(), server).await.unwrap();
            let _ = copy_bidirectional(&mut victim, &mut server).await;
        }
    });

    let through_him = |rest: &str| {
        format!(
            "host={HOST} hostaddr=127.0.0.1 port={port} user=scram password='{PASSWORD}' dbname=postgres {rest}"
        )
    };
    let unbound = connect(&through_him("sslmode=require channel_binding=disable")).await;
    assert!(unbound.unwrap().encrypted, "he passes everything on: what ends him below is the binding");
    assert!(
        connect(&through_him("sslmode=require")).await.is_err(),
        "bound where both sides can, without being asked"
    );
    assert!(house.server.log().contains("SCRAM channel binding check failed"));
    let refused = connect(&through_him(&format!("sslrootcert={}", house.root))).await.unwrap_err();
    refused.says("not signed by a trusted authority", "sslrootcert");
}
