//! Pure: which pictures are taken as a client's logo. They come from outside and are shown on our pages, so an SVG is
//! only what draws: no script, no foreign content, nothing that loads.

use crate::security::random;
use crate::store::clients::Logo;

/// Bytes of a logo at most.
pub const LARGEST: usize = 64 * 1024;

/// A logo that may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// `image/png`
    Png,
    /// `image/svg+xml`
    Svg,
}

impl Picture {
    /// As it is served.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// A logo as it is kept, once it is known to be a picture and no more.
///
/// # Errors
/// Why it is none, in words for whoever registers it.
pub fn checked(client_id: &str, bytes: Vec<u8>) -> Result<Logo, String> {
    let picture = check(&bytes)?;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    Ok(Logo {
        client_id: client_id.to_owned(),
        media_type: picture.media_type().to_owned(),
        digest: random::encode(digest.as_ref().get(..16).unwrap_or_default()),
        bytes,
    })
}

/// The elements that draw. What is not here (`script`, `foreignObject`, `image`, `a`, animation) is refused.
const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "defs",
    "symbol",
    "use",
    "title",
    "desc",
    "style",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "clipPath",
    "mask",
    "pattern",
    "linearGradient",
    "radialGradient",
    "stop",
];

/// What kind of picture it is, or why it is not taken.
pub fn check(bytes: &[u8]) -> Result<Picture, String> {
    if bytes.len() > LARGEST {
        return Err(format!("a logo has {LARGEST} bytes at most"));
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Picture::Png);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "a logo is a PNG, or an SVG in UTF-8".to_owned())?;
    svg(text.trim_start_matches('\u{feff}').trim()).map(|()| Picture::Svg)
}

/// Walks the markup. Whatever this does not understand is refused: no browser may see more in it than we did.
fn svg(text: &str) -> Result<(), String> {
    let mut rest = text;
    let mut open: Vec<&str> = Vec::new();
    let mut roots = 0;
    while let Some(start) = rest.find('<') {
        let (before, markup) = rest.split_at(start);
        content(before, open.last().copied())?;
        if let Some(after) = markup.strip_prefix("<!--") {
            rest = after.split_once("-->").ok_or("the SVG has an unfinished comment")?.1;
        } else if markup.starts_with("<?xml ") && start == 0 && rest.len() == text.len() {
            rest = markup.split_once("?>").ok_or("the SVG's declaration has no end")?.1;
        } else if let Some(closing) = markup.strip_prefix("</") {
            let (name, after) = closing.split_once('>').ok_or("the SVG has an unfinished tag")?;
            if open.pop() != Some(name.trim_end()) {
                return Err(format!("the SVG's </{name}> closes what is not open"));
            }
            rest = after;
        } else {
            let tag = Tag::read(markup.get(1..).unwrap_or_default())?;
            roots += usize::from(open.is_empty());
            tag.check(open.is_empty())?;
            if !tag.closed {
                open.push(tag.name);
            }
            rest = tag.after;
        }
    }
    content(rest, open.last().copied())?;
    match (roots, open.is_empty()) {
        (1, true) => Ok(()),
        _ => Err("a logo is a PNG, or one whole <svg> element".to_owned()),
    }
}

/// Text between tags: only inside an element, and in a style sheet nothing that loads.
fn content(text: &str, parent: Option<&str>) -> Result<(), String> {
    match parent {
        None if !text.trim().is_empty() => Err("a logo is a PNG, or one whole <svg> element".to_owned()),
        Some("style") => style("style", text),
        _ => Ok(()),
    }
}

/// A start tag.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    closed: bool,
    after: &'a str,
}

impl<'a> Tag<'a> {
    /// Reads what follows a `<`.
    fn read(text: &'a str) -> Result<Self, String> {
        let unreadable = || "the SVG has a tag that cannot be read".to_owned();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
        let name_end = text.find(|c: char| !is_name(c)).ok_or_else(unreadable)?;
        let (name, mut rest) = text.split_at(name_end);
        if name.is_empty() {
            return Err("the SVG has a DOCTYPE, CDATA or instruction; save it as plain SVG".to_owned());
        }
        let mut attributes = Vec::new();
        loop {
            let trimmed = rest.trim_start();
            if let Some(after) = trimmed.strip_prefix("/>") {
                return Ok(Self { name, attributes, closed: true, after });
            }
            if let Some(after) = trimmed.strip_prefix('>') {
                return Ok(Self { name, attributes, closed: false, after });
            }
            if trimmed.len() == rest.len() {
                return Err(unreadable());
            }
            let end = trimmed.find(|c: char| !is_name(c)).filter(|end| *end > 0).ok_or_else(unreadable)?;
            let (attribute, value) = trimmed.split_at(end);
            let value = value.trim_start().strip_prefix('=').ok_or_else(unreadable)?.trim_start();
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(unreadable)?;
            let (value, after) = value.get(1..).and_then(|value| value.split_once(quote)).ok_or_else(unreadable)?;
            attributes.push((attribute, value));
            rest = after;
        }
    }

