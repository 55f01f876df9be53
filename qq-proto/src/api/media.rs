//! Uploaded files as parts of messages. What was uploaded for one kind of place cannot be sent to the other.

use alloc::string::String;

macro_rules! media {
    ($($(#[$about:meta])* $name:ident)+) => { $(
        $(#[$about])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name {
            pub(super) file_info: String,
            pub(super) caption: Option<String>,
        }

        impl $name {
            /// From the `file_info` of an upload, which is opaque.
            pub fn new(file_info: impl Into<String>) -> Self {
                Self { file_info: file_info.into(), caption: None }
            }

            /// The same with text under it. Sent by SDKs, documented nowhere; of voice and files it is not known.
            #[must_use]
            pub fn caption(mut self, text: impl Into<String>) -> Self {
                self.caption = Some(text.into());
                self
            }
        }

        /// It is a key to the file.
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+ };
}

media! {
    /// A file for one-to-one chats.
    C2cMedia
    /// A file for groups.
    GroupMedia
}
