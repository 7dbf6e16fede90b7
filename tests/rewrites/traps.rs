//! Rewrites that look right and are not: each shown to differ, and never offered.

use super::worlds::Proof;

/// A trap: what is there, a statement, and how one might rewrite it wrongly.
struct Trap {
    what: &'static str,
    schema: &'static str,
    sql: &'static str,
    wrong: &'static str,
    /// The rules that must say nothing of it; others may offer what is right.
    silent: &'static [&'static str],
}

const TRAPS: &[Trap] = &[
    Trap {
        what: "NOT IN, the inner column nullable",
        schema: "create table a (id int not null); create table b (n int); insert into a values (1), (2); insert into b values (1), (null)",
        sql: "select * from a where id not in (select n from b)",
        wrong: "select * from a where not exists (select 1 from b where a.id = b.n)",
        silent: &["not_in_to_not_exists"],
    },
    Trap {
        what: "NOT IN, the outer column nullable",
        schema: "create table a (id int); create table b (n int not null); insert into a values (1), (null); insert into b values (2)",
        sql: "select * from a where id not in (select n from b)",
        wrong: "select * from a where not exists (select 1 from b where a.id = b.n)",
        silent: &["not_in_to_not_exists"],
    },
    Trap {
        what: "OR becomes UNION, which loses duplicates",
        schema: "create table a (k int, n int); create table b (k int, n int); insert into a values (1, 1), (1, 1); insert into b values (1, 1)",
        sql: "select a.n from a join b on a.k = b.k where a.n = 1 or b.n = 2",
        wrong: "select a.n from a join b on a.k = b.k where a.n = 1 union select a.n from a join b on a.k = b.k where b.n = 2",
        silent: &[],
    },
    Trap {
        what: "OR becomes UNION ALL with a plain NOT, which loses what is unknown",
        schema: "create table a (k int, n int); create table b (k int, n int); insert into a values (1, null); insert into b values (1, 2)",
        sql: "select a.k from a join b on a.k = b.k where a.n = 1 or b.n = 2",
        wrong: "select a.k from a join b on a.k = b.k where a.n = 1 union all select a.k from a join b on a.k = b.k where b.n = 2 and not a.n = 1",
        silent: &[],
    },
    Trap {
        what: "a joined count without coalesce",
        schema: "create table a (id int); create table b (a_id int); insert into a values (1), (2); insert into b values (1)",
        sql: "select a.id, (select count(*) from b where b.a_id = a.id) as n from a",
        wrong: "select a.id, c.n from a left join (select a_id, count(*) as n from b group by a_id) c on c.a_id = a.id",
        silent: &[],
    },
    Trap {
        what: "OFFSET becomes a key, which skips ties",
        schema: "create table a (id int, t int); insert into a values (1, 1), (2, 1), (3, 1), (4, 2)",
        sql: "select id from a order by t, id offset 2",
        wrong: "select id from a where t > 1 order by t, id",
        silent: &["*"],
    },
    Trap {
        what: "BETWEEN takes the first moment of the next day",
        schema: "create table a (ts timestamp); insert into a values ('2024-03-10 12:00'), ('2024-03-11 00:00')",
        sql: "select * from a where ts::date = '2024-03-10'",
        wrong: "select * from a where ts between '2024-03-10' and '2024-03-11'",
        silent: &[],
    },
    Trap {
        what: "bounds at a fixed +00",
        schema: "create table a (ts timestamptz); insert into a values ('2024-06-10 00:30'), ('2024-06-11 00:30')",
        sql: "select * from a where ts::date = '2024-06-10'",
        wrong: "select * from a where ts >= '2024-06-10 00:00+00' and ts < '2024-06-11 00:00+00'",
        silent: &[],
    },
    Trap {
        what: "the cast of a fraction rounds",
        schema: "create table a (id bigint); insert into a values (4711), (4712)",
        sql: "select * from a where id = 4711.5::bigint",
        wrong: "select * from a where id = 4711",
        silent: &["constant_cast"],
    },
    Trap {
        what: "a fraction is no integer",
        schema: "create table a (id bigint); insert into a values (4711), (4712)",
        sql: "select * from a where id = 4711.5::numeric",
        wrong: "select * from a where id = 4711.5::numeric::bigint",
        silent: &["constant_cast"],
    },
    Trap {
        what: "DISTINCT over a join, without a key in the list",
        schema: "create table a (id int primary key, s text); create table b (a_id int); insert into a values (1, 'x'), (2, 'x'); insert into b values (1), (2)",
        sql: "select distinct a.s from a join b on b.a_id = a.id",
        wrong: "select a.s from a where exists (select 1 from b where b.a_id = a.id)",
        silent: &["distinct_over_join_to_exists", "distinct_removed"],
    },
    Trap {
        what: "DISTINCT over a unique column that may be null",
        schema: "create table a (id int unique); insert into a values (null), (null), (1)",
        sql: "select distinct id from a",
        wrong: "select id from a",
        silent: &["distinct_removed"],
    },
    Trap {
        what: "UNION of arms that overlap",
        schema: "create table a (id int primary key); create table b (id int primary key); insert into a values (1); insert into b values (1)",
        sql: "select id from a union select id from b",
        wrong: "select id from a union all select id from b",
        silent: &["union_to_union_all"],
    },
    Trap {
        what: "UNION with duplicates within an arm",
        schema: "create table a (n int not null); create table b (n int not null); insert into a values (1), (1); insert into b values (1)",
        sql: "select 'a' as kind, n from a union select 'b', n from b",
        wrong: "select 'a' as kind, n from a union all select 'b', n from b",
        silent: &["union_to_union_all"],
    },
    Trap {
        what: "a join by a foreign key that may be null",
        schema: "create table p (id int primary key); create table c (p_id int references p); insert into p values (1); insert into c values (1), (null)",
        sql: "select c.p_id from c join p on c.p_id = p.id",
        wrong: "select c.p_id from c",
        silent: &["join_removed"],
    },
    Trap {
        what: "a join by a foreign key that was never validated",
        schema: "create table p (id int primary key); create table c (p_id int not null); insert into c values (1); alter table c add foreign key (p_id) references p not valid",
        sql: "select c.p_id from c join p on c.p_id = p.id",
        wrong: "select c.p_id from c",
        silent: &["join_removed"],
    },
    Trap {
        what: "coalesce to the value that is asked for",
        schema: "create table a (c text); insert into a values ('y'), (null)",
        sql: "select * from a where coalesce(c, 'y') = 'y'",
        wrong: "select * from a where c = 'y'",
        silent: &["coalesce_removed"],
    },
    Trap {
        what: "a left join that is not unique",
        schema: "create table a (id int); create table b (a_id int); insert into a values (1); insert into b values (1), (1)",
        sql: "select a.id from a left join b on b.a_id = a.id",
        wrong: "select a.id from a",
        silent: &["*"],
    },
    Trap {
        what: "a condition of ON moved to WHERE",
        schema: "create table a (id int); create table b (a_id int, n int); insert into a values (1); insert into b values (1, 2)",
        sql: "select a.id from a left join b on b.a_id = a.id and b.n = 1",
        wrong: "select a.id from a left join b on b.a_id = a.id where b.n = 1",
        silent: &["*"],
    },
    Trap {
        what: "count of a nullable column becomes count(*)",
        schema: "create table a (id int); create table b (a_id int, n int); insert into a values (1); insert into b values (1, null)",
        sql: "select * from a where (select count(b.n) from b where b.a_id = a.id) > 0",
        wrong: "select * from a where exists (select 1 from b where b.a_id = a.id)",
        silent: &["count_to_exists"],
    },
    Trap {
        what: "a child of inheritance without its parent's constraints",
        schema: "create table a (id int primary key); create table a2 () inherits (a); insert into a values (1); insert into a2 values (1)",
        sql: "select distinct id from a",
        wrong: "select id from a",
        silent: &["distinct_removed"],
    },
    Trap {
        what: "ONLY is no table's name",
        schema: "create table a (id int not null); create table a2 () inherits (a); insert into a values (1); insert into a2 values (2)",
        sql: "select * from only a where id + 1 = 3",
        wrong: "select * from a where id = 2",
        silent: &["*"],
    },
    Trap {
        what: "a text that is not how PostgreSQL writes the integer",
        schema: "create table a (id int); insert into a values (7)",
        sql: "select * from a where id::text = '007'",
        wrong: "select * from a where id = 7",
        silent: &["constant_cast"],
    },
    Trap {
        what: "a kept CTE keeps a cast from what it fails on",
        schema: "create table a (s text); insert into a values ('7'), ('seven')",
        sql: "with q as materialized (select s from a where s ~ '^[0-9]+$') select 1 as one from q where s::int > 3",
        wrong: "with q as materialized (select s from a where s ~ '^[0-9]+$') select 1 as one from q where s::int > 8",
        silent: &["*"],
    },
    Trap {
        what: "rows chosen by LIMIT are chosen twice",
        schema: "create table a (id int, n int); create table b (id int, n int); insert into a values (1, 1), (2, 2); insert into b values (1, 1), (2, 2)",
        sql: "select a.n from a join b on a.id = b.id join (select id from a limit 1) c on c.id = a.id where a.n = 1 or b.n = 2",
        wrong: "select a.n from a join b on a.id = b.id join (select id from a order by id desc limit 1) c on c.id = a.id where a.n = 1",
        silent: &["or_to_union_all"],
    },
    Trap {
        what: "coalesce below NOT",
        schema: "create table a (c text); insert into a values (null)",
        sql: "select 1 as one from a where not (coalesce(c, 'x') = 'y')",
        wrong: "select 1 as one from a where not (c = 'y')",
        silent: &["coalesce_removed"],
    },
];

