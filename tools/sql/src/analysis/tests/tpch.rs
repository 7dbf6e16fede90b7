//! The 22 queries of TPC-H with its validation parameters, read against its schema.

use expect_test::{Expect, expect};

use super::{catalog, shown::show};
use crate::{analysis::analyse, guard};

const QUERIES: [&str; 22] = [
    include_str!("tpch/q01.sql"),
    include_str!("tpch/q02.sql"),
    include_str!("tpch/q03.sql"),
    include_str!("tpch/q04.sql"),
    include_str!("tpch/q05.sql"),
    include_str!("tpch/q06.sql"),
    include_str!("tpch/q07.sql"),
    include_str!("tpch/q08.sql"),
    include_str!("tpch/q09.sql"),
    include_str!("tpch/q10.sql"),
    include_str!("tpch/q11.sql"),
    include_str!("tpch/q12.sql"),
    include_str!("tpch/q13.sql"),
    include_str!("tpch/q14.sql"),
    include_str!("tpch/q15.sql"),
    include_str!("tpch/q16.sql"),
    include_str!("tpch/q17.sql"),
    include_str!("tpch/q18.sql"),
    include_str!("tpch/q19.sql"),
    include_str!("tpch/q20.sql"),
    include_str!("tpch/q21.sql"),
    include_str!("tpch/q22.sql"),
];

const TABLES: &[(&str, &str)] = &[
    ("customer", "c_custkey c_name c_address c_nationkey c_phone c_acctbal c_mktsegment c_comment"),
    (
        "lineitem",
        "l_orderkey l_partkey l_suppkey l_linenumber l_quantity l_extendedprice l_discount l_tax l_returnflag \
        l_linestatus l_shipdate l_commitdate l_receiptdate l_shipinstruct l_shipmode l_comment",
    ),
    ("nation", "n_nationkey n_name n_regionkey n_comment"),
    (
        "orders",
        "o_orderkey o_custkey o_orderstatus o_totalprice o_orderdate o_orderpriority o_clerk o_shippriority o_comment",
    ),
    ("part", "p_partkey p_name p_mfgr p_brand p_type p_size p_container p_retailprice p_comment"),
    ("partsupp", "ps_partkey ps_suppkey ps_availqty ps_supplycost ps_comment"),
    ("region", "r_regionkey r_name r_comment"),
    ("supplier", "s_suppkey s_name s_address s_nationkey s_phone s_acctbal s_comment"),
];

fn check(number: usize, expected: Expect) {
    let analysis = analyse(QUERIES[number - 1], &catalog(TABLES)).unwrap();
    expected.assert_eq(&show(&analysis));
}

#[test]
fn every_query_is_admitted_and_analysed_without_a_loose_column() {
    for sql in QUERIES {
        let admitted = guard::admit(sql).unwrap_or_else(|refusal| panic!("{sql}: {refusal}"));
        let analysis =
            analyse(admitted.sql(), &catalog(TABLES)).unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert!(analysis.unresolved.is_empty(), "{sql}: {:?}", analysis.unresolved);
        assert!(!analysis.tables.is_empty());
        let mut read: Vec<_> = analysis.tables.iter().map(|table| table.relation.clone()).collect();
        read.sort();
        read.dedup();
        assert_eq!(read, admitted.relations(), "{sql}");
    }
}

