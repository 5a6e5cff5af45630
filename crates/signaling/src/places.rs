//! How many connections there are, in all and of each address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts places and gives them out up to two bounds.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    taken: Arc<Mutex<Taken>>,
    in_all: usize,
    per_address: usize,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPlace {
    /// In all.
    Server,
    /// For this address.
    Address,
}

/// A place that is taken until this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    taken: Arc<Mutex<Taken>>,
    address: Option<IpAddr>,
}

impl Places {
    pub(crate) fn new(in_all: usize, per_address: usize) -> Self {
        Self { taken: Arc::default(), in_all, per_address }
    }

    /// A place for a connection; without an address it counts only in all.
    pub(crate) fn take(&self, address: Option<IpAddr>) -> Result<Place, NoPlace> {
        let address = address.map(household);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.in_all >= self.in_all {
            return Err(NoPlace::Server);
        }
        if let Some(address) = address {
            if taken.by_address.get(&address).is_some_and(|count| *count >= self.per_address) {
                return Err(NoPlace::Address);
            }
            *taken.by_address.entry(address).or_default() += 1;
        }
        taken.in_all += 1;
        drop(taken);
        Ok(Place { taken: Arc::clone(&self.taken), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.in_all = taken.in_all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(count) = taken.by_address.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

/// The addresses that one subscriber has: of IPv6 a whole /64, of which each connection can use another.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_address_has_its_places_and_no_more_until_one_is_given_back() {
        let places = Places::new(10, 2);
        let first = places.take(address("192.0.2.1")).unwrap();
        let _second = places.take(address("::ffff:192.0.2.1")).unwrap();
        assert_eq!(places.take(address("192.0.2.1")).unwrap_err(), NoPlace::Address);
        let _other = places.take(address("192.0.2.2")).unwrap();
        drop(first);
        assert!(places.take(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn a_whole_ipv6_subnet_is_one_address() {
        let places = Places::new(10, 1);
        let _place = places.take(address("2001:db8::1")).unwrap();
        assert_eq!(places.take(address("2001:db8::2")).unwrap_err(), NoPlace::Address);
        assert!(places.take(address("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn all_together_have_a_bound_too_and_nothing_is_kept_of_those_who_left() {
        let places = Places::new(1, 1);
        let place = places.take(address("192.0.2.1")).unwrap();
        assert_eq!(places.take(address("192.0.2.2")).unwrap_err(), NoPlace::Server);
        assert_eq!(places.take(None).unwrap_err(), NoPlace::Server);
        drop(place);
        assert!(places.taken.lock().unwrap().by_address.is_empty());
    }
}
