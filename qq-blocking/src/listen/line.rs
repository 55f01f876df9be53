//! One event as one line of JSON.

use qq_proto::{BodyError, Dispatch};

/// Appends `{"t":..,"id":..,"s":..,"d":..}` and a line feed; nothing if the body is malformed.
pub(super) fn push(lines: &mut Vec<u8>, event: &Dispatch) -> Result<(), BodyError> {
    let body = event.json()?;
    lines.extend_from_slice(b"{\"t\":");
    push_text(lines, Some(event.name()).filter(|name| !name.is_empty()));
    lines.extend_from_slice(b",\"id\":");
    push_text(lines, event.id());
    lines.extend_from_slice(b",\"s\":");
    match event.seq() {
        Some(seq) => lines.extend_from_slice(seq.to_string().as_bytes()),
        None => lines.extend_from_slice(b"null"),
    }
    lines.extend_from_slice(b",\"d\":");
    let start = lines.len();
    lines.extend_from_slice(body.as_bytes());
    // In JSON a raw line break can only stand between tokens, where a space means the same.
    for byte in lines.iter_mut().skip(start) {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    lines.extend_from_slice(b"}\n");
    Ok(())
}

fn push_text(lines: &mut Vec<u8>, text: Option<&str>) {
    // A text always serialises.
    let text = text.and_then(|text| serde_json::to_string(text).ok());
    lines.extend_from_slice(text.as_deref().unwrap_or("null").as_bytes());
}
