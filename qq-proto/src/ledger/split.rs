//! Cutting a long text into messages without hurting it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use unicode_segmentation::UnicodeSegmentation;

/// What the text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Markup {
    /// Plain text.
    #[default]
    Plain,
    /// Markdown: a code block that is cut is closed and opened again with its own first line.
    Markdown,
}

/// What to do with text for which there is no piece left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overflow<'a> {
    /// It stays in [`Split::rest`], to be held or thrown away by the caller.
    #[default]
    Keep,
    /// The same, and the last piece ends with this note on a line of its own.
    Note(&'a str),
}

/// How to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SplitLimits<'a> {
    /// Characters in one message at most. The platform's limit is not documented; 2048 is what is told, and 5000 has
    /// been seen to work.
    pub chars: usize,
    /// How many pieces there may be, usually [`Ledger::room`](super::Ledger::room).
    pub pieces: usize,
    /// What the text is.
    pub markup: Markup,
    /// What to do with the rest.
    pub overflow: Overflow<'a>,
}

impl SplitLimits<'_> {
    /// Pieces of at most 2048 characters, as many as needed.
    pub const DEFAULT: Self =
        Self { chars: 2048, pieces: usize::MAX, markup: Markup::Plain, overflow: Overflow::Keep };
}

/// One message of a text that was cut. `Display` gives what to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The first line of a code block that goes on in this piece.
    head: String,
    own: &'a str,
    /// The end of a code block that goes on in the next piece, and the note.
    tail: String,
}

impl<'a> Piece<'a> {
    /// The part of the text in it, without what was added. Put together, these parts are the text.
    pub const fn own(&self) -> &'a str {
        self.own
    }

    /// Whether there is nothing to see in it; the platform refuses such messages.
    pub fn is_blank(&self) -> bool {
        self.own.trim().is_empty()
    }
}

impl fmt::Display for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [self.head.as_str(), self.own, self.tail.as_str()] {
            f.write_str(part)?;
        }
        Ok(())
    }
}

/// People's texts do not belong into logs.
impl fmt::Debug for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Piece({} bytes)", self.own.len())
    }
}

/// A text that was cut.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split<'a> {
    /// What to send, in this order.
    pub pieces: Vec<Piece<'a>>,
    /// What did not fit into the pieces; empty if everything did.
    pub rest: &'a str,
}

impl fmt::Debug for Split<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Split")
            .field("pieces", &self.pieces)
            .field("rest", &format_args!("{} bytes", self.rest.len()))
            .finish()
    }
}

/// Cuts a text into pieces of at most [`SplitLimits::chars`] characters, additions included.
///
/// Nothing is lost: the pieces' own parts and the rest are the text. It is cut, in this order of preference, at an empty
/// line, at the end of a line, after a blank or a Chinese full stop, and between what a reader sees as characters: a
/// flag or a family emoji stays whole unless it alone is larger than a piece.
pub fn split<'a>(text: &'a str, limits: SplitLimits<'_>) -> Split<'a> {
    let mut pieces = Vec::new();
    let mut rest = text;
    if limits.chars == 0 {
        return Split { pieces, rest };
    }
    let mut scan = Scan { fence: None, mid_line: false, plain: limits.markup == Markup::Plain };
    let mut before = None;
    while !rest.is_empty() && pieces.len() < limits.pieces {
        before = Some((rest, scan));
        let cut = scan.cut(rest, limits.chars);
        pieces.push(cut.piece);
        rest = cut.rest;
        scan = cut.scan;
    }
    if let (Overflow::Note(note), false, Some((from, scan))) = (limits.overflow, rest.is_empty(), before) {
        // The last piece again, shorter by the note.
        let room = limits.chars.saturating_sub(note.chars().count() + 1);
        if room > 0 {
            let mut cut = scan.cut(from, room);
            if !cut.piece.tail.is_empty() || !cut.piece.own.ends_with('\n') {
                cut.piece.tail.push('\n');
            }
            cut.piece.tail.push_str(note);
            pieces.pop();
            pieces.push(cut.piece);
            rest = cut.rest;
        }
    }
    Split { pieces, rest }
}

/// A code block that is open.
#[derive(Clone, Copy)]
struct Fence<'a> {
    mark: char,
    length: usize,
    /// Its first line, without the line end.
    line: &'a str,
}

