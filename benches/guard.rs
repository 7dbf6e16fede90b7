//! What the guard costs before a statement reaches the database: read anew, and recalled.

use std::fmt::Write as _;
use std::time::Instant;

use pgwright_sql::guard;

use crate::{figure, quantile};

const ROUNDS: usize = 300;

pub fn run() {
    for (bytes, bound) in [(2_000, "≤ 1 ms"), (64_000, "≤ 20 ms")] {
        let query = query_of(bytes);
        assert!(guard::admit(&query).is_ok(), "{:?}", guard::admit(&query));
        let mut anew = times(|round| format!("{query} -- {round}"));
        let mut again = times(|_| query.clone());
        figure(
            &format!("guard of a query of {:.1} kB, median of {ROUNDS}", query.len() as f64 / 1_000.0),
            format!("{:.2} ms", quantile(&mut anew, 0.5)),
            format!("the same text again {:.4} ms", quantile(&mut again, 0.5)),
            bound,
        );
    }
}

fn times(text: impl Fn(usize) -> String) -> Vec<f64> {
    let timed = |round| {
        let text = text(round);
        let started = Instant::now();
        std::hint::black_box(guard::admit(&text)).unwrap();
        started.elapsed().as_secs_f64() * 1_000.0
    };
    (0..ROUNDS).map(timed).collect()
}

/// A report over many columns, as long as that.
fn query_of(bytes: usize) -> String {
    let mut columns = String::new();
    let mut number = 0;
    while columns.len() + 400 < bytes {
        let _ = write!(
            columns,
            ", sum(case when o.status = 's{number}' then l.price * (1 - l.discount) end) as revenue_{number}"
        );
        // The guard bounds operators; the rest of a long text is constants, as in real ones.
        if number % 4 == 3 {
            let _ =
                write!(columns, ", coalesce(max(c.note), '{}') as note_{number}", "x".repeat(bytes / 150));
        }
        number += 1;
    }
    format!(
        "with recent as (select * from sales.orders where placed_at >= now() - interval '90 days') \
         select c.region, date_trunc('month', o.placed_at) as month{columns} \
         from recent o join sales.customers c on c.id = o.customer_id left join sales.lines l using (order_id) \
         where c.country = any ($1) group by c.region, month having count(*) > 10 order by month desc limit 100"
    )
}
