//! scratch
#![allow(clippy::unwrap_used, clippy::print_stdout)]
use pgwright_postgres::*;
use pgwright_quality::*;
#[tokio::main]
async fn main() {
    let dsn = std::env::args().nth(1).unwrap();
    let dbs = Databases::new(
        vec![DatabaseSettings {
            name: "x".into(),
            source: Source::Server(Box::new(Dsn::parse(&dsn.into()).unwrap())),
            environment: Environment::Development,
            limits: Limits::default(),
        }],
        None,
    );
    let db = dbs.get(None).unwrap();
    let doc = document::read("checks for shop.orders:\n  - missing(email)\n  - missing(id)\n  - regex(sku): {pattern: \"(\"}\n  - in_set(day): {values: [x]}\n  - unique(sku)\n  - references(customer_id): {references: shop.customers(id)}\n", None).unwrap();
    let session = db.read_snapshot(&Scope::default()).await.unwrap();
    let version = db.version(&session).await.unwrap();
    let subject = Subject::read(&session, &doc[0].table, &doc[0].checks)
        .await
        .unwrap()
        .staged(pgwright_sql::RelationName::bare("stage"));
    let plan = compile::plan(&subject, &doc[0].checks, version);
    let write = db.write(&Scope::default()).await.unwrap();
    write.batch("begin; create temp table stage as select * from shop.orders limit 100").await.unwrap();
    let e = execute::evaluate(&write, &subject, &doc[0].checks, &plan, &Default::default()).await.unwrap();
    for o in &e.outcomes {
        println!("{:?} {}", o.verdict, o.evidence);
    }
    println!("{:?} {}", e.verdict(), e.scans);
    write.batch("insert into stage select * from stage; commit").await.unwrap();
    println!("committed");
}
