//! What to ask of a microphone.

use super::request::constraint_sets;
use super::{EchoCancellation, NumberConstraint, OneOrMore, RequiredNumber, RequiredValue, ValueConstraint};

constraint_sets!(
    /// What to ask of a microphone; nothing asked for means any microphone, as the browser likes it.
    AudioConstraints,
    /// A set of requirements on a microphone that is met as a whole or passed over.
    AudioAdvanced {
        /// Whether what the machine plays is taken out of the sound.
        echo_cancellation, with_echo_cancellation: ValueConstraint<EchoCancellation> | RequiredValue<EchoCancellation>,
        /// Whether steady noise is taken out of the sound.
        noise_suppression, with_noise_suppression: ValueConstraint<bool> | RequiredValue<bool>,
        /// Whether the browser keeps the loudness even.
        auto_gain_control, with_auto_gain_control: ValueConstraint<bool> | RequiredValue<bool>,
        /// Samples a second.
        sample_rate, with_sample_rate: NumberConstraint<u32> | RequiredNumber<u32>,
        /// Bits a sample.
        sample_size, with_sample_size: NumberConstraint<u32> | RequiredNumber<u32>,
        /// 1 is mono, 2 is stereo.
        channel_count, with_channel_count: NumberConstraint<u32> | RequiredNumber<u32>,
        /// From the microphone to the page, in seconds.
        latency, with_latency: NumberConstraint<f64> | RequiredNumber<f64>,
        /// The microphone, by the id it has for this origin.
        device_id, with_device_id: ValueConstraint<OneOrMore<String>> | RequiredValue<OneOrMore<String>>,
        /// The physical device the microphone is part of, by the id it has for this document.
        group_id, with_group_id: ValueConstraint<OneOrMore<String>> | RequiredValue<OneOrMore<String>>,
    }
);

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::super::{at_most, exact, range};
    use super::*;

    #[test]
    fn every_member_has_the_name_and_the_shape_of_the_specification() {
        let audio = AudioConstraints::new()
            .with_echo_cancellation(true)
            .with_noise_suppression(exact(false))
            .with_auto_gain_control(true)
            .with_sample_rate(exact(48_000))
            .with_sample_size(16)
            .with_channel_count(range(1..=2).unwrap())
            .with_latency(at_most(0.02))
            .with_device_id("default")
            .with_group_id(exact("desk"))
            .with_advanced(
                AudioAdvanced::new()
                    .with_echo_cancellation(exact(EchoCancellation::RemoteOnly))
                    .with_noise_suppression(exact(true)),
            );
        assert_eq!(
            to_value(audio).unwrap(),
            json!({
                "echoCancellation": {"ideal": true},
                "noiseSuppression": {"exact": false},
                "autoGainControl": {"ideal": true},
                "sampleRate": {"exact": 48000},
                "sampleSize": {"ideal": 16},
                "channelCount": {"min": 1, "max": 2},
                "latency": {"max": 0.02},
                "deviceId": {"ideal": "default"},
                "groupId": {"exact": "desk"},
                "advanced": [{"echoCancellation": {"exact": "remote-only"}, "noiseSuppression": {"exact": true}}]
            })
        );
    }
}
