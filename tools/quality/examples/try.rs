//! scratch
#![allow(clippy::unwrap_used, clippy::print_stdout)]
use pgwright_contract::*;
use pgwright_postgres::*;
use std::sync::Arc;
#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let dsn = args.next().unwrap();
    let dbs = Databases::new(
        vec![DatabaseSettings {
            name: "x".into(),
            source: Source::Server(Box::new(Dsn::parse(&dsn.into()).unwrap())),
            environment: Environment::Development,
            limits: Limits::default(),
        }],
        None,
    );
    let tool = pgwright_quality::RunQualityCheck::new(vec!["/tmp".into()]);
    for input in args {
        let input = serde_json::from_str(&input).unwrap();
        let prepared = match tool.prepare(input) {
            Ok(p) => p,
            Err(e) => {
                println!("{}\n", e.render());
                continue;
            }
        };
        let call = Call {
            database: Arc::clone(dbs.get(None).unwrap()),
            grant: Grant::new(Access::ReadData),
            principal: Principal::Local,
            progress: Progress::default(),
            cancel: Default::default(),
            budget: Budget::default(),
        };
        match prepared.run(call).await {
            Ok(a) => println!("{}\n{}\n", a.text, a.structured),
            Err(e) => println!("{}\n", e.render()),
        }
    }
}
