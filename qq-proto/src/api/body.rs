//! Bodies of requests: JSON objects written field by field, and forms.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Serialize, Serializer};

use crate::api::invalid::Invalid;

/// A JSON object that is being written.
#[derive(Default)]
pub(crate) struct Object(String);

impl Object {
    /// Writes one member. Keys are ours and need no escapes.
    pub(crate) fn put<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
        // Texts, numbers and lists of them always serialise.
        self.0.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".into()));
    }

    /// Writes one member if there is something to write.
    pub(crate) fn maybe<T: Serialize>(&mut self, key: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    /// The whole object; `{}` if nothing was written.
    pub(crate) fn finish(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

impl Object {
    /// The whole object; nothing if nothing was written.
    pub(crate) fn unless_empty(self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.finish())
    }
}

/// Several members of a body that belong together.
pub(crate) trait Members {
    /// Writes them.
    fn put(&self, object: &mut Object);

    /// Whether they keep the platform's rules.
    fn check(&self) -> Result<(), Invalid> {
        Ok(())
    }
}

/// Ids: of users, groups, channels. Made from arrays, vectors and slices of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids(Vec<String>);

impl Ids {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ids.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for Ids {
    fn from(ids: [T; N]) -> Self {
        Self(ids.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<String>> From<Vec<T>> for Ids {
    fn from(ids: Vec<T>) -> Self {
        Self(ids.into_iter().map(Into::into).collect())
    }
}

impl<T: AsRef<str>> From<&[T]> for Ids {
    fn from(ids: &[T]) -> Self {
        Self(ids.iter().map(|id| id.as_ref().into()).collect())
    }
}

impl<T: Into<String>> FromIterator<T> for Ids {
    fn from_iter<I: IntoIterator<Item = T>>(ids: I) -> Self {
        Self(ids.into_iter().map(Into::into).collect())
    }
}

/// A number that is written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(pub u64);

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Declares a value of a request: what it needs and what it may have, each `"key" => field: Type`. `new` takes what
/// it needs; a method for each of the others.
macro_rules! written {
    ($(
        $(#[$about:meta])*
        $name:ident $(needs { $( $(#[$need_about:meta])* $need_key:literal => $need:ident: $need_type:ty ),+ $(,)? })?
        $(may { $( $(#[$field_about:meta])* $field_key:literal => $field:ident: $field_type:ty ),+ $(,)? })?
    ;)+) => { $(
        $(#[$about])*
        #[derive(Clone, PartialEq)]
        pub struct $name {
            $( $( pub(super) $need: $need_type, )+ )?
            $( $( pub(super) $field: Option<$field_type>, )+ )?
        }

        impl $name {
            /// The value with all that it needs.
            #[allow(clippy::new_without_default, reason = "a value is made, not defaulted")]
            pub fn new($( $( $need: impl Into<$need_type>, )+ )?) -> Self {
                Self {
                    $( $( $need: $need.into(), )+ )?
                    $( $( $field: None, )+ )?
                }
            }

            $( $(
                $(#[$field_about])*
                #[must_use]
                pub fn $field(mut self, $field: impl Into<$field_type>) -> Self {
                    self.$field = Some($field.into());
                    self
                }
            )+ )?
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $( $( map.serialize_entry($need_key, &self.$need)?; )+ )?
                $( $(
                    if let Some(field) = &self.$field {
                        map.serialize_entry($field_key, field)?;
                    }
                )+ )?
                map.end()
            }
        }

        /// What is said does not belong into logs.
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )+ };
}

pub(crate) use written;

/// One part of a form.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The field's name.
    pub name: &'static str,
    /// What is in it.
    pub value: &'a [u8],
    /// For a file: its name and its type.
    pub file: Option<(&'a str, &'a str)>,
}

/// What is in it does not belong into logs.
impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("value", &format_args!("{} bytes", self.value.len()))
            .field("is_file", &self.file.is_some())
            .finish()
    }
}

/// Of the hash FNV-1a with 64 bits.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
/// Of the hash FNV-1a with 64 bits.
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// A form with these parts, and the boundary between them: one that stands in no part.
pub(crate) fn form(parts: &[Part<'_>]) -> (String, Vec<u8>) {
    // Made from what is between them, so that nobody can put it there on purpose.
    let bytes = parts.iter().flat_map(|part| part.value);
    let mut number = bytes.fold(FNV_BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME));
    let mut boundary = format!("qq-proto-{number:016x}");
    while parts.iter().any(|part| contains(part.value, boundary.as_bytes())) {
        number = number.wrapping_add(1);
        boundary = format!("qq-proto-{number:016x}");
    }
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.value.len() + 160).sum());
    for part in parts {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", part.name);
        if let Some((name, kind)) = part.file {
            head.push_str("; filename=\"");
            quoted(&mut head, name);
            head.push_str("\"\r\nContent-Type: ");
            head.extend(kind.chars().filter(char::is_ascii_graphic));
        }
        head.push_str("\r\n\r\n");
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(part.value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (boundary, bytes)
}

/// A file's name as browsers write it, so that it cannot leave its quotes or its line.
fn quoted(head: &mut String, name: &str) {
    for c in name.chars() {
        match c {
            '"' => head.push_str("%22"),
            '\r' => head.push_str("%0D"),
            '\n' => head.push_str("%0A"),
            c => head.push(c),
        }
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects() {
        assert_eq!(Object::default().finish(), "{}");
        let mut object = Object::default();
        object.put("a", "q\"\u{1}");
        object.maybe("b", None::<&u8>);
        object.put("c", &Ids::from(["x", "y"]));
        assert_eq!(object.finish(), r#"{"a":"q\"\u0001","c":["x","y"]}"#);
    }

    #[test]
    fn a_form_keeps_its_parts_apart() {
        let parts = [
            Part { name: "content", value: b"hello\r\n--qq-proto-1", file: None },
            Part {
                name: "file_image",
                value: b"\x89PNG\r\n",
                file: Some(("a\"\r\nX: y.png", "image/png\r\n")),
            },
        ];
        let (boundary, bytes) = form(&parts);
        assert!(parts.iter().all(|part| !contains(part.value, boundary.as_bytes())));
        let text = String::from_utf8_lossy(&bytes).replace(&boundary, "BOUNDARY");
        assert_eq!(
            text,
            "--BOUNDARY\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\n\
             hello\r\n--qq-proto-1\r\n\
             --BOUNDARY\r\nContent-Disposition: form-data; name=\"file_image\"; \
             filename=\"a%22%0D%0AX: y.png\"\r\nContent-Type: image/png\r\n\r\n\u{fffd}PNG\r\n\r\n\
             --BOUNDARY--\r\n"
        );
        assert_ne!(form(&parts[..1]).0, boundary);
        assert!(!format!("{parts:?}").contains("hello"));
    }
}
