//! The four calls of an upload, as requests.

use alloc::string::String;

use serde::Serialize;

use super::{Job, Source};
use crate::api::{ApiRequest, Repeat, Scene};
use crate::io::Method;
use crate::media::hash::Hashes;

#[derive(Serialize)]
struct Files<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_id: Option<&'a str>,
    /// `true` would send it at once, use up the quota of active messages, and make it good for once alone.
    srv_send_msg: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<&'a str>,
}

/// Sizes are numbers here: the docs want texts, every SDK sends numbers, and both work.
#[derive(Serialize)]
struct Prepare<'a> {
    file_type: u8,
    file_size: u64,
    file_name: &'a str,
    md5: &'a str,
    sha1: &'a str,
    md5_10m: &'a str,
}

#[derive(Serialize)]
struct Finish<'a> {
    upload_id: &'a str,
    part_index: i64,
    block_size: u64,
    md5: &'a str,
}

impl Job {
    fn request(&self, operation: &str, body: &impl Serialize) -> ApiRequest {
        let place = match self.scene {
            Scene::Group => "groups",
            // Guild scenes were refused before.
            Scene::C2c | Scene::Channel | Scene::Dm => "users",
        };
        // Plain strings and numbers always serialise.
        let body = serde_json::to_string(body).unwrap_or_default();
        ApiRequest::new(Method::Post, &["v2", place, &self.target, operation])
            .with_body(body)
            .with_repeat(Repeat::Refused)
    }

    fn files(&self, url: Option<&str>, data: Option<&str>, upload: Option<&str>) -> ApiRequest {
        let file_name = Some(self.name.as_str()).filter(|name| !name.is_empty());
        let file_type = Some(self.kind.number());
        let body =
            Files { file_type, url, file_data: data, upload_id: upload, srv_send_msg: false, file_name };
        self.request("files", &body)
    }

    /// The platform fetches it.
    pub(super) fn by_url(&self) -> ApiRequest {
        let url = match &self.source {
            Source::Url(url) => url.expose(),
            Source::Bytes(_) => "",
        };
        self.files(Some(url), None, None)
    }

    /// The file inside the request, as base64.
    pub(super) fn inline(&self, data: &str) -> ApiRequest {
        self.files(None, Some(data), None)
    }

    /// All parts are there.
    pub(super) fn complete(&self, upload_id: &str) -> ApiRequest {
        self.files(None, None, Some(upload_id))
    }

    pub(super) fn prepare(&self, hashes: &Hashes) -> ApiRequest {
        let body = Prepare {
            file_type: self.kind.number(),
            file_size: hashes.size,
            file_name: &self.name,
            md5: &hashes.md5,
            sha1: &hashes.sha1,
            md5_10m: &hashes.md5_10m,
        };
        self.request("upload_prepare", &body)
    }

    pub(super) fn finish(&self, upload_id: &str, part_index: i64, size: u64, md5: &str) -> ApiRequest {
        self.request("upload_part_finish", &Finish { upload_id, part_index, block_size: size, md5 })
    }
}

/// Base64 of bytes that come in pieces of any size.
#[derive(Clone, Default)]
pub(super) struct Encoder {
    text: String,
    /// Fewer than three bytes that wait for the next ones.
    carry: alloc::vec::Vec<u8>,
}

impl Encoder {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        use base64::Engine;
        self.carry.extend_from_slice(bytes);
        let whole = self.carry.len() - self.carry.len() % 3;
        let rest = self.carry.split_off(whole);
        base64::engine::general_purpose::STANDARD.encode_string(&self.carry, &mut self.text);
        self.carry = rest;
    }

    pub(super) fn finish(mut self) -> String {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode_string(&self.carry, &mut self.text);
        self.text
    }
}
