//! Opens the way to a server: asks for TLS, shakes hands, and puts the watch on what the server then says.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure::Failure;
use super::watch::{Passwords, Watch};
use super::{Encryption, Tls};

/// `SSLRequest`: its length, and the number that PostgreSQL gave it.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// Makes the driver's streams. The driver is told to start TLS at once and does not negotiate itself: what it would
/// leave unencrypted it would also leave unwatched.
#[derive(Clone)]
pub(crate) struct Connector {
    encryption: Encryption,
    direct: bool,
    passwords: Passwords,
    /// Absent where encryption is off.
    rustls: Option<MakeRustlsConnect>,
}

impl Connector {
    pub(super) fn new(tls: &Tls, rustls: Option<MakeRustlsConnect>) -> Self {
        Self { encryption: tls.encryption, direct: tls.direct, passwords: tls.passwords, rustls }
    }

    async fn open<S: Socket>(self, host: String, mut socket: S) -> Result<Channel<S>, Failure> {
        let encrypted = match &self.rustls {
            None => None,
            Some(rustls) if self.direct || offers_tls(&mut socket).await? => Some(rustls),
            Some(_) if self.encryption == Encryption::Offered => None,
            Some(_) => return Err(Failure::NotOffered),
        };
        let link = match encrypted {
            None => Link::Plain(socket),
            Some(rustls) => {
                let Ok(handshake) = MakeTlsConnect::<S>::make_tls_connect(&mut rustls.clone(), &host);
                Link::Tls(handshake.connect(socket).await.map_err(Failure::Handshake)?)
            }
        };
        Ok(Channel { link, watch: Watch::new(self.passwords) })
    }
}

/// Asks the server. Its answer is one byte, and no more is read: what else came would be taken for the server's without
/// being encrypted.
async fn offers_tls<S: Socket>(socket: &mut S) -> Result<bool, Failure> {
    let asked = async {
        socket.write_all(&SSL_REQUEST).await?;
        socket.flush().await?;
        socket.read_u8().await
    };
    match asked.await.map_err(Failure::Asking)? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        _ => Err(Failure::NotPostgres),
    }
}

/// What a connection is made over.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Socket for S {}

/// A connector for one host.
pub(crate) struct Door {
    connector: Connector,
    host: String,
}

impl<S: Socket> MakeTlsConnect<S> for Connector {
    type Stream = Channel<S>;
    type TlsConnect = Door;
    type Error = Failure;

    fn make_tls_connect(&mut self, domain: &str) -> Result<Door, Failure> {
        Ok(Door { connector: self.clone(), host: domain.to_owned() })
    }
}

impl<S: Socket> TlsConnect<S> for Door {
    type Stream = Channel<S>;
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Channel<S>, Failure>> + Send>>;

    fn connect(self, socket: S) -> Self::Future {
        Box::pin(self.connector.open(self.host, socket))
    }
}

type Encrypted<S> = <MakeRustlsConnect as MakeTlsConnect<S>>::Stream;

enum Link<S: Socket> {
    Plain(S),
    Tls(Encrypted<S>),
}

/// A stream to the server, encrypted or not, that is watched until the server has let the client in.
pub(crate) struct Channel<S: Socket> {
    link: Link<S>,
    watch: Watch,
}

impl<S: Socket> TlsStream for Channel<S> {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.link {
            Link::Plain(_) => ChannelBinding::none(),
            Link::Tls(stream) => stream.channel_binding(),
        }
    }
}

impl<S: Socket> AsyncRead for Channel<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let known = buffer.filled().len();
        let read = match &mut self.link {
            Link::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Link::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        if matches!(read, Poll::Ready(Ok(())))
            && let Err(refused) = self.watch.see(&buffer.filled()[known..])
        {
            return Poll::Ready(Err(io::Error::other(Failure::Password(refused))));
        }
        read
    }
}

impl<S: Socket> AsyncWrite for Channel<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.link {
            Link::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Link::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.link {
            Link::Plain(stream) => Pin::new(stream).poll_flush(context),
            Link::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.link {
            Link::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Link::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
