//! Which files are taken where, as data.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::api::{FileKind, Scene};

/// What a file is to the platform: the kinds of [`FileKind`] that have a name, and so rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A video.
    Video,
    /// A voice message.
    Voice,
    /// Any file.
    File,
}

impl MediaKind {
    const fn file_kind(self) -> FileKind {
        match self {
            Self::Image => FileKind::Image,
            Self::Video => FileKind::Video,
            Self::Voice => FileKind::Voice,
            Self::File => FileKind::File,
        }
    }
}

impl From<MediaKind> for FileKind {
    fn from(kind: MediaKind) -> Self {
        kind.file_kind()
    }
}

/// How large a file of one kind may be, and what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeRules {
    /// Up to here it is shown as what it is; beyond it the platform sends it as a plain file.
    pub soft: u64,
    /// Beyond this it is refused (850031).
    pub hard: u64,
    /// The formats that are taken; empty for any.
    pub formats: &'static [Format],
}

/// The platform's rules for a kind, the same in groups and one-to-one chats.
///
/// For pictures its two pages name png and jpg, or those and gif, webp, bmp; the longer list is taken. For voice they
/// name silk, or silk, mp3, wav and ogg; silk alone is known to work everywhere.
///
/// Whether its megabyte has 1,000,000 bytes or 1,048,576 is not documented; the larger one is taken, and its own word
/// decides in between.
pub const fn size_rules(kind: MediaKind) -> SizeRules {
    let formats: &[Format] = match kind {
        MediaKind::Image => &[Format::Png, Format::Jpeg, Format::Gif, Format::Webp, Format::Bmp],
        MediaKind::Video => &[Format::Mp4],
        MediaKind::Voice => &[Format::Silk, Format::TencentSilk],
        MediaKind::File => &[],
    };
    SizeRules { soft: kind.file_kind().soft_limit(), hard: FileKind::HARD_LIMIT, formats }
}

/// What a file is by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
    /// BMP.
    Bmp,
    /// MP4 and its relatives.
    Mp4,
    /// SILK as its inventors write it.
    Silk,
    /// SILK as the platform's apps write it: with a byte 2 in front.
    TencentSilk,
    /// MP3.
    Mp3,
    /// WAV.
    Wav,
    /// Ogg, Opus included.
    Ogg,
    /// AMR.
    Amr,
    /// Something else.
    Other,
}

impl Format {
    /// As many bytes of a file tell its format.
    pub const BYTES: usize = 12;

    /// The format of a file that begins with these bytes; [`BYTES`](Self::BYTES) of them are enough.
    pub fn of(head: &[u8]) -> Self {
        let at = |offset: usize, mark: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(mark));
        match head {
            _ if at(0, b"\x02#!SILK_V3") => Self::TencentSilk,
            _ if at(0, b"#!SILK_V3") => Self::Silk,
            _ if at(0, b"\x89PNG\r\n\x1a\n") => Self::Png,
            _ if at(0, b"\xff\xd8\xff") => Self::Jpeg,
            _ if at(0, b"GIF87a") || at(0, b"GIF89a") => Self::Gif,
            _ if at(0, b"RIFF") && at(8, b"WEBP") => Self::Webp,
            _ if at(0, b"RIFF") && at(8, b"WAVE") => Self::Wav,
            _ if at(4, b"ftyp") => Self::Mp4,
            _ if at(0, b"OggS") => Self::Ogg,
            _ if at(0, b"#!AMR") => Self::Amr,
            _ if at(0, b"BM") => Self::Bmp,
            _ if at(0, b"ID3") => Self::Mp3,
            // The frame sync of an MP3 without tags: eleven bits set, and a layer.
            [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => Self::Mp3,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Webp => "WebP",
            Self::Bmp => "BMP",
            Self::Mp4 => "MP4",
            Self::Silk | Self::TencentSilk => "SILK",
            Self::Mp3 => "MP3",
            Self::Wav => "WAV",
            Self::Ogg => "Ogg",
            Self::Amr => "AMR",
            Self::Other => "an unknown format",
        })
    }
}

/// How a file will be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fit {
    /// As what it is.
    Shown,
    /// As a plain file, because it is large.
    AsFile,
}

/// Why a file will not be taken. `Display` says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// Guilds take pictures by URL alone.
    #[error("files can be sent to people and groups; channels take pictures, by URL in the message itself")]
    Scene,
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is larger than the platform takes.
    #[error("the file has {size} bytes and the platform takes {limit}: make it smaller")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// Voice that is not SILK.
    #[error("voice has to be SILK and this is {0}: convert it to SILK (mono, 24 kHz), or send it as a file")]
    NotSilk(Format),
    /// A picture or video of a format that is not taken.
    #[error("this format is not taken for this kind and this is {0}: convert it, or send it as a file")]
    Format(Format),
}

