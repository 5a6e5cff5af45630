//! Stories of rooms, told to the hub.
