//! The operator's own mark and accent colours as files that pages link to.

use super::brand_css;
use super::colour::ColourError;
use crate::config;
use std::path::Path;

/// The operator's own files, read once at start: each by the address it is served at.
#[derive(Debug, Default)]
pub struct BrandFiles(Vec<(String, &'static str, Vec<u8>)>);

impl BrandFiles {
    /// Reads the logo, and those of other providers, and writes the stylesheet of the accent colours.
    pub fn read(brand: &config::Brand, upstream: &config::Upstream) -> Result<Self, BrandFileError> {
        let mut files = Self::default();
        if let Some(path) = &brand.logo_file {
            files.add_picture("logo", path)?;
        }
        for provider in &upstream.providers {
            if let Some(path) = &provider.logo_file {
                files.add_picture(&upstream_logo(&provider.name), path)?;
            }
        }
        let css = brand_css(Some(&brand.accent_light.to_string()), Some(&brand.accent_dark.to_string()))?;
        files.add("accent.css", "text/css; charset=utf-8", css.into_bytes());
        Ok(files)
    }

    fn add_picture(&mut self, name: &str, path: &Path) -> Result<(), BrandFileError> {
        let bytes = std::fs::read(path)?;
        let (ending, media_type) = match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => ("svg", "image/svg+xml"),
            Some("png") => ("png", "image/png"),
            _ => return Err(BrandFileError::Kind),
        };
        self.add(&format!("{name}.{ending}"), media_type, bytes);
        Ok(())
    }

    /// The address of the mark of another provider, where it has one.
    pub fn upstream_url(&self, provider: &str) -> Option<String> {
        self.url(&format!("/{}.", upstream_logo(provider)))
    }

    fn add(&mut self, name: &str, media_type: &'static str, bytes: Vec<u8>) {
        self.0.push((format!("/brand/{}/{name}", digest(&bytes)), media_type, bytes));
    }

    /// The file at an address: its media type and bytes.
    pub fn find(&self, path: &str) -> Option<(&'static str, &[u8])> {
        self.0.iter().find(|(url, _, _)| url == path).map(|(_, media_type, bytes)| (*media_type, bytes.as_slice()))
    }

    /// The address of the file whose name begins so.
    pub fn url(&self, name: &str) -> Option<String> {
        self.0.iter().map(|(url, _, _)| url).find(|url| url.contains(name)).cloned()
    }
}

/// Why a file of the operator's cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum BrandFileError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
    /// It is no picture we serve.
    #[error("it must be an .svg or .png file")]
    Kind,
    /// A colour that people could not read.
    #[error(transparent)]
    Colour(#[from] ColourError),
}

fn upstream_logo(provider: &str) -> String {
    format!("upstream-{provider}")
}

fn digest(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
