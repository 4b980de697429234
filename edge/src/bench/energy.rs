//! Energy, where the board counts it: RAPL on Intel and AMD, an INA3221 on Jetson.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Time between two looks: RAPL's counter turns over after minutes, the INA3221 averages over milliseconds.
const STEP: Duration = Duration::from_millis(50);

/// Where the figure comes from.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    /// Files of energy in µJ that turn over at a largest value, µJ.
    Counters(Vec<(PathBuf, u64)>),
    /// Files of voltage in mV and current in mA.
    Rails(Vec<(PathBuf, PathBuf)>),
}

/// Looks at the board's figures until it is asked for the sum.
pub struct Meter {
    name: &'static str,
    stop: Arc<AtomicBool>,
    sum: JoinHandle<Option<f64>>,
}

fn number(path: &Path) -> Option<f64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

impl Source {
    /// What the machine whose `/sys` is at `sys` has and lets this user read.
    fn of(sys: &Path) -> Option<(&'static str, Self)> {
        Self::rapl(sys)
            .map(|s| ("RAPL, whole processor", s))
            .or_else(|| Self::ina(sys).map(|s| ("INA3221, board input", s)))
    }

    fn rapl(sys: &Path) -> Option<Self> {
        let packages = entries(&sys.join("class/powercap")).into_iter().filter(|domain| {
            std::fs::read_to_string(domain.join("name")).is_ok_and(|name| name.starts_with("package"))
        });
        // The counter is readable by root alone on many kernels.
        let counter = |domain: PathBuf| {
            let (energy, most) = (domain.join("energy_uj"), number(&domain.join("max_energy_range_uj"))?);
            number(&energy).map(|_| (energy, most as u64))
        };
        let counters: Vec<_> = packages.filter_map(counter).collect();
        (!counters.is_empty()).then_some(Self::Counters(counters))
    }

    /// The rail that feeds the board (`VDD_IN`, or `VDD_…_IN`); all rails of the first chip where none is called so: they
    /// may hang on each other then, but no sum is too small.
    fn ina(sys: &Path) -> Option<Self> {
        let chips = entries(&sys.join("bus/i2c/drivers/ina3221"));
        let monitors: Vec<PathBuf> = chips.iter().flat_map(|chip| entries(&chip.join("hwmon"))).collect();
        let rails = monitors.iter().flat_map(|monitor| {
            (1..=3).filter_map(move |i| {
                let (volts, amps) = (monitor.join(format!("in{i}_input")), monitor.join(format!("curr{i}_input")));
                let label = std::fs::read_to_string(monitor.join(format!("in{i}_label"))).unwrap_or_default();
                (number(&volts).is_some() && number(&amps).is_some()).then_some((label, (volts, amps)))
            })
        });
        let rails: Vec<_> = rails.collect();
        let input = rails.iter().filter(|(label, _)| label.starts_with("VDD") && label.trim_end().ends_with("IN"));
        let chosen: Vec<_> = input.map(|(_, rail)| rail.clone()).collect();
        let chosen = if chosen.is_empty() { rails.into_iter().map(|(_, rail)| rail).collect() } else { chosen };
        (!chosen.is_empty()).then_some(Self::Rails(chosen))
    }
}

/// Adds up what a source says, look by look.
struct Sum {
    source: Source,
    before: Vec<u64>,
    joules: f64,
}

impl Sum {
    fn new(source: Source) -> Option<Self> {
        let before = match &source {
            Source::Counters(files) => files.iter().map(|(f, _)| number(f).map(|n| n as u64)).collect::<Option<_>>()?,
            Source::Rails(_) => Vec::new(),
        };
        Some(Self { source, before, joules: 0.0 })
    }

    /// Adds what was used in the `seconds` since the last look; `None` where a file cannot be read any more.
    fn look(&mut self, seconds: f64) -> Option<()> {
        match &self.source {
            Source::Counters(files) => {
                for ((file, most), before) in files.iter().zip(&mut self.before) {
                    let now = number(file)? as u64;
                    let used = if now >= *before { now - *before } else { (most - (*before).min(*most)) + now };
                    (self.joules, *before) = (self.joules + used as f64 * 1e-6, now);
                }
            }
            Source::Rails(rails) => {
                for (volts, amps) in rails {
                    self.joules += number(volts)? * number(amps)? * 1e-6 * seconds;
                }
            }
        }
        Some(())
    }
}

