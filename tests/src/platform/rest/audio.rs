//! Audio in voice rooms.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::http::Answer;
use super::super::push::Form;
use super::channels::Channel;
use super::{Ask, settle};

const VOICE: u64 = 2;
const START: u64 = 0;
const STOP: u64 = 3;

fn voice_room(channel: &Channel) -> Result<(), Answer> {
    if channel.kind() == VOICE { Ok(()) } else { Err(Answer::refused(10_003, "no voice room")) }
}

impl Platform {
    pub(super) fn audio_control(&mut self, ask: &Ask) -> Answer {
        let status = ask.number("status").filter(|status| *status <= STOP);
        let checked = self.channel_of(ask.param(0)).and_then(|channel| {
            voice_room(channel)?;
            let status = status.ok_or_else(|| Answer::refused(12_002, "status is 0 to 3"))?;
            let starts = status == START;
            if starts != ask.text("audio_url").is_some() || (!starts && ask.has("text")) {
                return Err(Answer::refused(12_002, "the address goes with status 0 alone"));
            }
            // Nothing plays that could be paused, resumed or stopped.
            if !starts && channel.audio.is_none() {
                return Err(Answer::refused(12_002, "nothing is played"));
            }
            Ok((status, channel.guild.clone()))
        });
        let (status, guild) = match checked {
            Ok(checked) => checked,
            Err(refused) => return refused,
        };
        if let Ok(channel) = self.channel_mut(ask.param(0)) {
            channel.audio = (status != STOP).then_some(status);
        }
        let mut d = json!({"guild_id": guild, "channel_id": ask.param(0)});
        if let (Some(d), START) = (d.as_object_mut(), status) {
            d.insert("audio_url".to_owned(), ask.body.get("audio_url").cloned().unwrap_or_default());
            d.insert("text".to_owned(), ask.body.get("text").cloned().unwrap_or(Value::from("")));
        }
        match status {
            START => drop(self.put("AUDIO_START", &d, Form::Text)),
            STOP => drop(self.put("AUDIO_FINISH", &d, Form::Text)),
            _ => {}
        }
        Answer::done()
    }

    pub(super) fn mic_put(&mut self, ask: &Ask) -> Answer {
        self.mic(ask, true)
    }

    pub(super) fn mic_delete(&mut self, ask: &Ask) -> Answer {
        self.mic(ask, false)
    }

    fn mic(&mut self, ask: &Ask, on: bool) -> Answer {
        let changed = self.channel_mut(ask.param(0)).and_then(|channel| {
            voice_room(channel)?;
            let before = std::mem::replace(&mut channel.on_mic, on);
            Ok((before != on, channel.guild.clone()))
        });
        settle(changed.map(|(changed, guild)| {
            if changed {
                let name = if on { "AUDIO_ON_MIC" } else { "AUDIO_OFF_MIC" };
                self.put(name, &json!({"guild_id": guild, "channel_id": ask.param(0)}), Form::Text);
            }
            Answer::done()
        }))
    }
}
