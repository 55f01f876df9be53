//! The four calls of an upload, by scene.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Job, Source};
use crate::api::{
    ApiRequest, Call, FileSource, FileToUpload, FinishC2cPart, FinishGroupPart, PrepareC2cUpload,
    PrepareGroupUpload, Scene, UploadC2cFile, UploadGroupFile,
};
use crate::media::hash::Hashes;

impl Job {
    /// Guild scenes were refused before.
    fn in_group(&self) -> bool {
        self.scene == Scene::Group
    }

    fn files(&self, source: FileSource) -> ApiRequest {
        // Told again where SDKs leave it out. Sending it at once would use up the quota of active messages, and make it
        // good for once alone.
        let (source, name) = (source.of_kind(self.kind.into()), self.name.as_str());
        if self.in_group() {
            let call = UploadGroupFile::new(&self.target, source).send_at_once(false);
            if name.is_empty() { call.request() } else { call.name(name).request() }
        } else {
            let call = UploadC2cFile::new(&self.target, source).send_at_once(false);
            if name.is_empty() { call.request() } else { call.name(name).request() }
        }
    }

    /// The platform fetches it.
    pub(super) fn by_url(&self) -> ApiRequest {
        let url = match &self.source {
            Source::Url(url) => url.expose(),
            Source::Bytes(_) => "",
        };
        self.files(FileSource::url(self.kind.into(), url))
    }

    /// The file inside the request, as base64.
    pub(super) fn inline(&self, data: &str) -> ApiRequest {
        self.files(FileSource::base64(self.kind.into(), data))
    }

    /// All parts are there.
    pub(super) fn complete(&self, upload_id: &str) -> ApiRequest {
        self.files(FileSource::upload(upload_id))
    }

    pub(super) fn prepare(&self, hashes: &Hashes) -> ApiRequest {
        let file = FileToUpload {
            kind: self.kind.into(),
            size: hashes.size,
            name: self.name.clone(),
            md5: hashes.md5.clone(),
            sha1: hashes.sha1.clone(),
            md5_10m: hashes.md5_10m.clone(),
            numeric_size: false,
        };
        if self.in_group() {
            PrepareGroupUpload::new(&self.target, file).request()
        } else {
            PrepareC2cUpload::new(&self.target, file).request()
        }
    }

    pub(super) fn finish(&self, upload_id: &str, part: u64, size: u64, md5: &str) -> ApiRequest {
        if self.in_group() {
            FinishGroupPart::new(&self.target, upload_id, part, size, md5).request()
        } else {
            FinishC2cPart::new(&self.target, upload_id, part, size, md5).request()
        }
    }
}

/// Base64 of bytes that come in pieces of any size.
#[derive(Clone, Default)]
pub(super) struct Encoder {
    text: String,
    /// Fewer than three bytes that wait for the next ones.
    carry: Vec<u8>,
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