/// Whether a file of this size is taken.
pub const fn fits(scene: Scene, kind: MediaKind, size: u64) -> Result<Fit, Unfit> {
    match scene {
        Scene::C2c | Scene::Group => {}
        Scene::Channel | Scene::Dm => return Err(Unfit::Scene),
    }
    let rules = size_rules(kind);
    if size == 0 {
        return Err(Unfit::Empty);
    }
    if size > rules.hard {
        return Err(Unfit::TooLarge { size, limit: rules.hard });
    }
    Ok(if size > rules.soft { Fit::AsFile } else { Fit::Shown })
}

/// Whether a file that begins with these bytes is taken as this kind.
pub fn fits_format(kind: MediaKind, head: &[u8]) -> Result<Format, Unfit> {
    let format = Format::of(head);
    let formats = size_rules(kind).formats;
    if formats.is_empty() || formats.contains(&format) {
        return Ok(format);
    }
    Err(if kind == MediaKind::Voice { Unfit::NotSilk(format) } else { Unfit::Format(format) })
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    /// The sheet of sizes, number by number, and each boundary.
    #[test]
    fn sizes_are_those_of_the_platform() {
        for (kind, number, soft, hard) in [
            (MediaKind::Image, 1, 20, 200),
            (MediaKind::Video, 2, 30, 200),
            (MediaKind::Voice, 3, 20, 200),
            (MediaKind::File, 4, 200, 200),
        ] {
            assert_eq!(FileKind::from(kind).code(), number);
            for scene in [Scene::C2c, Scene::Group] {
                let mb = 1024 * 1024;
                assert_eq!(fits(scene, kind, 0), Err(Unfit::Empty));
                assert_eq!(fits(scene, kind, 1), Ok(Fit::Shown));
                assert_eq!(fits(scene, kind, soft * mb), Ok(Fit::Shown));
                let beyond = fits(scene, kind, soft * mb + 1);
                assert_eq!(beyond.is_ok(), soft < hard, "{kind:?}");
                assert!(soft == hard || beyond == Ok(Fit::AsFile));
                let (size, limit) = (hard * mb + 1, hard * mb);
                assert_eq!(fits(scene, kind, size), Err(Unfit::TooLarge { size, limit }));
            }
            assert_eq!(fits(Scene::Channel, kind, 1), Err(Unfit::Scene));
            assert_eq!(fits(Scene::Dm, kind, 1), Err(Unfit::Scene));
        }
    }

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let rows: [(&[u8], Format); 16] = [
            (b"\x02#!SILK_V3\x0c", Format::TencentSilk),
            (b"#!SILK_V3\x0c\x00", Format::Silk),
            (b"\x02#!SILK_V", Format::Other),
            (b"\x89PNG\r\n\x1a\n\0\0", Format::Png),
            (b"\xff\xd8\xff\xe0", Format::Jpeg),
            (b"GIF89a..", Format::Gif),
            (b"RIFF\0\0\0\0WEBPVP8 ", Format::Webp),
            (b"RIFF\0\0\0\0WAVEfmt ", Format::Wav),
            (b"\0\0\0\x18ftypmp42", Format::Mp4),
            (b"OggS\0\x02", Format::Ogg),
            (b"#!AMR\n", Format::Amr),
            (b"BM\0\0", Format::Bmp),
            (b"ID3\x04", Format::Mp3),
            (b"\xff\xfb\x90", Format::Mp3),
            (b"\xff\xf1\x50", Format::Other),
            (b"", Format::Other),
        ];
        for (head, format) in rows {
            assert_eq!(Format::of(head), format, "{head:?}");
        }
    }

    #[test]
    fn voice_is_silk_or_told_what_to_do() {
        assert_eq!(fits_format(MediaKind::Voice, b"\x02#!SILK_V3"), Ok(Format::TencentSilk));
        assert_eq!(fits_format(MediaKind::Voice, b"#!SILK_V3"), Ok(Format::Silk));
        let error = fits_format(MediaKind::Voice, b"ID3\x04").unwrap_err();
        assert_eq!(
            error.to_string(),
            "voice has to be SILK and this is MP3: convert it to SILK (mono, 24 kHz), or send it as a file"
        );
        assert_eq!(fits_format(MediaKind::Image, b"OggS"), Err(Unfit::Format(Format::Ogg)));
        assert_eq!(fits_format(MediaKind::File, b"whatever"), Ok(Format::Other));
    }
}
