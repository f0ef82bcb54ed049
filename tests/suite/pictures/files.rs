//! Files that people, and others, send as their picture.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

pub const RED: [u8; 3] = [220, 20, 20];
pub const BLUE: [u8; 3] = [20, 20, 220];

/// A picture of one colour.
pub fn plain(colour: [u8; 3], format: ImageFormat) -> Vec<u8> {
    encoded(RgbImage::from_pixel(300, 200, Rgb(colour)), format)
}

/// A picture whose left is red and whose right is blue.
pub fn halves() -> Vec<u8> {
    encoded(RgbImage::from_fn(300, 200, |x, _| Rgb(if x < 150 { RED } else { BLUE })), ImageFormat::Jpeg)
}

fn encoded(picture: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(picture).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// The same JPEG with segments of this kind behind its beginning.
pub fn with_segments(jpeg: &[u8], kind: u8, segments: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for segment in segments {
        bytes.extend([0xff, kind]);
        bytes.extend(u16::try_from(segment.len() + 2).unwrap().to_be_bytes());
        bytes.extend(segment);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

/// EXIF that turns the picture by a quarter, and tells where it was taken.
pub fn exif() -> Vec<u8> {
    b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0GPS 48.2082 N 16.3738 E".to_vec()
}

/// A PNG chunk.
pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind, data].concat();
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 })
    };
    let sum = !named.iter().fold(u32::MAX, step);
    [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], &named, &sum.to_be_bytes()].concat()
}

/// A PNG that says it is so large, and has next to nothing in it.
pub fn claims_to_be(width: u32, height: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = chunk(b"IHDR", &[&size[..], &[8, 2, 0, 0, 0]].concat());
    let nothing = [0x78, 0x9c, 0x03, 0, 0, 0, 0, 1];
    [b"\x89PNG\r\n\x1a\n", &header[..], &chunk(b"IDAT", &nothing), &chunk(b"IEND", b"")].concat()
}

/// The data of the first chunk of a kind.
fn data<'a>(png: &'a [u8], kind: &[u8; 4]) -> &'a [u8] {
    let at = png.windows(4).position(|own| own == kind).unwrap();
    let length = u32::from_be_bytes(png[at - 4..at].try_into().unwrap()) as usize;
    &png[at + 4..at + 4 + length]
}

/// A PNG that moves: first red, then blue.
pub fn animated() -> Vec<u8> {
    let (red, blue) = (plain(RED, ImageFormat::Png), plain(BLUE, ImageFormat::Png));
    let control = |sequence: u32| {
        let numbers = [sequence, 300, 200, 0, 0].map(u32::to_be_bytes).concat();
        chunk(b"fcTL", &[&numbers[..], &[0, 1, 0, 10, 0, 0]].concat())
    };
    let second = [&2_u32.to_be_bytes()[..], data(&blue, b"IDAT")].concat();
    [
        &red[..33],
        &chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]),
        &control(0),
        &chunk(b"IDAT", data(&red, b"IDAT")),
        &control(1),
        &chunk(b"fdAT", &second),
        &chunk(b"IEND", b""),
    ]
    .concat()
}
