//! Times and sizes as authors write them, in attributes and settings alike.

use std::time::Duration;

/// How a time is written, for messages.
pub const DURATION_FORM: &str = "`500ms`, `30s` or `2m`";

/// How a size is written, for messages.
pub const BYTES_FORM: &str = "`512MiB` or `2GiB`";

/// A length of time: `500ms`, `30s`, `1.5m`. None for anything else, and for no time at all.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = number_and_unit(text)?;
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number * seconds).ok().filter(|duration| !duration.is_zero())
}

/// A number of bytes: `512MiB`, `1.5GiB`, `64KiB`. None for anything else, and for none at all.
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let unit = match unit {
        "KiB" => 1_u64 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return None,
    };
    // A duration is the standard library's only checked way from a float to an integer, and nanoseconds are as good as bytes here.
    let bytes = Duration::try_from_secs_f64(number * unit as f64 / 1e9).ok()?.as_nanos();
    u64::try_from(bytes).ok().filter(|&bytes| bytes > 0)
}

/// A number of bytes as an author would write it: `2GiB`, not `2048MiB`. It is rounded down to whole KiB.
#[must_use]
pub fn written_bytes(bytes: u64) -> String {
    let kib = bytes >> 10;
    match kib.trailing_zeros() {
        _ if kib == 0 => "0KiB".to_owned(),
        20.. => format!("{}GiB", kib >> 20),
        10.. => format!("{}MiB", kib >> 10),
        _ => format!("{kib}KiB"),
    }
}

fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
    let number = digits.starts_with(|it: char| it.is_ascii_digit()).then(|| digits.parse().ok())??;
    Some((number, &text[digits.len()..]))
}

#[cfg(test)]
mod tests {
    use super::{bytes, duration, written_bytes};
    use std::time::Duration;

    #[test]
    fn lengths_of_time_have_a_unit() {
        let milliseconds = |text| duration(text).map(|time: Duration| time.as_millis());
        assert_eq!(["500ms", "30s", "1.5m"].map(milliseconds), [Some(500), Some(30_000), Some(90_000)]);
        for text in ["", "30", "0s", "-1s", "infs", "1e999s", "s", "1h", "1 s", "é"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(["64KiB", "1.5MiB", "2GiB"].map(bytes), [Some(65_536), Some(1_572_864), Some(2 << 30)]);
        for text in ["", "64", "0KiB", "1KB", "-1MiB", "1e300GiB"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_written_as_they_are_read() {
        for text in ["1KiB", "1025KiB", "512MiB", "1536MiB", "2GiB", "1024GiB"] {
            assert_eq!(bytes(text).map(written_bytes).as_deref(), Some(text));
        }
    }
}
