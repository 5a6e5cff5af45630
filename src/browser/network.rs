//! What the browser says about the network and the page: online, visibility, pageshow.
