//! The look holds together: the catalogue, the templates, the stylesheet, and every page as it is rendered.

mod catalogue;
mod pages;
mod stylesheet;
mod templates;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A path inside the package.
pub fn inside(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every file below a folder whose name ends like this, with its text.
pub fn texts(folder: &Path, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(texts(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

/// What stands between `before` and the next `"`, wherever `before` occurs.
fn quoted_after<'t>(text: &'t str, before: &str) -> Vec<&'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}
