//! The corpora under the default limits, as superuser and as the least-privilege role, on both major versions.

use crate::figure;
use crate::hostile::suite::Score;
use crate::hostile::{ANALYST_ROLE, Assistant, Scratch, ask_as_an_analyst, attack};
use crate::support::{NEWER, OLDER};

pub async fn run() {
    for major in [OLDER, NEWER] {
        let scratch = Scratch::start(major).await;
        for role in ["postgres", ANALYST_ROLE] {
            let assistant = Assistant::start(&scratch, role, None).await;
            report(
                &format!("hostile statements without effect, PostgreSQL {major} as {role}"),
                &attack(&scratch, &assistant, |_| true).await,
                "100 %, 0 without answer, each < 10 s and < 1 MB",
            );
            report(
                &format!("legitimate statements answered, PostgreSQL {major} as {role}"),
                &ask_as_an_analyst(&scratch, &assistant, role).await,
                "≥ 98 %",
            );
        }
    }
}

fn report(name: &str, score: &Score, bound: &str) {
    for failure in &score.failures {
        eprintln!("{failure}");
    }
    figure(name, score, "", bound);
}
