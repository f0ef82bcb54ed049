//! A file of breached passwords: binary fuse filters of 16 bits (the `xorf` crate), one for each part of the hash space, so that a
//! look-up reads one part, some 100 KiB, and keeps nothing in memory. 18 bits a password; of passwords that were never stolen one
//! in 65,536 is taken for stolen, and of stolen ones none is missed.
//!
//! ```text
//! magic "KEYHOUSE BREACH\n" · version u32 · part bits u32 · keys u64 · a key that is in it u64
//! then for each part: offset u64 · length u64 · first 8 bytes of the part's SHA-256
//! then the parts: seed u64 · segment length u32 · its mask u32 · segments' length u32 · fingerprints u16 …
//! ```
//! Integers are little-endian. A key is the first 64 bits of a SHA-1; its first bits name the part, of which an empty one has
//! length 0.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use xorf::{BinaryFuse16, Descriptor, Filter as _};

pub(super) const MAGIC: &[u8; 16] = b"KEYHOUSE BREACH\n";
pub(super) const VERSION: u32 = 1;
/// Bytes before the index.
pub(super) const HEADER: u64 = 40;
/// Bytes of one entry of the index.
pub(super) const ENTRY: u64 = 24;
/// Parts are 2 to the power of this.
pub(super) const PART_BITS: std::ops::RangeInclusive<u32> = 8..=20;
/// A part is some 150 KiB; one that says it is larger is damaged.
const LARGEST_PART: u64 = 16 * 1024 * 1024;

/// Why a file is none of breached passwords, or cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is something else.
    #[error("is no file that `keyhouse breached-passwords build` made")]
    Foreign,
    /// It is made by another version of this program.
    #[error("has version {0} of the format, this program reads {VERSION}: build it again")]
    Version(u32),
    /// It is cut short, or not as it was written.
    #[error("is damaged: build it again")]
    Damaged,
}

/// An open file. Reading it takes no lock.
#[derive(Debug)]
pub struct Filter {
    file: File,
    part_bits: u32,
    keys: u64,
}

impl Filter {
    /// Opens a file and looks up a key that is known to be in it: a program that reads it otherwise than it was written says so
    /// here, and not by finding nothing.
    ///
    /// # Errors
    /// Where it is no such file, or is damaged.
    pub fn open(path: &Path) -> Result<Self, FilterError> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        if length < HEADER {
            return Err(FilterError::Foreign);
        }
        let header = read(&file, 0, HEADER)?;
        let mut header = Fields(&header);
        if header.take(16)? != MAGIC {
            return Err(FilterError::Foreign);
        }
        let version = header.u32()?;
        if version != VERSION {
            return Err(FilterError::Version(version));
        }
        let part_bits = header.u32()?;
        let (keys, known) = (header.u64()?, header.u64()?);
        if !PART_BITS.contains(&part_bits) || length < HEADER + (ENTRY << part_bits) {
            return Err(FilterError::Damaged);
        }
        let own = Self { file, part_bits, keys };
        if keys > 0 && !own.contains(known)? {
            return Err(FilterError::Damaged);
        }
        Ok(own)
    }

    /// How many passwords it was made of.
    pub const fn keys(&self) -> u64 {
        self.keys
    }

    /// Whether it has a key.
    ///
    /// # Errors
    /// Where the file cannot be read or is damaged.
    pub fn contains(&self, key: u64) -> Result<bool, FilterError> {
        let entry = read(&self.file, HEADER + ENTRY * part_of(key, self.part_bits), ENTRY)?;
        let mut entry = Fields(&entry);
        let (offset, length, checksum) = (entry.u64()?, entry.u64()?, entry.u64()?);
        if length == 0 {
            return Ok(false);
        }
        if length > LARGEST_PART {
            return Err(FilterError::Damaged);
        }
        let part = read(&self.file, offset, length)?;
        if sum(&part) != checksum {
            return Err(FilterError::Damaged);
        }
        Ok(parse(&part)?.contains(&key))
    }
}

/// Which part a key belongs to.
pub(super) const fn part_of(key: u64, part_bits: u32) -> u64 {
    key >> (u64::BITS - part_bits)
}

/// The checksum of a part.
pub(super) fn sum(part: &[u8]) -> u64 {
    digest(&SHA256, part).as_ref().iter().take(8).rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// A part as it is written.
pub(super) fn written(filter: &BinaryFuse16) -> Vec<u8> {
    let Descriptor { seed, segment_length, segment_length_mask, segment_count_length } = filter.descriptor;
    let mut part = seed.to_le_bytes().to_vec();
    for number in [segment_length, segment_length_mask, segment_count_length] {
        part.extend(number.to_le_bytes());
    }
    part.extend(filter.fingerprints.iter().flat_map(|fingerprint| fingerprint.to_le_bytes()));
    part
}

fn parse(part: &[u8]) -> Result<BinaryFuse16, FilterError> {
    let mut fields = Fields(part);
    let descriptor = Descriptor {
        seed: fields.u64()?,
        segment_length: fields.u32()?,
        segment_length_mask: fields.u32()?,
        segment_count_length: fields.u32()?,
    };
    let pairs = fields.0.chunks_exact(2);
    let fingerprints: Box<[u16]> =
        pairs.map(|pair| pair.iter().rev().fold(0, |number, byte| (number << 8) | u16::from(*byte))).collect();
    // A key's three places lie in three neighbouring segments, the first of which begins before `segment_count_length`.
    let last = u64::from(descriptor.segment_count_length) + 2 * u64::from(descriptor.segment_length);
    let is_whole = descriptor.segment_length.is_power_of_two()
        && descriptor.segment_length_mask == descriptor.segment_length - 1
        && u64::try_from(fingerprints.len()).is_ok_and(|length| length >= last);
    if is_whole { Ok(BinaryFuse16 { descriptor, fingerprints }) } else { Err(FilterError::Damaged) }
}

fn read(file: &File, offset: u64, length: u64) -> Result<Vec<u8>, FilterError> {
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| FilterError::Damaged)?];
    match file.read_exact_at(&mut bytes, offset) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(FilterError::Damaged),
        other => other.map(|()| bytes).map_err(FilterError::Io),
    }
}

/// What is left of some bytes.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], FilterError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(FilterError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u64(&mut self) -> Result<u64, FilterError> {
        Ok(self.take(8)?.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn u32(&mut self) -> Result<u32, FilterError> {
        Ok(self.take(4)?.iter().rev().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
    }
}
