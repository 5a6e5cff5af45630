//! What the tests take for granted of the browser they run in.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{RtcPeerConnection, RtcSdpType, RtcSessionDescriptionInit};

#[wasm_bindgen_test]
async fn the_browser_makes_an_offer_for_a_data_channel() {
    let connection = RtcPeerConnection::new().unwrap();
    connection.create_data_channel("chat");
    let offer: RtcSessionDescriptionInit = JsFuture::from(connection.create_offer()).await.unwrap().unchecked_into();
    assert_eq!(offer.get_type(), RtcSdpType::Offer);
    assert!(offer.get_sdp().unwrap().contains("m=application"));
    connection.close();
}