    fn check(&self, is_root: bool) -> Result<(), String> {
        if !ELEMENTS.contains(&self.name) || (is_root && self.name != "svg") {
            return Err(format!("the SVG has <{}>, which a logo does not need; save it as plain SVG", self.name));
        }
        self.attributes.iter().try_for_each(|(name, value)| self.attribute(name, value))
    }

    fn attribute(&self, name: &str, value: &str) -> Result<(), String> {
        let refused = || Err(format!("the SVG's <{}> has {name}=\"…\", which is not taken", self.name));
        let local = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
        if local.starts_with("on") || value.contains(['<', '&']) {
            return refused();
        }
        match local.as_str() {
            // Names of vocabularies; nothing is loaded from them.
            _ if name == "xmlns" || name.starts_with("xmlns:") => Ok(()),
            "href" | "src" if !value.starts_with('#') => refused(),
            "base" => refused(),
            _ => style(name, value),
        }
    }
}

/// Styles, and attributes that may hold what styles hold: `url()` points into the picture itself, nothing is imported,
/// and no escape hides either.
fn style(name: &str, value: &str) -> Result<(), String> {
    let lower = value.to_ascii_lowercase();
    let loads = lower.split("url(").skip(1).any(|target| {
        let target = target.trim_start().trim_start_matches(['"', '\'']);
        !target.starts_with('#')
    });
    if loads || lower.contains(['\\', '@']) || lower.contains("image(") || lower.contains("image-set(") {
        return Err(format!("the SVG's {name} loads or hides something; use colours and shapes only"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(markup: &str) -> Result<Picture, String> {
        check(format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{markup}</svg>"#).as_bytes())
    }

    #[test]
    fn plain_drawings_are_taken() {
        assert_eq!(check(b"\x89PNG\r\n\x1a\nrest"), Ok(Picture::Png));
        for markup in [
            r##"<path fill="#1c6b4c" d="M16 4l12 24h-7z"/>"##,
            r#"<defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs><g fill="url(#a)"><rect/></g>"#,
            r##"<use href="#a"/><use xlink:href='#a' />"##,
            "<style>.a{fill:#fff}</style><title>Notes &amp; more</title><!-- made by hand -->",
            r#"<g style="fill:url('#a')"></g>"#,
        ] {
            assert_eq!(inside(markup), Ok(Picture::Svg), "{markup}");
        }
        let declared = "\u{feff}<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 1 1\"></svg>\n";
        assert_eq!(check(declared.as_bytes()), Ok(Picture::Svg));
    }

    #[test]
    fn what_acts_or_loads_is_refused() {
        for markup in [
            "<script>alert(1)</script>",
            "<SCRIPT/>",
            "<svg:script/>",
            "<foreignObject><p/></foreignObject>",
            r#"<g onclick="x"/>"#,
            r#"<g ONLOAD='x'/>"#,
            r#"<g a="1"onload="x"/>"#,
            r#"<g onload=x/>"#,
            r#"<a href="https://evil.example"/>"#,
            r#"<image href="https://evil.example/x.png"/>"#,
            r#"<use href="https://evil.example/x.svg#a"/>"#,
            r#"<use xlink:href="data:image/svg+xml,x"/>"#,
            r#"<use href=" #a"/>"#,
            r#"<g fill="url(https://evil.example)"/>"#,
            r#"<g fill="URL( 'https://evil.example')"/>"#,
            r#"<g style="fill:u\72l(https://evil.example)"/>"#,
            r#"<g style="fill:&#117;rl(x)"/>"#,
            "<style>@import 'https://evil.example'</style>",
            "<style><![CDATA[a]]></style>",
            r#"<set attributeName="href" to="x"/>"#,
            r#"<g xml:base="https://evil.example"/>"#,
            "<?php x?>",
            "<g>",
            "</g>",
            "<!-- ",
            "<g",
        ] {
            assert!(inside(markup).is_err(), "{markup}");
        }
        for whole in [
            "",
            "GIF89a",
            "<html></html>",
            "<g/>",
            "<svg/><svg/>",
            "text <svg/>",
            "<svg/> text",
            "<!DOCTYPE svg [<!ENTITY a \"b\">]><svg/>",
            " <svg><?xml version=\"1.0\"?></svg>",
        ] {
            assert!(check(whole.as_bytes()).is_err(), "{whole}");
        }
        assert!(check(&[0xff; 10]).is_err());
        assert!(check(&vec![b' '; LARGEST + 1]).is_err());
    }
}
