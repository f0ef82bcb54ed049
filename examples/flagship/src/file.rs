//! Names and types of files that people send, and how files are sent back.

use actix_web::HttpResponse;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
};

/// The largest file, in bytes: 10 MiB.
pub const LARGEST: usize = 10 * 1024 * 1024;
const LONGEST_NAME: usize = 120;
const BYTES: &str = "application/octet-stream";

/// A name fit to be shown and to stand in a header: the last part of a path, without control characters.
pub fn name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or(sent);
    let plain: String = last.chars().filter(|character| !is_unfit(*character)).take(LONGEST_NAME).collect();
    match plain.trim() {
        "" | "." | ".." => "file".to_owned(),
        name => name.to_owned(),
    }
}

/// Control characters, and those that turn the direction of text around (`gpj.exe` shown as `exe.jpg`).
fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A media type without parameters, or bytes.
pub fn media_type(sent: &str) -> String {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let essence = sent.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.split_once('/') {
        Some((kind, subtype)) if is_token(kind) && is_token(subtype) && essence.len() <= 100 => essence,
        _ => BYTES.to_owned(),
    }
}

/// Sends a file as a download. It is a stranger's content under this app's origin: it must never be shown or
/// run there, whatever it claims to be. (`nosniff` comes with every answer.)
pub fn attachment(name: &str, media_type: &str, content: Vec<u8>) -> HttpResponse {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' { c } else { '_' }).collect();
    let disposition = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(plain),
            DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".to_owned()),
                language_tag: None,
                value: name.as_bytes().to_vec(),
            }),
        ],
    };
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header(disposition)
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .body(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tame() {
        for (sent, kept) in [
            ("plan.pdf", "plan.pdf"),
            ("C:\\Users\\mina\\plan.pdf", "plan.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("..", "file"),
            ("", "file"),
            ("Grüße 你好.txt", "Grüße 你好.txt"),
        ] {
            assert_eq!(name(sent), kept);
        }
        assert_eq!(name(&"x".repeat(500)).len(), LONGEST_NAME);
    }

    #[test]
    fn types_are_tame() {
        assert_eq!(media_type("Text/HTML; charset=utf-8"), "text/html");
        for sent in ["", "html", "text/", "text/html\r\nx: y", "te xt/html"] {
            assert_eq!(media_type(sent), BYTES);
        }
    }

    #[test]
    fn downloads_are_never_shown() {
        let response = attachment("Grüße \"1\".html", "text/html", b"<script>".to_vec());
        let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(header("content-security-policy"), "default-src 'none'; sandbox");
        let disposition = header("content-disposition");
        assert!(
            disposition.starts_with("attachment; filename=\"Gr__e _1_.html\"; filename*=UTF-8''Gr%C3%BC"),
            "{disposition}"
        );
    }
}
