//! What an expression or query stored in the catalogue mentions, read from PostgreSQL's text of its tree (`pg_node_tree`).
//!
//! The dependencies that the catalogue records are no use here: they leave out everything that is built in, and a view over
//! `pg_sleep` is what must be found. In the text a field is `:name value`, or `:name (o value …)` for a list of OIDs. White
//! space and brackets inside names are escaped with a backslash, so no name can hide a field, and one that looks like a
//! field adds at most a mention.

use std::collections::BTreeSet;

/// OIDs by what they are OIDs of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mentioned {
    pub(super) relations: BTreeSet<u32>,
    pub(super) functions: BTreeSet<u32>,
    /// Their functions are looked up with them: a tree may say 0 instead.
    pub(super) operators: BTreeSet<u32>,
    pub(super) types: BTreeSet<u32>,
    /// The types of which it makes values: those are among `types` too.
    pub(super) made: BTreeSet<u32>,
    /// Those of `functions` that convert a value, written or not.
    pub(super) conversions: BTreeSet<u32>,
    /// It puts JSON together by the words of the standard.
    pub(super) writes_json: bool,
    /// The types of the columns of its UNION, INTERSECT and EXCEPT, to which planning converts what they put together.
    pub(super) united: BTreeSet<u32>,
}

impl Mentioned {
    pub(super) fn read(tree: &str) -> Self {
        let mut mentioned = Self::default();
        let mut words = tree.split_ascii_whitespace().peekable();
        let mut last_call = 0;
        while let Some(word) = words.next() {
            mentioned.writes_json |= word.ends_with("{JSONCONSTRUCTOREXPR");
            let Some(field) = word.strip_prefix(':') else { continue };
            // Explicit or implicit, as COERCE_EXPLICIT_CAST and COERCE_IMPLICIT_CAST.
            if field == "funcformat" && matches!(words.peek(), Some(&"1" | &"2")) {
                mentioned.conversions.insert(last_call);
            }
            let Some(of) = kind(field) else { continue };
            let mut found = Vec::new();
            if words.peek() == Some(&"(o") {
                words.next();
                while let Some(item) = words.next_if(|item| oid(item).is_some()) {
                    found.extend(oid(item));
                    if item.ends_with(')') {
                        break;
                    }
                }
            } else {
                found.extend(words.peek().copied().and_then(oid));
            }
            if field == "funcid" {
                last_call = found.first().copied().unwrap_or_default();
            }
            if MAKES_VALUES.contains(&field) {
                mentioned.made.extend(&found);
            }
            if field == "colTypes" {
                mentioned.united.extend(&found);
            }
            match of {
                Of::Relation => mentioned.relations.extend(found),
                Of::Function => mentioned.functions.extend(found),
                Of::Operator => mentioned.operators.extend(found),
                Of::Type => mentioned.types.extend(found),
            }
        }
        for oids in [
            &mut mentioned.relations,
            &mut mentioned.functions,
            &mut mentioned.operators,
            &mut mentioned.types,
            &mut mentioned.made,
        ] {
            oids.remove(&0);
        }
        mentioned
    }
}

/// Fields with the type of a value that is made there, checks and all: what conversions, functions, operators and parameters give, and
/// the columns of what is read from text. Whatever else has a type hands on values that were made before.
const MAKES_VALUES: &[&str] =
    &["coltypes", "funccoltypes", "funcresulttype", "opresulttype", "paramtype", "resulttype", "typid"];

enum Of {
    Relation,
    Function,
    Operator,
    Type,
}

/// By the names of PostgreSQL 13 to 18, and their endings, which new ones have kept.
fn kind(field: &str) -> Option<Of> {
    Some(match field {
        "relid" => Of::Relation,
        "tsmhandler" | "startInRangeFunc" | "endInRangeFunc" => Of::Function,
        "eqop" | "sortop" | "cycle_mark_neop" => Of::Operator,
        // Of operators: judged with them.
        "opfuncid" | "hashfuncid" | "negfuncid" => return None,
        _ if field.ends_with("funcid") || field.ends_with("fnoid") => Of::Function,
        _ if field.ends_with("opno") || field.ends_with("opnos") => Of::Operator,
        _ => {
            let field = field.to_ascii_lowercase();
            let is_type = ["type", "typeid", "typid", "types"].iter().any(|ending| field.ends_with(ending));
            return is_type.then_some(Of::Type);
        }
    })
}

fn oid(word: &str) -> Option<u32> {
    word.trim_end_matches([')', '}']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_alone_and_in_lists() {
        let tree = "{FUNCEXPR :funcid 16389 :funcresulttype 23 :funcformat 2 :args ({OPEXPR :opno 17000 :opfuncid 147 :opresulttype 16} \
                    {ROWCOMPAREEXPR :rctype 1 :opnos (o 97 17001) :opfamilies (o 1976 1976)} {AGGREF :aggfnoid 2108 \
                    :aggargtypes (o 17002)}) :location 99999}";
        let mentioned = Mentioned::read(tree);
        assert_eq!(mentioned.functions, [2108, 16389].into());
        assert_eq!(mentioned.conversions, [16389].into());
        assert_eq!(mentioned.operators, [97, 17000, 17001].into());
        assert!(mentioned.types.contains(&17002) && !mentioned.types.contains(&99999));
    }

    #[test]
    fn a_value_that_is_made_is_told_from_one_that_is_read() {
        let tree = "{VAR :varno 1 :vartype 17001} {COERCETODOMAIN :arg {CONST :consttype 23} :resulttype 17002 \
                    :coercionformat 1} {RANGETBLFUNCTION :funcexpr <> :funccoltypes (o 17003 17004)}";
        let mentioned = Mentioned::read(tree);
        assert!(mentioned.types.contains(&17001));
        assert_eq!(mentioned.made, [17002, 17003, 17004].into());
    }

    #[test]
    fn names_that_look_like_fields_hide_nothing() {
        let tree = r"{ALIAS :aliasname :funcid :colnames (a\ :relid\ 17000)} {FUNCEXPR :funcid 16400}";
        let mentioned = Mentioned::read(tree);
        assert_eq!(mentioned.functions, [16400].into());
        assert!(mentioned.relations.is_empty());
    }
}
