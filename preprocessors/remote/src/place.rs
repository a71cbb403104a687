//! Where the shared results are: from a URL to what can be read and written.

use std::fmt::Display;

use opendal::services::{FsConfig, GcsConfig, Redis, S3Config};
use opendal::{Configurator, HttpTransporter, Operator, OperatorUri};
use opendal_http_transport_reqwest::ReqwestTransport;

/// The longest reason that is told, in characters.
const MOST_REASON: usize = 300;

/// What stands for a secret.
const HIDDEN: &str = "***";

/// A place.
pub(crate) struct Place {
    pub(crate) operator: Operator,
    /// What must not be told.
    secrets: Vec<String>,
}

impl Place {
    /// The place that a URL names.
    ///
    /// # Errors
    /// Says what is wrong with the URL, or with what is needed for it.
    pub(crate) fn of(url: &str) -> Result<Self, String> {
        if !url.contains("://") {
            // Whatever it is, it may be a secret in a wrong place.
            return Err("it is no URL: there is no `://` in it".to_owned());
        }
        let uri = OperatorUri::new(url, Vec::<(String, String)>::new())
            .map_err(|error| reason(&error, &[url.to_owned()]))?;
        let secrets: Vec<String> = uri
            .password()
            .into_iter()
            .chain(uri.options().iter().filter(|(name, _)| !is_public(name)).map(|(_, value)| value.as_str()))
            .filter(|secret| !secret.is_empty())
            .map(str::to_owned)
            .collect();
        let operator = open(&uri).map_err(|error| reason(&error, &secrets))?;
        Ok(Self { operator, secrets })
    }

    /// Why something failed, in one line that holds no secret.
    pub(crate) fn reason(&self, error: &opendal::Error) -> String {
        reason(error, &self.secrets)
    }
}

fn open(uri: &OperatorUri) -> Result<Operator, opendal::Error> {
    match uri.scheme() {
        "s3" => {
            secure();
            Operator::from_config(S3Config::from_uri(uri)?)
        }
        "gcs" => {
            secure();
            Operator::from_config(GcsConfig::from_uri(uri)?)
        }
        scheme @ ("redis" | "rediss") => {
            secure();
            let mut redis = Redis::default();
            if let Some(authority) = uri.authority() {
                redis = redis.endpoint(&format!("{scheme}://{authority}"));
            }
            if let Some(name) = uri.username().filter(|name| !name.is_empty()) {
                redis = redis.username(name);
            }
            if let Some(password) = uri.password() {
                redis = redis.password(password);
            }
            if let Some(root) = uri.root() {
                redis = redis.root(root);
            }
            Operator::new(redis)
        }
        "file" | "fs" => Operator::from_config(FsConfig::from_uri(uri)?),
        scheme => Err(opendal::Error::new(
            opendal::ErrorKind::Unsupported,
            format!("`{scheme}://` is none of `s3://`, `gcs://`, `redis://`, `rediss://` and `file://`"),
        )),
    }
}

/// Lets connections be encrypted.
fn secure() {
    // The second time it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    HttpTransporter::install_default(ReqwestTransport::default());
}

/// Whether an option of the URL is none that could be a secret.
fn is_public(name: &str) -> bool {
    ["endpoint", "region", "root", "bucket", "db"].contains(&name)
}

fn reason(error: &impl Display, secrets: &[String]) -> String {
    let text = error.to_string();
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets {
        text = text.replace(secret.as_str(), HIDDEN);
    }
    text.chars().take(MOST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn no_reason_holds_a_password() {
        for url in [
            "s3://bucket/results?secret_access_key=hush-hush&nonsense=1",
            "ftp://someone:hush-hush@host/results",
            "not a url with hush-hush",
            "redis://:hush-hush@host:notaport/",
            "s3://?secret_access_key=hush-hush",
        ] {
            if let Err(reason) = Place::of(url) {
                assert!(!reason.contains("hush-hush"), "{url}: {reason}");
            }
        }
        assert!(Place::of("ftp://host/").err().unwrap().contains("none of `s3://`"));
    }
}
