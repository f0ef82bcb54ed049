//! New files of the store: for their owner only, since they hold password hashes and addresses.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Makes an empty file that only its owner may read. SQLite gives the files that it puts beside a database the same
/// rights.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where there is one.
pub(super) fn make(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}