#[test]
fn query_2() {
    check(
        2,
        expect![[r#"
            0 part depth 0 limited
                where p_size = 15
                where p_type like '%BRASS'
                join p_partkey = 2:partsupp.ps_partkey
                reads p_mfgr p_partkey p_size p_type
            1 supplier depth 0 limited
                join s_suppkey = 2:partsupp.ps_suppkey
                join s_nationkey = 3:nation.n_nationkey
                order by s_acctbal desc, …
                reads s_acctbal s_address s_comment s_name s_nationkey s_phone s_suppkey
            2 partsupp depth 0 limited
                where other ps_supplycost = (SELECT min(ps_supplycost) FROM partsupp, supplier, nation, region WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND r_name = 'EUROPE')
                join ps_partkey = 0:part.p_partkey
                join ps_suppkey = 1:supplier.s_suppkey
                reads ps_partkey ps_suppkey ps_supplycost
            3 nation depth 0 limited
                join n_nationkey = 1:supplier.s_nationkey
                join n_regionkey = 4:region.r_regionkey
                reads n_name n_nationkey n_regionkey
            4 region depth 0 limited
                where r_name = 'EUROPE'
                join r_regionkey = 3:nation.n_regionkey
                reads r_name r_regionkey
            5 partsupp depth 1
                join ps_partkey = 0:part.p_partkey correlated
                join ps_suppkey = 6:supplier.s_suppkey
                reads ps_partkey ps_suppkey ps_supplycost
            6 supplier depth 1
                join s_suppkey = 5:partsupp.ps_suppkey
                join s_nationkey = 7:nation.n_nationkey
                reads s_nationkey s_suppkey
            7 nation depth 1
                join n_nationkey = 6:supplier.s_nationkey
                join n_regionkey = 8:region.r_regionkey
                reads n_nationkey n_regionkey
            8 region depth 1
                where r_name = 'EUROPE'
                join r_regionkey = 7:nation.n_regionkey
                reads r_name r_regionkey
        "#]],
    );
}

#[test]
fn query_3() {
    check(
        3,
        expect![[r#"
            0 customer depth 0
                where c_mktsegment = 'BUILDING'
                join c_custkey = 1:orders.o_custkey
                reads c_custkey c_mktsegment
            1 orders depth 0
                where o_orderdate < DATE '1995-03-15'
                join o_custkey = 0:customer.c_custkey
                join o_orderkey = 2:lineitem.l_orderkey
                group by o_orderdate, o_shippriority
                reads o_custkey o_orderdate o_orderkey o_shippriority
            2 lineitem depth 0
                where l_shipdate > DATE '1995-03-15'
                join l_orderkey = 1:orders.o_orderkey
                group by l_orderkey
                reads l_discount l_extendedprice l_orderkey l_shipdate
        "#]],
    );
}

#[test]
fn query_4() {
    check(
        4,
        expect![[r#"
            0 orders depth 0
                where o_orderdate >= DATE '1993-07-01' < expr DATE '1993-07-01' + INTERVAL '3' MONTH
                join o_orderkey = 1:lineitem.l_orderkey semi
                group by o_orderpriority
                order by o_orderpriority
                reads o_orderdate o_orderkey o_orderpriority
            1 lineitem depth 1
                where other l_commitdate < l_receiptdate
                join l_orderkey = 0:orders.o_orderkey semi
                reads l_commitdate l_orderkey l_receiptdate
        "#]],
    );
}

#[test]
fn query_6() {
    check(
        6,
        expect![[r#"
        0 lineitem depth 0
            where l_shipdate >= DATE '1994-01-01' < expr DATE '1994-01-01' + INTERVAL '1' YEAR
            where l_discount >= expr 0.06 - 0.01 <= expr 0.06 + 0.01
            where l_quantity < 24
            reads l_discount l_extendedprice l_quantity l_shipdate
    "#]],
    );
}

#[test]
fn query_7() {
    check(
        7,
        expect![[r#"
        0 supplier depth 0
            join s_suppkey = 1:lineitem.l_suppkey
            join s_nationkey = 4:nation.n_nationkey
            reads s_nationkey s_suppkey
        1 lineitem depth 0
            where l_shipdate >= DATE '1995-01-01' <= DATE '1996-12-31'
            join l_suppkey = 0:supplier.s_suppkey
            join l_orderkey = 2:orders.o_orderkey
            reads l_discount l_extendedprice l_orderkey l_shipdate l_suppkey
        2 orders depth 0
            join o_orderkey = 1:lineitem.l_orderkey
            join o_custkey = 3:customer.c_custkey
            reads o_custkey o_orderkey
        3 customer depth 0
            join c_custkey = 2:orders.o_custkey
            join c_nationkey = 5:nation.n_nationkey
            reads c_custkey c_nationkey
        4 nation as n1 depth 0
            where n_name in ['FRANCE', 'GERMANY']
            join n_nationkey = 0:supplier.s_nationkey
            group by n_name
            order by n_name, …
            reads n_name n_nationkey
        5 nation as n2 depth 0
            where n_name in ['GERMANY', 'FRANCE']
            join n_nationkey = 3:customer.c_nationkey
            group by n_name
            reads n_name n_nationkey
    "#]],
    );
}

#[test]
fn query_9() {
    check(
        9,
        expect![[r#"
        0 part depth 0
            where p_name like '%green%'
            join p_partkey = 2:lineitem.l_partkey
            reads p_name p_partkey
        1 supplier depth 0
            join s_suppkey = 2:lineitem.l_suppkey
            join s_nationkey = 5:nation.n_nationkey
            reads s_nationkey s_suppkey
        2 lineitem depth 0
            join l_suppkey = 1:supplier.s_suppkey
            join l_suppkey = 3:partsupp.ps_suppkey
            join l_partkey = 3:partsupp.ps_partkey
            join l_partkey = 0:part.p_partkey
            join l_orderkey = 4:orders.o_orderkey
            reads l_discount l_extendedprice l_orderkey l_partkey l_quantity l_suppkey
        3 partsupp depth 0
            join ps_suppkey = 2:lineitem.l_suppkey
            join ps_partkey = 2:lineitem.l_partkey
            reads ps_partkey ps_suppkey ps_supplycost
        4 orders depth 0
            join o_orderkey = 2:lineitem.l_orderkey
            reads o_orderdate o_orderkey
        5 nation depth 0
            join n_nationkey = 1:supplier.s_nationkey
            group by n_name
            order by n_name, …
            reads n_name n_nationkey
    "#]],
    );
}

#[test]
fn query_12() {
    check(
        12,
        expect![[r#"
        0 orders depth 0
            join o_orderkey = 1:lineitem.l_orderkey
            reads o_orderkey o_orderpriority
        1 lineitem depth 0
            where l_shipmode in ['MAIL', 'SHIP']
            where other l_commitdate < l_receiptdate
            where other l_shipdate < l_commitdate
            where l_receiptdate >= DATE '1994-01-01' < expr DATE '1994-01-01' + INTERVAL '1' YEAR
            join l_orderkey = 0:orders.o_orderkey
            group by l_shipmode
            order by l_shipmode
            reads l_commitdate l_orderkey l_receiptdate l_shipdate l_shipmode
    "#]],
    );
}

#[test]
fn query_13() {
    check(
        13,
        expect![[r#"
        0 customer depth 0
            join c_custkey = 1:orders.o_custkey outer no lookup
            group by c_custkey
            reads c_custkey
        1 orders depth 0
            where other o_comment NOT LIKE '%special%requests%'
            join o_custkey = 0:customer.c_custkey outer
            reads o_comment o_custkey o_orderkey
    "#]],
    );
}

#[test]
fn query_15() {
    check(
        15,
        expect![[r#"
        0 lineitem depth 0
            where l_shipdate >= DATE '1996-01-01' < expr DATE '1996-01-01' + INTERVAL '3' MONTH
            group by l_suppkey
            reads l_discount l_extendedprice l_shipdate l_suppkey
        1 supplier depth 0
            join s_suppkey = 0:lineitem.l_suppkey
            order by s_suppkey
            reads s_address s_name s_phone s_suppkey
    "#]],
    );
}

#[test]
fn query_16() {
    check(
        16,
        expect![[r#"
            0 partsupp depth 0
                where other ps_suppkey NOT IN (SELECT s_suppkey FROM supplier WHERE s_comment LIKE '%Customer%Complaints%')
                join ps_partkey = 1:part.p_partkey
                reads ps_partkey ps_suppkey
            1 part depth 0
                where p_brand <> 'Brand#45'
                where other p_type NOT LIKE 'MEDIUM POLISHED%'
                where p_size in [49, 14, 23, 45, 19, 3, 36, 9]
                join p_partkey = 0:partsupp.ps_partkey
                group by p_brand, p_type, p_size
                reads p_brand p_partkey p_size p_type
            2 supplier depth 1
                where s_comment like '%Customer%Complaints%'
                reads s_comment s_suppkey
        "#]],
    );
}

#[test]
fn query_18() {
    check(
        18,
        expect![[r#"
        0 customer depth 0
            join c_custkey = 1:orders.o_custkey
            group by c_name, c_custkey
            reads c_custkey c_name
        1 orders depth 0
            join o_orderkey = 3:lineitem.l_orderkey semi
            join o_custkey = 0:customer.c_custkey
            join o_orderkey = 2:lineitem.l_orderkey
            group by o_orderkey, o_orderdate, o_totalprice
            order by o_totalprice desc, o_orderdate
            reads o_custkey o_orderdate o_orderkey o_totalprice
        2 lineitem depth 0
            join l_orderkey = 1:orders.o_orderkey
            reads l_orderkey l_quantity
        3 lineitem depth 1
            group by l_orderkey
            reads l_orderkey l_quantity
    "#]],
    );
}

#[test]
fn query_19() {
    check(
        19,
        expect![[r#"
        0 lineitem depth 0
            where l_shipmode in ['AIR', 'AIR REG']
            where l_shipinstruct = 'DELIVER IN PERSON'
            where any of [l_quantity >= 1 <= expr 1 + 10 | l_quantity >= 10 <= expr 10 + 10 | l_quantity >= 20 <= expr 20 + 10]
            join l_partkey = 1:part.p_partkey
            reads l_discount l_extendedprice l_partkey l_quantity l_shipinstruct l_shipmode
        1 part depth 0
            where any of [p_brand = 'Brand#12' & p_container in ['SM CASE', 'SM BOX', 'SM PACK', 'SM PKG'] & p_size >= 1 <= 5 | p_brand = 'Brand#23' & p_container in ['MED BAG', 'MED BOX', 'MED PKG', 'MED PACK'] & p_size >= 1 <= 10 | p_brand = 'Brand#34' & p_container in ['LG CASE', 'LG BOX', 'LG PACK', 'LG PKG'] & p_size >= 1 <= 15]
            join p_partkey = 0:lineitem.l_partkey
            reads p_brand p_container p_partkey p_size
    "#]],
    );
}

#[test]
fn query_20() {
    check(
        20,
        expect![[r#"
            0 supplier depth 0
                join s_suppkey = 2:partsupp.ps_suppkey semi
                join s_nationkey = 1:nation.n_nationkey
                order by s_name
                reads s_address s_name s_nationkey s_suppkey
            1 nation depth 0
                where n_name = 'CANADA'
                join n_nationkey = 0:supplier.s_nationkey
                reads n_name n_nationkey
            2 partsupp depth 1
                where other ps_availqty > (SELECT 0.5 * sum(l_quantity) FROM lineitem WHERE l_partkey = ps_partkey AND l_suppkey = ps_suppkey AND l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1994-01-01' + INTERVAL '1' YEAR)
                join ps_partkey = 3:part.p_partkey semi
                join ps_suppkey = 0:supplier.s_suppkey semi
                reads ps_availqty ps_partkey ps_suppkey
            3 part depth 2
                where p_name starts with "forest"
                join p_partkey = 2:partsupp.ps_partkey semi
                reads p_name p_partkey
            4 lineitem depth 2
                where l_shipdate >= DATE '1994-01-01' < expr DATE '1994-01-01' + INTERVAL '1' YEAR
                join l_partkey = 2:partsupp.ps_partkey correlated
                join l_suppkey = 2:partsupp.ps_suppkey correlated
                reads l_partkey l_quantity l_shipdate l_suppkey
        "#]],
    );
}

#[test]
fn query_21() {
    check(
        21,
        expect![[r#"
            0 supplier depth 0
                join s_suppkey = 1:lineitem.l_suppkey
                join s_nationkey = 3:nation.n_nationkey
                group by s_name
                reads s_name s_nationkey s_suppkey
            1 lineitem as l1 depth 0
                where other l_receiptdate > l_commitdate
                join l_suppkey = 0:supplier.s_suppkey
                join l_orderkey = 2:orders.o_orderkey
                join l_orderkey = 4:lineitem.l_orderkey semi
                join l_orderkey = 5:lineitem.l_orderkey anti no lookup
                reads l_commitdate l_orderkey l_receiptdate l_suppkey
            2 orders depth 0
                where o_orderstatus = 'F'
                join o_orderkey = 1:lineitem.l_orderkey
                reads o_orderkey o_orderstatus
            3 nation depth 0
                where n_name = 'SAUDI ARABIA'
                join n_nationkey = 0:supplier.s_nationkey
                reads n_name n_nationkey
            4 lineitem as l2 depth 1
                where l_suppkey <> row l1.l_suppkey
                join l_orderkey = 1:lineitem.l_orderkey semi
                reads l_orderkey l_suppkey
            5 lineitem as l3 depth 1
                where l_suppkey <> row l1.l_suppkey
                where other l_receiptdate > l_commitdate
                join l_orderkey = 1:lineitem.l_orderkey anti
                reads l_commitdate l_orderkey l_receiptdate l_suppkey
        "#]],
    );
}

#[test]
fn query_22() {
    check(
        22,
        expect![[r#"
            0 customer depth 0
                where (SUBSTRING(c_phone FROM 1 FOR 2)) in ['13', '31', '23', '29', '30', '18', '17']
                where c_acctbal > subquery
                join c_custkey = 2:orders.o_custkey anti no lookup
                reads c_acctbal c_custkey c_phone
            1 customer depth 1
                where c_acctbal > 0.00
                where (SUBSTRING(c_phone FROM 1 FOR 2)) in ['13', '31', '23', '29', '30', '18', '17']
                reads c_acctbal c_phone
            2 orders depth 1
                join o_custkey = 0:customer.c_custkey anti
                reads o_custkey
        "#]],
    );
}
