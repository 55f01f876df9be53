//! Rich text of forums, in the three dresses in which it comes.

use super::cursor::{Cursor, Fill};
use super::error::{DecodeError, Expected};
use super::field::{Field, Kind, Shape};
use super::list::{List, ListIter};
use super::record::{Object, record};
use super::text::{Raw, Str, Url, verbatim};
use alloc::string::String;
use core::fmt;
use serde::{Serialize, Serializer};

/// Text with pictures and links. Live frames hold it as JSON inside a text; the documents show an array and
/// other keys. Both, and a plain object, are read by [`elements`](Self::elements).
#[derive(Clone, Default, PartialEq)]
pub struct RichText<'a> {
    text: Str<'a>,
    /// It came as JSON, not as a text that holds some.
    json: bool,
}

impl RichText<'_> {
    /// The JSON text, or, should the platform send plain text, that. Empty if nothing was sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same text without the payload.
    pub fn into_owned(self) -> RichText<'static> {
        RichText { text: self.text.into_owned(), json: self.json }
    }

    /// Walks through the pieces of all paragraphs. Plain text has none.
    pub fn elements(&self) -> Result<RichElements<'_>, DecodeError> {
        let mut elements = RichElements { paragraphs: List::default().iter(), line: List::default().iter() };
        let mut cursor = Cursor::new(&self.text);
        match cursor.peek() {
            Some(b'{') => {
                let mut document = RichDocument::default();
                document.object(&mut cursor, FIELD)?;
                elements.paragraphs = document.paragraphs.iter();
            }
            Some(b'[') => {
                let mut line = List::default();
                line.fill(&mut cursor, FIELD)?;
                elements.line = line.iter();
            }
            _ => {}
        }
        Ok(elements)
    }

    /// What a reader sees: texts and link labels, a line per paragraph. Plain text is itself; pieces that
    /// cannot be read are left out.
    pub fn plain(&self) -> String {
        let mut plain = String::new();
        if !self.text.trim_start().starts_with(['{', '[']) {
            plain.push_str(&self.text);
        }
        let Ok(mut elements) = self.elements() else {
            return plain;
        };
        loop {
            for element in elements.line.by_ref().flatten() {
                plain.push_str(element.label());
            }
            match elements.paragraphs.next() {
                None => break,
                Some(Err(_)) => {}
                Some(Ok(paragraph)) => {
                    if !plain.is_empty() {
                        plain.push('\n');
                    }
                    elements.line = paragraph.elems.iter();
                }
            }
        }
        plain
    }
}

const FIELD: &str = "rich_text";

/// As it was sent.
impl Serialize for RichText<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.json { verbatim(&self.text, serializer) } else { serializer.serialize_str(&self.text) }
    }
}

impl Field for RichText<'_> {
    type Owned = RichText<'static>;
    const SHAPE: Shape = Shape(Kind::Rich);

    fn into_owned(self) -> RichText<'static> {
        Self::into_owned(self)
    }

    fn is_absent(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Debug for RichText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The JSON holds links with their keys.
        match self.elements() {
            Ok(elements) => f.debug_list().entries(elements).finish(),
            Err(error) => error.fmt(f),
        }
    }
}

impl<'a> Fill<'a> for RichText<'a> {
    fn fill(&mut self, cursor: &mut Cursor<'a>, field: &'static str) -> Result<(), DecodeError> {
        let fail = |expected| DecodeError::at(field, expected);
        self.json = matches!(cursor.peek(), Some(b'{' | b'['));
        self.text = match cursor.peek() {
            Some(b'"') => cursor.text().map_err(fail)?,
            Some(b'{' | b'[') => Str::borrowed(cursor.skip().map_err(fail)?),
            Some(b'n') if cursor.null().map_err(fail)? => Str::default(),
            _ => return Err(fail(cursor.unlike(Expected::Text))),
        };
        Ok(())
    }
}

#[cfg(test)]
impl super::check::Check for RichText<'_> {
    fn check(&self, json: &serde_json::Value, path: &str) {
        use serde_json::Value;
        let inner = match json {
            Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| json.clone()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                json.clone()
            }
        };
        let expected: alloc::vec::Vec<Value> = match inner {
            Value::Array(elements) => elements,
            Value::Object(document) => {
                let paragraphs = document["paragraphs"].as_array().cloned().unwrap_or_default();
                paragraphs
                    .iter()
                    .flat_map(|paragraph| paragraph["elems"].as_array().cloned().unwrap_or_default())
                    .collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => alloc::vec![],
        };
        let ours: alloc::vec::Vec<_> = self.elements().unwrap().map(Result::unwrap).collect();
        assert_eq!(ours.len(), expected.len(), "{path}");
        ours.iter().zip(&expected).for_each(|(element, json)| element.check(json, path));
    }
}

