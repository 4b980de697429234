//! What of the gate controller's image can only be checked in it: counts the instructions of a match beside those of
//! its dot products alone, and lets the watchdog end a standstill. It speaks plain text on UART 0, a fact a line:
//!
//! ```text
//! nothing 4
//! 1000 views of 128 values for 1 learners: parse … match … dots …
//! watchdog: fed for 500 ms
//! watchdog: standing still with the gate open
//! reset: gate closed
//! ```
//!
//! The numbers are cycles of a 25 MHz timer: QEMU's `-icount shift=N` makes an instruction 2^N ns long and a cycle is
//! 40 ns, so N = 6 gives 1.6 cycles for each instruction.
#![no_std]
#![no_main]

use core::fmt::Write as _;
use core::hint::black_box;

use cortex_m::peripheral::Peripherals;
use cortex_m_rt::entry;
use dnc_firmware_demo::matching::{GalleryBlock, MAX_LEARNERS, MAX_NAME, inverse_lengths};
use dnc_firmware_demo::{EmbeddingLayout, int8};
use embedded_hal::digital::OutputPin;
use embedded_io::Write;
use gate_cortex_m::clock;
use gate_mps2_an386::led::Led;
use gate_mps2_an386::timer::Timer;
use gate_mps2_an386::uart::Uart;
use gate_mps2_an386::watchdog::Watchdog;
use gate_mps2_an386::{HERTZ, flash};

const VIEWS: usize = 1000;
const DIM: usize = 128;
const IDENTITIES: usize = 100;
const HEADER: usize = 32;
/// Left in the RAM that outlives a reset, before the standstill.
const STOOD_STILL: [u8; 4] = *b"hung";

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    let Ok(()) = Uart::line().write_all(b"panic\n");
    loop {}
}

struct Text(Uart);

impl core::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let Ok(()) = self.0.write_all(text.as_bytes());
        Ok(())
    }
}

/// Codes of full length, the same in every run.
fn draw(code: &mut [u8], state: &mut u32) {
    for byte in code {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (*state >> 24) as u8;
    }
}

/// A gallery block as dnc_core::matching documents it: its builder needs a heap.
fn write_block(room: &mut [u8], layout: &EmbeddingLayout) -> Option<usize> {
    let learners = layout.learners();
    let (codes, inverses) = (HEADER, HEADER + VIEWS * DIM);
    let identity_of = inverses + VIEWS * learners * 4;
    let names = identity_of + VIEWS * 2;
    let length = names + IDENTITIES * MAX_NAME;
    let block = room.get_mut(..length)?;
    block.fill(0);
    block[..4].copy_from_slice(b"DNCG");
    (block[4], block[5]) = (1, learners as u8);
    block[6..8].copy_from_slice(&(DIM as u16).to_le_bytes());
    block[8..12].copy_from_slice(&(VIEWS as u32).to_le_bytes());
    block[12..16].copy_from_slice(&(IDENTITIES as u32).to_le_bytes());
    block[16..20].copy_from_slice(&0.7f32.to_le_bytes());
    block[20..24].copy_from_slice(&0.1f32.to_le_bytes());
    let mut state = 7;
    for view in 0..VIEWS {
        let code = &mut block[codes + view * DIM..][..DIM];
        draw(code, &mut state);
        let mut signed = [0i8; DIM];
        signed.iter_mut().zip(code).for_each(|(s, c)| *s = c.cast_signed());
        let mut lengths = [0.0f32; MAX_LEARNERS];
        inverse_lengths(&signed, layout, &mut lengths[..learners]);
        for (k, length) in lengths[..learners].iter().enumerate() {
            block[inverses + (view * learners + k) * 4..][..4].copy_from_slice(&length.to_le_bytes());
        }
        let identity = (view * IDENTITIES / VIEWS) as u16;
        block[identity_of + view * 2..][..2].copy_from_slice(&identity.to_le_bytes());
    }
    Some(length)
}

fn count(text: &mut Text, room: &mut [u8], learners: usize) -> Option<()> {
    let layout = EmbeddingLayout::new(DIM, learners).ok()?;
    let length = write_block(room, &layout)?;
    let block = room.get(..length)?;
    let (mut drawn, mut probe) = ([0u8; DIM], [0i8; DIM]);
    draw(&mut drawn, &mut 99);
    probe.iter_mut().zip(drawn).for_each(|(p, d)| *p = d.cast_signed());
    let timer = Timer::start();
    let parse = timer.cycles(|| assert!(black_box(GalleryBlock::parse(black_box(block))).is_ok()));
    // As the device does it for a probe.
    let matched = timer.cycles(|| {
        let verdict = GalleryBlock::reopen(black_box(block)).map(|b| b.identify(black_box(&probe)));
        assert!(black_box(verdict).is_ok());
    });
    // Of the same slices, and nothing else.
    let dots = timer.cycles(|| {
        let rows = black_box(block)[HEADER..][..VIEWS * DIM].as_chunks::<DIM>().0;
        let probe = black_box(&probe);
        let mut sum = 0i32;
        for row in rows {
            // A reinterpretation, not a copy: `i8` and `u8` have the same bytes.
            let row: &[i8; DIM] = bytemuck::cast_ref(row);
            for slice in layout.slices() {
                sum = sum.wrapping_add(int8::dot(&probe[slice.clone()], &row[slice]));
            }
        }
        black_box(sum);
    });
    writeln!(
        text,
        "{VIEWS} views of {DIM} values for {learners} learners: parse {parse} match {matched} dots {dots}"
    )
    .ok()
}

fn check(text: &mut Text, room: &mut [u8], core: Peripherals) -> Option<()> {
    let mut relay = Led(1);
    let (mark, room) = room.split_first_chunk_mut::<4>()?;
    if *mark == STOOD_STILL {
        mark.fill(0);
        let state = if relay.is_lit() { "OPEN" } else { "closed" };
        writeln!(text, "reset: gate {state}").ok()?;
        return None;
    }
    let timer = Timer::start();
    writeln!(text, "nothing {}", timer.cycles(|| ())).ok()?;
    for learners in [1, 4, 8] {
        count(text, room, learners)?;
    }
    // Not before: its interrupts would be counted too.
    clock::start(core.SYST, HERTZ);
    let mut watchdog = Watchdog::start(100);
    for _ in 0..20 {
        let start = clock::now();
        while clock::now().wrapping_sub(start) < 25 {}
        watchdog.feed();
    }
    writeln!(text, "watchdog: fed for {} ms", clock::now()).ok()?;
    let Ok(()) = relay.set_high();
    *mark = STOOD_STILL;
    writeln!(text, "watchdog: standing still with the gate {}", if relay.is_lit() { "open" } else { "CLOSED" }).ok()
}

#[entry]
fn main() -> ! {
    let mut text = Text(Uart::line());
    if let (Some(core), Some((_, spare))) = (Peripherals::take(), flash::take()) {
        let _ = check(&mut text, spare, core);
    }
    loop {
        cortex_m::asm::nop();
    }
}
