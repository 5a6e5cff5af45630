//! Camera, microphone and the elements that show them.
