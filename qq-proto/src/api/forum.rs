//! Forums of guilds.

use alloc::string::String;

use crate::api::body::{Members, Object};
use crate::api::invalid::{Flaw, Invalid, unless};
use crate::api::operation::operations;
use crate::model::record::{codes, record};
use crate::model::{ForumThread, List, Str, Time};

codes! {
    /// How the content of a thread is written.
    ThreadFormat {
        /// As plain text.
        1 => Text,
        /// As HTML.
        2 => Html,
        /// As Markdown.
        3 => Markdown,
        /// As rich text: JSON in a text.
        4 => Json,
    }
}

record! {
    /// The threads of a forum. The documents name no way to get more than these.
    Threads {
        /// The threads.
        "threads" => threads: List<'a, ForumThread<'a>>,
        /// 1 if these are all.
        "is_finish" => is_finish: Option<i64>,
    }

    /// Something that is being published; the result comes as `FORUM_PUBLISH_AUDIT_RESULT`.
    Published {
        /// Its task: what the result names.
        "task_id" => task_id: Str<'a>,
        /// When: seconds.
        "create_time" => create_time: Time<'a>,
    }
}

/// What a thread says.
#[derive(Clone, PartialEq, Eq)]
pub struct ThreadContent {
    format: ThreadFormat,
    text: String,
}

impl ThreadContent {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { format: ThreadFormat::Text, text: text.into() }
    }

    /// HTML.
    pub fn html(html: impl Into<String>) -> Self {
        Self { format: ThreadFormat::Html, text: html.into() }
    }

    /// Markdown.
    pub fn markdown(markdown: impl Into<String>) -> Self {
        Self { format: ThreadFormat::Markdown, text: markdown.into() }
    }

    /// Rich text: the JSON of an object with `paragraphs`, whose form is that of
    /// [`RichDocument`](crate::model::RichDocument).
    pub fn json(json: impl Into<String>) -> Self {
        Self { format: ThreadFormat::Json, text: json.into() }
    }
}

/// What is said does not belong into logs.
impl core::fmt::Debug for ThreadContent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "ThreadContent({:?}, {} bytes)", self.format, self.text.len())
    }
}

impl Members for ThreadContent {
    fn put(&self, object: &mut Object) {
        object.put("content", &self.text);
        object.put("format", &self.format);
    }

    fn check(&self) -> Result<(), Invalid> {
        unless(self.text.is_empty(), "content", Flaw::Empty)
    }
}

operations! { Forum;
    /// Reads the threads of a forum.
    105 ListThreads Get ["channels" channel_id, "threads"] => one Threads {
        flags: PrivateDomain,
    }

    /// Reads a thread.
    106 GetThread Get ["channels" channel_id, "threads" thread_id] => inside ForumThread ("thread") {
        flags: PrivateDomain,
    }

    /// Publishes a thread. It appears later; `FORUM_PUBLISH_AUDIT_RESULT` says what became of it.
    107 CreateThread Put ["channels" channel_id, "threads"] => one Published {
        flags: PrivateDomain,
        check: thread,
        needs {
            "title" => title: String,
        }
        parts {
            content: ThreadContent
        }
    }

    /// Deletes a thread.
    108 DeleteThread Delete ["channels" channel_id, "threads" thread_id] => none {
        flags: PrivateDomain,
    }

    /// Comments on a thread.
    109 CommentThread Post ["channels" channel_id, "threads" thread_id, "comment"] => one Published {
        flags: PrivateDomain SingleSource,
        check: comment,
        needs {
            "thread_author" => thread_author: String,
            "content" => content: String,
        }
        body {
            /// When the thread was opened: seconds.
            "thread_create_time" => thread_create_time: String,
            /// A picture.
            "image" => image: String,
        }
    }
}

fn thread(call: &CreateThread) -> Result<(), Invalid> {
    unless(call.title.is_empty(), "title", Flaw::Empty)?;
    call.content.check()
}

fn comment(call: &CommentThread) -> Result<(), Invalid> {
    unless(call.content.is_empty(), "content", Flaw::Empty)
}
