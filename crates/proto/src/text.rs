//! Cutting texts at single bytes: what the standard library has for it searches for any pattern, at ten times the code.

/// What is before the first `at`, an ASCII character, and what is after it.
pub fn cut(text: &str, at: u8) -> Option<(&str, &str)> {
    let place = text.bytes().position(|byte| byte == at)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
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
}
