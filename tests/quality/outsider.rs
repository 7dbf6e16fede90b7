//! Traps set by somebody who had not read the others: each is answered by plain SQL too.

use super::{Case, Measured, Rows, Verdict, wrong};
use crate::support::{Client, Database, NEWER, OLDER};

/// Cases by their table.
const CASES: &[(&str, &[Case])] = &[
    (
        "num",
        &[
            (r#"{"type": "unique", "column": "f8"}"#, Rows("select count(f8)-count(distinct f8) from num")),
            (r#"{"type": "unique", "column": "f4"}"#, Rows("select count(f4)-count(distinct f4) from num")),
            (r#"{"type": "unique", "column": "n"}"#, Rows("select count(n)-count(distinct n) from num")),
            (
                r#"{"type": "unique", "column": "n82"}"#,
                Rows("select count(n82)-count(distinct n82) from num"),
            ),
            (r#"{"type": "unique", "column": "i8"}"#, Rows("select count(i8)-count(distinct i8) from num")),
            (r#"{"type": "unique", "column": "m"}"#, Rows("select count(m)-count(distinct m) from num")),
            (
                r#"{"type": "unique", "columns": ["f8", "n"]}"#,
                Rows(
                    "select count(*)-count(distinct (f8,n)) from num where f8 is not null and n is not null",
                ),
            ),
            (
                r#"{"type": "unique", "columns": ["n", "m"]}"#,
                Rows("select count(*)-count(distinct (n,m)) from num where n is not null and m is not null"),
            ),
            (r#"{"type": "finite", "column": "f8"}"#, Rows("2")),
            (
                r#"{"type": "finite", "column": "n"}"#,
                Rows("select count(*) from num where n in ('NaN','Infinity','-Infinity')"),
            ),
            (r#"{"type": "finite", "column": "f4"}"#, Rows("2")),
            (
                r#"{"type": "range", "column": "f8", "max": 0}"#,
                Rows("select count(*) from num where f8>0 or f8='NaN'"),
            ),
            (
                r#"{"type": "range", "column": "f8", "min": 0}"#,
                Rows("select count(*) from num where f8<0 or f8='NaN'"),
            ),
            (
                r#"{"type": "range", "column": "f8", "min": 0, "max": 1e+308}"#,
                Rows("select count(*) from num where f8<0 or f8>'1e308' or f8='NaN'"),
            ),
            (
                r#"{"type": "range", "column": "n", "max": "123456789012345678901234567890.123456788"}"#,
                Rows("select count(*) from num where n>123456789012345678901234567890.123456788"),
            ),
            (r#"{"type": "range", "column": "n82", "min": 0}"#, Rows("select count(*) from num where n82<0")),
            (
                r#"{"type": "range", "column": "i8", "max": "9223372036854775806"}"#,
                Rows("select count(*) from num where i8>9223372036854775806"),
            ),
            (
                r#"{"type": "range", "column": "i2", "max": 99999}"#,
                Rows("select count(*) from num where i2>99999"),
            ),
            (
                r#"{"type": "range", "column": "i2", "max": 1.5}"#,
                Rows("select count(*) from num where i2>1.5"),
            ),
            (
                r#"{"type": "range", "column": "i8", "max": "18446744073709551616"}"#,
                Rows("select count(*) from num where i8>18446744073709551616"),
            ),
            (
                r#"{"type": "in_set", "column": "f4", "values": [0.1]}"#,
                Rows("select count(*) from num where f4<>0.1::float4"),
            ),
            (
                r#"{"type": "in_set", "column": "n", "values": [0.1]}"#,
                Rows("select count(*) from num where n not in (0.1)"),
            ),
            (
                r#"{"type": "not_in_set", "column": "n82", "values": [1.01]}"#,
                Rows("select count(*) from num where n82 in (1.01)"),
            ),
            (
                r#"{"type": "in_set", "column": "i8", "values": ["9007199254740993"]}"#,
                Rows("select count(*) from num where i8 not in (9007199254740993)"),
            ),
            (
                r#"{"type": "in_set", "column": "i8", "values": [9007199254740993]}"#,
                Rows("select count(*) from num where i8 not in (9007199254740993)"),
            ),
            (
                r#"{"type": "range", "column": "m", "min": "$0.00"}"#,
                Rows("select count(*) from num where m<'$0'"),
            ),
            (
                r#"{"type": "sum", "column": "n82", "expect": "> 0"}"#,
                Measured("select sum(n82)::text from num", "pass"),
            ),
            (r#"{"type": "sum", "column": "f8", "expect": "> 0"}"#, Verdict("fail")),
        ],
    ),
    (
        "txt",
        &[
            (r#"{"type": "unique", "column": "t"}"#, Rows("select count(t)-count(distinct t) from txt")),
            (
                r#"{"type": "unique", "column": "c10"}"#,
                Rows("select count(c10)-count(distinct c10) from txt"),
            ),
            (r#"{"type": "unique", "column": "v"}"#, Rows("select count(v)-count(distinct v) from txt")),
            (r#"{"type": "unique", "column": "ci"}"#, Rows("select count(ci)-count(distinct ci) from txt")),
            (r#"{"type": "unique", "column": "de"}"#, Rows("select count(de)-count(distinct de) from txt")),
            (r#"{"type": "unique", "column": "dt"}"#, Rows("select count(dt)-count(distinct dt) from txt")),
            (
                r#"{"type": "unique", "column": "col"}"#,
                Rows("select count(col)-count(distinct col) from txt"),
            ),
            (r#"{"type": "unique", "column": "u"}"#, Rows("select count(u)-count(distinct u) from txt")),
            (r#"{"type": "unique", "column": "by"}"#, Rows("select count(by)-count(distinct by) from txt")),
            (r#"{"type": "unique", "column": "nm"}"#, Rows("select count(nm)-count(distinct nm) from txt")),
            (r#"{"type": "unique", "column": "jb"}"#, Rows("select count(jb)-count(distinct jb) from txt")),
            (
                r#"{"type": "unique", "column": "arr"}"#,
                Rows("select count(arr)-count(distinct arr) from txt"),
            ),
            (r#"{"type": "unique", "column": "ip"}"#, Rows("select count(ip)-count(distinct ip) from txt")),
            (
                r#"{"type": "unique", "column": "bits"}"#,
                Rows("select count(bits)-count(distinct bits) from txt"),
            ),
            (r#"{"type": "unique", "column": "iv"}"#, Rows("select count(iv)-count(distinct iv) from txt")),
            (
                r#"{"type": "unique", "column": "comp"}"#,
                Rows("select count(comp)-count(distinct comp) from txt"),
            ),
            (
                r#"{"type": "unique", "column": "j"}"#,
                Rows("select count(j)-count(distinct j::text) from txt"),
            ),
            (
                r#"{"type": "unique", "column": "x"}"#,
                Rows("select count(x)-count(distinct x::text) from txt"),
            ),
            (
                r#"{"type": "unique", "columns": ["ci", "col"]}"#,
                Rows(
                    "select count(*)-count(distinct (ci,col)) from txt where ci is not null and col is not null",
                ),
            ),
            (r#"{"type": "range", "column": "t", "max": "a"}"#, Rows("select count(*) from txt where t>'a'")),
            (
                r#"{"type": "range", "column": "col", "max": "alpha"}"#,
                Rows("select count(*) from txt where col>'alpha'"),
            ),
            (
                r#"{"type": "range", "column": "de", "max": "o"}"#,
                Rows("select count(*) from txt where de>'o'"),
            ),
            (r#"{"type": "missing", "column": "t"}"#, Rows("select count(*) from txt where t is null")),
            (r#"{"type": "missing", "column": "t", "values": [""]}"#, Rows("2")),
            (
                r#"{"type": "missing", "column": "t", "values": [""]}"#,
                Rows("select count(*) from txt where t is null or t=''"),
            ),
            (
                r#"{"type": "missing", "column": "c10", "values": [""]}"#,
                Rows("select count(*) from txt where c10 is null or c10=''"),
            ),
            (
                r#"{"type": "in_set", "column": "c10", "values": ["a", ""]}"#,
                Rows("select count(*) from txt where c10 not in ('a','')"),
            ),
            (
                r#"{"type": "in_set", "column": "ci", "values": ["apfel"]}"#,
                Rows("select count(*) from txt where ci not in ('apfel')"),
            ),
            (
                r#"{"type": "in_set", "column": "v", "values": ["a"]}"#,
                Rows("select count(*) from txt where v not in ('a')"),
            ),
            (
                r#"{"type": "in_set", "column": "col", "values": ["zeta"]}"#,
                Rows("select count(*) from txt where col<>'zeta'"),
            ),
            (r#"{"type": "in_set", "column": "col", "values": ["nope"]}"#, Verdict("error")),
            (
                r#"{"type": "not_regex", "column": "t", "pattern": "^a$"}"#,
                Rows("select count(*) from txt where t ~ '^a$'"),
            ),
            (
                r#"{"type": "regex", "column": "t", "pattern": "^.$"}"#,
                Rows("select count(*) from txt where t !~ '^.$'"),
            ),
            (
                r#"{"type": "regex", "column": "t", "pattern": "^.{1,2}$"}"#,
                Rows("select count(*) from txt where t !~ '^.{1,2}$'"),
            ),
            (
                r#"{"type": "regex", "column": "t", "pattern": "^(a|a )$"}"#,
                Rows("select count(*) from txt where t !~ '^(a|a )$'"),
            ),
            (
                r#"{"type": "regex", "column": "t", "pattern": "^a"}"#,
                Rows("select count(*) from txt where t !~ '^a'"),
            ),
            (
                r#"{"type": "regex", "column": "t", "pattern": "^%$"}"#,
                Rows("select count(*) from txt where t !~ '^%$'"),
            ),
            (
                r#"{"type": "regex", "column": "v", "pattern": "^_$"}"#,
                Rows("select count(*) from txt where v !~ '^_$'"),
            ),
            (
                r#"{"type": "regex", "column": "t", "pattern": "^$"}"#,
                Rows("select count(*) from txt where t !~ '^$'"),
            ),
            (
                r#"{"type": "regex", "column": "t", "pattern": "^.*$"}"#,
                Rows("select count(*) from txt where t !~ '^.*$'"),
            ),
            (r#"{"type": "regex", "column": "t", "pattern": "("}"#, Verdict("error")),
            (r#"{"type": "regex", "column": "t", "pattern": "[z-a]"}"#, Verdict("error")),
            (r#"{"type": "regex", "column": "by", "pattern": "a"}"#, Verdict("error")),
            (
                r#"{"type": "length", "column": "t", "min": 1, "max": 1}"#,
                Rows("select count(*) from txt where length(t) not between 1 and 1"),
            ),
            (
                r#"{"type": "length", "column": "c10", "max": 1}"#,
                Rows("select count(*) from txt where length(c10::text) > 1"),
            ),
            (
                r#"{"type": "length", "column": "v", "max": 2}"#,
                Rows("select count(*) from txt where length(v)>2"),
            ),
            (
                r#"{"type": "trimmed", "column": "dt"}"#,
                Rows("select count(*) from txt where dt <> btrim(dt)"),
            ),
            (
                r#"{"type": "casing", "column": "dt", "case": "lower"}"#,
                Rows("select count(*) from txt where dt <> lower(dt)"),
            ),
            (
                r#"{"type": "casing", "column": "de", "case": "lower"}"#,
                Rows("select count(*) from txt where de <> lower(de)"),
            ),
            (
                r#"{"type": "json", "column": "jb", "shape": "object"}"#,
                Rows("select count(*) from txt where jsonb_typeof(jb)<>'object'"),
            ),
            (
                r#"{"type": "json", "column": "jb", "path": "$.b.c"}"#,
                Rows("select count(*) from txt where jb is not null and not jsonb_path_exists(jb,'$.b.c')"),
            ),
        ],
    ),
    (
        "tm",
        &[
            (r#"{"type": "unique", "column": "tz"}"#, Rows("select count(tz)-count(distinct tz) from tm")),
            (r#"{"type": "unique", "column": "ts"}"#, Rows("select count(ts)-count(distinct ts) from tm")),
            (r#"{"type": "unique", "column": "d"}"#, Rows("select count(d)-count(distinct d) from tm")),
            (r#"{"type": "unique", "column": "t"}"#, Rows("select count(t)-count(distinct t) from tm")),
            (r#"{"type": "unique", "column": "ttz"}"#, Rows("select count(ttz)-count(distinct ttz) from tm")),
            (r#"{"type": "unique", "column": "iv"}"#, Rows("select count(iv)-count(distinct iv) from tm")),
            (
                r#"{"type": "unique", "columns": ["ts", "t"]}"#,
                Rows("select count(*)-count(distinct (ts,t)) from tm where ts is not null and t is not null"),
            ),
            (
                r#"{"type": "unique", "columns": ["tz", "ttz"]}"#,
                Rows(
                    "select count(*)-count(distinct (tz,ttz)) from tm where tz is not null and ttz is not null",
                ),
            ),
            (
                r#"{"type": "range", "column": "tz", "max": "2024-06-01 00:00+00"}"#,
                Rows("select count(*) from tm where tz>'2024-06-01+00'"),
            ),
            (
                r#"{"type": "range", "column": "d", "max": "2024-06-01"}"#,
                Rows("select count(*) from tm where d>'2024-06-01'"),
            ),
            (
                r#"{"type": "range", "column": "d", "min": "2000-01-01"}"#,
                Rows("select count(*) from tm where d<'2000-01-01'"),
            ),
            (
                r#"{"type": "range", "column": "iv", "max": "1 month"}"#,
                Rows("select count(*) from tm where iv>'1 month'"),
            ),
            (
                r#"{"type": "range", "column": "t", "max": "23:59:59"}"#,
                Rows("select count(*) from tm where t>'23:59:59'"),
            ),
            (r#"{"type": "not_in_future", "column": "tz"}"#, Rows("select count(*) from tm where tz>now()")),
            (
                r#"{"type": "not_in_future", "column": "d"}"#,
                Rows("select count(*) from tm where d>now()::date"),
            ),
        ],
    ),
    (
        "dup",
        &[
            (r#"{"type": "unique", "columns": ["c", "d", "e"]}"#, Rows("3")),
            (r#"{"type": "duplicate_rows"}"#, Rows("3")),
            (r#"{"type": "duplicate_rows", "except": ["b", "e"]}"#, Rows("4")),
        ],
    ),
    (
        "fewdup",
        &[
            (r#"{"type": "unique", "column": "id"}"#, Rows("select count(*)-count(distinct id) from fewdup")),
            (r#"{"type": "unique", "column": "h"}"#, Rows("select count(*)-count(distinct h) from fewdup")),
            (r#"{"type": "unique", "column": "n"}"#, Rows("select count(*)-count(distinct n) from fewdup")),
            (r#"{"type": "unique", "column": "tz"}"#, Rows("select count(*)-count(distinct tz) from fewdup")),
            (r#"{"type": "unique", "column": "tx"}"#, Rows("select count(*)-count(distinct tx) from fewdup")),
            (r#"{"type": "unique", "column": "b"}"#, Rows("select count(*)-count(distinct b) from fewdup")),
            (r#"{"type": "unique", "column": "f"}"#, Rows("select count(*)-count(distinct f) from fewdup")),
            (r#"{"type": "unique", "column": "ip"}"#, Rows("select count(*)-count(distinct ip) from fewdup")),
            (
                r#"{"type": "unique", "columns": ["tz", "b"]}"#,
                Rows("select count(*)-count(distinct (tz,b)) from fewdup"),
            ),
            (
                r#"{"type": "unique", "columns": ["h", "tz"]}"#,
                Rows("select count(*)-count(distinct (h,tz)) from fewdup"),
            ),
            (
                r#"{"type": "unique", "columns": ["f", "tx"]}"#,
                Rows("select count(*)-count(distinct (f,tx)) from fewdup"),
            ),
            (
                r#"{"type": "unique", "columns": ["ip", "tx"]}"#,
                Rows("select count(*)-count(distinct (ip,tx)) from fewdup"),
            ),
            (
                r#"{"type": "unique", "column": "id", "filter": "b"}"#,
                Rows("select count(*)-count(distinct id) from fewdup where b"),
            ),
            (
                r#"{"type": "unique", "column": "id", "count": "groups"}"#,
                Rows("select count(*) from (select id from fewdup group by 1 having count(*)>1) x"),
            ),
            (
                r#"{"type": "unique", "column": "id", "count": "rows"}"#,
                Rows("select sum(c) from (select count(*) c from fewdup group by id having count(*)>1) x"),
            ),
            (
                r#"{"type": "unique", "column": "h", "count": "rows"}"#,
                Rows("select sum(c) from (select count(*) c from fewdup group by h having count(*)>1) x"),
            ),
        ],
    ),
    (
        r#""we""ird.sch';--"."ta.b""le""#,
        &[
            (r#"{"type": "unique", "column": "order"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "select"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "é"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "COL"}"#, Rows("0")),
            (r#"{"type": "unique", "column": "col"}"#, Rows("1")),
            (r#"{"type": "unique", "columns": ["order", "a b", "$1"]}"#, Rows("1")),
            (r#"{"type": "in_set", "column": "\\", "values": ["a"]}"#, Rows("2")),
            (r#"{"type": "in_set", "column": "''", "values": ["q"]}"#, Rows("0")),
            (r#"{"type": "range", "column": "count(*)", "max": 2}"#, Rows("2")),
            (r#"{"type": "missing", "column": "ctid2"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "?"}"#, Rows("0")),
            (r#"{"type": "missing", "column": "a.b"}"#, Rows("0")),
            (r#"{"type": "missing", "column": "Col"}"#, Verdict("error")),
        ],
    ),
    (
        "mail",
        &[
            (
                r#"{"type": "regex", "column": "e", "pattern": "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"}"#,
                Rows(r#"select count(*) from mail where e !~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'"#),
            ),
            (
                r#"{"type": "not_regex", "column": "e", "pattern": "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"}"#,
                Rows(r#"select count(*) from mail where e ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'"#),
            ),
            (
                r#"{"type": "regex", "column": "e", "pattern": "^[^\\s@]+@[^\\s@]+[.][^\\s@]+$"}"#,
                Rows(r#"select count(*) from mail where e !~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'"#),
            ),
        ],
    ),
    (
        "nfc",
        &[
            (r#"{"type": "unique", "column": "s"}"#, Rows("select count(s)-count(distinct s) from nfc")),
            (
                r#"{"type": "unique_normalized", "column": "s", "ignore": ["case", "width"]}"#,
                Rows("select count(*)-count(distinct lower(normalize(s,NFKC))) from nfc where s is not null"),
            ),
            (
                r#"{"type": "in_set", "column": "s", "values": ["é"]}"#,
                Rows(r#"select count(*) from nfc where s <> E'\u00e9'"#),
            ),
        ],
    ),
    (
        "tick",
        &[
            (r#"{"type": "time_gaps", "column": "la", "every": "1 day"}"#, Rows("1")),
            (
                r#"{"type": "time_gaps", "column": "at", "every": "1 day", "time_zone": "America/New_York"}"#,
                Rows("1"),
            ),
        ],
    ),
    (
        "hourly",
        &[(
            r#"{"type": "time_gaps", "column": "at", "every": "1 hour", "time_zone": "America/New_York"}"#,
            Rows("0"),
        )],
    ),
    ("months", &[(r#"{"type": "time_gaps", "column": "d", "every": "1 month"}"#, Rows("1"))]),
    (
        "nulls",
        &[
            (r#"{"type": "avg", "column": "n", "expect": "> 0"}"#, Verdict("unknown")),
            (r#"{"type": "min", "column": "i", "expect": "> 0"}"#, Verdict("unknown")),
            (r#"{"type": "median", "column": "n", "expect": "> 0"}"#, Verdict("unknown")),
            (r#"{"type": "freshness", "column": "tz", "max_age": "1d"}"#, Verdict("unknown")),
            (r#"{"type": "missing", "column": "i"}"#, Rows("5")),
            (r#"{"type": "unique", "column": "i"}"#, Rows("0")),
            (r#"{"type": "duplicate_rows"}"#, Rows("4")),
            (r#"{"type": "range", "column": "f", "min": 0}"#, Rows("0")),
            (r#"{"type": "in_set", "column": "t", "values": ["a"]}"#, Rows("0")),
            (r#"{"type": "json", "column": "j", "shape": "object"}"#, Rows("0")),
            (r#"{"type": "complete", "columns": ["i", "t"]}"#, Rows("5")),
            (r#"{"type": "complete", "columns": ["i", "t"], "match": "any"}"#, Rows("5")),
            (r#"{"type": "distinct_count", "column": "t", "expect": "= 0"}"#, Measured("select '0'", "pass")),
        ],
    ),
    (
        "ovf",
        &[
            (
                r#"{"type": "sum", "column": "a", "expect": "> 0"}"#,
                Measured("select sum(a)::text from ovf", "pass"),
            ),
            (
                r#"{"type": "sum", "column": "c", "expect": "= 18446744073709551615"}"#,
                Measured("select sum(c)::text from ovf", "pass"),
            ),
            (r#"{"type": "row_condition", "expression": "a + b > 0"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "a / (b - 1) > 0"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "a::bigint + b > 0"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "a", "values": [0]}"#, Rows("1")),
            (
                r#"{"type": "compare", "columns": ["a", "b"], "is": "<="}"#,
                Rows("select count(*) from ovf where not a<=b"),
            ),
            (
                r#"{"type": "compare", "columns": ["a", "c"], "is": "<"}"#,
                Rows("select count(*) from ovf where not a<c"),
            ),
        ],
    ),
    (
        "part",
        &[
            (r#"{"type": "unique", "column": "k"}"#, Rows("select count(k)-count(distinct k) from part")),
            (r#"{"type": "missing", "column": "region"}"#, Rows("1")),
        ],
    ),
    ("part_d", &[(r#"{"type": "missing", "column": "region"}"#, Rows("1"))]),
    (
        "psub",
        &[
            (r#"{"type": "unique", "column": "k"}"#, Rows("1")),
            (r#"{"type": "unique", "columns": ["k", "d"]}"#, Rows("0")),
        ],
    ),
    (
        "psub1a",
        &[(r#"{"type": "unique", "column": "k"}"#, Rows("select count(*)-count(distinct k) from psub1a"))],
    ),
    (
        "v1",
        &[
            (r#"{"type": "range", "column": "len", "max": 1}"#, Rows("select count(*) from v1 where len>1")),
            (r#"{"type": "unique", "column": "t"}"#, Rows("0")),
        ],
    ),
    (
        "mv",
        &[
            (r#"{"type": "unique", "column": "k"}"#, Rows("5")),
            (r#"{"type": "unique", "column": "id"}"#, Rows("0")),
        ],
    ),
    (
        "gen",
        &[
            (r#"{"type": "unique", "column": "b"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "b"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "c"}"#, Rows("0")),
        ],
    ),
    (
        "inh",
        &[
            (r#"{"type": "unique", "column": "id"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "v"}"#, Rows("0")),
            (r#"{"type": "unique", "column": "v"}"#, Rows("1")),
        ],
    ),
    (
        "emp",
        &[
            (r#"{"type": "references", "column": "boss", "references": "emp(id)"}"#, Rows("1")),
            (
                r#"{"type": "references", "columns": ["dept", "team"], "references": "dep(dept,team)"}"#,
                Rows(
                    "select count(*) from emp e where dept is not null and team is not null and not exists (select from dep d where d.dept=e.dept and d.team=e.team)",
                ),
            ),
        ],
    ),
    (
        "bigk",
        &[
            (
                r#"{"type": "references", "column": "k", "references": "f8k(k)"}"#,
                Rows("select count(*) from bigk b where not exists (select from f8k f where f.k=b.k)"),
            ),
            (r#"{"type": "references", "column": "k", "references": "tk(k)"}"#, Verdict("error")),
            (r#"{"type": "references", "column": "k", "references": "nowhere(k)"}"#, Verdict("error")),
        ],
    ),
    (
        "f8k",
        &[(
            r#"{"type": "references", "column": "k", "references": "bigk(k)"}"#,
            Rows("select count(*) from f8k f where not exists (select from bigk b where f.k=b.k)"),
        )],
    ),
    (
        "tk",
        &[(
            r#"{"type": "references", "column": "k", "references": "ck(k)"}"#,
            Rows("select count(*) from tk t where not exists (select from ck c where c.k=t.k)"),
        )],
    ),
    (
        "cons",
        &[
            (r#"{"type": "missing", "column": "v"}"#, Rows("1")),
            (r#"{"type": "unique", "column": "w"}"#, Rows("0")),
            (r#"{"type": "unique", "column": "id"}"#, Rows("2")),
            (r#"{"type": "range", "column": "w", "min": 3}"#, Rows("2")),
        ],
    ),
    (
        "injection",
        &[
            (r#"{"type": "missing", "column": "v"}"#, Rows("1")),
            (
                r#"{"type": "not_in_set", "column": "v", "values": ["'); drop table injection; --x"]}"#,
                Rows("0"),
            ),
            (
                r#"{"type": "not_in_set", "column": "v", "values": ["'; drop table injection; --"]}"#,
                Rows("1"),
            ),
            (
                r#"{"type": "not_in_set", "column": "v", "values": ["\\'; select pg_sleep(10); --"]}"#,
                Rows("1"),
            ),
            (r#"{"type": "not_in_set", "column": "v", "values": ["$$"]}"#, Rows("1")),
            (r#"{"type": "not_in_set", "column": "v", "values": ["%s {0} ${x}"]}"#, Rows("1")),
            (
                r#"{"type": "not_regex", "column": "v", "pattern": "^'; drop"}"#,
                Rows("select count(*) from injection where v ~ '^''; drop'"),
            ),
            (r#"{"type": "not_regex", "column": "v", "pattern": "^\\$\\$$"}"#, Rows("1")),
            (r#"{"type": "sql", "query": "select pg_sleep(5)", "expect": "> -1"}"#, Verdict("error")),
            (
                r#"{"type": "sql", "query": "delete from injection returning 1", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (
                r#"{"type": "sql", "query": "select pg_terminate_backend(pg_backend_pid())", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (
                r#"{"type": "sql", "query": "select pg_read_file('/etc/passwd')", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (
                r#"{"type": "sql", "query": "select lo_import('/etc/passwd')", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (
                r#"{"type": "sql", "query": "select set_config('statement_timeout','0',false)", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (r#"{"type": "sql", "query": "select nextval('s')", "expect": "> -1"}"#, Verdict("error")),
            (
                r#"{"type": "sql", "query": "with x as (delete from injection returning 1) select count(*) from x", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (
                r#"{"type": "sql", "query": "select * into zz from injection", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (r#"{"type": "sql", "query": "copy injection to '/tmp/x'", "expect": "> -1"}"#, Verdict("error")),
            (r#"{"type": "sql", "query": "select dblink('','')", "expect": "> -1"}"#, Verdict("error")),
            (r#"{"type": "sql", "query": "select 1/0", "expect": "> -1"}"#, Verdict("error")),
            (
                r#"{"type": "sql", "query": "select count(*) from generate_series(1,10) for update", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (
                r#"{"type": "sql", "query": "select query_to_xml('drop table injection',true,true,'')", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (r#"{"type": "sql", "query": "select pg_advisory_lock(1)", "expect": "> -1"}"#, Verdict("error")),
            (
                r#"{"type": "sql", "query": "select count(*) from pg_ls_dir('.')", "expect": "> -1"}"#,
                Verdict("error"),
            ),
            (r#"{"type": "sql", "query": "explain analyze select 1", "expect": "> -1"}"#, Verdict("error")),
            (r#"{"type": "sql", "query": "select 1,2", "expect": "> -1"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "true) or (true"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "id = 1; select 1"}"#, Verdict("error")),
            (
                r#"{"type": "row_condition", "expression": "id in (select pg_sleep(3)::text::int)"}"#,
                Verdict("error"),
            ),
            (r#"{"type": "row_condition", "expression": "pg_sleep(3) is null"}"#, Verdict("error")),
            (
                r#"{"type": "row_condition", "expression": "exists (select pg_read_file('x'))"}"#,
                Verdict("error"),
            ),
            (r#"{"type": "row_condition", "expression": "/* x"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "id > $1"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "nosuch > 1"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "id = 'abc'"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "count(*) > 1"}"#, Verdict("error")),
            (r#"{"type": "row_condition", "expression": "id"}"#, Verdict("error")),
            (r#"{"type": "missing", "column": "v", "filter": "true) or (true"}"#, Verdict("error")),
            (r#"{"type": "missing", "column": "v", "filter": "id = 1; select 1"}"#, Verdict("error")),
            (r#"{"type": "missing", "column": "v", "filter": "pg_sleep(3) is null"}"#, Verdict("error")),
            (r#"{"type": "missing", "column": "v", "filter": "id > $1"}"#, Verdict("error")),
            (r#"{"type": "missing", "column": "v", "filter": "nosuch"}"#, Verdict("error")),
            (
                r#"{"type": "row_condition", "expression": "id <> 3 -- comment"}"#,
                Rows("select count(*) from injection where not (id <> 3)"),
            ),
            (r#"{"type": "row_condition", "expression": "v <> '$$' or v is null"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "v", "filter": "id > 5 -- x"}"#, Rows("1")),
            (r#"{"type": "missing", "column": "v", "filter": "id < 5"}"#, Rows("0")),
            (r#"{"type": "regex", "column": "v", "pattern": "(a{1,255}){1,255}"}"#, Verdict("error")),
        ],
    ),
];

#[tokio::test]
async fn an_outsider_counts_the_same_in_plain_sql() {
    for major in [OLDER, NEWER] {
        let database = Database::on(major).await;
        database.execute(include_str!("outsider.sql")).await;
        let client = Client::stdio(&database).await;
        let mut mistakes = Vec::new();
        for (table, cases) in CASES {
            mistakes.extend(wrong(&client, &database, table, cases).await);
        }
        assert!(mistakes.is_empty(), "PostgreSQL {major}: {}", mistakes.join("\n"));
        assert_eq!(database.value::<i64>("select count(*) from injection").await, 7);
    }
}
