//! Texts in little code: cutting at single bytes, errors in words. What the standard library has for either can do
//! much more, at several times the size.

/// What is before the first `at`, an ASCII character, and what is after it.
pub fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// What can be said in words without the formatting machinery; [`say`] and `Display` by [`display_words!`](crate::display_words).
pub trait Words {
    /// Adds the words to `text`.
    fn words(&self, text: &mut String);
}

/// The words of `what`; the same as `to_string()`.
pub fn say(what: &dyn Words) -> String {
    let mut text = String::new();
    what.words(&mut text);
    text
}

/// Adds the words of each of `parts` to `text`.
pub fn join(text: &mut String, parts: &[&dyn Words]) {
    for part in parts {
        part.words(text);
    }
}

/// `Display` for a type that has [`Words`].
#[macro_export]
macro_rules! display_words {
    ($name:ty) => {
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&$crate::text::say(self))
            }
        }
    };
}

impl Words for &str {
    fn words(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Words for String {
    fn words(&self, text: &mut String) {
        text.push_str(self);
    }
}

impl Words for u32 {
    fn words(&self, text: &mut String) {
        if *self >= 10 {
            (*self / 10).words(text);
        }
        // A digit is an ASCII character.
        text.push((b'0' + (*self % 10) as u8).into());
    }
}

impl Words for u16 {
    fn words(&self, text: &mut String) {
        u32::from(*self).words(text);
    }
}

impl Words for usize {
    /// A size of 4 GiB or more is as good as that.
    fn words(&self, text: &mut String) {
        u32::try_from(*self).unwrap_or(u32::MAX).words(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_the_first_place_and_nowhere_else() {
        assert_eq!(cut("a:b:c", b':'), Some(("a", "b:c")));
        assert_eq!(cut("é=", b'='), Some(("é", "")));
        assert_eq!(cut("abc", b':'), None);
    }

    #[test]
    fn numbers_are_said_in_digits() {
        for number in [0, 9, 10, 90_210, u32::MAX] {
            assert_eq!(say(&number), number.to_string());
        }
    }
}
