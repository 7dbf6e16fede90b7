//! A bound on a value.

/// More than PostgreSQL lets any value have.
pub(super) const UNBOUNDED: u64 = 1_000_000_000;
/// What a figure that comes from stored rows counts as.
pub(super) const UNKNOWN: u64 = 100_000;

/// The longest value that a session may take for a parameter, in bytes.
pub const LONGEST_PARAMETER: u64 = 1_000_000;

/// How long a value may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Size {
    /// Characters, or elements with theirs.
    pub(super) length: u64,
    /// The figure that it may be, away from 0.
    pub(super) value: u64,
    /// Expressions that it comes to, written out.
    pub(super) parts: u64,
}

impl Size {
    /// A stored value.
    pub(super) const STORED: Self = Self { length: 10, value: UNKNOWN, parts: 1 };
    /// A truth value, NULL, nothing.
    pub(super) const FLAG: Self = Self { length: 1, value: 1, parts: 1 };
    /// What the caller gives with the call; no session takes a longer one.
    pub(super) const PARAMETER: Self = Self { length: LONGEST_PARAMETER, value: UNBOUNDED, parts: 1 };

    pub(super) fn figure(value: u64) -> Self {
        Self { length: 10, value: value.min(UNBOUNDED), parts: 1 }
    }

    /// Either of both.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            length: self.length.max(other.length),
            value: self.value.max(other.value),
            parts: self.parts.saturating_add(other.parts),
        }
    }

    /// Both in one.
    pub(super) fn and(self, other: Self) -> Self {
        Self { length: self.length.saturating_add(other.length), ..self.or(other) }
    }

    /// Written with its quotes and backslashes escaped, each of which may become two.
    pub(super) fn quoted(self) -> Self {
        self.of_length(self.length.saturating_mul(2))
    }

    pub(super) fn of_length(self, length: u64) -> Self {
        Self { length, ..self }
    }

    pub(super) fn of_value(self, value: u64) -> Self {
        Self { value: value.min(UNBOUNDED), ..self }
    }

    /// What a query gives that is not written out where it is read.
    pub(super) fn worked_out(self) -> Self {
        Self { parts: 1, ..self }
    }

    /// After a thousand more steps like the one from `self` to `next`, which `after` follows.
    pub(super) fn repeated(self, next: Self, after: Self) -> Self {
        const STEPS: u64 = 1_000;
        let bound = |first: u64, second: u64, third: u64| {
            let step = second.saturating_sub(first);
            if third.saturating_sub(second) > step {
                return UNBOUNDED;
            }
            first.saturating_add(step.saturating_mul(STEPS)).max(second)
        };
        Self {
            length: bound(self.length, next.length, after.length),
            value: bound(self.value, next.value, after.value).min(UNBOUNDED),
            parts: 1,
        }
    }
}
