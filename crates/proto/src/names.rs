//! Enums by their names, all by one loop: a comparison for each name is several times the code.

/// What is called `name` among `known`, else `unknown`.
#[inline(never)]
pub fn named<T: Copy>(known: &[(&str, T)], name: &str, unknown: T) -> T {
    known.iter().find(|(own, _)| *own == name).map_or(unknown, |(_, value)| *value)
}
