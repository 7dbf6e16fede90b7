//! Trying again: on passing faults only, after a random wait below a ceiling that doubles (full jitter), so that many
//! clients of a server that comes back do not return in step.

use std::time::Duration;

use rand::Rng;
use tokio_util::sync::CancellationToken;

use crate::document::Retry;

/// The attempts of one run.
#[derive(Debug)]
pub(crate) struct Attempts {
    policy: Retry,
    made: u32,
}

impl Attempts {
    pub(crate) fn new(policy: Retry) -> Self {
        Self { policy, made: 1 }
    }

    /// Attempts so far, the present one included.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// After a fault: waits and counts a new attempt, or gives the fault back where another would not help.
    pub(crate) async fn again<E: Transient>(
        &mut self,
        fault: E,
        cancel: &CancellationToken,
    ) -> Result<(), E> {
        if !fault.is_transient() || self.made >= self.policy.max_attempts {
            return Err(fault);
        }
        let ceiling = self.ceiling();
        let wait = ceiling.mul_f64(rand::rng().random_range(0.0..=1.0));
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(attempt = self.made, wait_ms, "a passing fault; trying again");
        tokio::select! {
            () = cancel.cancelled() => return Err(fault),
            () = tokio::time::sleep(wait) => {}
        }
        self.made += 1;
        Ok(())
    }

    /// The longest wait before the next attempt.
    fn ceiling(&self) -> Duration {
        let backoff = &self.policy.backoff;
        let grown = backoff
            .factor
            .checked_pow(self.made - 1)
            .and_then(|factor| backoff.initial.0.checked_mul(factor));
        grown.unwrap_or(backoff.max.0).min(backoff.max.0)
    }
}

/// A fault that may pass.
pub(crate) trait Transient {
    fn is_transient(&self) -> bool;
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::document::{Backoff, Span};

    #[derive(Debug, PartialEq)]
    struct Fault(bool);

    impl Transient for Fault {
        fn is_transient(&self) -> bool {
            self.0
        }
    }

    fn policy(max_attempts: u32, initial_ms: u64) -> Retry {
        let initial = Span(Duration::from_millis(initial_ms));
        Retry { max_attempts, backoff: Backoff { initial, ..Backoff::default() } }
    }

    #[tokio::test]
    async fn passing_faults_are_tried_again_and_others_are_not() {
        let cancel = CancellationToken::new();
        let mut attempts = Attempts::new(policy(3, 0));
        assert_eq!(attempts.again(Fault(true), &cancel).await, Ok(()));
        assert_eq!(attempts.again(Fault(false), &cancel).await, Err(Fault(false)));
        assert_eq!(attempts.again(Fault(true), &cancel).await, Ok(()));
        assert_eq!(attempts.again(Fault(true), &cancel).await, Err(Fault(true)), "three attempts in all");
        assert_eq!(attempts.made(), 3);
    }

    #[tokio::test]
    async fn a_cancelled_run_does_not_wait() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let mut attempts = Attempts::new(policy(3, 3_600_000));
        assert_eq!(attempts.again(Fault(true), &cancel).await, Err(Fault(true)));
    }

    #[test]
    fn the_ceiling_doubles_up_to_its_bound() {
        let ceilings: Vec<u64> = [1, 2, 3, 7, 40]
            .into_iter()
            .map(|made| Attempts { policy: policy(50, 1_000), made }.ceiling().as_secs())
            .collect();
        assert_eq!(ceilings, [1, 2, 4, 60, 60]);
    }
}
