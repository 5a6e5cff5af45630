//! Random numbers from the browser's `crypto.getRandomValues`.

use super::sys;

/// 64 random bits, of cryptographic quality.
pub(crate) fn bits() -> u64 {
    let buffer = js_sys::Uint8Array::new_with_length(8);
    // getRandomValues throws only above 65,536 bytes.
    let _ = sys::get_random_values(&buffer);
    let mut bytes = [0; 8];
    buffer.copy_to(&mut bytes);
    u64::from_le_bytes(bytes)
}
