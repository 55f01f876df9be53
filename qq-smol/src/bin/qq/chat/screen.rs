//! What is printed: who speaks stands in front of each line.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};

use serde_json::{Value, json};

use crate::failure::Failure;
use crate::news::visible;

/// The side that a line comes from, other than a scene.
pub(crate) const PLATFORM: &str = "platform";
pub(crate) const LINK: &str = "link";
pub(crate) const CHAT: &str = "chat";

/// The standard output.
#[derive(Debug)]
pub(crate) struct Screen {
    form: Form,
    dims: bool,
    /// The prompt that the cursor stands behind.
    prompted: bool,
}

/// For whom one prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A machine that wants objects.
    Json,
    /// A file, a pipe, or a terminal on which nobody types.
    Plain,
    /// A person who types: there are prompts.
    Typed,
}

impl Screen {
    pub(crate) fn new(json: bool) -> Self {
        let shown = io::stdout().is_terminal() && !json;
        let form = if json {
            Form::Json
        } else if shown && io::stdin().is_terminal() {
            Form::Typed
        } else {
            Form::Plain
        };
        let dims = shown && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { form, dims, prompted: false }
    }

    /// Whether lines are typed, which the terminal shows by itself.
    pub(crate) fn is_typed(&self) -> bool {
        self.form == Form::Typed
    }

    /// Something that was said.
    pub(crate) fn said(&mut self, scene: &str, who: &str, text: &str) -> Result<(), Failure> {
        if self.form == Form::Json {
            return self.object(&json!({"at": scene, "from": who, "text": text}));
        }
        self.line(format_args!("[{scene}] {}: {}", visible(who), visible(text)))
    }

    /// News of the link, and whatever else is no conversation.
    pub(crate) fn news(&mut self, side: &str, text: &str) -> Result<(), Failure> {
        if self.form == Form::Json {
            return self.object(&json!({"at": side, "text": text}));
        }
        // What nobody asked for stands back.
        let dims = self.dims && (side == PLATFORM || side == LINK);
        let (dim, plain) = if dims { ("\u{1b}[2m", "\u{1b}[0m") } else { ("", "") };
        for text in text.lines() {
            self.line(format_args!("{dim}[{side}] {}{plain}", visible(text)))?;
        }
        Ok(())
    }

    /// Facts: for people line by line, for machines as they are.
    pub(crate) fn facts(&mut self, side: &str, text: &str, value: &Value) -> Result<(), Failure> {
        if self.form == Form::Json {
            return self.object(&json!({"at": side, "state": value}));
        }
        self.news(side, text)
    }

    /// Asks for the next line, if a person types and is not being asked already.
    pub(crate) fn prompt(&mut self, scene: &str) -> Result<(), Failure> {
        if !self.is_typed() || self.prompted {
            return Ok(());
        }
        self.prompted = true;
        let mut out = io::stdout().lock();
        let shown = write!(out, "[{scene}] you: ").and_then(|()| out.flush());
        shown.map_err(|error| Failure::output(&error))
    }

    /// A line was typed: the cursor stands at the beginning of the next one.
    pub(crate) fn was_typed(&mut self) {
        self.prompted = false;
    }

    /// The cursor goes to a fresh line.
    pub(crate) fn leave_prompt(&mut self) -> Result<(), Failure> {
        if !self.prompted {
            return Ok(());
        }
        self.prompted = false;
        writeln!(io::stdout()).map_err(|error| Failure::output(&error))
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) -> Result<(), Failure> {
        // News take the place of a prompt.
        let back = if self.prompted { "\r\u{1b}[K" } else { "" };
        self.prompted = false;
        let mut out = io::stdout().lock();
        let shown = writeln!(out, "{back}{line}").and_then(|()| out.flush());
        shown.map_err(|error| Failure::output(&error))
    }

    fn object(&mut self, value: &Value) -> Result<(), Failure> {
        self.line(format_args!("{value}"))
    }
}
