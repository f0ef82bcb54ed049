//! Reading a form that brings a file along (`multipart/form-data`, RFC 7578): the fields, and one file.

use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

use super::body::BodyFault;
use super::parameters::Parameters;

/// Time for the whole of it: longer than other bodies have, since a photo goes over a phone's connection. Only people who
/// are signed in get it.
const TIME: Duration = Duration::from_secs(120);
/// A body that says it is longer than this is not read at all.
const LONGEST_BODY: u64 = 64 * 1024 * 1024;
/// Fields beside the file, and bytes of each.
const MOST_FIELDS: usize = 8;
const LONGEST_FIELD: usize = 4 * 1024;

/// The file as it came.
#[derive(Clone, PartialEq, Eq)]
pub enum Sent {
    /// No file was chosen.
    Nothing,
    /// Longer than it may be. It was read to its end and not kept, so that the person sees a page and no broken connection.
    TooLong,
    /// The bytes, whatever they are.
    File(Vec<u8>),
}

/// Whether a request brings such a form.
pub fn is_upload(request: &HttpRequest) -> bool {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("multipart/form-data"))
}

/// Reads the fields and the file called `name`, of at most `longest` bytes.
///
/// # Errors
/// Whatever is wrong with the body as such.
pub async fn read(
    request: &HttpRequest,
    payload: web::Payload,
    name: &str,
    longest: usize,
) -> Result<(Parameters, Sent), BodyFault> {
    if request.headers().contains_key(CONTENT_ENCODING) {
        return Err(BodyFault::MediaType);
    }
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if length.is_some_and(|length| length.parse::<u64>().map_or(true, |length| length > LONGEST_BODY)) {
        return Err(BodyFault::TooLarge);
    }
    let form = Multipart::new(request.headers(), payload);
    tokio::time::timeout(TIME, fields(form, name, longest)).await.map_err(|_| BodyFault::TooSlow)?
}

async fn fields(mut form: Multipart, name: &str, longest: usize) -> Result<(Parameters, Sent), BodyFault> {
    let (mut pairs, mut sent) = (Vec::new(), None);
    while let Some(field) = form.next().await {
        let mut field = field.map_err(|_| BodyFault::Malformed)?;
        let own = field.name().unwrap_or_default().to_owned();
        if own == name && sent.is_none() {
            sent = Some(file(&mut field, longest).await?);
            continue;
        }
        if own == name || pairs.len() == MOST_FIELDS {
            return Err(BodyFault::Malformed);
        }
        let value = field.bytes(LONGEST_FIELD).await.map_err(|_| BodyFault::TooLarge)?;
        let value = String::from_utf8(value.map_err(|_| BodyFault::Malformed)?.into());
        pairs.push((own, value.map_err(|_| BodyFault::Malformed)?));
    }
    let form = Parameters::of(pairs).map_err(|_| BodyFault::Malformed)?;
    Ok((form, sent.unwrap_or(Sent::Nothing)))
}

/// A browser sends an empty file where none was chosen.
async fn file(field: &mut Field, longest: usize) -> Result<Sent, BodyFault> {
    match field.bytes(longest).await {
        Err(_) => Ok(Sent::TooLong),
        Ok(Err(_)) => Err(BodyFault::Malformed),
        Ok(Ok(bytes)) if bytes.is_empty() => Ok(Sent::Nothing),
        Ok(Ok(bytes)) => Ok(Sent::File(bytes.into())),
    }
}
