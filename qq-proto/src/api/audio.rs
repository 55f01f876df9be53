//! Sound in voice channels.

use alloc::string::String;

use crate::api::body::{Members, Object};
use crate::api::operation::operations;

/// What to do with the sound.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AudioControl {
    /// Play this.
    Start {
        /// Where it is.
        url: String,
        /// What is shown meanwhile.
        text: Option<String>,
    },
    /// Wait.
    Pause,
    /// Go on.
    Resume,
    /// End it.
    Stop,
}

impl AudioControl {
    /// Plays what is at this link.
    pub fn start(url: impl Into<String>) -> Self {
        Self::Start { url: url.into(), text: None }
    }

    /// Plays what is at this link and shows a text meanwhile.
    pub fn start_with_text(url: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Start { url: url.into(), text: Some(text.into()) }
    }
}

impl Members for AudioControl {
    fn put(&self, object: &mut Object) {
        let status = match self {
            Self::Start { url, text } => {
                object.put("audio_url", url);
                object.maybe("text", text.as_ref());
                0_u8
            }
            Self::Pause => 1,
            Self::Resume => 2,
            Self::Stop => 3,
        };
        object.put("status", &status);
    }
}

operations! { Audio;
    /// Plays, pauses, resumes or stops a sound.
    102 ControlAudio Post ["channels" channel_id, "audio"] => none {
        flags: AudioBots,
        parts {
            what: AudioControl
        }
    }

    /// Takes the microphone.
    103 TakeMic Put ["channels" channel_id, "mic"] => none {
        flags: AudioBots,
        repeat: Idempotent,
        always object
    }

    /// Leaves the microphone.
    104 LeaveMic Delete ["channels" channel_id, "mic"] => none {
        flags: AudioBots,
    }
}
