//! Draws the dashboard.

use std::time::{Duration, Instant};

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::Marker;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Axis, Bar, BarChart, Block, Chart, Dataset, Gauge, GraphType, Paragraph, Wrap};

use super::state::State;

const ACCENT: Color = Color::Cyan;
const SECOND: Color = Color::Yellow;

/// Draws `state` as it is at `now`.
pub fn draw(frame: &mut Frame<'_>, state: &State, now: Instant) {
    let rows = [Constraint::Length(3), Constraint::Min(8), Constraint::Length(5), Constraint::Length(1)];
    let [head, middle, notes, keys] = Layout::vertical(rows).areas(frame.area());
    progress(frame, head, state, now);
    // Beside each other where there is room, else the figures below the curve.
    let [curve, side] = if middle.width >= 80 {
        Layout::horizontal([Constraint::Min(40), Constraint::Length(38)]).areas(middle)
    } else {
        Layout::vertical([Constraint::Min(6), Constraint::Length(7)]).areas(middle)
    };
    losses(frame, curve, state);
    let [figures, clusters] = if middle.width >= 80 {
        Layout::vertical([Constraint::Length(9), Constraint::Min(3)]).areas(side)
    } else {
        Layout::horizontal([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(side)
    };
    self::figures(frame, figures, state);
    self::clusters(frame, clusters, state);
    let told = state.notes.iter().rev().take(3).rev().map(|note| Line::from(note.as_str()));
    let told = Paragraph::new(told.collect::<Vec<_>>()).wrap(Wrap { trim: true });
    frame.render_widget(told.block(Block::bordered().title(" notes ")), notes);
    let help = if state.stopping {
        "stopping after this batch; once more: at once"
    } else {
        "q or Ctrl-C: stop; the same command goes on from the last whole epoch"
    };
    frame.render_widget(Paragraph::new(help).style(Style::new().fg(Color::DarkGray)), keys);
}

/// h:mm:ss.
fn clock(duration: Duration) -> String {
    let s = duration.as_secs();
    format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

fn progress(frame: &mut Frame<'_>, area: Rect, state: &State, now: Instant) {
    let elapsed = clock(now.saturating_duration_since(state.since));
    let (label, done, of) = match &state.current {
        Some(c) => {
            let eta = state.remaining(now).map_or("–".to_owned(), clock);
            let label = format!(
                "epoch {}/{} {}  batch {}/{}  {elapsed} gone, {eta} to go",
                c.epoch + 1,
                state.of,
                c.phase.name(),
                c.done,
                c.batches
            );
            (label, c.done, c.batches)
        }
        None => (format!("reading pictures {}/{}", state.decoded.0, state.decoded.1), state.decoded.0, state.decoded.1),
    };
    let ratio = (done as f64 / of.max(1) as f64).clamp(0.0, 1.0);
    let title = format!(" dnc-train {} ", state.run);
    let gauge = Gauge::default().block(Block::bordered().title(title)).gauge_style(Style::new().fg(ACCENT));
    frame.render_widget(gauge.ratio(ratio).label(label), area);
}

/// Mean loss of each epoch, and the batches of the epoch under way behind them.
fn losses(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let mut batches: Vec<(f64, f64)> = Vec::new();
    let mut add = |epoch: usize, losses: &[f32], of: usize| {
        let at = |i: usize| epoch as f64 + (i as f64 + 0.5) / of.max(1) as f64;
        // A terminal has few dots to a row: every tenth batch or so shows the spread.
        let step = (losses.len() / 24).max(1);
        batches.extend(losses.iter().enumerate().step_by(step).map(|(i, loss)| (at(i), f64::from(*loss))));
    };
    for epoch in &state.epochs {
        add(epoch.epoch, &epoch.losses, epoch.losses.len());
    }
    if let Some(c) = &state.current {
        add(c.epoch, &c.losses, c.batches);
    }
    let epochs: Vec<(f64, f64)> = state.epochs.iter().map(|e| (e.epoch as f64 + 0.5, e.loss)).collect();
    let highest = epochs.iter().chain(&batches).map(|(_, loss)| *loss).filter(|l| l.is_finite()).fold(0.0, f64::max);
    let (top, end) = (if highest > 0.0 { highest * 1.05 } else { 1.0 }, state.of.max(state.epochs.len()).max(1) as f64);
    let data = vec![
        Dataset::default().marker(Marker::Dot).style(Style::new().fg(Color::DarkGray)).data(&batches),
        Dataset::default()
            .marker(Marker::Braille)
            .graph_type(GraphType::Line)
            .style(Style::new().fg(ACCENT))
            .data(&epochs),
    ];
    let label = |value: f64| Span::raw(format!("{value:.3}"));
    let x = Axis::default().bounds([0.0, end]).labels(["1".to_owned(), format!("{end:.0}")]).title("epoch");
    let y = Axis::default().bounds([0.0, top]).labels([label(0.0), label(top / 2.0), label(top)]);
    let title = " loss: epochs (line), batches (dots) ";
    frame.render_widget(Chart::new(data).block(Block::bordered().title(title)).x_axis(x).y_axis(y), area);
}

fn figures(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: String| {
        let value = Span::styled(value, Style::new().add_modifier(Modifier::BOLD));
        lines.push(Line::from(vec![Span::raw(format!("{name:<12} ")), value]));
    };
    if let Some(last) = state.current.as_ref().and_then(|c| c.losses.last()) {
        line("loss", format!("{last:.4}"));
    }
    if let Some(e) = state.epochs.last() {
        line("epoch's loss", format!("{:.4}", e.loss));
        line("pictures/s", format!("{:.0}", e.pictures as f64 / e.seconds.max(1e-9)));
        line("waiting", format!("{:.1} % of the time", e.stalled * 100.0));
        if let Some(rates) = e.rates {
            line("rates", format!("{:.1e}, {:.1e}", rates.backbone, rates.head));
        }
    }
    match state.validation() {
        Some((epoch, scores)) => {
            let recall = scores.recall.get(&1).copied().unwrap_or(f64::NAN);
            line("validation", format!("R@1 {recall:.3} mAP {:.3}", scores.map));
            line("", format!("after epoch {epoch}"));
        }
        None => line("validation", "not yet".into()),
    }
    frame.render_widget(Paragraph::new(lines).block(Block::bordered().title(" last epoch ")), area);
}

fn clusters(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let division = state.division();
    let sizes = division.and_then(|e| e.clusters.as_deref()).unwrap_or_default();
    let title = match division {
        Some(e) => {
            let nmi = e.nmi.map_or(String::new(), |nmi| format!(", NMI {nmi:.2}"));
            format!(" clusters before epoch {}{nmi} ", e.epoch + 1)
        }
        None => " clusters: not divided yet ".to_owned(),
    };
    let digits = sizes.iter().max().map_or(1, |n| n.to_string().len()) as u16;
    let bars: Vec<Bar<'_>> = sizes
        .iter()
        .enumerate()
        .map(|(i, size)| Bar::default().value(*size as u64).label(Line::from((i + 1).to_string())))
        .collect();
    let chart = BarChart::vertical(bars).bar_width(digits.max(2)).bar_gap(1).bar_style(Style::new().fg(SECOND));
    let block = Block::bordered().title(title).title_alignment(Alignment::Left);
    frame.render_widget(chart.value_style(Style::new().fg(Color::Black).bg(SECOND)).block(block), area);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::dashboard::state::Current;
    use crate::history::History;
    use crate::report::made_up::history;
    use crate::schedule::Phase;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    /// The screen as text.
    fn screen(state: &State, now: Instant, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, state, now)).unwrap();
        let text = terminal.backend().to_string();
        if std::env::var_os("DNC_SCREEN").is_some() {
            eprintln!("{text}");
        }
        text
    }

    fn training(since: Instant) -> State {
        let mut state = State::new(
            "runs/a".into(),
            History { epochs: history().epochs[..6].to_vec(), ..History::default() },
            since,
        );
        (state.of, state.notes) = (16, vec!["going on after epoch 6 of 16".into()]);
        let (batches, done) = (20, 5);
        state.current = Some(Current { epoch: 6, phase: Phase::Join, batches, done, losses: vec![0.31; 5], since });
        state
    }

    #[test]
    fn everything_is_on_the_screen() {
        // To be looked at: DNC_SCREEN=1 cargo test --release -p dnc-train everything_is_on -- --nocapture
        let since = Instant::now();
        let state = training(since);
        let screen = screen(&state, since + Duration::from_secs(3), 110, 32);
        let last = &state.epochs[5];
        let (scores, sizes) = (last.validation.as_ref().unwrap(), state.division().unwrap().clusters.clone().unwrap());
        for words in [
            "dnc-train runs/a",
            "epoch 7/16 join  batch 5/20",
            // A quarter of an epoch took 3 s; nine whole ones and three quarters are left.
            "0:00:03 gone, 0:01:57 to go",
            "0.3100",
            &format!("{:.4}", last.loss),
            &format!("{:.0}", last.pictures as f64 / last.seconds),
            "1.0 % of the time",
            &format!("R@1 {:.3} mAP {:.3}", scores.recall[&1], scores.map),
            "after epoch 6",
            "clusters before epoch 5, NMI",
            "going on after epoch 6 of 16",
            "q or Ctrl-C",
        ] {
            assert!(screen.contains(words), "{words:?} is not in\n{screen}");
        }
        assert!(sizes.iter().all(|n| screen.contains(&n.to_string())), "{sizes:?}\n{screen}");
        assert!(screen.contains('•') && screen.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{screen}");
    }

    #[test]
    fn a_run_that_begins_and_any_size_of_terminal_are_drawn() {
        let since = Instant::now();
        let mut state = State::new("r".into(), History::default(), since);
        state.decoded = (40, 96);
        assert!(screen(&state, since, 100, 30).contains("reading pictures 40/96"));
        assert!(screen(&training(since), since, 60, 30).contains("epoch 7/16"));
        for (width, height) in [(1, 1), (20, 5), (79, 24), (80, 12), (300, 100)] {
            screen(&training(since), since, width, height);
            screen(&state, since, width, height);
        }
        state.stopping = true;
        assert!(screen(&state, since, 100, 30).contains("stopping after this batch"));
    }
}
