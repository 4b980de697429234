use std::vec;
use std::vec::Vec;

use embedded_storage::nor_flash::{
    ErrorType, NorFlashError, NorFlashErrorKind, ReadNorFlash, check_erase, check_read, check_write,
};

use super::*;
use crate::ram_flash::RamFlash;

/// Flash whose power fails after `budget` bytes have been erased or written.
#[derive(Debug, Clone)]
struct Flash {
    /// By single bytes, so that a cut may lie between any two.
    ram: RamFlash<Vec<u8>, 1, 1>,
    budget: usize,
}

#[derive(Debug, PartialEq)]
struct PowerCut;

impl NorFlashError for PowerCut {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl ErrorType for Flash {
    type Error = PowerCut;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 4;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), PowerCut> {
        check_read(self, offset, bytes.len()).unwrap();
        self.ram.read(offset, bytes).map_err(|_| PowerCut)
    }

    fn capacity(&self) -> usize {
        self.ram.capacity()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 4;
    const ERASE_SIZE: usize = 64;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), PowerCut> {
        check_erase(self, from, to).unwrap();
        let done = self.spend((to - from) as usize);
        self.ram.erase(from, from + done as u32).unwrap();
        if done < (to - from) as usize { Err(PowerCut) } else { Ok(()) }
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), PowerCut> {
        check_write(self, offset, bytes.len()).unwrap();
        let done = self.spend(bytes.len());
        self.ram.write(offset, &bytes[..done]).unwrap();
        if done < bytes.len() { Err(PowerCut) } else { Ok(()) }
    }
}

impl Flash {
    /// How many of `wanted` bytes there is power for.
    fn spend(&mut self, wanted: usize) -> usize {
        let done = wanted.min(self.budget);
        self.budget -= done;
        done
    }
}

fn update(slots: &mut Slots<Flash>, block: &[u8]) -> Result<(), SlotError<PowerCut>> {
    slots.begin(block.len() as u32, CRC.checksum(block))?;
    for (i, chunk) in block.chunks(13).enumerate() {
        slots.chunk(i as u32 * 13, chunk)?;
    }
    slots.commit(|_, _| true).map(|_| ())
}

fn in_use(slots: &Slots<Flash>) -> Option<&[u8]> {
    let block = &slots.active()?.block;
    Some(&slots.flash().ram.0[block.start as usize..block.end as usize])
}

fn empty() -> Slots<Flash> {
    Slots::open(Flash { ram: RamFlash(vec![0xa5; 512]), budget: usize::MAX }).unwrap()
}

fn block(seed: u8, len: usize) -> Vec<u8> {
    (0..len).map(|i| (i as u8).wrapping_mul(31).wrapping_add(seed)).collect()
}

#[test]
fn a_power_cut_at_any_byte_keeps_the_old_gallery() {
    // Both slots in use before, so that each is erased over an older gallery in one of the rounds.
    for before in 0..3u8 {
        let mut slots = empty();
        for seed in 0..before {
            update(&mut slots, &block(seed, 101)).unwrap();
        }
        let old = in_use(&slots).map(<[u8]>::to_vec);
        let new = block(9, 90);
        let mut cuts = 0;
        for budget in 0.. {
            let mut flash = slots.flash().clone();
            flash.budget = budget;
            let mut cut = Slots::open(flash).unwrap();
            let result = update(&mut cut, &new);
            let mut flash = cut.flash().clone();
            flash.budget = usize::MAX;
            let mut again = Slots::open(flash).unwrap();
            match result {
                Ok(()) => {
                    assert_eq!(in_use(&again), Some(&new[..]));
                    break;
                }
                Err(e) => assert_eq!(e, SlotError::Flash(PowerCut)),
            }
            assert_eq!(in_use(&cut), old.as_deref(), "the running device, cut after {budget} bytes");
            // The header's filling clears no bit: cut within it, the new gallery already stands.
            let kept = in_use(&again);
            assert!(kept == old.as_deref() || budget >= 256 + 92 + 20 && kept == Some(&new[..]), "after {budget}");
            update(&mut again, &block(77, 64)).unwrap();
            assert_eq!(in_use(&again), Some(&block(77, 64)[..]), "the next update after a cut");
            cuts += 1;
        }
        assert_eq!(cuts, 256 + 92 + 32, "one for each byte erased or written");
    }
}

#[test]
fn what_is_not_announced_is_not_kept() {
    let mut slots = empty();
    update(&mut slots, &block(1, 50)).unwrap();
    let kept = block(1, 50);
    let wrong = CRC.checksum(b"another");
    slots.begin(4, wrong).unwrap();
    slots.chunk(0, &[1, 2, 3, 4]).unwrap();
    assert!(matches!(slots.commit(|_, _| true), Err(SlotError::Crc { expected, .. }) if expected == wrong));
    slots.begin(4, 0).unwrap();
    assert!(matches!(slots.chunk(1, &[1]), Err(SlotError::OutOfOrder { found: 1, expected: 0 })));
    slots.begin(4, 0).unwrap();
    assert!(matches!(slots.chunk(0, &[1; 5]), Err(SlotError::OutOfOrder { .. })));
    slots.begin(4, 0).unwrap();
    slots.chunk(0, &[1]).unwrap();
    assert!(matches!(slots.commit(|_, _| true), Err(SlotError::OutOfOrder { found: 4, expected: 1 })));
    assert!(matches!(slots.commit(|_, _| true), Err(SlotError::OutOfOrder { .. })), "not begun");
    assert!(matches!(slots.begin(225, 0), Err(SlotError::TooLarge { length: 225, room: 224 })));
    slots.begin(4, CRC.checksum(&[1, 2, 3, 4])).unwrap();
    slots.chunk(0, &[1, 2, 3, 4]).unwrap();
    let refuse = |flash: &Flash, at: Range<u32>| flash.ram.0[at.start as usize..at.end as usize] != [1, 2, 3, 4];
    assert_eq!(slots.commit(refuse), Err(SlotError::Refused { length: 4 }));
    assert_eq!(in_use(&slots), Some(&kept[..]));
    update(&mut slots, &block(2, 224)).unwrap();
    assert_eq!(slots.active().unwrap().sequence, 2);
}
