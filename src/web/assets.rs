//! The stylesheet, modules and pictures of `static/`, embedded in the binary. The address of a file holds a digest of
//! its content, so that it may be cached for good (`Cache-Control: public, max-age=31536000, immutable`).

use std::{collections::HashMap, sync::LazyLock};

use aws_lc_rs::digest::{SHA256, digest};
use include_dir::{Dir, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/static");

/// A file to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The body.
    pub bytes: &'static [u8],
    /// The value of `Content-Type`.
    pub content_type: &'static str,
}

static BY_NAME: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    FILES
        .files()
        .filter_map(|file| {
            let name = file.path().to_str()?;
            Some((name, address(file.contents(), name)))
        })
        .collect()
});

static BY_ADDRESS: LazyLock<HashMap<&'static str, Asset>> = LazyLock::new(|| {
    BY_NAME
        .iter()
        .filter_map(|(name, address)| {
            let bytes = FILES.get_file(name)?.contents();
            Some((address.as_str(), Asset { bytes, content_type: content_type(name) }))
        })
        .collect()
});

/// The address of a file of `static/`; empty for a name that is not there, which a test over the templates rules out.
pub fn asset(name: &str) -> &'static str {
    BY_NAME.get(name).map_or("", String::as_str)
}

/// The file at a path like `/static/0123456789abcdef/keyhouse.css`, or `None`.
pub fn find(path: &str) -> Option<Asset> {
    BY_ADDRESS.get(path).copied()
}

/// The address for content that is made at start-up, such as the brand's stylesheet.
pub fn address(content: &[u8], name: &str) -> String {
    let hash = digest(&SHA256, content);
    let hex: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("/static/{hex}/{name}")
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::{address, asset, find};

    #[test]
    fn an_address_leads_to_its_file() {
        let url = asset("keyhouse.css");
        let found = find(url).unwrap();
        assert_eq!(found.content_type, "text/css; charset=utf-8");
        assert_eq!(address(found.bytes, "keyhouse.css"), url);
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in ["", "/static/", "/static/0000000000000000/keyhouse.css", "/static/../Cargo.toml", "keyhouse.css"] {
            assert_eq!(find(path), None, "{path}");
        }
    }
}
