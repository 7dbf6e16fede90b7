//! The values that a column can have, and how they grow.

/// How the values of a column grow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Domain {
    /// So many times more of them: a key, or what points to one.
    With(f64),
    /// There are only so many, and they are there, or will be.
    Finite(Finite),
    /// What ANALYZE wrote decides: a share stays a share, a number a number.
    Unknown,
}

impl Domain {
    /// Whether it is as it was, whatever becomes of the table's rows.
    pub(super) fn stays(&self) -> bool {
        !matches!(self, Self::With(factor) if *factor != 1.0)
    }

    /// How far its numbers go, of what they do today.
    pub(super) fn stretch(self) -> Option<f64> {
        match self {
            Self::With(factor) if factor != 1.0 => Some(factor),
            _ => None,
        }
    }
}

/// A number of possible values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Finite {
    pub(super) values: f64,
}

impl Finite {
    /// Of how many values this many draws see at least one.
    pub(super) fn seen(self, rows: f64) -> f64 {
        self.values * -(-rows / self.values.max(1.0)).exp_m1()
    }
}

/// The values of a column of whole or decimal numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Numbers {
    pub(super) least: f64,
    pub(super) greatest: f64,
    /// The most digits after the point.
    decimals: usize,
    /// What the type can hold.
    most: f64,
}

impl Numbers {
    /// Of the values that are known; nothing where they are no numbers.
    pub(super) fn of<'v>(type_name: &str, values: impl Iterator<Item = &'v str>) -> Option<Self> {
        let most = match type_name.split('(').next()? {
            "smallint" => f64::from(i16::MAX),
            "integer" => f64::from(i32::MAX),
            // Beyond this a double skips whole numbers.
            "bigint" | "numeric" => 9e15,
            _ => return None,
        };
        let mut found: Option<Self> = None;
        for value in values {
            let number: f64 = value.parse().ok().filter(|number: &f64| number.is_finite())?;
            let decimals = value.split_once('.').map_or(0, |(_, digits)| digits.trim_end_matches('0').len());
            let so_far = found.unwrap_or(Self { least: number, greatest: number, decimals: 0, most });
            found = Some(Self {
                least: so_far.least.min(number),
                greatest: so_far.greatest.max(number),
                decimals: so_far.decimals.max(decimals),
                most,
            });
        }
        found
    }

    /// How many values lie between the ends, both among them.
    #[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "few digits")]
    pub(super) fn possible(self) -> Finite {
        Finite { values: (self.greatest - self.least) * 10_f64.powi(self.decimals as i32) + 1.0 }
    }

    /// A value as far again from the least one.
    pub(super) fn stretched(self, value: &str, factor: f64) -> String {
        let Ok(number) = value.parse::<f64>() else { return value.to_owned() };
        let room = (self.most - self.least) / (self.greatest - self.least).max(1.0);
        let moved = self.least + (number - self.least) * factor.min(room.max(1.0));
        format!("{:.*}", self.decimals, moved.min(self.most))
    }
}
