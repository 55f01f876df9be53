//! What the uploads of a bot share: the files that are known, and an end.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use qq_proto::media::{FileCache, UploadLimits};

use super::Word;
use crate::http::Puts;
use crate::lock;
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
    open: BTreeMap<u64, Sender<Word>>,
    stopped: bool,
}

impl Uploads {
    pub(crate) fn new(proxy: Option<Proxy>) -> Self {
        let cache = Mutex::new(FileCache::new(UploadLimits::default().cached));
        Self { proxy, lines: Mutex::default(), cache }
    }

    /// Ends all uploads. They do not go on for long, and none begins afterwards.
    pub(crate) fn stop(&self) {
        let mut lines = lock(&self.lines);
        lines.stopped = true;
        for line in lines.open.values() {
            let _ = line.send(Word::Stopped);
        }
    }
}

/// The connections of one upload. With this they end, whatever they are busy with.
pub(super) struct Line {
    shared: Arc<Shared>,
    id: u64,
    pub(super) puts: Puts,
}

impl Line {
    pub(super) fn open(shared: &Arc<Shared>, words: &Sender<Word>) -> Self {
        let uploads = &shared.uploads;
        let puts = Puts::new(uploads.proxy.clone());
        let mut lines = lock(&uploads.lines);
        if lines.stopped {
            let _ = words.send(Word::Stopped);
        }
        lines.last += 1;
        let id = lines.last;
        lines.open.insert(id, words.clone());
        Self { shared: Arc::clone(shared), id, puts }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.puts.stop();
        lock(&self.shared.uploads.lines).open.remove(&self.id);
    }
}
