//! One constraint: what must be, what should be, and how the two may be combined.

use core::ops::RangeInclusive;

use serde::{Serialize, Serializer};

/// This value and no other: the request fails where no device has it.
pub const fn exact<T>(value: T) -> Exact<T> {
    Exact { exact: value }
}

/// This value where possible, else the nearest. A bare value means the same.
pub const fn ideal<T>(value: T) -> Ideal<T> {
    Ideal(value)
}

/// No less than `min` and no more than `max`: the request fails where no device is within.
///
/// # Errors
/// [`InvalidRange`] where `min` is above `max`, or either is not a number.
pub fn range<T: PartialOrd>(range: RangeInclusive<T>) -> Result<Bounds<T>, InvalidRange> {
    let (min, max) = range.into_inner();
    if min <= max { Ok(Bounds { min: Some(min), max: Some(max) }) } else { Err(InvalidRange) }
}

/// No less than `min`: the request fails where no device has as much.
pub const fn at_least<T>(min: T) -> Bounds<T> {
    Bounds { min: Some(min), max: None }
}

/// No more than `max`: the request fails where no device has as little.
pub const fn at_most<T>(max: T) -> Bounds<T> {
    Bounds { min: None, max: Some(max) }
}

/// Any of these values, for constraints on names: `exact(any_of("front", ["back"]))`.
pub fn any_of<T, U: Into<T>>(first: impl Into<T>, others: impl IntoIterator<Item = U>) -> OneOrMore<T> {
    OneOrMore { first: first.into(), others: others.into_iter().map(Into::into).collect() }
}

/// A range whose lower bound is above its upper one, or which has a bound that is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lower bound is above the upper one, or one of them is not a number")]
pub struct InvalidRange;

/// A required value; made by [`exact`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Exact<T> {
    exact: T,
}

/// A wanted value; made by [`ideal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ideal<T>(T);

/// Required bounds; made by [`range`], [`at_least`] and [`at_most`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds<T> {
    min: Option<T>,
    max: Option<T>,
}

impl<T> Bounds<T> {
    /// Within the bounds, as near to `value` as possible.
    pub fn with_ideal(self, value: T) -> NumberConstraint<T> {
        NumberConstraint { exact: None, min: self.min, max: self.max, ideal: Some(value) }
    }
}

/// A constraint on a number: an exact value, or bounds and an ideal in any combination.
///
/// From a bare number (the ideal), [`exact`], [`ideal`], [`range`], [`at_least`], [`at_most`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NumberConstraint<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    exact: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<T>,
    // Always spelt out: within `advanced` the specification reads a bare number as exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    ideal: Option<T>,
}

impl<T> From<T> for NumberConstraint<T> {
    fn from(value: T) -> Self {
        Self { exact: None, min: None, max: None, ideal: Some(value) }
    }
}

impl<T> From<Ideal<T>> for NumberConstraint<T> {
    fn from(Ideal(value): Ideal<T>) -> Self {
        Self::from(value)
    }
}

impl<T> From<Exact<T>> for NumberConstraint<T> {
    fn from(Exact { exact }: Exact<T>) -> Self {
        Self { exact: Some(exact), min: None, max: None, ideal: None }
    }
}

impl<T> From<Bounds<T>> for NumberConstraint<T> {
    fn from(Bounds { min, max }: Bounds<T>) -> Self {
        Self { exact: None, min, max, ideal: None }
    }
}

/// A requirement on a number within `advanced`, where an ideal would be ignored.
///
/// From [`exact`], [`range`], [`at_least`], [`at_most`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RequiredNumber<T>(NumberConstraint<T>);

impl<T> From<Exact<T>> for RequiredNumber<T> {
    fn from(value: Exact<T>) -> Self {
        Self(value.into())
    }
}

impl<T> From<Bounds<T>> for RequiredNumber<T> {
    fn from(bounds: Bounds<T>) -> Self {
        Self(bounds.into())
    }
}

/// A constraint on a switch or a name: wanted or required.
///
/// From a bare value (the ideal), [`exact`] and [`ideal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ValueConstraint<T> {
    /// This value where possible.
    Ideal(T),
    /// This value, else the request fails.
    Exact(T),
}

