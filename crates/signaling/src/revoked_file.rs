//! The list of what is revoked, in a file that outlives the process: a line of JSON each.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::time::Instant;
use serde::{Deserialize, Serialize};

use crate::revoked::{Mark, Revocation};

#[derive(Serialize, Deserialize)]
struct Line {
    /// Seconds since 1970.
    at: u64,
    until: u64,
    #[serde(flatten)]
    mark: LineMark,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum LineMark {
    Peer { room: String, peer: String },
    Token { token: String },
    Subject { subject: String },
}

/// What still counts; a file that is not there yet is made, and what is over is taken out of it.
pub(crate) fn load(path: &Path, now: Instant) -> io::Result<Vec<Revocation>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            rewrite(path, &[])?;
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut revocations = Vec::new();
    for line in BufReader::new(file).lines() {
        // The last line of a process that died may be cut short.
        if let Ok(line) = serde_json::from_str::<Line>(&line?)
            && let Some(revocation) = line.revocation()
            && revocation.until > now
        {
            revocations.push(revocation);
        }
    }
    rewrite(path, &revocations)?;
    Ok(revocations)
}

/// Adds to the file.
pub(crate) fn append(path: &Path, revocations: &[Revocation]) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).open(path)?;
    file.write_all(text(revocations).as_bytes())?;
    file.sync_data()
}

/// Beside it and then in its place, so that there is a whole file at any time.
fn rewrite(path: &Path, revocations: &[Revocation]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(text(revocations).as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)
}

fn text(revocations: &[Revocation]) -> String {
    let mut text = String::new();
    for revocation in revocations {
        // A struct of texts and numbers: this cannot fail.
        let line = serde_json::to_string(&Line::from(revocation)).unwrap_or_default();
        text.push_str(&line);
        text.push('\n');
    }
    text
}

impl From<&Revocation> for Line {
    fn from(revocation: &Revocation) -> Self {
        let seconds = |at: Instant| at.since_origin().as_secs();
        let mark = match revocation.mark.clone() {
            Mark::Peer { room, peer } => LineMark::Peer { room: room.into(), peer: peer.into() },
            Mark::Token(token) => LineMark::Token { token },
            Mark::Subject(subject) => LineMark::Subject { subject },
        };
        Self { at: seconds(revocation.at), until: seconds(revocation.until), mark }
    }
}

impl Line {
    fn revocation(self) -> Option<Revocation> {
        let instant = |seconds: u64| Instant::from_millis(seconds.saturating_mul(1000));
        let mark = match self.mark {
            LineMark::Peer { room, peer } => {
                Mark::Peer { room: RoomId::new(room).ok()?, peer: PeerId::new(peer).ok()? }
            }
            LineMark::Token { token } => Mark::Token(token),
            LineMark::Subject { subject } => Mark::Subject(subject),
        };
        Some(Revocation { mark, at: instant(self.at), until: instant(self.until) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    #[test]
    fn what_is_written_is_read_by_the_next_process_until_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revoked");
        assert_eq!(load(&path, at(0)).unwrap(), []);
        let peer = Mark::Peer { room: RoomId::new("r").unwrap(), peer: PeerId::new("p").unwrap() };
        let marks = [peer, Mark::Token("t".to_owned()), Mark::Subject("ada".to_owned())];
        let all = marks.map(|mark| Revocation { mark, at: at(1), until: at(10) });
        append(&path, &all[..1]).unwrap();
        append(&path, &all[1..]).unwrap();
        assert_eq!(load(&path, at(9)).unwrap(), all);
        // A process died while it wrote.
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(br#"{"at":1,"until":99,"subj"#).unwrap();
        assert_eq!(load(&path, at(9)).unwrap(), all);
        assert_eq!(load(&path, at(10)).unwrap(), []);
        assert_eq!(fs::read_to_string(&path).unwrap(), "");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was left beside the file");
    }
}
