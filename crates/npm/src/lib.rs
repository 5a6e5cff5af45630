//! The WebAssembly half of the npm package `rejoin`: converts, calls, converts back.
