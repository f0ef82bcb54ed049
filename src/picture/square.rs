//! Pure: a picture of a person, made of whatever they sent: decoded, turned as its EXIF says, cut square from the middle,
//! and written anew in three sizes. Nothing of the file that was sent is kept, so that neither what it told of its camera
//! and place nor what it hid behind the picture goes any further.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageResult, Limits, RgbImage};

/// Bytes of a file that is taken, at most: 5 MiB.
pub const LARGEST: usize = 5 * 1024 * 1024;
/// Pixels of a picture that is taken, at most: 40 megapixels.
pub const MOST_PIXELS: u64 = 40_000_000;
/// The sides of the squares, in pixels, the largest first.
pub const SIZES: [u32; 3] = [512, 192, 96];

/// Decoded bytes at most: every pixel in four channels of 16 bits, and something for the decoder's own tables.
const MOST_MEMORY: u64 = MOST_PIXELS * 8 + 16 * 1024 * 1024;
/// What a picture decodes to before it counts as heavy: half as much as all may have at once.
const HEAVY: u64 = MOST_PIXELS * 2;
/// Before the careful filter, a quick one brings the shorter side down to this.
const FIRST_STEP: u32 = 1024;
/// JPEG quality: faces without visible blocks, in some 60 KiB.
const QUALITY: u8 = 88;

/// Why a file is no picture of a person. What it is called and what type it claims are never asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureFault {
    /// More than [`LARGEST`] bytes.
    #[error("the file has too many bytes")]
    TooManyBytes,
    /// No JPEG, PNG or WebP.
    #[error("the file is no JPEG, PNG or WebP")]
    NotAPicture,
    /// More than [`MOST_PIXELS`].
    #[error("the picture has too many pixels")]
    TooManyPixels,
    /// It begins like a picture, but cannot be read to its end.
    #[error("the picture is damaged")]
    Damaged,
}

/// One of the squares.
#[derive(Clone, PartialEq, Eq)]
pub struct Square {
    /// Its side in pixels: one of [`SIZES`].
    pub size: u32,
    /// A baseline JPEG without metadata.
    pub jpeg: Vec<u8>,
}

/// Whether decoding takes so much memory that only one such picture should be worked on at a time. Reads the header only.
///
/// # Errors
/// Whatever the header shows: the type, the number of pixels, a header that cannot be read.
pub fn is_heavy(bytes: &[u8]) -> Result<bool, PictureFault> {
    let (_, decoder) = open(bytes)?;
    Ok(decoder.total_bytes() > HEAVY)
}

/// The squares of a picture, one for each of [`SIZES`]. Takes as long as decoding does: seconds, for the largest.
///
/// # Errors
/// Why there are none.
pub fn squares_of(bytes: &[u8]) -> Result<Vec<Square>, PictureFault> {
    let (format, mut decoder) = open(bytes)?;
    if format == ImageFormat::Jpeg && !is_whole_jpeg(bytes) {
        return Err(PictureFault::Damaged);
    }
    let orientation = decoder.orientation().map_err(|_| PictureFault::Damaged)?;
    let mut picture = flattened(DynamicImage::from_decoder(decoder).map_err(fault)?);
    let shorter = picture.width().min(picture.height());
    if shorter > FIRST_STEP {
        let scaled = |side: u32| {
            let side = u64::from(side) * u64::from(FIRST_STEP) / u64::from(shorter);
            u32::try_from(side).unwrap_or(u32::MAX).max(1)
        };
        picture = picture.thumbnail_exact(scaled(picture.width()), scaled(picture.height()));
    }
    picture.apply_orientation(orientation);
    let side = picture.width().min(picture.height());
    let (left, above) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let mut square = picture.crop_imm(left, above, side, side);
    let mut squares = Vec::new();
    for size in SIZES {
        // Each is made of the one before: the filter has less to read, and nobody sees the difference.
        square = square.resize_exact(size, size, FilterType::Lanczos3);
        squares.push(Square { size, jpeg: jpeg(&square.to_rgb8())? });
    }
    Ok(squares)
}

