//! TLS of the gateway connection: rustls with ring and the roots of Mozilla. No switch turns checks off.

use std::io;
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};

use futures_rustls::TlsConnector;
use futures_rustls::client::TlsStream;
use qq_proto::TransportError;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use smol::Async;

/// Makes a connection safe; `host` is whom the certificate must name.
pub(crate) async fn secure(
    host: &str,
    tcp: Async<TcpStream>,
) -> Result<TlsStream<Async<TcpStream>>, TransportError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| TransportError::Url)?;
    let secured = TlsConnector::from(settings()?).connect(name, tcp).await;
    secured.map_err(|error| tls_error(&error))
}

/// The settings of TLS, made once: the roots of trust are the same for everybody.
fn settings() -> Result<Arc<ClientConfig>, TransportError> {
    static TLS: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = TLS.get() {
        return Ok(Arc::clone(config));
    }
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| TransportError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(TLS.get_or_init(|| Arc::new(config))))
}

/// rustls puts its own errors into those of `std`.
pub(crate) fn tls_error(error: &io::Error) -> TransportError {
    let inner = error.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>);
    if inner { TransportError::Tls } else { TransportError::Broken }
}
