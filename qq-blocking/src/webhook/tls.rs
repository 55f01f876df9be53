//! The server's side of TLS, for whoever has no reverse proxy: rustls with ring, a certificate and its key.
//!
//! Both adapters have this file, byte for byte; a test compares them.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::WebhookError;

/// Settings from a chain of certificates, the server's own first, and the private key, both in PEM.
pub(crate) fn settings(certificate: &[u8], key: &[u8]) -> Result<Arc<ServerConfig>, WebhookError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(WebhookError::Certificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| WebhookError::Key)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| WebhookError::Mismatch)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|_| WebhookError::Mismatch)?;
    Ok(Arc::new(config))
}