/// The decoder of a picture whose header has been read and whose size is within the bounds; no pixel is decoded yet.
fn open(bytes: &[u8]) -> Result<(ImageFormat, Decoder<'_>), PictureFault> {
    if bytes.len() > LARGEST {
        return Err(PictureFault::TooManyBytes);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    let format = image::guess_format(bytes).map_err(|_| PictureFault::NotAPicture)?;
    let opened: ImageResult<Decoder<'_>> = match format {
        ImageFormat::Jpeg => image::codecs::jpeg::JpegDecoder::new(Cursor::new(bytes)).map(boxed),
        ImageFormat::Png => PngDecoder::with_limits(Cursor::new(bytes), limits.clone()).map(boxed),
        ImageFormat::WebP => WebPDecoder::new(Cursor::new(bytes)).map(boxed),
        _ => return Err(PictureFault::NotAPicture),
    };
    let mut decoder = opened.map_err(fault)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(PictureFault::TooManyPixels);
    }
    decoder.set_limits(limits).map_err(fault)?;
    Ok((format, decoder))
}

type Decoder<'a> = Box<dyn ImageDecoder + 'a>;

fn boxed<'a>(decoder: impl ImageDecoder + 'a) -> Decoder<'a> {
    Box::new(decoder)
}

fn fault(error: ImageError) -> PictureFault {
    match error {
        ImageError::Limits(_) => PictureFault::TooManyPixels,
        _ => PictureFault::Damaged,
    }
}

/// Whether the last scan comes to its end: the decoder would fill what is missing with grey. Inside a scan the byte 0xff
/// is never followed by these.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let last = |marker: [u8; 2]| bytes.windows(2).rposition(|pair| pair == marker);
    matches!((last([0xff, 0xda]), last([0xff, 0xd9])), (Some(scan), Some(end)) if scan < end)
}

/// On white, where it was transparent. Before anything is made smaller: what is hidden in transparent pixels must not show
/// at their edges.
fn flattened(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return picture;
    }
    let mut pixels = picture.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        if alpha != u8::MAX {
            let on_white = |channel: u8| {
                let (channel, alpha, most) = (u32::from(channel), u32::from(alpha), u32::from(u8::MAX));
                u8::try_from((channel * alpha + most * (most - alpha)) / most).unwrap_or(u8::MAX)
            };
            pixel.0 = [on_white(red), on_white(green), on_white(blue), u8::MAX];
        }
    }
    DynamicImage::ImageRgba8(pixels)
}