/// Walks through the pieces of a [`RichText`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is asked"]
pub struct RichElements<'a> {
    paragraphs: ListIter<'a, RichParagraph<'a>>,
    line: ListIter<'a, RichElement<'a>>,
}

impl<'a> Iterator for RichElements<'a> {
    type Item = Result<RichElement<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(element) = self.line.next() {
                return Some(element);
            }
            match self.paragraphs.next()? {
                Ok(paragraph) => self.line = paragraph.elems.iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

record! {
    /// Rich text as live frames have it.
    RichDocument {
        /// Paragraphs.
        "paragraphs" => paragraphs: List<'a, RichParagraph<'a>>,
    }

    /// A paragraph of rich text.
    RichParagraph {
        /// Its pieces.
        "elems" => elems: List<'a, RichElement<'a>>,
        /// How it looks.
        "props" => props: Raw<'a>,
    }

    /// A piece of rich text: one of its parts is there.
    RichElement {
        /// Number of the part, of which the two dresses have different ones; may be missing.
        "type" => kind: Option<i64>,
        /// Text.
        "text" => text: Option<RichLabel<'a>>,
        /// A picture.
        "image" => image: Option<RichImage<'a>>,
        /// A video.
        "video" => video: Option<RichVideo<'a>>,
        /// A link.
        "url" => url: Option<RichLink<'a>>,
        /// Text, in the documents' dress.
        "text_info" => text_info: Option<RichLabel<'a>>,
        /// A link, in the documents' dress.
        "url_info" => url_info: Option<RichLinkInfo<'a>>,
        /// A face, in the documents' dress.
        "emoji_info" => emoji_info: Option<RichEmoji<'a>>,
        /// A channel, in the documents' dress.
        "channel_info" => channel_info: Option<RichChannel<'a>>,
    }

    /// Text in rich text.
    RichLabel {
        /// The text.
        "text" => text: Str<'a>,
        /// How it looks.
        "props" => props: Raw<'a>,
    }

    /// A picture in rich text.
    RichImage {
        /// The picture.
        "plat_image" => plat_image: PlatImage<'a>,
        /// Its width, as a share of the text's.
        "width_percent" => width_percent: Raw<'a>,
    }

    /// A picture kept by the platform.
    PlatImage {
        /// Where to fetch it.
        "url" => url: Url<'a>,
        /// Pixels.
        "width" => width: Option<i64>,
        /// Pixels.
        "height" => height: Option<i64>,
        /// Its id.
        "image_id" => image_id: Str<'a>,
    }

    /// A video in rich text.
    RichVideo {
        /// The video.
        "plat_video" => plat_video: PlatVideo<'a>,
    }

    /// A video kept by the platform.
    PlatVideo {
        /// Where to fetch it.
        "url" => url: Url<'a>,
        /// Pixels.
        "width" => width: Option<i64>,
        /// Pixels.
        "height" => height: Option<i64>,
        /// Its id.
        "video_id" => video_id: Str<'a>,
        /// How long it is; the unit is not documented.
        "duration" => duration: Raw<'a>,
        /// Its first picture.
        "cover" => cover: PlatImage<'a>,
    }

    /// A link in rich text.
    RichLink {
        /// Where to.
        "url" => url: Url<'a>,
        /// Its label.
        "desc" => desc: Str<'a>,
    }

    /// A link in the documents' dress.
    RichLinkInfo {
        /// Where to.
        "url" => url: Url<'a>,
        /// Its label.
        "display_text" => display_text: Str<'a>,
    }

    /// A face in the documents' dress.
    RichEmoji {
        /// Number of the face.
        "id" => id: Str<'a>,
        /// Kind of face.
        "type" => kind: Option<i64>,
    }

    /// A channel in the documents' dress.
    RichChannel {
        /// Its id.
        "channel_id" => channel_id: Str<'a>,
        /// Its name.
        "channel_name" => channel_name: Str<'a>,
    }
}

impl RichElement<'_> {
    /// The text, the link's label or the channel's name: whichever there is.
    pub fn label(&self) -> &str {
        let text = self.text.as_ref().or(self.text_info.as_ref()).map(|label| &label.text);
        let link = self.url.as_ref().map(|link| &link.desc);
        let info = self.url_info.as_ref().map(|link| &link.display_text);
        let channel = self.channel_info.as_ref().map(|channel| &channel.channel_name);
        text.or(link).or(info).or(channel).map(Str::as_str).unwrap_or_default()
    }
}
