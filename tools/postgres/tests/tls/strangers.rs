//! Servers that are none: they ask for the password, and write down what they are given.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::{PASSWORD, Refusal, connect};

const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// `AuthenticationCleartextPassword`, `AuthenticationMD5Password`, and the beginning of SCRAM.
const CLEAR_TEXT: &[u8] = b"R\0\0\0\x08\0\0\0\x03";
const MD5: &[u8] = b"R\0\0\0\x0c\0\0\0\x05salt";
const SCRAM: &[u8] = b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0";

/// Says each of these after a message of the client, and gives all that the client said behind its first message.
async fn stranger(says: &'static [&'static [u8]]) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let first = message(&mut client).await;
        if first == SSL_REQUEST {
            client.write_all(b"N").await.unwrap();
            message(&mut client).await;
        }
        let mut heard = Vec::new();
        for words in says {
            let _ = client.write_all(words).await;
            let mut part = [0; 1024];
            // The end comes when the client gives up.
            let read = client.read(&mut part).await.unwrap_or(0);
            heard.extend_from_slice(&part[..read]);
        }
        let _ = client.shutdown().await;
        let _ = client.read_to_end(&mut heard).await;
        heard
    });
    (port, heard)
}

/// A message without a letter in front, its length and the rest; empty when the client has gone.
async fn message(client: &mut TcpStream) -> Vec<u8> {
    let Ok(length) = client.read_u32().await else { return Vec::new() };
    let mut rest = vec![0; length as usize - 4];
    client.read_exact(&mut rest).await.unwrap();
    [&length.to_be_bytes()[..], &rest].concat()
}

async fn visit(says: &'static [&'static [u8]], host: &str, mode: &str) -> (Option<Refusal>, Vec<u8>) {
    let (port, heard) = stranger(says).await;
    let dsn = format!("{host} port={port} user=scram password='{PASSWORD}' dbname=postgres {mode}");
    (connect(&dsn).await.err(), heard.await.unwrap())
}

#[tokio::test]
async fn a_stranger_hears_no_password() {
    let elsewhere = "host=db.example.org hostaddr=127.0.0.1";
    for mode in ["sslmode=disable", "sslmode=prefer"] {
        for says in [&[CLEAR_TEXT][..], &[MD5]] {
            let (refused, heard) = visit(says, elsewhere, mode).await;
            refused.unwrap().says("asks for the password", "verify-full");
            assert_eq!(heard, b"", "{mode}");
        }
        // It may begin as it should, and ask when the proof is under way.
        let (refused, heard) = visit(&[SCRAM, CLEAR_TEXT], elsewhere, mode).await;
        refused.unwrap().says("in clear text", "verify-full");
        let heard = String::from_utf8_lossy(&heard).into_owned();
        assert!(heard.contains("n,,n=,r=") && !heard.contains(PASSWORD), "{heard:?}");
    }
    let (refused, heard) = visit(&[CLEAR_TEXT], elsewhere, "").await;
    refused.unwrap().says("does not offer TLS", "sslmode=verify-full");
    assert_eq!(heard, b"", "not even the name of the user");
}

/// That the strangers above can hear: on this machine passwords are given to whoever listens on the port.
#[tokio::test]
async fn on_this_machine_it_would_be_heard() {
    let (_, heard) = visit(&[CLEAR_TEXT], "host=127.0.0.1", "sslmode=disable").await;
    assert!(String::from_utf8_lossy(&heard).contains(PASSWORD));
}
