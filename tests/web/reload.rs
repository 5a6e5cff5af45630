//! Whom a page is, kept for when it is loaded anew. A second client of one page stands for a duplicate of its tab, and what
//! is put back into the storage for a page that was not left.

use std::time::Duration;

use rejoin::signaling::{SignalingOptions, SignalingState};
use rejoin::{RoomId, SignalingClient};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Storage;

use crate::support::{come_and_go, fresh_name, server, until, within};

fn options() -> SignalingOptions {
    SignalingOptions::new(server(), RoomId::new(fresh_name()).unwrap()).with_reload(Some(Duration::from_secs(5)))
}

async fn client(options: &SignalingOptions) -> SignalingClient {
    let client = SignalingClient::connect(options.clone()).unwrap();
    within("joining", client.joined()).await.unwrap();
    client
}

fn id(client: &SignalingClient) -> String {
    client.peer_id().unwrap().to_string()
}

fn storage() -> Storage {
    web_sys::window().unwrap().session_storage().unwrap().unwrap()
}

fn key(options: &SignalingOptions) -> String {
    format!("rejoin {} {}", options.url, options.room)
}

fn stored(options: &SignalingOptions) -> Option<String> {
    storage().get_item(&key(options)).unwrap()
}

#[wasm_bindgen_test]
async fn a_client_comes_back_under_the_id_that_was_stored() {
    let options = options();
    let before = client(&options).await;
    let (was, kept) = (id(&before), stored(&options).unwrap());
    assert!(kept.starts_with(&was), "{kept}");
    before.close();
    storage().set_item(&key(&options), &kept).unwrap();

    let after = client(&options).await;
    assert_eq!(id(&after), was);
    assert!(stored(&options).unwrap().starts_with(&was));
}

#[wasm_bindgen_test]
async fn a_second_client_of_an_identity_that_is_in_use_is_somebody_new() {
    let options = options();
    let first = client(&options).await;
    let second = client(&options).await;
    assert_ne!(id(&first), id(&second));
    assert_eq!(first.state(), SignalingState::Joined);
}

#[wasm_bindgen_test]
async fn who_closes_lets_go_of_the_lock_and_of_what_is_stored() {
    let options = options();
    for _ in 0..3 {
        let client = client(&options).await;
        let kept = stored(&options).unwrap();
        drop(client);
        assert_eq!(stored(&options), None);
        storage().set_item(&key(&options), &kept).unwrap();
        let again = self::client(&options).await;
        assert!(kept.starts_with(&id(&again)), "the lock was not free");
        again.close();
        assert_eq!(stored(&options), None);
    }
}

#[wasm_bindgen_test]
async fn junk_in_the_storage_is_passed_over() {
    let options = options();
    for junk in ["", "junk", "a ", " b", "{}", "\u{1f44b} x"] {
        storage().set_item(&key(&options), junk).unwrap();
        let client = client(&options).await;
        assert!(stored(&options).unwrap().starts_with(&id(&client)));
    }
}

#[wasm_bindgen_test]
async fn a_client_that_is_closed_while_it_claims_its_id_says_nothing() {
    let options = options();
    storage().set_item(&key(&options), "nobody token").unwrap();
    let client = SignalingClient::connect(options.clone()).unwrap();
    assert_eq!(client.state(), SignalingState::Connecting { attempt: 1 });
    client.close();
    assert_eq!((client.state(), stored(&options)), (SignalingState::Closed, None));
}

#[wasm_bindgen_test]
async fn a_page_that_goes_does_not_leave_the_room() {
    let options = options();
    let (stays, goes) = (client(&options).await, client(&options).await);
    come_and_go("pagehide", false);
    assert_eq!(goes.state(), SignalingState::Joined);
    until(|| stays.peers().iter().all(|remote| !remote.suspended)).await;
    goes.close();
    until(|| stays.peers().is_empty()).await;
}

#[wasm_bindgen_test]
async fn without_the_option_nothing_is_stored() {
    let options = options().with_reload(None);
    let before = client(&options).await;
    assert_eq!(stored(&options), None);
    drop(before);
}
