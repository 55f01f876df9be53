//! One message of a stream.

use alloc::string::String;

use unicode_segmentation::UnicodeSegmentation;

use super::StreamForm;
use crate::api::ReplyTo;

/// One message that is being streamed.
pub(super) struct Bubble {
    pub(super) reply_to: ReplyTo,
    pub(super) seq: u32,
    /// The platform's name of the stream, known from the reply to its first piece.
    pub(super) id: Option<String>,
    /// Of the next piece.
    pub(super) index: u32,
    /// Text up to here is shown, or may be.
    pub(super) sent: usize,
    /// The last piece has been decided: the message ends here.
    pub(super) closing: Option<usize>,
    pub(super) doubt: Doubt,
    pub(super) chars: usize,
}

/// What is not known of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    Nothing,
    /// Whether its first piece arrived.
    First,
    /// Whether a piece in between arrived.
    Piece,
    /// Whether its last piece arrived, so that it is closed.
    Last,
}

impl Bubble {
    /// What arrived is not known, and the next piece would build upon it: it tells all of it anew.
    pub(super) fn anew(&self, form: StreamForm) -> bool {
        form == StreamForm::Pieces && self.id.is_some() && self.doubt != Doubt::Nothing
    }
}

/// Where a message of at most `chars` characters ends, if the text is longer: after a line, else after a blank, else
/// between what a reader sees as characters; in its second half, and not before `shown`.
pub(super) fn cut(text: &str, chars: usize, shown: usize) -> Option<usize> {
    let (most, _) = text.char_indices().nth(chars)?;
    let least = text.char_indices().nth(chars / 2).map_or(0, |(at, _)| at).max(shown);
    let room = text.get(..most)?;
    let fits = |at: &usize| *at >= least && *at > 0;
    let line = room.rfind('\n').map(|at| at + 1).filter(fits);
    let blank = || {
        let (at, blank) = room.char_indices().rev().find(|(_, c)| c.is_whitespace())?;
        Some(at + blank.len_utf8()).filter(fits)
    };
    let whole = || {
        let ends = text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at <= most);
        ends.last().filter(fits)
    };
    Some(line.or_else(blank).or_else(whole).unwrap_or(most.max(shown)))
}
