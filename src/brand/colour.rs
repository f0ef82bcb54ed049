//! Colours and their contrast, as WCAG 2.2 defines it. Pure.

use std::fmt;

use thiserror::Error;

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// Why a configured colour is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ColourError {
    /// Not six hexadecimal digits after a `#`.
    #[error("a colour is written as #rrggbb")]
    Form,
    /// Too close to the ground it is read on.
    #[error("{accent} on {surface} has a contrast under 4.5:1; choose a colour further from the ground")]
    Contrast {
        /// The colour as configured.
        accent: Colour,
        /// The surface of the theme it was meant for.
        surface: Colour,
    },
}

impl Colour {
    /// Pure white.
    pub const WHITE: Self = Self { red: 255, green: 255, blue: 255 };
    /// Pure black.
    pub const BLACK: Self = Self { red: 0, green: 0, blue: 0 };
    /// The surface of the light theme; the stylesheet's test holds the two together.
    pub const LIGHT_SURFACE: Self = Self::WHITE;
    /// The surface of the dark theme.
    pub const DARK_SURFACE: Self = Self { red: 0x1a, green: 0x24, blue: 0x23 };
    /// The dark theme's own accent.
    pub const DARK_KEY: &'static str = "#7fd1c3";

    /// Reads `#rrggbb`.
    ///
    /// # Errors
    /// [`ColourError::Form`] for everything else, short forms and names included.
    pub fn parse(text: &str) -> Result<Self, ColourError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(ColourError::Form)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ColourError::Form);
        }
        let channel = |from: usize| {
            digits.get(from..from + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or(ColourError::Form)
        };
        Ok(Self { red: channel(0)?, green: channel(2)?, blue: channel(4)? })
    }

    /// The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// This colour with `percent` of another mixed in, channel by channel.
    pub fn mixed(self, other: Self, percent: u8) -> Self {
        let channel = |own: u8, its: u8| {
            let share = u32::from(percent.min(100));
            let sum = u32::from(own) * (100 - share) + u32::from(its) * share;
            u8::try_from((sum + 50) / 100).unwrap_or(u8::MAX)
        };
        Self {
            red: channel(self.red, other.red),
            green: channel(self.green, other.green),
            blue: channel(self.blue, other.blue),
        }
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::Colour;

    #[test]
    fn contrast_is_the_standards() {
        assert!((Colour::WHITE.contrast(Colour::BLACK) - 21.0).abs() < 0.001);
        let grey = Colour::parse("#767676").unwrap();
        assert!((grey.contrast(Colour::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn mixing_meets_both_ends() {
        assert_eq!(Colour::WHITE.mixed(Colour::BLACK, 0), Colour::WHITE);
        assert_eq!(Colour::WHITE.mixed(Colour::BLACK, 100), Colour::BLACK);
    }
}
