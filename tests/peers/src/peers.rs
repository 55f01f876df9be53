//! What a user would use instead: for each, its own way from the text of a frame to the typed event. Where a private
//! function of it does the work, its calls are repeated here with its public types.
//!
//! What they also do on that way and is not counted: channels between tasks, logging, locks.

use botrs::models::gateway::GatewayEvent;
use qqbot_rust_sdk::events::c2c::event::C2cEvent;
use qqbot_rust_sdk::events::group::event::GroupEvent;
use qqbot_rust_sdk::events::guild::event::GuildEvent;
use qqbot_rust_sdk::events::payload::event::Event;
use qqbot_rust_sdk::events::payload::payload::{DispatchPayload, HeartbeatAckPayload};
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::Value;
use serde_json::value::RawValue;
use twilight_model::gateway::event::{DispatchEvent, GatewayEvent as DiscordEvent, GatewayEventDeserializer};

use crate::ours::Bot;
use crate::samples::Frame;

/// `Gateway::handle_message_content` reads the envelope with the payload as a `Value`; `Client::handle_event` makes the
/// type of a clone of that `Value` and gives it the event's id.
pub fn botrs(_: &mut Bot, frame: &Frame) -> usize {
    fn parse<T: DeserializeOwned>(event: &GatewayEvent) -> (T, String) {
        let data = event.data.as_ref().expect("d");
        let id = event.id.clone().unwrap_or_default();
        (serde_json::from_value(data.clone()).expect("a good payload"), id)
    }
    let event: GatewayEvent = serde_json::from_str(&frame.text).expect("a good frame");
    // Its gateway looks at the op first and is done with everything but dispatches.
    if event.opcode != 0 {
        return 0;
    }
    let name = event.event_type.as_deref().map(str::to_ascii_uppercase);
    match name.as_deref() {
        Some("C2C_MESSAGE_CREATE") => {
            let (mut value, id) = parse::<botrs::C2CMessage>(&event);
            value.event_id = Some(id);
            value.content.as_deref().map_or(0, str::len)
        }
        Some("GROUP_AT_MESSAGE_CREATE") => {
            let (mut value, id) = parse::<botrs::GroupMessage>(&event);
            value.event_id = Some(id);
            value.content.as_deref().map_or(0, str::len)
        }
        Some("AT_MESSAGE_CREATE") => {
            let (mut value, id) = parse::<botrs::Message>(&event);
            value.event_id = Some(id);
            value.content.as_deref().map_or(0, str::len)
        }
        Some("GUILD_CREATE") => {
            let data = event.data.as_ref().expect("d");
            let value: botrs::Guild = serde_json::from_value(data.clone()).expect("a good payload");
            value.name.len()
        }
        other => panic!("not one of the samples: {other:?}"),
    }
}

/// Types only, no connection: the frame is read as its payload type, as its users do; by the op for the acknowledgement,
/// for which its public enum of payloads has no variant.
pub fn qqbot_rust_sdk(_: &mut Bot, frame: &Frame) -> usize {
    if frame.text.len() < 16 {
        let _: HeartbeatAckPayload = serde_json::from_str(&frame.text).expect("a good frame");
        return 0;
    }
    let payload: DispatchPayload = serde_json::from_str(&frame.text).expect("a good frame");
    let content = match &payload.event {
        Event::C2cEvent(C2cEvent::C2cMessageCreate(message)) => &message.content,
        Event::GroupEvent(GroupEvent::GroupAtMessageCreate(message)) => &message.content,
        Event::GuildEvent(GuildEvent::AtMessageCreate(message)) => &message.content,
        Event::GuildEvent(GuildEvent::GuildCreate(guild)) => &guild.name,
        other => panic!("not one of the samples: {other:?}"),
    };
    content.as_deref().map_or(0, str::len)
}

/// The calls of `twilight_gateway::parse`: a scan for op and name, then the whole frame as the event with that name.
/// Its shard scans each frame once more before that, which is left out.
pub fn twilight(_: &mut Bot, frame: &Frame) -> usize {
    let seed = GatewayEventDeserializer::from_json(&frame.text).expect("a good frame");
    let mut json = serde_json::Deserializer::from_str(&frame.text);
    match seed.deserialize(&mut json).expect("a good payload") {
        DiscordEvent::HeartbeatAck => 0,
        DiscordEvent::Dispatch(_, DispatchEvent::MessageCreate(message)) => message.content.len(),
        DiscordEvent::Dispatch(_, DispatchEvent::GuildCreate(guild)) => match *guild {
            twilight_model::gateway::payload::incoming::GuildCreate::Available(guild) => guild.name.len(),
            twilight_model::gateway::payload::incoming::GuildCreate::Unavailable(_) => 0,
        },
        other => panic!("not one of the samples: {other:?}"),
    }
}

/// No types at all.
pub fn value(_: &mut Bot, frame: &Frame) -> usize {
    let value: Value = serde_json::from_str(&frame.text).expect("a good frame");
    let d = &value["d"];
    d["content"].as_str().or_else(|| d["name"].as_str()).map_or(0, str::len)
}

#[derive(Deserialize)]
struct Envelope<'a> {
    op: u64,
    #[serde(default)]
    s: u64,
    #[serde(borrow, default)]
    t: &'a str,
    #[serde(borrow, default)]
    id: &'a str,
    #[serde(borrow, default)]
    d: Option<&'a RawValue>,
}

/// The envelope alone, borrowed, the payload passed over by serde.
pub fn raw_value(_: &mut Bot, frame: &Frame) -> usize {
    let envelope: Envelope<'_> = serde_json::from_str(&frame.text).expect("a good frame");
    let d = envelope.d.map_or(0, |d| d.get().len());
    usize::try_from(envelope.op + envelope.s).unwrap_or(0) + envelope.t.len() + envelope.id.len() + d
}

/// The least that could be done: the envelope in the one order that is sent, without a check, up to the payload.
pub fn floor(_: &mut Bot, frame: &Frame) -> usize {
    fn text<'a>(rest: &mut &'a [u8], lead: &[u8]) -> Option<&'a [u8]> {
        let after = rest.strip_prefix(lead)?;
        let (text, behind) = after.split_at_checked(after.iter().position(|byte| *byte == b'"')?)?;
        *rest = behind;
        Some(text)
    }
    fn scan(frame: &[u8]) -> Option<usize> {
        let mut rest = frame.strip_prefix(br#"{"op":0,"s":"#)?;
        let mut seq = 0_usize;
        while let Some((digit @ b'0'..=b'9', behind)) = rest.split_first() {
            seq = seq.wrapping_mul(10).wrapping_add(usize::from(digit - b'0'));
            rest = behind;
        }
        let name = text(&mut rest, br#","t":""#)?;
        let id = text(&mut rest, br#"","id":""#)?;
        let d = rest.strip_prefix(br#"","d":"#)?;
        Some(seq + name.len() + id.len() + d.len())
    }
    if frame.bytes == br#"{"op":11}"#[..] { 0 } else { scan(&frame.bytes).expect("a good frame") }
}
