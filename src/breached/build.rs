//! Makes the file that [`super::filter`] reads, of lists of any size in little memory: the keys are first dealt to 256 files beside
//! the new one, by their first byte, then sorted and written one after the other.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use xorf::BinaryFuse16;

use super::digest;
use super::filter::{ENTRY, Filter, FilterError, HEADER, MAGIC, PART_BITS, VERSION, part_of, sum, written};

/// So many passwords share a part, about.
const A_PART: u64 = 64 * 1024;

/// Longer lines are no passwords.
const LONGEST_LINE: u64 = 4096;

/// Why no file was made.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
    /// Nothing was in the lists.
    #[error("there is no password in these lists")]
    Empty,
    /// The filter of one part could not be made.
    #[error("the filter could not be made: {0}")]
    Filter(&'static str),
    /// What was made does not answer.
    #[error("the new file {0}")]
    Unusable(FilterError),
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> BuildError {
    move |error| BuildError::Io(path.to_owned(), error)
}

/// What was read and made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Lines that named a password.
    pub lines: u64,
    /// Lines that did not: empty, not text, too long.
    pub left_out: u64,
    /// Lines whose count was too small.
    pub rare: u64,
    /// Passwords in the file, each counted once.
    pub passwords: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Makes `output` of lists: lines `HASH` or `HASH:COUNT` with the 40 hexadecimal digits of a SHA-1, or passwords as they are.
/// What has a count below `at_least` is left out. `progress` hears how many bytes were read. The file takes its place whole.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn build(inputs: &[PathBuf], output: &Path, at_least: u64, progress: impl FnMut(u64)) -> Result<Built, BuildError> {
    let mut deal = Deal::beside(output)?;
    let mut built = Built::default();
    read(inputs, at_least, &mut deal, &mut built, progress)?;
    if built.lines == 0 {
        return Err(BuildError::Empty);
    }
    let part_bits = part_bits(built.lines);
    let new = deal.folder.join("new");
    built.passwords = write(&mut deal, &new, part_bits)?;
    let made = Filter::open(&new).map_err(BuildError::Unusable)?;
    debug_assert_eq!(made.keys(), built.passwords);
    built.bytes = fs::metadata(&new).map_err(at(&new))?.len();
    fs::rename(&new, output).map_err(at(output))?;
    if let Some(folder) = folder_of(output) {
        File::open(&folder).and_then(|folder| folder.sync_all()).map_err(at(&folder))?;
    }
    Ok(built)
}

fn folder_of(path: &Path) -> Option<PathBuf> {
    let folder = path.parent()?;
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}

fn part_bits(lines: u64) -> u32 {
    let parts = (lines / A_PART).max(1).ilog2();
    parts.clamp(*PART_BITS.start(), *PART_BITS.end())
}

/// 256 files of keys, by the first byte; they go when this is dropped.
struct Deal {
    folder: PathBuf,
    files: Vec<BufWriter<File>>,
}

impl Deal {
    fn beside(output: &Path) -> Result<Self, BuildError> {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.parts", std::process::id()));
        let folder = output.with_file_name(name);
        fs::create_dir(&folder).map_err(at(&folder))?;
        let mut own = Self { folder, files: Vec::new() };
        for number in 0..=u8::MAX {
            let path = own.folder.join(number.to_string());
            let file = File::options().read(true).write(true).create_new(true).open(&path).map_err(at(&path))?;
            own.files.push(BufWriter::with_capacity(64 * 1024, file));
        }
        Ok(own)
    }

    fn take(&mut self, key: u64) -> Result<(), BuildError> {
        let [first, ..] = key.to_be_bytes();
        let folder = &self.folder;
        let Some(file) = self.files.get_mut(usize::from(first)) else { return Ok(()) };
        file.write_all(&key.to_le_bytes()).map_err(at(folder))
    }

    /// The keys with a first byte, sorted, each once.
    fn dealt(&mut self, first: usize) -> Result<Vec<u64>, BuildError> {
        let folder = self.folder.clone();
        let Some(file) = self.files.get_mut(first) else { return Ok(Vec::new()) };
        file.seek(SeekFrom::Start(0)).map_err(at(&folder))?;
        let mut bytes = Vec::new();
        file.get_mut().read_to_end(&mut bytes).map_err(at(&folder))?;
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte));
        let mut keys: Vec<u64> = bytes.chunks_exact(8).map(number).collect();
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

impl Drop for Deal {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "what was put down on the way could not be removed");
        }
    }
}

