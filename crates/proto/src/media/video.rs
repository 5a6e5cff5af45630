//! What to ask of a camera.

use super::request::constraint_sets;
use super::{FacingMode, NumberConstraint, OneOrMore, RequiredNumber, RequiredValue, ResizeMode, ValueConstraint};

constraint_sets!(
    /// What to ask of a camera; nothing asked for means any camera, as the browser likes it.
    VideoConstraints,
    /// A set of requirements on a camera that is met as a whole or passed over.
    VideoAdvanced {
        /// Width of the picture in pixels.
        width, with_width: NumberConstraint<u32> | RequiredNumber<u32>,
        /// Height of the picture in pixels.
        height, with_height: NumberConstraint<u32> | RequiredNumber<u32>,
        /// Width over height, such as 1.7777777778.
        aspect_ratio, with_aspect_ratio: NumberConstraint<f64> | RequiredNumber<f64>,
        /// Frames a second.
        frame_rate, with_frame_rate: NumberConstraint<f64> | RequiredNumber<f64>,
        /// Which way the camera looks.
        facing_mode, with_facing_mode: ValueConstraint<OneOrMore<FacingMode>> | RequiredValue<OneOrMore<FacingMode>>,
        /// Whether the browser may crop and scale.
        resize_mode, with_resize_mode: ValueConstraint<OneOrMore<ResizeMode>> | RequiredValue<OneOrMore<ResizeMode>>,
        /// The camera, by the id it has for this origin.
        device_id, with_device_id: ValueConstraint<OneOrMore<String>> | RequiredValue<OneOrMore<String>>,
        /// The physical device the camera is part of, by the id it has for this document.
        group_id, with_group_id: ValueConstraint<OneOrMore<String>> | RequiredValue<OneOrMore<String>>,
    }
);

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::super::{any_of, at_least, at_most, exact, range};
    use super::*;

    #[test]
    fn every_member_has_the_name_and_the_shape_of_the_specification() {
        let video = VideoConstraints::new()
            .with_width(1280)
            .with_height(range(480..=1080).unwrap().with_ideal(720))
            .with_aspect_ratio(16.0 / 9.0)
            .with_frame_rate(range(24.0..=60.0).unwrap())
            .with_facing_mode(exact(any_of::<FacingMode, _>(FacingMode::User, [FacingMode::Left])))
            .with_resize_mode(ResizeMode::CropAndScale)
            .with_device_id(exact("camera"))
            .with_group_id("desk")
            .with_advanced(VideoAdvanced::new().with_width(exact(1920)).with_height(exact(1080)))
            .with_advanced(
                VideoAdvanced::new().with_frame_rate(at_least(50.0)).with_facing_mode(exact(FacingMode::User)),
            );
        assert_eq!(
            to_value(video).unwrap(),
            json!({
                "width": {"ideal": 1280},
                "height": {"min": 480, "max": 1080, "ideal": 720},
                "aspectRatio": {"ideal": 16.0 / 9.0},
                "frameRate": {"min": 24.0, "max": 60.0},
                "facingMode": {"exact": ["user", "left"]},
                "resizeMode": {"ideal": "crop-and-scale"},
                "deviceId": {"exact": "camera"},
                "groupId": {"ideal": "desk"},
                "advanced": [
                    {"width": {"exact": 1920}, "height": {"exact": 1080}},
                    {"frameRate": {"min": 50.0}, "facingMode": {"exact": "user"}}
                ]
            })
        );
    }

    #[test]
    fn the_last_word_on_a_member_counts() {
        let video = VideoConstraints::new().with_width(exact(640)).with_width(at_most(320));
        assert_eq!(to_value(video).unwrap(), json!({"width": {"max": 320}}));
    }
}
