//! What the uploads of a bot share: the files that are known, and an end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use qq_proto::media::{FileCache, UploadLimits};

use crate::http::Http;
use crate::proxy::Proxy;
use crate::shared::Shared;

/// All uploads of a bot.
pub(crate) struct Uploads {
    proxy: Option<Proxy>,
    lines: Mutex<Lines>,
    pub(super) cache: Mutex<FileCache>,
}

#[derive(Default)]
struct Lines {
    last: u64,
    open: BTreeMap<u64, Http>,
    stopped: bool,
}

impl Uploads {
    pub(crate) fn new(proxy: Option<Proxy>) -> Self {
        let cache = Mutex::new(FileCache::new(UploadLimits::default().cached));
        Self { proxy, lines: Mutex::default(), cache }
    }

    /// Ends all connections to foreign hosts; there are none afterwards.
    pub(crate) fn stop(&self) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.stopped = true;
        for line in lines.open.values() {
            line.stop();
        }
    }
}

/// The connections of one upload. With this they end, whatever they are busy with.
pub(super) struct Line {
    shared: Arc<Shared>,
    id: u64,
    pub(super) http: Http,
}

impl Line {
    pub(super) fn open(shared: &Arc<Shared>) -> Self {
        let uploads = &shared.uploads;
        let http = Http::for_strangers(uploads.proxy.clone());
        let mut lines = uploads.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.stopped {
            http.stop();
        }
        lines.last += 1;
        let id = lines.last;
        lines.open.insert(id, http.clone());
        Self { shared: Arc::clone(shared), id, http }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.http.stop();
        let mut lines = self.shared.uploads.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.open.remove(&self.id);
    }
}
