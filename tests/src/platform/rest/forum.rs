//! Threads of forum channels.

use serde_json::{Value, json};

use super::super::Platform;
use super::super::chats::ME;
use super::super::http::Answer;
use super::super::push::Form;
use super::channels::{Channel, FORUM};
use super::{Ask, settle};

/// How a text is written: text, HTML, markdown, JSON.
const FORMATS: std::ops::RangeInclusive<u64> = 1..=4;
const JSON: u64 = 4;

fn forum(channel: &Channel) -> Result<(), Answer> {
    if channel.kind() == FORUM { Ok(()) } else { Err(Answer::refused(503_003, "no forum")) }
}

fn is(thread: &Value, id: &str) -> bool {
    thread.pointer("/thread_info/thread_id").and_then(Value::as_str) == Some(id)
}

fn no_thread() -> Answer {
    Answer::refused(503_012, "no such thread")
}

impl Platform {
    pub(super) fn threads_list(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            forum(channel)?;
            Ok(Answer::ok(json!({"threads": channel.threads, "is_finish": 1})))
        }))
    }

    pub(super) fn thread_get(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_of(ask.param(0)).and_then(|channel| {
            forum(channel)?;
            let thread = channel.threads.iter().find(|thread| is(thread, ask.param(1)));
            thread.map(|thread| Answer::ok(json!({"thread": thread}))).ok_or_else(no_thread)
        }))
    }

    /// Publishing is asynchronous: the answer has the number of a task, an event has the result.
    pub(super) fn thread_create(&mut self, ask: &Ask) -> Answer {
        let checked = self.channel_of(ask.param(0)).and_then(|channel| {
            forum(channel)?;
            let title = ask.text("title").ok_or_else(|| Answer::refused(503_005, "title is empty"))?;
            let content = ask.text("content").ok_or_else(|| Answer::refused(503_006, "content is empty"))?;
            let format =
                ask.body.get("format").and_then(Value::as_u64).filter(|format| FORMATS.contains(format));
            let format = format.ok_or_else(|| Answer::refused(12_002, "format is 1 to 4"))?;
            let content = match format {
                JSON => match serde_json::from_str::<Value>(content) {
                    Ok(content) if content.is_object() => content.to_string(),
                    Ok(_) | Err(_) => return Err(Answer::refused(503_014, "content is no rich text")),
                },
                _ => {
                    json!({"paragraphs": [{"elems": [{"text": {"text": content}, "type": 1}], "props": {}}]})
                        .to_string()
                }
            };
            Ok((channel.guild.clone(), title.to_owned(), content))
        });
        let (guild, title, content) = match checked {
            Ok(checked) => checked,
            Err(refused) => return refused,
        };
        let task = self.rest.next_id();
        let created = self.unix_time().as_secs().to_string();
        let thread_id = format!("B_{}{}", self.ids.hex32(), created);
        let thread = json!({
            "guild_id": guild,
            "channel_id": ask.param(0),
            "author_id": ME,
            "thread_info": {
                "thread_id": thread_id,
                "title": title,
                "content": content,
                "date_time": self.timestamp(),
            },
        });
        if let Ok(channel) = self.channel_mut(ask.param(0)) {
            channel.threads.insert(0, thread);
        }
        self.forum_result(&guild, ask.param(0), &thread_id, 1, &task);
        Answer::ok(json!({"task_id": task, "create_time": created}))
    }

    pub(super) fn thread_delete(&mut self, ask: &Ask) -> Answer {
        settle(self.channel_mut(ask.param(0)).and_then(|channel| {
            forum(channel)?;
            let before = channel.threads.len();
            channel.threads.retain(|thread| !is(thread, ask.param(1)));
            if channel.threads.len() == before { Err(no_thread()) } else { Ok(Answer::no_content()) }
        }))
    }

    /// Here the time is a number, unlike above; so says the only source.
    pub(super) fn thread_comment(&mut self, ask: &Ask) -> Answer {
        let checked = self.channel_of(ask.param(0)).and_then(|channel| {
            forum(channel)?;
            channel.threads.iter().find(|thread| is(thread, ask.param(1))).ok_or_else(no_thread)?;
            ask.text("content").ok_or_else(|| Answer::refused(503_006, "content is empty"))?;
            ask.text("thread_author").ok_or_else(|| Answer::refused(12_002, "thread_author is missing"))?;
            Ok(channel.guild.clone())
        });
        match checked {
            Ok(guild) => {
                let task = self.rest.next_id();
                self.forum_result(&guild, ask.param(0), ask.param(1), 2, &task);
                Answer::ok(json!({"task_id": task, "create_time": self.unix_time().as_secs()}))
            }
            Err(refused) => refused,
        }
    }

    fn forum_result(&mut self, guild: &str, channel: &str, thread: &str, kind: u64, task: &str) {
        let d = json!({
            "guild_id": guild,
            "channel_id": channel,
            "author_id": ME,
            "thread_id": thread,
            "post_id": if kind == 2 { task } else { "" },
            "reply_id": "",
            "type": kind,
            "result": 0,
            "err_msg": "",
            "task_id": task,
        });
        self.put("FORUM_PUBLISH_AUDIT_RESULT", &d, Form::Text);
    }
}
