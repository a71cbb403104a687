//! In which order sessions begin: what takes longest first, so that no session runs alone at the end while the other jobs have nothing to do.

use std::cmp::Reverse;
use std::time::Duration;

use exemplar_model::plan::Session;

/// Puts these sessions, by their places, in order. How long they take is known of an earlier run; of others it is guessed, by how much code
/// they have. What takes as long stays in its order.
pub(crate) fn longest_first(
    sessions: &[Session],
    wanted: &mut [usize],
    known: impl Fn(&Session) -> Option<Duration>,
) {
    let size = |index: usize| -> u128 {
        let steps = sessions[index].steps.iter();
        steps.map(|step| step.code.len() as u128).sum()
    };
    let known: Vec<(usize, Option<Duration>)> =
        wanted.iter().map(|&index| (index, known(&sessions[index]))).collect();
    let (mut time, mut code) = (0, 0);
    for (index, took) in &known {
        if let Some(took) = took {
            time += took.as_nanos();
            code += size(*index);
        }
    }
    // Where nothing is known, any time for each byte gives the same order.
    let (time, code) = if code == 0 { (1, 1) } else { (time, code) };
    let estimate = |&(index, took): &(usize, Option<Duration>)| {
        took.map_or_else(|| size(index) * time / code, |took| took.as_nanos())
    };
    let mut ordered = known;
    ordered.sort_by_cached_key(|session| Reverse(estimate(session)));
    for (place, (index, _)) in wanted.iter_mut().zip(ordered) {
        *place = index;
    }
}

#[cfg(test)]
mod tests {
    use super::longest_first;
    use crate::execute::testing::script;
    use exemplar_model::plan::Session;
    use std::time::Duration;

    /// The order of sessions with so much code, which took so many milliseconds where that is known.
    fn ordered(sessions: &[(usize, Option<u64>)]) -> Vec<usize> {
        let times: Vec<Option<Duration>> =
            sessions.iter().map(|(_, took)| took.map(Duration::from_millis)).collect();
        let scripts = sessions.iter().enumerate().map(|(page, (code, _))| {
            let script = script(&"#".repeat(*code));
            Session { page, ..script }
        });
        let scripts: Vec<Session> = scripts.collect();
        let mut wanted: Vec<usize> = (0..sessions.len()).collect();
        longest_first(&scripts, &mut wanted, |session| times[session.page]);
        wanted
    }

    #[test]
    fn what_took_longest_is_first() {
        assert_eq!(ordered(&[(9, Some(1)), (9, Some(3)), (9, Some(2)), (1, Some(3000))]), [3, 1, 2, 0]);
    }

    #[test]
    fn without_a_time_the_code_tells() {
        assert_eq!(ordered(&[(1, None), (3, None), (2, None), (3, None), (0, None)]), [1, 3, 2, 0, 4]);
        // Two milliseconds a byte: the third takes 20, and the last one 8.
        assert_eq!(ordered(&[(10, Some(10)), (10, Some(30)), (10, None), (4, None)]), [1, 2, 0, 3]);
        assert_eq!(ordered(&[(0, Some(10)), (5, None), (0, Some(30))]), [2, 0, 1]);
    }
}
