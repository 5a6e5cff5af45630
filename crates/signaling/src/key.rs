//! The key under which tokens are signed, kept in a file so that it outlives the process.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The fewest characters of a key.
const MIN_LENGTH: usize = 32;
/// The most bytes that are read of a key file.
const MAX_LENGTH: u64 = 4096;

/// The secret under which a server, or several of one service, signs resume tokens; or, another one, under which an
/// application signs access tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// A key that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is too short to be a secret. Take 32 characters or more, such as `openssl rand -base64 32` gives.
    #[error("a key has at least 32 characters, this has {0}")]
    TooShort(usize),
    /// The key file cannot be read or made. Name another, or give the key itself.
    #[error("key file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The key file does not hold a key. Delete it to have a new one made (clients then get new ids).
    #[error("{} holds no key", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<KeyError>,
    },
}

impl Key {
    /// Takes `text`, less the white space around it, as the key.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] below 32 characters.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.len() < MIN_LENGTH { Err(KeyError::TooShort(text.len())) } else { Ok(Self(text.to_owned())) }
    }

    /// A new key of 256 random bits.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The key in the file `path`; on the first start, a new one that is written there, for its owner only.
    ///
    /// # Errors
    /// [`KeyError::File`] or [`KeyError::Content`].
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::File { path: path.to_owned(), source };
        match read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path).map_err(failed)?,
            other => drop(other.map_err(failed)?),
        }
        Self::from_existing_file(path)
    }

    /// The key in the file `path`, which has to be there.
    ///
    /// # Errors
    /// [`KeyError::File`] or [`KeyError::Content`].
    pub fn from_existing_file(path: &Path) -> Result<Self, KeyError> {
        let text = read(path).map_err(|source| KeyError::File { path: path.to_owned(), source })?;
        Self::from_text(&text).map_err(|source| KeyError::Content { path: path.to_owned(), source: Box::new(source) })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Key {
    /// Nothing of the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_LENGTH).read_to_string(&mut text)?;
    Ok(text)
}

/// Writes a new key beside `path` and links it there, so that of two servers that start at once one wins and
/// neither reads half a key.
fn create(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create_folder(folder)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.{:?}", std::process::id(), std::thread::current().id()));
    let beside = PathBuf::from(beside);
    write_new(&beside, &Key::random()?.0)?;
    match fs::hard_link(&beside, path) {
        // Not every file system has hard links; a rename there may replace the other server's key.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::rename(&beside, path),
        Ok(()) | Err(_) => fs::remove_file(&beside),
    }
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_start_makes_a_key_and_the_next_one_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/signaling.key");
        let first = Key::from_file(&path).unwrap();
        assert_eq!(Key::from_file(&path).unwrap(), first);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "something was left beside the key");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signaling.key");
        Key::from_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn many_servers_that_start_at_once_have_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signaling.key");
        let start = || {
            std::thread::spawn({
                let path = path.clone();
                move || Key::from_file(&path).unwrap()
            })
        };
        let keys: Vec<_> = [start(), start(), start(), start()].into_iter().map(|it| it.join().unwrap()).collect();
        assert!(keys.iter().all(|key| *key == Key::from_file(&path).unwrap()));
    }

    #[test]
    fn an_empty_key_file_is_reported_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signaling.key");
        fs::write(&path, "").unwrap();
        assert!(matches!(Key::from_file(&path), Err(KeyError::Content { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_short_text_is_no_key() {
        assert!(matches!(Key::from_text(" too short \n"), Err(KeyError::TooShort(9))));
        assert!(Key::from_text(&"k".repeat(32)).is_ok());
    }

    #[test]
    fn debug_does_not_show_the_key() {
        assert_eq!(format!("{:?}", Key::random().unwrap()), "Key(..)");
    }
}
