//! When a connection counts as lost, and how it is brought back.

use core::time::Duration;

use rejoin::RecoveryConfig;
use wasm_bindgen::JsValue;

use crate::value::Options;

/// The option `recovery` that a user gave.
pub(crate) fn recovery(given: &Options) -> Result<RecoveryConfig, JsValue> {
    let given = Options(given.get("recovery"));
    let mut config = RecoveryConfig::new();
    for (name, place) in [
        ("pingIntervalMs", &mut config.ping_interval),
        ("silenceTimeoutMs", &mut config.silence_timeout),
        ("graceTimeoutMs", &mut config.grace_timeout),
        ("restartTimeoutMs", &mut config.restart_timeout),
        ("connectTimeoutMs", &mut config.connect_timeout),
        ("maxConnectTimeoutMs", &mut config.max_connect_timeout),
        ("absenceTimeoutMs", &mut config.absence_timeout),
        ("initialDelayMs", &mut config.backoff.initial),
        ("maxDelayMs", &mut config.backoff.max),
    ] {
        if let Some(ms) = milliseconds(&given, name)? {
            *place = ms;
        }
    }
    config.restarts = given.number("restarts", 1_000)?.unwrap_or(config.restarts);
    config.backoff.max_attempts = given.number("maxAttempts", u32::MAX)?;
    config.max_elapsed = milliseconds(&given, "maxElapsedMs")?;
    Ok(config)
}

/// A time that a user gave.
pub(crate) fn milliseconds(given: &Options, name: &str) -> Result<Option<Duration>, JsValue> {
    Ok(given.number(name, u32::MAX)?.map(|ms| Duration::from_millis(ms.into())))
}
