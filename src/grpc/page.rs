//! Page sizes and page tokens.

use crate::domain::{Reason, Violation};

/// Largest page.
const SIZE_MAX: u32 = 1000;

/// The page size, 0 meaning the default.
pub(super) fn size(asked: u32, default: usize) -> Result<usize, Vec<Violation>> {
    match asked {
        0 => Ok(default),
        1..=SIZE_MAX => Ok(asked as usize),
        _ => Err(fault(
            "page_size",
            Reason::OutOfRange,
            format!("is {asked}; 1 to 1000 is allowed"),
        )),
    }
}

/// A token that continues at a place. Callers must not read anything into it.
pub(super) fn token(place: usize) -> String {
    format!("p1-{place:x}")
}

/// The place that a token continues at; the start without one.
pub(super) fn read(token: &str) -> Result<usize, Vec<Violation>> {
    if token.is_empty() {
        return Ok(0);
    }
    let place = token
        .strip_prefix("p1-")
        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
    place.map(|place| place as usize).ok_or_else(|| {
        fault(
            "page_token",
            Reason::Malformed,
            "is none that this service gave out".to_owned(),
        )
    })
}

fn fault(field: &str, reason: Reason, description: String) -> Vec<Violation> {
    vec![Violation {
        field: field.to_owned(),
        description,
        reason,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_and_others_are_refused() {
        assert_eq!(read(&token(1234)), Ok(1234));
        assert_eq!(read(""), Ok(0));
        for wrong in ["x", "p1-", "p1-zz", "p1-fffffffffffffffff", "p2-1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(size(0, 50), Ok(50));
        assert!(size(1001, 50).is_err());
    }
}
