//! What is to be sent, and the call that sends it.

use qq_proto::api::{
    C2cMedia, C2cMessage, CallError, ChannelMessage, GroupMedia, GroupMessage, ImageFile, Invalid, Scene,
    SendC2c, SendChannel, SendDm, SendGroup, Trigger,
};
use qq_proto::media::{Format, MediaKind};
use qq_proto::{ApiRequest, Call, Why};
use qq_smol::{Bot, CallFailed};

/// A message, from the command line.
pub(super) struct Letter {
    pub(super) scene: Scene,
    pub(super) target: String,
    pub(super) text: Option<String>,
    pub(super) markdown: Option<String>,
    pub(super) attachment: Option<Attachment>,
    pub(super) trigger: Option<Trigger>,
    pub(super) seq: u32,
}

/// A picture or file.
pub(super) struct Attachment {
    pub(super) kind: MediaKind,
    pub(super) name: Option<String>,
    pub(super) from: Origin,
}

/// Where it is.
pub(super) enum Origin {
    Url(String),
    File { path: String, size: u64, format: Format },
}

/// What a message in guilds shows.
pub(super) enum Picture {
    Url(String),
    File(ImageFile),
}

/// The call.
pub(super) enum Send {
    C2c(SendC2c),
    Group(SendGroup),
    Channel(SendChannel),
    Dm(SendDm),
}

/// What the platform said to a message that it took.
#[derive(Default)]
pub(super) struct Receipt {
    pub(super) id: Option<String>,
    pub(super) timestamp: Option<String>,
    pub(super) ref_idx: Option<String>,
    pub(super) audit_id: Option<String>,
    pub(super) delivered_before: bool,
}

/// Why nothing was sent, or nobody knows.
pub(super) enum Trouble {
    Refused(Why),
    Failed(CallError),
}

impl Letter {
    /// Whether files are uploaded before they are sent.
    pub(super) const fn uploads(&self) -> bool {
        matches!(self.scene, Scene::C2c | Scene::Group) && self.attachment.is_some()
    }

    /// The call for a person or a group, with the file that was uploaded for it.
    pub(super) fn to_people(&self, file_info: Option<&str>) -> Send {
        let text = || self.text.clone().unwrap_or_default();
        macro_rules! message {
            ($message:ident, $media:ident) => {{
                let message = if let Some(file_info) = file_info {
                    let media = $media::new(file_info);
                    $message::media(if self.text.is_some() { media.caption(text()) } else { media })
                } else if let Some(markdown) = &self.markdown {
                    $message::markdown(markdown.as_str())
                } else {
                    $message::text(text())
                };
                match &self.trigger {
                    Some(trigger) => message.answer(trigger.clone()).msg_seq(self.seq),
                    None => message,
                }
            }};
        }
        if self.scene == Scene::Group {
            Send::Group(SendGroup::new(&self.target, message!(GroupMessage, GroupMedia)))
        } else {
            Send::C2c(SendC2c::new(&self.target, message!(C2cMessage, C2cMedia)))
        }
    }

    /// The call for a channel or a private session.
    pub(super) fn to_guild(&self, picture: Option<Picture>) -> Send {
        let mut message = ChannelMessage::new();
        if let Some(markdown) = &self.markdown {
            message = ChannelMessage::markdown(markdown.as_str());
        }
        if let Some(text) = &self.text {
            message = message.with_text(text);
        }
        message = match picture {
            Some(Picture::Url(url)) => message.with_image(url),
            Some(Picture::File(file)) => message.with_image_file(file),
            None => message,
        };
        if let Some(trigger) = &self.trigger {
            message = message.answer(trigger.clone());
        }
        if self.scene == Scene::Dm {
            Send::Dm(SendDm::new(&self.target, message))
        } else {
            Send::Channel(SendChannel::new(&self.target, message))
        }
    }
}

impl Send {
    /// The request, and whether it keeps the rules that are known beforehand.
    pub(super) fn request(&self) -> (ApiRequest, Result<(), Invalid>) {
        match self {
            Self::C2c(call) => (call.request(), call.check()),
            Self::Group(call) => (call.request(), call.check()),
            Self::Channel(call) => (call.request(), call.check()),
            Self::Dm(call) => (call.request(), call.check()),
        }
    }

    pub(super) async fn send(self, bot: &Bot) -> Result<Receipt, Trouble> {
        match self {
            Self::C2c(call) => bot.call(call).await.map(Receipt::from).map_err(Trouble::from),
            Self::Group(call) => bot.call(call).await.map(Receipt::from).map_err(Trouble::from),
            Self::Channel(call) => bot.call(call).await.map(Receipt::from).map_err(Trouble::from),
            Self::Dm(call) => bot.call(call).await.map(Receipt::from).map_err(Trouble::from),
        }
    }
}

impl From<qq_proto::Sent> for Receipt {
    fn from(sent: qq_proto::Sent) -> Self {
        Self {
            id: sent.id,
            timestamp: sent.timestamp,
            ref_idx: sent.ref_idx,
            audit_id: sent.audit_id,
            delivered_before: sent.delivered_before,
        }
    }
}

impl From<qq_proto::model::Message<'static>> for Receipt {
    fn from(message: qq_proto::model::Message<'static>) -> Self {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Self {
            id: text(message.id.as_str()),
            timestamp: text(&message.timestamp.to_string()),
            ..Self::default()
        }
    }
}

impl<C> From<CallFailed<C>> for Trouble {
    fn from(failed: CallFailed<C>) -> Self {
        match failed {
            CallFailed::Refused(refused) => Self::Refused(refused.why),
            CallFailed::Failed(error) => Self::Failed(error),
            // Nobody has replied to an event here.
            CallFailed::NotAnswerable => Self::Failed(CallError::Stopped),
        }
    }
}
