//! The power goes at every single call of a long script, by a storage of our own: a killed process leaves its writes in
//! the system's cache, a power cut does not.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex};

use dnc_edge::{Gallery, GalleryError};
use redb::StorageBackend;

use crate::gallery::{space, view};

/// What becomes of writes that no sync followed when the power goes: the system may have written any of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsynced {
    Lost,
    EverySecondLost,
    LastTorn,
}

#[derive(Debug)]
struct State {
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
struct Disk(Arc<Mutex<State>>);

impl Disk {
    fn holding(bytes: Vec<u8>, calls_left: usize) -> Self {
        let (seen, synced) = (bytes.clone(), bytes);
        Self(Arc::new(Mutex::new(State { seen, synced, pending: Vec::new(), calls_left, calls: 0 })))
    }

    fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    /// What is there when the power comes back.
    fn after_the_cut(&self, unsynced: Unsynced) -> Vec<u8> {
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

/// Picture → name of its identity.
type Content = BTreeMap<String, String>;

fn content(gallery: &Gallery) -> Content {
    let names: BTreeMap<u64, String> = gallery.identities().unwrap().into_iter().map(|i| (i.id, i.name)).collect();
    gallery.views().unwrap().into_iter().map(|view| (view.source, names[&view.identity].clone())).collect()
}

type OnGallery = Box<dyn Fn(&mut Gallery) -> Result<(), GalleryError>>;
type OnMap = Box<dyn Fn(&mut Content)>;

/// One change of the script, and the same on a plain map.
fn change(step: usize) -> (OnGallery, OnMap) {
    let owner = |i: usize| i % 5;
    match step % 4 {
        0 | 1 => {
            let views: Vec<_> = (step * 10..step * 10 + 7).map(|i| view(i, owner(i))).collect();
            let plain: Vec<(String, String)> = views.iter().map(|v| (v.source.clone(), v.identity.clone())).collect();
            (Box::new(move |g| g.enroll(&views).map(|_| ())), Box::new(move |c| c.extend(plain.iter().cloned())))
        }
        2 => (
            Box::new(|g| g.merge("id1", "id2").map(|_| ())),
            Box::new(|c| c.values_mut().filter(|name| *name == "id1").for_each(|name| *name = "id2".into())),
        ),
        _ => {
            let new = format!("renamed {step}");
            let plain = new.clone();
            (
                Box::new(move |g| {
                    g.remove("id3")?;
                    g.rename("id4", &new)
                }),
                Box::new(move |c| {
                    c.retain(|_, name| name != "id3");
                    c.values_mut().filter(|name| *name == "id4").for_each(|name| *name = plain.clone());
                }),
            )
        }
    }
}

const STEPS: usize = 24;

/// Runs the script until the power goes: every state that was acknowledged, and those between the two halves of a step.
fn script(disk: &Disk) -> (usize, Vec<Content>) {
    let name = Path::new("site.gallery");
    let mut states = vec![Content::new()];
    let Ok(mut gallery) = Gallery::create_with_backend(disk.clone(), name, &space()) else { return (0, states) };
    for step in 0..STEPS {
        let (on_gallery, on_map) = change(step);
        let mut next = states.last().unwrap().clone();
        if step % 4 == 3 {
            let mut removed = next.clone();
            removed.retain(|_, name| name != "id3");
            on_map(&mut next);
            states.extend([removed, next]);
        } else {
            on_map(&mut next);
            states.push(next);
        }
        if on_gallery(&mut gallery).is_err() {
            return (step, states);
        }
        assert_eq!(content(&gallery), *states.last().unwrap(), "step {step}");
    }
    (STEPS, states)
}

#[test]
fn a_cut_at_every_call_keeps_what_was_acknowledged() {
    let whole = Disk::holding(Vec::new(), usize::MAX);
    assert_eq!(script(&whole).0, STEPS);
    let calls = whole.calls();
    assert!(calls > 200, "only {calls} calls to cut at");
    let (mut kept_more, mut cut) = (0, 0);
    for at in 0..calls {
        let disk = Disk::holding(Vec::new(), at);
        let (done, states) = script(&disk);
        assert!(done < STEPS || at + 20 > calls, "the cut at {at} was not noticed");
        cut += usize::from(done < STEPS);
        for unsynced in [Unsynced::Lost, Unsynced::EverySecondLost, Unsynced::LastTorn] {
            let bytes = disk.after_the_cut(unsynced);
            let disk = Disk::holding(bytes, usize::MAX);
            let mut gallery = match Gallery::create_with_backend(disk, Path::new("site.gallery"), &space()) {
                Ok(gallery) => gallery,
                // Cut while the file was made: nothing was acknowledged, and what is there is no gallery yet.
                Err(GalleryError::NotAGallery { .. }) if states.len() == 1 => continue,
                Err(e) => panic!("cut at {at}, {unsynced:?}, after step {done}: {e}"),
            };
            let verified = gallery.verify().unwrap();
            assert_eq!(verified.faults, Vec::<String>::new(), "cut at {at}, {unsynced:?}");
            let found = content(&gallery);
            // What was acknowledged last; or more, where the cut came after the commit was on the disk.
            let acknowledged = acknowledged(done);
            let allowed = &states[acknowledged..];
            let place = allowed.iter().position(|state| *state == found);
            let place = place.unwrap_or_else(|| panic!("cut at {at}, {unsynced:?}: {found:?} after step {done}"));
            kept_more += usize::from(place > 0 && allowed[0] != found);
            gallery.enroll(&[view(5_000, 9)]).unwrap();
        }
    }
    assert!(cut > 200 && kept_more > 0, "{cut} cuts, {kept_more} of them after a commit");
}

/// Where the state after `done` steps stands in the list of states: a step of two halves has two.
fn acknowledged(done: usize) -> usize {
    (0..done).map(|step| 1 + usize::from(step % 4 == 3)).sum()
}
