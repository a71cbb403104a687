//! The web server: files of the site, and what browsers are told.

use std::convert::Infallible;
use std::net::TcpListener;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use percent_encoding::percent_decode_str;
use tokio_stream::wrappers::WatchStream;
use tokio_stream::{Stream, StreamExt};

use super::shown::{OWN, Shown};
use crate::failure::Failure;

const SCRIPT: &str = include_str!("page.js");

/// The page that stands for a folder.
const INDEX: &str = "index.html";

/// Serves on a thread of its own, which ends with the program.
pub(super) fn start(listener: TcpListener, shown: Arc<Shown>) -> Result<(), Failure> {
    listener.set_nonblocking(true).map_err(Failure::Serve)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Serve)?;
    let router = Router::new()
        .route(&format!("{OWN}page.js"), get(script))
        .route(&format!("{OWN}events"), get(events))
        .fallback(file)
        .with_state(shown);
    std::thread::spawn(move || {
        runtime.block_on(async {
            let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("the web server has ended: {error}");
            }
        });
    });
    Ok(())
}

async fn script() -> Response {
    respond("text/javascript", SCRIPT)
}

fn respond(kind: &str, content: impl IntoResponse) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], content).into_response()
}

/// All that is to be known, now and whenever it changes.
async fn events(State(shown): State<Arc<Shown>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let news = WatchStream::new(shown.listen());
    Sse::new(news.map(move |_| Ok(Event::default().data(shown.told())))).keep_alive(KeepAlive::default())
}

/// A file of the site.
async fn file(State(shown): State<Arc<Shown>>, request: Request) -> Response {
    let Some(path) = path_of(request.uri()) else { return StatusCode::BAD_REQUEST.into_response() };
    let file = shown.site().join(&path);
    if file.is_dir() && !request.uri().path().ends_with('/') {
        return axum::response::Redirect::to(&format!("{}/", request.uri().path())).into_response();
    }
    let path = if file.is_dir() { path.join(INDEX) } else { path };
    if path.extension().is_some_and(|end| end == "html")
        && let Some(page) = shown.page(&path.to_string_lossy())
    {
        return respond("text/html; charset=utf-8", page);
    }
    match fs_err::read(shown.site().join(&path)) {
        Ok(content) => respond(mime_guess::from_path(&path).first_or_octet_stream().as_ref(), content),
        Err(_) => {
            let missing = shown.page("404.html").unwrap_or_else(|| WAITING.to_owned());
            (StatusCode::NOT_FOUND, respond("text/html; charset=utf-8", missing)).into_response()
        }
    }
}

/// What stands there while there is no site yet.
const WAITING: &str = "<!DOCTYPE html><html lang=\"en\"><title>exemplar serve</title><body><p>The book is being rendered.</p>\
<script src=\"/__exemplar/page.js\" data-page=\"\" data-version=\"0\" defer></script></body></html>";

/// The path of a request below the site's folder, without any way out of it.
fn path_of(uri: &Uri) -> Option<PathBuf> {
    let decoded = percent_decode_str(uri.path()).decode_utf8().ok()?;
    let path = Path::new(decoded.trim_start_matches('/'));
    let is_inner =
        !decoded.contains('\0') && path.components().all(|part| matches!(part, Component::Normal(_)));
    is_inner.then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::path_of;
    use axum::http::Uri;
    use std::path::PathBuf;

    #[test]
    fn no_path_leads_out_of_the_site() {
        let path = |uri: &str| path_of(&uri.parse::<Uri>().unwrap());
        assert_eq!(path("/m1/a%20b.html?x=1"), Some(PathBuf::from("m1/a b.html")));
        assert_eq!(path("/"), Some(PathBuf::new()));
        for uri in ["/../secret", "/a/%2e%2e/%2e%2e/secret", "/%00", "/%ff"] {
            assert_eq!(path(uri), None, "{uri}");
        }
        assert_eq!(path("//etc/passwd"), Some(PathBuf::from("etc/passwd")));
    }
}
