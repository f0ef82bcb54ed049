//! The operator's own name, mark, colour and addresses, as every page and message shows them.

pub mod colour;
pub mod files;

use colour::{Colour, ColourError};

/// What the operator has set, all of it already checked by the configuration.
#[derive(Clone, Debug, Default)]
pub struct Brand {
    /// The account's name: "Keyhouse", or the operator's own.
    pub name: String,
    /// Where the operator's mark is served from; without one the house stands in the header.
    pub logo_url: Option<String>,
    /// The address of the stylesheet made by [`brand_css`], where a colour is set.
    pub stylesheet_url: Option<String>,
    /// The support e-mail address, shown on errors and in messages.
    pub support_address: Option<String>,
    /// The help pages.
    pub help_url: Option<String>,
    /// The privacy notice.
    pub privacy_url: Option<String>,
    /// The terms people agree to.
    pub terms_url: Option<String>,
}

impl Brand {
    /// Where "Help" leads: the help pages, else a mail to support, else nowhere.
    pub fn help_link(&self) -> Option<String> {
        self.help_url.clone().or_else(|| self.support_address.as_ref().map(|address| format!("mailto:{address}")))
    }
}

/// The stylesheet that puts the operator's accent colour in the place of verdigris. Everything else of the accent
/// (its hover, the text on it, the soft tag) is worked out from it. `None` leaves a theme as it is.
///
/// # Errors
/// A colour that is not `#rrggbb`, or that cannot be read as text on that theme's surface (WCAG 2.2 §1.4.3, 4.5:1).
pub fn brand_css(accent_light: Option<&str>, accent_dark: Option<&str>) -> Result<String, ColourError> {
    let mut css = String::new();
    if let Some(light) = accent_light {
        let tokens = accent_tokens(light, Colour::LIGHT_SURFACE)?;
        css.push_str(&format!(":root {{\n{tokens}}}\n"));
    }
    let dark = match (accent_dark, accent_light) {
        (Some(dark), _) => Some(accent_tokens(dark, Colour::DARK_SURFACE)?),
        // The light accent must not leak into the dark theme, where nobody has checked it.
        (None, Some(_)) => Some(accent_tokens(Colour::DARK_KEY, Colour::DARK_SURFACE)?),
        (None, None) => None,
    };
    if let Some(tokens) = dark {
        css.push_str(&format!(
            "@media (prefers-color-scheme: dark) {{\n:root:not([data-theme=\"light\"]) {{\n{tokens}}}\n}}\n\
             :root[data-theme=\"dark\"] {{\n{tokens}}}\n"
        ));
    }
    Ok(css)
}

fn accent_tokens(accent: &str, surface: Colour) -> Result<String, ColourError> {
    let key = Colour::parse(accent)?;
    if key.contrast(surface) < 4.5 {
        return Err(ColourError::Contrast { accent: key, surface });
    }
    let dark_theme = surface == Colour::DARK_SURFACE;
    let far = if dark_theme { Colour::WHITE } else { Colour::BLACK };
    let on_key = if Colour::WHITE.contrast(key) >= Colour::BLACK.contrast(key) { Colour::WHITE } else { Colour::BLACK };
    let key_down = key.mixed(far, 25);
    let key_soft = surface.mixed(key, if dark_theme { 20 } else { 14 });
    let on_key_soft = key.mixed(far, if dark_theme { 50 } else { 40 });
    Ok(format!(
        "  --key: {key};\n  --key-down: {key_down};\n  --on-key: {on_key};\n  \
         --key-soft: {key_soft};\n  --on-key-soft: {on_key_soft};\n"
    ))
}

#[cfg(test)]
mod tests {
    use super::{brand_css, colour::ColourError};

    #[test]
    fn an_accent_replaces_the_key_in_both_themes() {
        let css = brand_css(Some("#1f4fa3"), Some("#9cc2ff")).unwrap();
        assert!(css.contains("--key: #1f4fa3;") && css.contains("--on-key: #ffffff;"), "{css}");
        assert_eq!(css.matches("--key: #9cc2ff;").count(), 2, "{css}");
        assert_eq!(brand_css(None, None).unwrap(), "");
    }

    #[test]
    fn a_light_accent_alone_leaves_the_dark_theme_as_it_was() {
        let css = brand_css(Some("#1f4fa3"), None).unwrap();
        assert_eq!(css.matches("--key: #7fd1c3;").count(), 2, "{css}");
    }

    #[test]
    fn what_is_no_colour_or_cannot_be_read_is_refused() {
        assert!(matches!(brand_css(Some("red"), None), Err(ColourError::Form)));
        assert!(matches!(brand_css(Some("#12345g"), None), Err(ColourError::Form)));
        assert!(matches!(brand_css(Some("#ffff00"), None), Err(ColourError::Contrast { .. })));
        assert!(matches!(brand_css(None, Some("#0a5a54")), Err(ColourError::Contrast { .. })));
    }
}
