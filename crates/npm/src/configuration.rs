//! Servers and policies for connections.

use js_sys::Array;
use rejoin::{Configuration, IceServer, IceTransportPolicy};
use rejoin_proto::text::say;
use wasm_bindgen::JsValue;

use crate::failure;
use crate::value::Options;

/// The `iceServers` and the `iceTransportPolicy` that a user gave.
pub(crate) fn configuration(given: &Options) -> Result<Configuration, JsValue> {
    let mut configuration = Configuration::new();
    let servers = given.get("iceServers");
    if Array::is_array(&servers) {
        for server in Array::from(&servers).iter() {
            configuration.ice_servers.push(ice_server(&Options(server))?);
        }
    }
    match given.text("iceTransportPolicy")?.as_deref() {
        None | Some("all") => {}
        Some("relay") => configuration.ice_transport_policy = IceTransportPolicy::Relay,
        Some(_) => return Err(failure::option("the option iceTransportPolicy must be \"all\" or \"relay\"")),
    }
    configuration.validate().map_err(|error| failure::option(&say(&error)))?;
    Ok(configuration)
}

fn ice_server(given: &Options) -> Result<IceServer, JsValue> {
    let urls = given.get("urls");
    let mut urls = if Array::is_array(&urls) { Array::from(&urls) } else { Array::of1(&urls) }.into_iter();
    // What is no string is refused with the empty address.
    let mut next = || urls.next().map(|url| url.as_string().unwrap_or_default());
    let mut server = IceServer::new(next().unwrap_or_default());
    while let Some(url) = next() {
        server.urls.push(url);
    }
    if let (Some(username), Some(credential)) = (given.text("username")?, given.text("credential")?) {
        server.username = Some(username);
        server.credential = Some(credential);
    }
    Ok(server)
}