fn jpeg(square: &RgbImage) -> Result<Vec<u8>, PictureFault> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(square).map_err(|_| PictureFault::Damaged)?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GenericImageView, Rgba, RgbaImage};

    const RED: [u8; 4] = [220, 20, 20, 255];
    const BLUE: [u8; 4] = [20, 20, 220, 255];

    fn encoded(picture: RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = DynamicImage::ImageRgba8(picture);
        let picture = if format == ImageFormat::Jpeg { DynamicImage::ImageRgb8(picture.to_rgb8()) } else { picture };
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    /// Left red, right blue.
    fn halves(width: u32, height: u32) -> RgbaImage {
        RgbaImage::from_fn(width, height, |x, _| Rgba(if x < width / 2 { RED } else { BLUE }))
    }

    fn largest(bytes: &[u8]) -> DynamicImage {
        let squares = squares_of(bytes).unwrap();
        assert_eq!(squares.iter().map(|square| square.size).collect::<Vec<_>>(), SIZES);
        for square in &squares {
            let again = image::load_from_memory_with_format(&square.jpeg, ImageFormat::Jpeg).unwrap();
            assert_eq!((again.width(), again.height()), (square.size, square.size));
        }
        image::load_from_memory(&squares[0].jpeg).unwrap()
    }

    fn is_near(picture: &DynamicImage, x: u32, y: u32, colour: [u8; 4]) -> bool {
        picture.get_pixel(x, y).0.iter().zip(colour).all(|(own, meant)| own.abs_diff(meant) < 24)
    }

    /// An APP1 segment that says how the picture is to be turned, with the camera's place behind it.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        exif.extend(b"GPS 48.2082 N 16.3738 E");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn every_format_becomes_three_squares_of_its_middle() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            for (width, height) in [(600, 300), (300, 600), (40, 40), (2100, 1100)] {
                let square = largest(&encoded(halves(width, height), format));
                assert!(is_near(&square, 40, 256, RED) && is_near(&square, 470, 256, BLUE), "{format:?} {width}");
            }
        }
        // Thin as it may be.
        largest(&encoded(halves(9000, 1), ImageFormat::Png));
    }

    #[test]
    fn exif_turns_the_picture_and_is_gone() {
        let plain = encoded(halves(400, 400), ImageFormat::Jpeg);
        let upright = largest(&with_exif(&plain, 6));
        assert!(is_near(&upright, 256, 40, RED) && is_near(&upright, 256, 470, BLUE));
        let mirrored = largest(&with_exif(&plain, 2));
        assert!(is_near(&mirrored, 40, 256, BLUE) && is_near(&mirrored, 470, 256, RED));
        for square in squares_of(&with_exif(&plain, 1)).unwrap() {
            let has = |text: &[u8]| square.jpeg.windows(text.len()).any(|own| own == text);
            assert!(!has(b"Exif") && !has(b"GPS"));
        }
    }

    #[test]
    fn what_is_transparent_is_white() {
        let hidden = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 0]));
        for format in [ImageFormat::Png, ImageFormat::WebP] {
            assert!(is_near(&largest(&encoded(hidden.clone(), format)), 256, 256, [255; 4]), "{format:?}");
        }
        let half = RgbaImage::from_pixel(64, 64, Rgba([0, 0, 0, 128]));
        assert!(is_near(&largest(&encoded(half, ImageFormat::Png)), 256, 256, [127, 127, 127, 255]));
    }

    #[test]
    fn what_is_no_whole_picture_is_refused() {
        for wrong in
            [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a\x01\0\x01\0", b"BM", b"RIFF....WAVE"]
        {
            assert_eq!(squares_of(wrong).err(), Some(PictureFault::NotAPicture), "{wrong:?}");
        }
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = encoded(halves(300, 300), format);
            for end in [whole.len() / 2, whole.len() * 9 / 10] {
                assert_eq!(squares_of(&whole[..end]).err(), Some(PictureFault::Damaged), "{format:?} {end}");
            }
            assert_eq!(squares_of(&whole[..13]).err(), Some(PictureFault::Damaged), "{format:?}");
        }
        assert_eq!(squares_of(&vec![0; LARGEST + 1]).err(), Some(PictureFault::TooManyBytes));
    }

    #[test]
    fn too_many_pixels_are_refused_by_the_header() {
        // 8000 × 5000 is as much as there may be; the files end with their headers.
        for (width, height, expected) in [(8000, 5000, None), (8000, 5001, Some(PictureFault::TooManyPixels))] {
            let png = png_header(width, height);
            assert_eq!(is_heavy(&png).err(), expected, "{width} × {height}");
        }
        assert_eq!(is_heavy(&png_header(u32::MAX >> 1, u32::MAX >> 1)).err(), Some(PictureFault::TooManyPixels));
        assert_eq!((is_heavy(&png_header(4000, 5000)), is_heavy(&png_header(4001, 5001))), (Ok(false), Ok(true)));
    }

    /// Signature, IHDR (8 bits, RGBA) and the beginning of an IDAT chunk.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut header = b"IHDR".to_vec();
        header.extend(width.to_be_bytes());
        header.extend(height.to_be_bytes());
        header.extend([8, 6, 0, 0, 0]);
        let sum = crc(&header).to_be_bytes();
        [b"\x89PNG\r\n\x1a\n", &13_u32.to_be_bytes()[..], &header, &sum, &9_u32.to_be_bytes(), b"IDAT"].concat()
    }

    fn crc(bytes: &[u8]) -> u32 {
        let step = |sum: u32, byte: &u8| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 })
        };
        !bytes.iter().fold(u32::MAX, step)
    }
}