impl<'a> Fence<'a> {
    /// The marks at the beginning of a line, and what follows them.
    fn marks(line: &'a str) -> Option<(char, usize, &'a str)> {
        let bare = line.trim_start_matches(' ');
        if line.len() - bare.len() > 3 {
            return None;
        }
        let mark = bare.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let after = bare.trim_start_matches(mark);
        let length = bare.len() - after.len();
        (length >= 3).then_some((mark, length, after))
    }

    /// The block that is open after this line.
    fn after(open: Option<Self>, line: &'a str) -> Option<Self> {
        let line = line.trim_end_matches(['\n', '\r']);
        let Some((mark, length, info)) = Self::marks(line) else {
            return open;
        };
        match open {
            Some(fence) if fence.mark == mark && length >= fence.length && info.trim().is_empty() => None,
            Some(fence) => Some(fence),
            // Backticks in the same line are code inside a line.
            None if mark == '`' && info.contains('`') => None,
            None => Some(Self { mark, length, line }),
        }
    }

    fn head(&self) -> String {
        let mut head = String::from(self.line);
        head.push('\n');
        head
    }

    fn tail(&self, own: &str) -> String {
        let mut tail = String::new();
        if !own.ends_with('\n') {
            tail.push('\n');
        }
        tail.extend(core::iter::repeat_n(self.mark, self.length));
        tail
    }

    /// What opening it again and closing it costs at most, in characters.
    fn cost(&self) -> usize {
        self.line.chars().count() + 1 + self.length + 1
    }
}

/// Where the cutting stands.
#[derive(Clone, Copy)]
struct Scan<'a> {
    fence: Option<Fence<'a>>,
    /// The last cut was inside a line: what follows is no beginning of one.
    mid_line: bool,
    /// Code blocks are not looked at.
    plain: bool,
}

struct Cut<'a> {
    piece: Piece<'a>,
    rest: &'a str,
    scan: Scan<'a>,
}

/// A place to cut, in bytes, with what is known there.
#[derive(Clone, Copy)]
struct Place<'a> {
    at: usize,
    /// Characters up to there.
    count: usize,
    fence: Option<Fence<'a>>,
}