impl Meter {
    /// Starts to count; `None` where the board has no figure that this user may read.
    pub fn start(sys: &Path) -> Option<Self> {
        let (name, source) = Source::of(sys)?;
        let mut sum = Sum::new(source)?;
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let sum = thread::spawn(move || {
            let mut last = Instant::now();
            loop {
                let done = asked.load(Ordering::SeqCst);
                let now = Instant::now();
                sum.look(now.duration_since(last).as_secs_f64())?;
                last = now;
                if done {
                    return Some(sum.joules);
                }
                thread::sleep(STEP);
            }
        });
        Some(Self { name, stop, sum })
    }

    /// The joules since the start, and where the figure comes from.
    pub fn stop(self) -> Option<(f64, &'static str)> {
        self.stop.store(true, Ordering::SeqCst);
        let joules = self.sum.join().ok().flatten()?;
        Some((joules, self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn a_processors_counters_are_added_and_turn_over() {
        let sys = tempfile::tempdir().unwrap();
        let root = sys.path();
        for (domain, name) in [("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "core"), ("intel-rapl:1", "package-1")]
        {
            put(root, &format!("class/powercap/{domain}/name"), name);
            put(root, &format!("class/powercap/{domain}/max_energy_range_uj"), "10000000\n");
            put(root, &format!("class/powercap/{domain}/energy_uj"), "9000000\n");
        }
        let (name, source) = Source::of(root).unwrap();
        assert!(name.contains("RAPL"));
        let mut sum = Sum::new(source).unwrap();
        put(root, "class/powercap/intel-rapl:0/energy_uj", "9500000");
        // Half a joule; one joule to the end and two more.
        put(root, "class/powercap/intel-rapl:1/energy_uj", "2000000");
        // The cores are a part of their package.
        put(root, "class/powercap/intel-rapl:0:0/energy_uj", "9999999");
        sum.look(1.0).unwrap();
        assert!((sum.joules - 3.5).abs() < 1e-9, "{}", sum.joules);
        std::fs::remove_file(root.join("class/powercap/intel-rapl:1/energy_uj")).unwrap();
        assert_eq!(sum.look(1.0), None);
    }

    #[test]
    fn a_jetsons_input_rail_is_taken_and_not_its_parts() {
        let sys = tempfile::tempdir().unwrap();
        let monitor = "bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon3";
        for (i, label, millivolts, milliamps) in
            [(1, "VDD_IN\n", "5000", "2000"), (2, "VDD_CPU_GPU_CV\n", "5000", "800"), (3, "VDD_SOC\n", "5000", "500")]
        {
            put(sys.path(), &format!("{monitor}/in{i}_label"), label);
            put(sys.path(), &format!("{monitor}/in{i}_input"), millivolts);
            put(sys.path(), &format!("{monitor}/curr{i}_input"), milliamps);
        }
        let (name, source) = Source::of(sys.path()).unwrap();
        assert!(name.contains("INA3221"));
        let mut sum = Sum::new(source).unwrap();
        sum.look(0.5).unwrap();
        // 5 V × 2 A for half a second.
        assert!((sum.joules - 5.0).abs() < 1e-9, "{}", sum.joules);
        assert_eq!(Meter::start(sys.path()).unwrap().stop().unwrap().1, name);
    }

    #[test]
    fn a_machine_without_either_has_no_meter() {
        let sys = tempfile::tempdir().unwrap();
        assert!(Meter::start(sys.path()).is_none());
        // Domains that only root may read, or that are no numbers.
        put(sys.path(), "class/powercap/intel-rapl:0/name", "package-0");
        put(sys.path(), "class/powercap/intel-rapl:0/energy_uj", "not a number");
        assert!(Meter::start(sys.path()).is_none());
    }
}
