//! Files that were uploaded before need not be uploaded again.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::hash::Hashes;
use super::kind::MediaKind;
use crate::api::operation::whole;
use crate::api::{CallError, Scene, UploadedFile};
use crate::model::{DecodeError, Expected};
use crate::time::Timestamp;

/// An uploaded file, ready to be sent in messages of the same scene.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Uploaded {
    /// What goes into the message ([`C2cMedia`](crate::api::C2cMedia), [`GroupMedia`](crate::api::GroupMedia)). Opaque: neither decoded nor encoded again. Whoever has it can
    /// send the file, so it is not printed.
    pub file_info: String,
    /// The platform's name of the file, if it gave one.
    pub file_uuid: Option<String>,
    /// How long it is valid from now on; `None` for ever.
    pub valid: Option<Duration>,
}

impl Uploaded {
    /// Reads the reply to an upload. A time to live of 0 means for ever.
    pub(super) fn read(body: &[u8]) -> Result<Self, CallError> {
        let file: UploadedFile<'_> = whole(body)?;
        if file.file_info.is_empty() {
            return Err(CallError::BadReply(DecodeError::at("file_info", Expected::Present)));
        }
        // Without a time to live nothing is known: it serves now and is not kept.
        let valid = match file.ttl {
            Some(0) => None,
            Some(secs) => Some(Duration::from_secs(secs)),
            None => Some(Duration::ZERO),
        };
        let file_uuid = Some(file.file_uuid.to_string()).filter(|id| !id.is_empty());
        Ok(Self { file_info: file.file_info.to_string(), file_uuid, valid })
    }
}

impl fmt::Debug for Uploaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uploaded")
            .field("file_info", &format_args!("{} bytes", self.file_info.len()))
            .field("file_uuid", &self.file_uuid)
            .field("valid", &self.valid)
            .finish()
    }
}

/// What names a file in the cache: its content, its kind and its scene; people and groups are separate worlds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CacheKey {
    scene: Scene,
    kind: MediaKind,
    size: u64,
    sha1: String,
    md5: String,
}

impl CacheKey {
    /// The key of a file with these hashes.
    pub fn new(scene: Scene, kind: MediaKind, hashes: &Hashes) -> Self {
        Self { scene, kind, size: hashes.size, sha1: hashes.sha1.clone(), md5: hashes.md5.clone() }
    }
}

/// Taken as over by so much earlier: the message that uses it has to arrive in time.
const MARGIN: Duration = Duration::from_secs(60);

/// Uploaded files by their content, as long as they are valid.
#[derive(Clone)]
pub struct FileCache {
    most: usize,
    files: BTreeMap<CacheKey, Entry>,
    /// The oldest first.
    order: VecDeque<CacheKey>,
}

#[derive(Clone)]
struct Entry {
    file: Uploaded,
    expires: Option<Timestamp>,
}

/// A cache to be stored. Its times are distances from the moment of saving.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedCache(Vec<(CacheKey, Uploaded)>);

impl FileCache {
    /// An empty cache for at most so many files; the oldest goes first.
    pub const fn new(most: usize) -> Self {
        Self { most, files: BTreeMap::new(), order: VecDeque::new() }
    }

    /// The file with this content, if it is still valid.
    pub fn get(&self, now: Timestamp, key: &CacheKey) -> Option<Uploaded> {
        let entry = self.files.get(key)?;
        let valid = match entry.expires {
            None => None,
            Some(expires) if expires > now => Some(expires.since(now)),
            Some(_) => return None,
        };
        Some(Uploaded { valid, ..entry.file.clone() })
    }

    /// Keeps a file that was just uploaded.
    pub fn put(&mut self, now: Timestamp, key: CacheKey, file: Uploaded) {
        let expires = file.valid.map(|valid| now.after(valid.saturating_sub(MARGIN)));
        self.remove(&key);
        if self.most == 0 || expires.is_some_and(|expires| expires <= now) {
            return;
        }
        if self.order.len() >= self.most {
            if let Some(oldest) = self.order.pop_front() {
                self.files.remove(&oldest);
            }
        }
        self.order.push_back(key.clone());
        self.files.insert(key, Entry { file, expires });
    }

