//! The ZIP itself: names and bytes in, one file out.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::clock::Timestamp;

/// One file of the archive.
pub(super) struct Entry {
    /// Its path.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether packing makes it smaller: not so of a picture.
    pub is_text: bool,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub(super) enum PackFault {
    /// The archive.
    #[error("a copy could not be packed: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// Its last bytes.
    #[error("a copy could not be written: {0}")]
    Write(#[from] std::io::Error),
    /// A file of it.
    #[error("a copy could not be put into JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Packs the entries in their order.
pub(super) fn pack(entries: Vec<Entry>, now: Timestamp) -> Result<Vec<u8>, PackFault> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let method = if entry.is_text { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default().compression_method(method).last_modified_time(time(now));
        zip.start_file(entry.name, options)?;
        zip.write_all(&entry.bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// As ZIP keeps it: without a zone, so in UTC.
fn time(now: Timestamp) -> DateTime {
    use chrono::{Datelike, Timelike};
    let at = now.utc();
    let small = |number: u32| u8::try_from(number).unwrap_or(0);
    let year = u16::try_from(at.year()).unwrap_or(0);
    let made = DateTime::from_date_and_time(
        year,
        small(at.month()),
        small(at.day()),
        small(at.hour()),
        small(at.minute()),
        small(at.second()),
    );
    made.unwrap_or_default()
}