#[tokio::test]
async fn no_trap_is_offered() {
    let proof = Proof::in_zone("Asia/Tokyo").await;
    for trap in TRAPS {
        proof.set_up(trap.schema).await;
        assert!(!proof.is_same(trap.sql, trap.wrong).await, "{}: no trap here", trap.what);
        for (rule, sql) in proof.offers(trap.sql).await {
            assert!(!trap.silent.contains(&rule) && !trap.silent.contains(&"*"), "{}: {sql}", trap.what);
            assert!(proof.is_same(trap.sql, &sql).await, "{}: {sql}", trap.what);
        }
    }
}

/// Where the session's clock is turned at midnight, the first or second of two midnights would be the wrong bound.
#[tokio::test]
async fn a_midnight_that_comes_twice_bounds_nothing() {
    let proof = Proof::in_zone("America/Havana").await;
    proof
        .set_up("create table a (ts timestamptz); insert into a values ('2024-11-03 04:30+00'), ('2024-11-03 05:30+00')")
        .await;
    let sql = "select * from a where ts::date = '2024-11-03'";
    let wrong = "select * from a where ts >= '2024-11-03'::timestamptz and ts < '2024-11-04'::timestamptz";
    assert!(!proof.is_same(sql, wrong).await);
    assert_eq!(proof.offers(sql).await, []);
    let another = proof.offers("select * from a where ts::date = '2024-06-03'").await;
    assert_eq!(
        another,
        [(
            "date_cast_to_range",
            "select * from a where ts >= '2024-06-03'::timestamptz AND ts < '2024-06-04'::timestamptz"
                .to_owned()
        )]
    );
}

/// The text that nobody touched stays as it was written, comments and all.
#[tokio::test]
async fn untouched_text_stays() {
    let proof = Proof::in_zone("UTC").await;
    proof.set_up("create table \"Größe\" (id int not null, n int); create table b (n int not null)").await;
    let sql = "SELECT  g.id, -- the key, 'quoted'\n        g.n\n  FROM \"Größe\"  AS g   /* all */\n WHERE g.n>3\n   AND  g.id  Not\n In ( Select n -- of b\n From b where n=1\n or n = 2 ) -- end\n ORDER   BY 1";
    let offers = proof.offers(sql).await;
    assert_eq!(
        offers,
        [(
            "not_in_to_not_exists",
            "SELECT  g.id, -- the key, 'quoted'\n        g.n\n  FROM \"Größe\"  AS g   /* all */\n WHERE g.n>3\n   AND  NOT EXISTS (Select 1 -- of b\n From b where (n=1\n or n = 2) AND g.id = n) -- end\n ORDER   BY 1".to_owned()
        )]
    );
    assert!(proof.is_same(sql, &offers[0].1).await);
}
