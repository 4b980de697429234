//! A disk that may lose its power: what no sync followed is lost then, or torn.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

/// What becomes of writes that no sync followed when the power goes: the system may have written any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsynced {
    Lost,
    EverySecondLost,
    LastTorn,
}

pub const EVERY_LOSS: [Unsynced; 3] = [Unsynced::Lost, Unsynced::EverySecondLost, Unsynced::LastTorn];

#[derive(Debug)]
pub struct State {
    /// As the process sees it.
    seen: Vec<u8>,
    /// As it was at the last sync.
    synced: Vec<u8>,
    /// Writes since, and lengths.
    pending: Vec<Pending>,
    /// Calls that change something, until the power goes.
    calls_left: usize,
    calls: usize,
}

#[derive(Debug)]
enum Pending {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Debug, Clone)]
pub struct Disk(Arc<Mutex<State>>);

impl Disk {
    pub fn holding(bytes: Vec<u8>, calls_left: usize) -> Self {
        let (seen, synced) = (bytes.clone(), bytes);
        Self(Arc::new(Mutex::new(State { seen, synced, pending: Vec::new(), calls_left, calls: 0 })))
    }

    pub fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    /// What is there when the power comes back.
    pub fn after_the_cut(&self, unsynced: Unsynced) -> Vec<u8> {
        let state = self.0.lock().unwrap();
        let mut bytes = state.synced.clone();
        let last = state.pending.len().saturating_sub(1);
        for (i, pending) in state.pending.iter().enumerate() {
            let keep = match unsynced {
                Unsynced::Lost => 0,
                Unsynced::EverySecondLost => (i % 2) * usize::MAX,
                Unsynced::LastTorn if i == last => 37,
                Unsynced::LastTorn => usize::MAX,
            };
            match pending {
                Pending::Length(len) if keep > 0 => bytes.resize(*len, 0),
                Pending::Length(_) => {}
                Pending::Write(at, data) => {
                    let data = &data[..data.len().min(keep)];
                    // Into a file that did not become longer, nothing is written beyond its end.
                    if at + data.len() <= bytes.len() {
                        bytes[*at..][..data.len()].copy_from_slice(data);
                    }
                }
            }
        }
        bytes
    }
}

impl State {
    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        self.calls_left = self.calls_left.checked_sub(1).ok_or_else(|| io::Error::other("the power is gone"))?;
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().seen.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.0.lock().unwrap();
        let from = state.seen.get(offset as usize..offset as usize + out.len());
        out.copy_from_slice(from.ok_or(ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call()?;
        state.seen.resize(len as usize, 0);
        state.pending.push(Pending::Length(len as usize));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call()?;
        state.synced = state.seen.clone();
        state.pending.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.call()?;
        state.seen[offset as usize..][..data.len()].copy_from_slice(data);
        state.pending.push(Pending::Write(offset as usize, data.to_vec()));
        Ok(())
    }
}