    /// Forgets a file, for one that the platform no longer knows (304080).
    pub fn remove(&mut self, key: &CacheKey) {
        if self.files.remove(key).is_some() {
            self.order.retain(|other| other != key);
        }
    }

    /// How many files are kept.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The cache as data.
    pub fn save(&self, now: Timestamp) -> SavedCache {
        let files = self.order.iter().filter_map(|key| {
            // The margin is taken off again when it is put back.
            let file = self.get(now, key)?;
            Some((
                key.clone(),
                Uploaded { valid: file.valid.map(|valid| valid.saturating_add(MARGIN)), ..file },
            ))
        });
        SavedCache(files.collect())
    }

    /// Takes a stored cache back. `away` is how long ago it was saved.
    pub fn load(most: usize, now: Timestamp, saved: SavedCache, away: Duration) -> Self {
        let mut cache = Self::new(most);
        for (key, file) in saved.0 {
            let valid = file.valid.map(|valid| valid.saturating_sub(away));
            cache.put(now, key, Uploaded { valid, ..file });
        }
        cache
    }
}

impl fmt::Debug for FileCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileCache({} files)", self.files.len())
    }
}

impl fmt::Debug for SavedCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SavedCache({} files)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    fn key(scene: Scene, kind: MediaKind, name: &str) -> CacheKey {
        let hashes = Hashes { size: 1, md5: name.into(), sha1: name.into(), md5_10m: name.into() };
        CacheKey::new(scene, kind, &hashes)
    }

    fn file(ttl: &str) -> Uploaded {
        Uploaded::read(format!(r#"{{"file_info":"secret-info","file_uuid":"u","ttl":{ttl}}}"#).as_bytes())
            .unwrap()
    }

    const fn at(secs: u64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    #[test]
    fn a_file_is_kept_for_its_time_less_a_minute_in_its_scene() {
        let mut cache = FileCache::new(9);
        let image = key(Scene::Group, MediaKind::Image, "a");
        cache.put(at(0), image.clone(), file("100"));
        assert_eq!(cache.get(at(39), &image).unwrap().valid, Some(Duration::from_secs(1)));
        assert_eq!(cache.get(at(40), &image), None);
        assert_eq!(cache.get(at(0), &key(Scene::C2c, MediaKind::Image, "a")), None);
        assert_eq!(cache.get(at(0), &key(Scene::Group, MediaKind::File, "a")), None);
        // For ever, as a text, too short, and unknown.
        cache.put(at(0), image.clone(), file("0"));
        assert_eq!(cache.get(at(1 << 40), &image).unwrap().valid, None);
        cache.put(at(0), image.clone(), file("\"61\""));
        assert!(cache.get(at(0), &image).is_some());
        cache.put(at(0), image.clone(), file("60"));
        assert_eq!(cache.get(at(0), &image), None);
        cache.put(at(0), image.clone(), file("null"));
        assert!(cache.is_empty());
    }

    #[test]
    fn it_is_bounded_and_survives_a_restart() {
        let mut cache = FileCache::new(2);
        for name in ["a", "b", "c"] {
            cache.put(at(0), key(Scene::C2c, MediaKind::File, name), file("1000"));
        }
        assert_eq!(cache.len(), 2);
        assert_eq!(cache.get(at(0), &key(Scene::C2c, MediaKind::File, "a")), None);
        let text = serde_json::to_string(&cache.save(at(100))).unwrap();
        let saved = serde_json::from_str(&text).unwrap();
        let loaded = FileCache::load(2, at(5), saved, Duration::from_secs(50));
        let left = loaded.get(at(5), &key(Scene::C2c, MediaKind::File, "c")).unwrap().valid;
        assert_eq!(left, Some(Duration::from_secs(1000 - 60 - 100 - 50)));
        let shown = format!("{cache:?} {:?} {:?}", cache.save(at(0)), file("1"));
        assert!(!shown.contains("secret-info"), "{shown}");
    }
}
