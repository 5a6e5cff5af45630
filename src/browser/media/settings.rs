//! What a device delivers at the moment.

use rejoin_proto::media::{EchoCancellation, FacingMode, ResizeMode};
use wasm_bindgen::JsValue;

use super::sys;

/// [MediaTrackSettings](https://www.w3.org/TR/mediacapture-streams/#dom-mediatracksettings): `None` is what
/// the browser does not tell, or what the kind of track does not have.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct TrackSettings {
    /// Width of the picture in pixels.
    pub width: Option<u32>,
    /// Height of the picture in pixels.
    pub height: Option<u32>,
    /// Width over height.
    pub aspect_ratio: Option<f64>,
    /// Frames a second.
    pub frame_rate: Option<f64>,
    /// Which way the camera looks.
    pub facing_mode: Option<FacingMode>,
    /// Whether the browser crops and scales.
    pub resize_mode: Option<ResizeMode>,
    /// Samples a second.
    pub sample_rate: Option<u32>,
    /// Bits a sample.
    pub sample_size: Option<u32>,
    /// What is taken out of the sound.
    pub echo_cancellation: Option<EchoCancellation>,
    /// Whether the loudness is kept even.
    pub auto_gain_control: Option<bool>,
    /// Whether steady noise is taken out.
    pub noise_suppression: Option<bool>,
    /// From the device to the page, in seconds.
    pub latency: Option<f64>,
    /// 1 is mono, 2 is stereo.
    pub channel_count: Option<u32>,
    /// The device, by the id it has for this origin.
    pub device_id: Option<String>,
    /// The physical device it is part of.
    pub group_id: Option<String>,
}

impl TrackSettings {
    pub(super) fn read(raw: &sys::Settings) -> Self {
        Self {
            width: raw.width(),
            height: raw.height(),
            aspect_ratio: raw.aspect_ratio(),
            frame_rate: raw.frame_rate(),
            facing_mode: raw.facing_mode().as_string().as_deref().map(FacingMode::from),
            resize_mode: raw.resize_mode().as_string().as_deref().map(ResizeMode::from),
            sample_rate: raw.sample_rate(),
            sample_size: raw.sample_size(),
            echo_cancellation: echo_cancellation(&raw.echo_cancellation()),
            auto_gain_control: raw.auto_gain_control(),
            noise_suppression: raw.noise_suppression(),
            latency: raw.latency(),
            channel_count: raw.channel_count(),
            device_id: raw.device_id().as_string(),
            group_id: raw.group_id().as_string(),
        }
    }
}

fn echo_cancellation(value: &JsValue) -> Option<EchoCancellation> {
    match (value.as_bool(), value.as_string().as_deref()) {
        (Some(on), _) => Some(on.into()),
        (None, Some("all")) => Some(EchoCancellation::All),
        (None, Some("remote-only")) => Some(EchoCancellation::RemoteOnly),
        (None, Some(_)) => Some(EchoCancellation::On),
        (None, None) => None,
    }
}
