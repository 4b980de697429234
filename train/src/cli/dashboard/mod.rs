//! A live dashboard on the terminal: `dnc-train run … --dashboard`.

mod state;
mod view;

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};

use super::INTERRUPTED;
use super::watch::epoch_line;
use crate::history::{EpochRecord, History};
use crate::schedule::Phase;
use crate::trainer::Observer;
use state::{Current, State};

/// Time from one picture of the screen to the next.
const FRAME: Duration = Duration::from_millis(200);

/// Whether the terminal is ours now: it must be given back once, by whoever ends the program.
static OURS: AtomicBool = AtomicBool::new(false);

/// Gives the terminal back, if it was taken.
pub fn leave() {
    if OURS.swap(false, Ordering::SeqCst) {
        ratatui::restore();
    }
}

/// Shows a run on the whole terminal until it is dropped.
pub struct Dashboard {
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
    screen: Option<JoinHandle<()>>,
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Dashboard {
    /// Takes the terminal. `stop` is set by `q` and Ctrl-C.
    ///
    /// # Errors
    /// Why there can be none, in words: standard output or error is no terminal, or the terminal cannot do it.
    pub fn start(run: String, history: History, stop: Arc<AtomicBool>) -> Result<Self, String> {
        for (name, is) in [
            ("standard output", std::io::stdout().is_terminal()),
            ("standard error", std::io::stderr().is_terminal()),
            ("standard input", std::io::stdin().is_terminal()),
        ] {
            if !is {
                return Err(format!("{name} is no terminal"));
            }
        }
        // Also makes a panic give the terminal back before it speaks.
        let terminal = ratatui::try_init().map_err(|e| e.to_string())?;
        OURS.store(true, Ordering::SeqCst);
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            OURS.store(false, Ordering::SeqCst);
            hook(panic);
        }));
        let state = Arc::new(Mutex::new(State::new(run, history, Instant::now())));
        let over = Arc::new(AtomicBool::new(false));
        let (shown, ends) = (state.clone(), over.clone());
        let screen = std::thread::spawn(move || show(terminal, &shown, &stop, &ends));
        Ok(Self { state, over, screen: Some(screen) })
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut locked(&self.state));
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        // Nobody may listen any more when the terminal is given back: it then hands over whole lines only, and who
        // had been told of a key would wait for the end of a line.
        self.over.store(true, Ordering::SeqCst);
        if let Some(screen) = self.screen.take() {
            let _ = screen.join();
        }
        leave();
        // What the plain lines would have said stays readable above the prompt.
        let state = locked(&self.state);
        state.notes.iter().for_each(|note| eprintln!("note: {note}"));
        state.this_session().iter().for_each(|epoch| eprintln!("{}", epoch_line(epoch)));
    }
}

/// Draws and listens until it is over or the terminal was given back.
fn show(mut terminal: DefaultTerminal, state: &Mutex<State>, stop: &AtomicBool, over: &AtomicBool) {
    while !over.load(Ordering::SeqCst) && OURS.load(Ordering::SeqCst) {
        let seen = {
            let mut state = locked(state);
            state.stopping = stop.load(Ordering::Relaxed);
            state.clone()
        };
        if terminal.draw(|frame| view::draw(frame, &seen, Instant::now())).is_err() {
            return;
        }
        // A terminal that cannot be listened to still shows; signals stop the run then.
        match event::poll(FRAME) {
            Ok(true) if event::read().is_ok_and(|event| asks_to_stop(&event)) => {
                // As the signal does: a second one does not wait for the batch.
                if stop.swap(true, Ordering::Relaxed) {
                    leave();
                    std::process::exit(i32::from(INTERRUPTED));
                }
            }
            Ok(_) => {}
            Err(_) => std::thread::sleep(FRAME),
        }
    }
}

/// In raw mode the terminal hands Ctrl-C over as a key.
fn asks_to_stop(event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind != KeyEventKind::Release
        && matches!((key.code, control), (KeyCode::Char('q'), false) | (KeyCode::Char('c'), true))
}

impl Observer for Dashboard {
    fn decoded(&self, total: usize) {
        self.with(|state| state.decoded = (state.decoded.0 + 1, total));
    }

    fn epoch_started(&self, epoch: usize, of: usize, phase: Phase, batches: usize) {
        self.with(|state| {
            state.of = of;
            let since = Instant::now();
            state.current = Some(Current { epoch, phase, batches, done: 0, losses: Vec::new(), since });
        });
    }

    fn batch_done(&self, loss: Option<f32>) {
        self.with(|state| {
            if let Some(current) = &mut state.current {
                current.done += 1;
                current.losses.extend(loss);
            }
        });
    }

    fn epoch_done(&self, record: &EpochRecord) {
        self.with(|state| {
            state.epochs.push(record.clone());
            if let Some(current) = &mut state.current {
                current.losses.clear();
            }
        });
    }

    fn note(&self, text: &str) {
        self.with(|state| state.notes.push(text.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::crossterm::event::KeyEvent;

    #[test]
    fn q_and_ctrl_c_stop_and_other_keys_do_not() {
        let key = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
        assert!(asks_to_stop(&key(KeyCode::Char('q'), KeyModifiers::NONE)));
        assert!(asks_to_stop(&key(KeyCode::Char('c'), KeyModifiers::CONTROL)));
        for code in [KeyCode::Char('c'), KeyCode::Char('x'), KeyCode::Esc, KeyCode::Enter] {
            assert!(!asks_to_stop(&key(code, KeyModifiers::NONE)), "{code:?}");
        }
        assert!(!asks_to_stop(&key(KeyCode::Char('q'), KeyModifiers::CONTROL)));
        assert!(!asks_to_stop(&Event::Resize(10, 10)));
    }
}
