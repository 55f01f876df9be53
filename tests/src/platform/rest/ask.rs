//! What a request says: parts of its path, its query, its body.

use serde_json::{Map, Value};

use super::super::http::Call;

/// A request whose route, body and rights are settled.
pub(crate) struct Ask {
    /// The variable parts of the path, in order, without escapes.
    pub(crate) params: Vec<String>,
    pub(crate) query: Vec<(String, String)>,
    /// An object; empty if there was no body.
    pub(crate) body: Value,
    /// A picture that came with a form.
    pub(crate) image: Option<usize>,
}

impl Ask {
    pub(crate) fn param(&self, at: usize) -> &str {
        self.params.get(at).map_or("", String::as_str)
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// A text that is there and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A number, written as one or as text.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.body.get(name).and_then(number)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.body.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.body.get(name).is_some_and(|value| !value.is_null())
    }

    /// A list of texts; nothing if it is absent, or something in it is none.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let list = self.body.get(name)?.as_array()?;
        list.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    }
}

/// The platform writes many numbers as text, and takes both.
pub(crate) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The pairs of a query.
pub(crate) fn pairs(path: &str) -> Vec<(String, String)> {
    let query = path.split('#').next().and_then(|path| path.split_once('?')).map_or("", |(_, query)| query);
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (unescaped(&name.replace('+', " ")), unescaped(&value.replace('+', " "))))
        .collect()
}

/// The body as an object, with the size of a picture if it is a form; nothing if it is neither.
pub(crate) fn read_body(call: &Call) -> Option<(Value, Option<usize>)> {
    let kind = call.header("content-type").unwrap_or_default();
    if let Some(boundary) = kind.strip_prefix("multipart/form-data").and_then(boundary) {
        return read_form(&call.body, boundary);
    }
    if call.body.iter().all(u8::is_ascii_whitespace) {
        return Some((Value::Object(Map::new()), None));
    }
    let body: Value = serde_json::from_slice(&call.body).ok()?;
    body.is_object().then_some((body, None))
}

fn boundary(rest: &str) -> Option<&str> {
    let named = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    Some(named.trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

/// A form: fields of text, fields that are JSON inside a text, and one picture.
fn read_form(body: &[u8], boundary: &str) -> Option<(Value, Option<usize>)> {
    let delimiter = format!("--{boundary}");
    let mut fields = Map::new();
    let mut image = None;
    let mut rest = after(body, delimiter.as_bytes())?;
    while !rest.starts_with(b"--") {
        let part = rest.strip_prefix(b"\r\n")?;
        let end = find(part, format!("\r\n{delimiter}").as_bytes())?;
        let (part, tail) = part.split_at_checked(end)?;
        rest = after(tail, delimiter.as_bytes())?;
        let head_end = find(part, b"\r\n\r\n")?;
        let (head, value) = part.split_at_checked(head_end)?;
        let value = value.strip_prefix(b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(head);
        let name = head.split(';').find_map(|item| item.trim().strip_prefix("name=\""))?.split('"').next()?;
        if name == "file_image" {
            image = Some(value.len());
            continue;
        }
        let text = std::str::from_utf8(value).ok()?;
        fields.insert(name.to_owned(), field(name, text));
    }
    Some((Value::Object(fields), image))
}

/// Objects are written as JSON, by some clients inside an object with the field's own name; the documents say
/// the latter, and both are taken.
fn field(name: &str, text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if value.is_object() => value.get(name).cloned().unwrap_or(value),
        Ok(_) | Err(_) => Value::from(text),
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn after<'a>(bytes: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    bytes.get(find(bytes, what)?.checked_add(what.len())?..)
}

/// Undoes percent-encoding in one part of a path.
pub(crate) fn unescaped(part: &str) -> String {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).filter(|_| first == b'%');
        let byte = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn escapes_are_undone() {
        for (part, text) in [("plain", "plain"), ("a%21b%2F", "a!b/"), ("100%", "100%"), ("%zz", "%zz")] {
            assert_eq!(unescaped(part), text);
        }
    }

    #[test]
    fn queries_are_read() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("/a?b=c%26&d&e=f+g#h"), [pair("b", "c&"), pair("d", ""), pair("e", "f g")]);
        assert_eq!(pairs("/a"), []);
    }

    #[test]
    fn forms_are_read() {
        let call = |body: &str| Call {
            exchange: 1,
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: vec![("Content-Type".to_owned(), "multipart/form-data; boundary=\"XY\"".to_owned())],
            body: body.as_bytes().to_vec(),
        };
        let body = "--XY\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\nhello\r\n--XY\r\n\
                    Content-Disposition: form-data; name=\"ark\"\r\n\r\n{\"ark\":{\"template_id\":23}}\r\n--XY\r\n\
                    Content-Disposition: form-data; name=\"file_image\"; filename=\"a.png\"\r\n\
                    Content-Type: image/png\r\n\r\n12345\r\n--XY--\r\n";
        let read = read_body(&call(body)).unwrap();
        assert_eq!(read, (json!({"content": "hello", "ark": {"template_id": 23}}), Some(5)));
        for broken in ["", "--XY", "--XY\r\n\r\n", "--XY\r\nname=\"a\"\r\n\r\nb"] {
            assert_eq!(read_body(&call(broken)), None, "{broken}");
        }
    }
}