impl<'a> Scan<'a> {
    /// The next piece: at most `room` characters, at least one.
    fn cut(mut self, text: &'a str, room: usize) -> Cut<'a> {
        // A block whose own marks leave no place for text is not opened again.
        if self.fence.is_some_and(|fence| fence.cost() >= room) {
            self = Self { fence: None, plain: true, ..self };
        }
        let head = self.fence.map(|fence| fence.head()).unwrap_or_default();
        let room = room.saturating_sub(head.chars().count());
        if text.chars().nth(room).is_none() {
            let piece = Piece { head, own: text, tail: String::new() };
            return Cut { piece, rest: "", scan: self };
        }
        let place = self.lines(text, room).unwrap_or_else(|line| self.inside(text, line, room));
        let (own, rest) = text.split_at_checked(place.at).unwrap_or((text, ""));
        let tail = match place.fence {
            Some(fence) if !rest.is_empty() => fence.tail(own),
            Some(_) | None => String::new(),
        };
        let mid_line = !own.ends_with('\n');
        let scan = Self { fence: place.fence, mid_line, ..self };
        Cut { piece: Piece { head, own, tail }, rest, scan }
    }

    /// The best end of a line; or the line that is too long, if a piece that ends before it were too short.
    fn lines(&self, text: &'a str, room: usize) -> Result<Place<'a>, Place<'a>> {
        let mut here = Place { at: 0, count: 0, fence: self.fence };
        let (mut line_end, mut empty_line) = (None::<Place<'a>>, None::<Place<'a>>);
        let mut lines = text.split_inclusive('\n').peekable();
        let mut first = true;
        while let Some(line) = lines.next() {
            let before = here.fence;
            let count = here.count + line.chars().count();
            let fence =
                if self.plain || (first && self.mid_line) { before } else { Fence::after(before, line) };
            let cost = fence.map_or(0, |fence| fence.length);
            if count + cost > room || lines.peek().is_none() {
                break;
            }
            first = false;
            here = Place { at: here.at + line.len(), count, fence };
            let next = lines.peek().copied().unwrap_or_default();
            // A block with nothing in it would be left on one side or the other.
            let opens = before.is_none() && fence.is_some();
            let closes = fence.is_some() && Fence::after(fence, next).is_none();
            if !opens && !closes {
                line_end = Some(here);
                if fence.is_none() && (line.trim().is_empty() || next.trim().is_empty()) {
                    empty_line = Some(here);
                }
            }
        }
        // Messages are few: a piece that is half empty is worse than a line that is cut.
        let full = |place: &Place<'a>, part: usize| place.count >= room.saturating_mul(part) / 4;
        empty_line.filter(|place| full(place, 3)).or(line_end.filter(|place| full(place, 2))).ok_or(here)
    }

    /// A place inside the line that begins at `from`.
    fn inside(mut self, text: &'a str, from: Place<'a>, room: usize) -> Place<'a> {
        let line = text.get(from.at..).unwrap_or_default();
        let mut fence = from.fence;
        let marks =
            |text: &str| !self.plain && Fence::marks(text.lines().next().unwrap_or_default()).is_some();
        // The first line of a block is not cut, and neither is its last.
        if from.count > 0 && marks(line) {
            return from;
        }
        let cost = |fence: Option<Fence<'a>>| fence.map_or(0, |fence| fence.length + 1);
        if from.count + cost(fence) >= room {
            if from.count > 0 && from.count + fence.map_or(0, |fence| fence.length) <= room {
                return from;
            }
            fence = None;
            self.plain = true;
        }
        let room = room.saturating_sub(from.count + cost(fence));
        let (mut at, mut count) = (0, 0);
        let (mut any, mut word) = (None, None);
        for part in line.graphemes(true) {
            let length = part.chars().count();
            if count + length > room {
                break;
            }
            at += part.len();
            count += length;
            let rest = line.get(at..).unwrap_or_default();
            // What follows must not look like the first or last line of a block.
            if !self.plain && Fence::marks(rest.lines().next().unwrap_or_default()).is_some() {
                continue;
            }
            any = Some((at, count));
            let end = part.chars().next_back().unwrap_or_default();
            if (end.is_whitespace() || "。！？；，、…".contains(end)) && count >= room / 2 {
                word = any;
            }
        }
        let (at, count) = word.or(any).unwrap_or_else(|| {
            // One character for a reader, and larger than a piece.
            let taken = line.chars().take(room.max(1));
            (taken.clone().map(char::len_utf8).sum(), taken.count())
        });
        Place { at: from.at + at, count: from.count + count, fence }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, chars: usize, markup: Markup) -> Vec<String> {
        let split = split(text, SplitLimits { chars, markup, ..SplitLimits::DEFAULT });
        assert_eq!(split.rest, "");
        split.pieces.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn cuts_where_a_reader_would() {
        let plain = |text, chars| cut(text, chars, Markup::Plain);
        assert_eq!(plain("", 10), Vec::<String>::new());
        assert_eq!(plain("short", 10), ["short"]);
        assert_eq!(plain("one two three", 10), ["one two ", "three"]);
        assert_eq!(plain("first line\nsecond line", 15), ["first line\n", "second line"]);
        assert_eq!(plain("12345678\n\nabcde\nx", 12), ["12345678\n\n", "abcde\nx"]);
        assert_eq!(plain("今天天气很好。我们去公园吧", 10), ["今天天气很好。", "我们去公园吧"]);
        // A line that is cut, rather than a piece that is nearly empty.
        assert_eq!(plain("a\nbbbbbbbbbbbb", 10), ["a\nbbbbbbbb", "bbbb"]);
    }

    #[test]
    fn what_is_one_character_to_a_reader_stays_whole() {
        let family = "👨‍👩‍👧‍👦";
        assert_eq!(family.chars().count(), 7);
        assert_eq!(cut(&["abcd", family].concat(), 8, Markup::Plain), ["abcd", family]);
        assert_eq!(cut("🇨🇳🇯🇵🇰🇷", 3, Markup::Plain), ["🇨🇳", "🇯🇵", "🇰🇷"]);
        assert_eq!(cut("e\u{301}e\u{301}", 3, Markup::Plain), ["e\u{301}", "e\u{301}"]);
        // Larger than a piece: there is no other way.
        assert_eq!(cut(family, 3, Markup::Plain).concat(), family);
    }

    #[test]
    fn a_code_block_is_closed_and_opened_again() {
        let text = "Look:\n```rust\nlet a = 1;\nlet b = 2;\nlet c = 3;\n```\nDone.";
        assert_eq!(
            cut(text, 40, Markup::Markdown),
            ["Look:\n```rust\nlet a = 1;\nlet b = 2;\n```", "```rust\nlet c = 3;\n```\nDone."]
        );
        // Tildes, longer marks, marks that do not close, and code inside a line.
        assert_eq!(
            cut("~~~~a\n```\nxxxxxxxx\nyyyyyyyy\n~~~~", 25, Markup::Markdown),
            ["~~~~a\n```\nxxxxxxxx\n~~~~", "~~~~a\nyyyyyyyy\n~~~~"]
        );
        assert_eq!(cut("```a` b\nccc", 8, Markup::Markdown), ["```a` b\n", "ccc"]);
        // In plain text they are nothing special.
        assert_eq!(cut("```\naaaa\nbbbb", 10, Markup::Plain), ["```\naaaa\n", "bbbb"]);
    }

    #[test]
    fn a_long_line_of_code_is_cut_inside_its_block() {
        let text = "```\naaaaaaaaaaaaaaaaaaaa\n```";
        let pieces = cut(text, 18, Markup::Markdown);
        assert_eq!(pieces, ["```\naaaaaaaaaa\n```", "```\naaaaaaaaaa\n```"]);
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let limits = SplitLimits { chars: 10, pieces: 2, ..SplitLimits::DEFAULT };
        let text = "one two three four five six seven";
        let kept = split(text, limits);
        assert_eq!(kept.pieces.len(), 2);
        assert_eq!(kept.rest, "four five six seven");
        let noted = split(text, SplitLimits { overflow: Overflow::Note("(..)"), ..limits });
        assert_eq!(
            noted.pieces.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["one two ", "three\n(..)"]
        );
        assert_eq!(noted.rest, " four five six seven");
        assert_eq!(split(text, SplitLimits { pieces: 0, ..limits }).rest, text);
        assert_eq!(split(text, SplitLimits { chars: 0, ..limits }).rest, text);
        assert!(!alloc::format!("{kept:?}").contains("one"));
    }

    fn texts() -> impl Strategy<Value = String> {
        let bits = vec![
            "word ",
            "a",
            "\n",
            "\n\n",
            "```",
            "```rust\n",
            "```\n",
            "~~~\n",
            "~~~~",
            "    ",
            "今天。",
            "👨‍👩‍👧‍👦",
            "🇨🇳",
            "e\u{301}",
            "\r\n",
            "`x`",
            "longlonglonglonglong",
            "\u{200d}",
        ];
        prop::collection::vec(prop::sample::select(bits), 0..80).prop_map(|bits| bits.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 512 }))]

        #[test]
        fn nothing_is_lost_and_no_piece_is_too_long(
            text in texts(),
            chars in 1_usize..60,
            pieces in 0_usize..40,
            markdown: bool,
            note: bool,
        ) {
            let limits = SplitLimits {
                chars,
                pieces,
                markup: if markdown { Markup::Markdown } else { Markup::Plain },
                overflow: if note { Overflow::Note("(more)") } else { Overflow::Keep },
            };
            let split = split(&text, limits);
            let mut all: String = split.pieces.iter().map(Piece::own).collect();
            all.push_str(split.rest);
            prop_assert_eq!(&all, &text);
            prop_assert!(split.pieces.len() <= pieces);
            for piece in &split.pieces {
                let shown = piece.to_string();
                prop_assert!(shown.chars().count() <= chars, "{} of {chars}: {shown:?}", shown.chars().count());
                prop_assert!(!piece.own().is_empty());
            }
            if pieces >= text.chars().count() {
                prop_assert_eq!(split.rest, "");
            }
        }

        /// With room for the marks, each piece by itself has as many blocks opened as closed.
        #[test]
        fn blocks_are_whole_in_each_piece(
            lines in prop::collection::vec("[a-z ]{0,12}", 1..30),
            every in 2_usize..6,
            chars in 40_usize..80,
        ) {
            let mut text = String::new();
            let mut open = false;
            for (at, line) in lines.iter().enumerate() {
                if at % every == 0 {
                    text.push_str(if open { "```\n" } else { "```rust\n" });
                    open = !open;
                }
                text.push_str(line);
                text.push('\n');
            }
            if open {
                text.push_str("```\n");
            }
            for piece in cut(&text, chars, Markup::Markdown) {
                let mut fence = None;
                for line in piece.split_inclusive('\n') {
                    fence = Fence::after(fence, line);
                }
                prop_assert!(fence.is_none(), "{piece}");
            }
        }
    }
}