fn read(
    inputs: &[PathBuf],
    at_least: u64,
    deal: &mut Deal,
    built: &mut Built,
    mut progress: impl FnMut(u64),
) -> Result<(), BuildError> {
    let mut done = 0;
    for path in inputs {
        let mut lines = BufReader::with_capacity(1024 * 1024, File::open(path).map_err(at(path))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            let taken = (&mut lines).take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(at(path))?;
            if taken == 0 {
                break;
            }
            done += u64::try_from(taken).unwrap_or(0);
            let mut is_long = false;
            // The rest of a line that is too long is no line of its own.
            while line.last() != Some(&b'\n') && u64::try_from(line.len()).is_ok_and(|length| length == LONGEST_LINE) {
                is_long = true;
                line.clear();
                let more = (&mut lines).take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(at(path))?;
                done += u64::try_from(more).unwrap_or(0);
            }
            match named(&line).filter(|_| !is_long) {
                None => built.left_out += 1,
                Some(Named { count, .. }) if count.is_some_and(|count| count < at_least) => built.rare += 1,
                Some(Named { key, .. }) => {
                    built.lines += 1;
                    deal.take(key)?;
                }
            }
            if (built.lines + built.left_out + built.rare).is_multiple_of(65_536) {
                progress(done);
            }
        }
    }
    progress(done);
    let folder = deal.folder.clone();
    deal.files.iter_mut().try_for_each(Write::flush).map_err(at(&folder))
}

/// A password that a line names.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    key: u64,
    count: Option<u64>,
}

fn named(line: &[u8]) -> Option<Named> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).ok()?;
    let (hash, count) = line.split_once(':').map_or((line, None), |(hash, count)| (hash, Some(count)));
    let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let count = count.map(|count| count.trim().parse().ok());
    match (is_hash, count) {
        (true, None | Some(Some(_))) => {
            let key = u64::from_str_radix(hash.get(..16)?, 16).ok()?;
            Some(Named { key, count: count.flatten() })
        }
        _ if line.is_empty() => None,
        _ => Some(Named { key: digest::key(&digest::of(line)), count: None }),
    }
}

/// Writes the parts, then the index, then the header, and gives the number of keys: a file that was not finished has no magic.
fn write(deal: &mut Deal, path: &Path, part_bits: u32) -> Result<u64, BuildError> {
    let file = File::options().write(true).create_new(true).open(path).map_err(at(path))?;
    let mut out = BufWriter::with_capacity(1024 * 1024, file);
    let mut offset = HEADER + (ENTRY << part_bits);
    out.seek(SeekFrom::Start(offset)).map_err(at(path))?;
    let (mut index, mut total, mut known) = (Vec::new(), 0, 0);
    for first in 0..256 {
        let keys = deal.dealt(first)?;
        known = keys.first().copied().unwrap_or(known);
        total += u64::try_from(keys.len()).unwrap_or(0);
        let mut left = keys.as_slice();
        // A first byte has 2^(bits - 8) parts; the keys are sorted, so each part is a run of them.
        for within in 0..(1_u64 << (part_bits - 8)) {
            let part = (u64::try_from(first).unwrap_or(0) << (part_bits - 8)) | within;
            let (own, rest) = left.split_at(left.partition_point(|key| part_of(*key, part_bits) <= part));
            left = rest;
            if own.is_empty() {
                index.extend([0; 24]);
                continue;
            }
            let bytes = written(&BinaryFuse16::try_from(own).map_err(BuildError::Filter)?);
            let length = u64::try_from(bytes.len()).unwrap_or(0);
            for number in [offset, length, sum(&bytes)] {
                index.extend(number.to_le_bytes());
            }
            out.write_all(&bytes).map_err(at(path))?;
            offset += length;
        }
    }
    out.seek(SeekFrom::Start(HEADER)).map_err(at(path))?;
    out.write_all(&index).map_err(at(path))?;
    let mut header = MAGIC.to_vec();
    header.extend(VERSION.to_le_bytes());
    header.extend(part_bits.to_le_bytes());
    header.extend(total.to_le_bytes());
    header.extend(known.to_le_bytes());
    out.seek(SeekFrom::Start(0)).map_err(at(path))?;
    out.write_all(&header).map_err(at(path))?;
    let file = out.into_inner().map_err(|error| BuildError::Io(path.to_owned(), error.into_error()))?;
    file.sync_all().map_err(at(path))?;
    Ok(total)
}

#[cfg(test)]
mod tests;
