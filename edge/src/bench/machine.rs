//! Facts of the machine that a figure is true for.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sysinfo::{
    Components, CpuRefreshKind, MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System,
};

use crate::live::now;

/// The machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Program and version.
    pub tool: String,
    /// When, RFC 3339, UTC.
    pub time: String,
    /// The board, where it has a name.
    pub board: Option<String>,
    /// The processor.
    pub cpu: String,
    /// Its instruction set, as `x86_64`.
    pub arch: String,
    /// What of it matters here: vector units that are used.
    pub features: Vec<String>,
    /// Logical processors that this process may use.
    pub cores: usize,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// Operating system.
    pub system: String,
    /// Rule of the processor's clock, as `performance`.
    pub governor: Option<String>,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let what = RefreshKind::nothing()
            .with_cpu(CpuRefreshKind::nothing().with_frequency())
            .with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(what);
        let read = |path: &str| {
            let text = std::fs::read_to_string(Path::new(path)).ok()?;
            let text = text.trim_end_matches(['\0', '\n', ' ']).to_owned();
            (!text.is_empty()).then_some(text)
        };
        let unknown = || "unknown".to_owned();
        let os = System::long_os_version().unwrap_or_else(unknown);
        let kernel = System::kernel_version().unwrap_or_else(unknown);
        Self {
            tool: concat!("dnc-edge ", env!("CARGO_PKG_VERSION")).to_owned(),
            time: now(),
            // Boards say who they are in the device tree, as "NVIDIA Jetson Orin Nano Developer Kit".
            board: read("/proc/device-tree/model").or_else(|| read("/sys/class/dmi/id/product_name")),
            cpu: system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()).unwrap_or_else(unknown),
            arch: std::env::consts::ARCH.to_owned(),
            features: features(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: system.total_memory(),
            system: format!("{os}, kernel {kernel}"),
            governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let board = self.board.as_ref().map(|b| format!("{b}, ")).unwrap_or_default();
        let features =
            if self.features.is_empty() { "no vector units used".to_owned() } else { self.features.join(" ") };
        let governor = self.governor.as_ref().map(|g| format!(", clock {g}")).unwrap_or_default();
        format!(
            "{board}{} ({}; {features}), {} processors, {:.1} GB{governor}, {}",
            self.cpu,
            self.arch,
            self.cores,
            self.memory_bytes as f64 / 1e9,
            self.system
        )
    }
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<String> {
    let there = [
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avxvnni", is_x86_feature_detected!("avxvnni")),
    ];
    there.into_iter().filter(|(_, there)| *there).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<String> {
    let there = [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("dotprod", std::arch::is_aarch64_feature_detected!("dotprod")),
        ("i8mm", std::arch::is_aarch64_feature_detected!("i8mm")),
    ];
    there.into_iter().filter(|(_, there)| *there).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<String> {
    Vec::new()
}

/// What changes while a machine works.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Health {
    /// The hottest sensor, °C.
    pub temperature_c: Option<f32>,
    /// Mean clock of the processors, MHz.
    pub clock_mhz: Option<u64>,
}

impl Health {
    /// Now.
    pub fn now() -> Self {
        let sensors = Components::new_with_refreshed_list();
        let temperatures = sensors.iter().filter_map(sysinfo::Component::temperature).filter(|t| t.is_finite());
        let cpu = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_frequency());
        let system = System::new_with_specifics(cpu);
        let clocks: Vec<u64> = system.cpus().iter().map(sysinfo::Cpu::frequency).filter(|mhz| *mhz > 0).collect();
        let mean = (!clocks.is_empty()).then(|| clocks.iter().sum::<u64>() / clocks.len() as u64);
        Self { temperature_c: temperatures.reduce(f32::max), clock_mhz: mean }
    }
}

/// Resident memory of this process, bytes.
pub fn resident_bytes() -> Option<u64> {
    let pid = sysinfo::get_current_pid().ok()?;
    let mut system = System::new();
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        false,
        ProcessRefreshKind::nothing().with_memory(),
    );
    system.process(pid).map(sysinfo::Process::memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_processor_and_memory() {
        let machine = Machine::here();
        assert!(machine.cores >= 1 && machine.memory_bytes > 1 << 26, "{machine:?}");
        assert!(machine.line().contains(&machine.cpu), "{}", machine.line());
        let text = serde_json::to_string(&machine).unwrap();
        assert_eq!(serde_json::from_str::<Machine>(&text).unwrap(), machine);
    }

    #[test]
    fn memory_that_is_written_to_is_resident() {
        let before = resident_bytes().unwrap();
        let block = vec![1u8; 64 << 20];
        let after = resident_bytes().unwrap();
        assert!(after >= before + (48 << 20), "{before} {after}, {}", block[block.len() - 1]);
    }
}
