//! USART 1: what arrives is put by by an interrupt, since filling the display takes as long as 300 bytes take to come.

use core::cell::RefCell;

use critical_section::Mutex;
use embedded_hal_nb::serial::{Read, Write as _};
use heapless::spsc::{Consumer, Producer, Queue};
use stm32f4xx_hal::pac::{self, USART1, interrupt};
use stm32f4xx_hal::serial::{Rx, RxListen, Tx};

/// Bytes that are kept.
pub type Arrived = Queue<u8, 1024>;

/// Where bytes come from and where they are put.
type Receiving = (Rx<USART1>, Producer<'static, u8>);

/// What the interrupt handler needs.
static RECEIVING: Mutex<RefCell<Option<Receiving>>> = Mutex::new(RefCell::new(None));

/// Starts receiving into `queue`, whose other end is returned.
pub fn listen(mut rx: Rx<USART1>, queue: &'static mut Arrived) -> Consumer<'static, u8> {
    let (producer, consumer) = queue.split();
    rx.listen();
    critical_section::with(|cs| RECEIVING.borrow_ref_mut(cs).replace((rx, producer)));
    // SAFETY: no critical section is built on this interrupt being masked; its handler shares `RECEIVING` alone, through
    // a mutex.
    unsafe { cortex_m::peripheral::NVIC::unmask(pac::Interrupt::USART1) };
    consumer
}

#[interrupt]
fn USART1() {
    critical_section::with(|cs| {
        if let Some((rx, producer)) = RECEIVING.borrow_ref_mut(cs).as_mut()
            // An error of the line is a lost byte: the frame's CRC finds it.
            && let Ok(byte) = rx.read()
        {
            // Full: the byte is lost too, and found too.
            let _ = producer.enqueue(byte);
        }
    });
}

/// The sending half, which waits for each byte.
pub struct Line(pub Tx<USART1>);

impl embedded_io::ErrorType for Line {
    type Error = embedded_io::ErrorKind;
}

impl embedded_io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, embedded_io::ErrorKind> {
        for byte in bytes {
            nb::block!(self.0.write(*byte)).map_err(|_| embedded_io::ErrorKind::Other)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), embedded_io::ErrorKind> {
        nb::block!(self.0.flush()).map_err(|_| embedded_io::ErrorKind::Other)
    }
}