impl<T, V: Into<T>> From<Exact<V>> for ValueConstraint<T> {
    fn from(Exact { exact }: Exact<V>) -> Self {
        Self::Exact(exact.into())
    }
}

impl<T, V: Into<T>> From<Ideal<V>> for ValueConstraint<T> {
    fn from(Ideal(value): Ideal<V>) -> Self {
        Self::Ideal(value.into())
    }
}

impl From<bool> for ValueConstraint<bool> {
    fn from(on: bool) -> Self {
        Self::Ideal(on)
    }
}

impl<T> From<OneOrMore<T>> for ValueConstraint<OneOrMore<T>> {
    fn from(names: OneOrMore<T>) -> Self {
        Self::Ideal(names)
    }
}

impl From<&str> for ValueConstraint<OneOrMore<String>> {
    fn from(name: &str) -> Self {
        Self::Ideal(name.into())
    }
}

impl From<String> for ValueConstraint<OneOrMore<String>> {
    fn from(name: String) -> Self {
        Self::Ideal(name.into())
    }
}

/// A requirement on a switch or a name within `advanced`; from [`exact`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RequiredValue<T>(Exact<T>);

impl<T, V: Into<T>> From<Exact<V>> for RequiredValue<T> {
    fn from(Exact { exact: value }: Exact<V>) -> Self {
        Self(exact(value.into()))
    }
}

/// Names of which any will do; never empty. From a single name, or by [`any_of`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOrMore<T> {
    first: T,
    others: Vec<T>,
}

impl<T> OneOrMore<T> {
    /// The names, the first first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        core::iter::once(&self.first).chain(&self.others)
    }
}

impl<T> From<T> for OneOrMore<T> {
    fn from(first: T) -> Self {
        Self { first, others: Vec::new() }
    }
}

impl From<&str> for OneOrMore<String> {
    fn from(first: &str) -> Self {
        Self::from(first.to_owned())
    }
}

impl<T: Serialize> Serialize for OneOrMore<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.others.is_empty() { self.first.serialize(serializer) } else { serializer.collect_seq(self.iter()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_value};

    use super::*;

    #[test]
    fn a_bare_number_is_an_ideal_and_says_so() {
        assert_eq!(to_value(NumberConstraint::<u32>::from(1280)).unwrap(), json!({"ideal": 1280}));
        assert_eq!(to_value(NumberConstraint::<u32>::from(ideal(1280))).unwrap(), json!({"ideal": 1280}));
    }

    #[test]
    fn exact_stands_alone_and_bounds_take_an_ideal() {
        assert_eq!(to_value(NumberConstraint::<f64>::from(exact(30.0))).unwrap(), json!({"exact": 30.0}));
        assert_eq!(to_value(NumberConstraint::<u32>::from(at_least(1))).unwrap(), json!({"min": 1}));
        assert_eq!(to_value(NumberConstraint::<u32>::from(at_most(9))).unwrap(), json!({"max": 9}));
        let all = range(1..=9).unwrap().with_ideal(5);
        assert_eq!(to_value(all).unwrap(), json!({"min": 1, "max": 9, "ideal": 5}));
    }

    #[test]
    fn a_range_that_nothing_is_within_is_refused() {
        assert_eq!(range(RangeInclusive::new(60, 24)), Err(InvalidRange));
        assert_eq!(range(f64::NAN..=1.0), Err(InvalidRange));
        assert_eq!(range(0.0..=f64::NAN), Err(InvalidRange));
        assert!(range(24..=24).is_ok());
    }

    #[test]
    fn one_name_is_a_string_and_several_are_a_list() {
        let one: ValueConstraint<OneOrMore<String>> = exact("a").into();
        assert_eq!(to_value(one).unwrap(), json!({"exact": "a"}));
        let two: ValueConstraint<OneOrMore<String>> = any_of::<String, _>("a", ["b"]).into();
        assert_eq!(to_value(two).unwrap(), json!({"ideal": ["a", "b"]}));
    }
}
