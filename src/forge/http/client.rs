//! Clients of the HTTP library: certificates, proxies, time limits.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Certificate;
use reqwest::ClientBuilder;
use reqwest::Identity;
use reqwest::NoProxy;
use reqwest::Proxy;
use reqwest::redirect::Policy;

use super::base::Base;
use super::error::HttpError;

/// Certificates besides those of the system.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// PEM of further authorities.
    pub authorities: Option<Vec<u8>>,
    /// PEM of our own certificate and its key.
    pub identity: Option<Vec<u8>>,
}

/// The proxies of the environment (`https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`), as values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Via {
    /// For `https://` and `http://` addresses, in this order.
    pub https: Option<String>,
    pub http: Option<String>,
    /// Hosts that are asked directly, in the form of `no_proxy`.
    pub except: Option<String>,
}

/// Starts a client that follows nothing, carries no credentials and uses no proxy of the process's environment.
///
/// A client for plain HTTP must work on a machine without any certificate, where the platform's verifier cannot be made.
pub fn plain_builder(is_plain: bool) -> Result<ClientBuilder, rustls::Error> {
    // The provider is named here, and not installed for the whole process, so that order does not matter.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .user_agent(concat!("lanekeeper/", env!("CARGO_PKG_VERSION")));
    if is_plain {
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        return Ok(builder.tls_backend_preconfigured(tls));
    }
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have been faster, with the same provider.
        let _already = rustls::crypto::ring::default_provider().install_default();
    }
    Ok(builder)
}

/// Makes the client for one forge.
pub(super) fn build(
    base: &Base,
    tls: &Tls,
    via: &Via,
    connect: Duration,
    read: Duration,
    total: Duration,
) -> Result<reqwest::Client, HttpError> {
    let setup = |why: String| HttpError::Setup {
        host: base.name().to_owned(),
        why,
    };
    let mut builder = plain_builder(base.is_plain())
        .map_err(|error| setup(error.to_string()))?
        .connect_timeout(connect)
        .read_timeout(read)
        // A connection that died without a word is found dead (safety.md F2).
        .tcp_keepalive(Duration::from_secs(15))
        .timeout(total);
    if let Some(pem) = tls.authorities.as_ref().filter(|_| !base.is_plain()) {
        let found = Certificate::from_pem_bundle(pem)
            .map_err(|error| setup(format!("the CA file cannot be read: {error}")))?;
        if found.is_empty() {
            return Err(setup("the CA file holds no certificate in PEM form".into()));
        }
        builder = builder.tls_certs_merge(found);
    }
    if let Some(pem) = tls.identity.as_ref().filter(|_| !base.is_plain()) {
        let identity = Identity::from_pem(pem)
            .map_err(|error| setup(format!("the client certificate cannot be read: {error}")))?;
        builder = builder.identity(identity);
    }
    let proxy = if base.is_plain() {
        &via.http
    } else {
        &via.https
    };
    // Like curl and Go, and unlike the library: what stays on this machine needs no proxy.
    if let Some(proxy) = proxy.as_ref().filter(|_| !base.is_this_machine()) {
        let proxy = Proxy::all(proxy)
            .map_err(|error| setup(format!("the proxy `{proxy}` is no address: {error}")))?;
        let except = via.except.as_deref().and_then(NoProxy::from_string);
        builder = builder.proxy(proxy.no_proxy(except));
    }
    builder
        .build()
        .map_err(|error| setup(super::error::chain(error)))
}
