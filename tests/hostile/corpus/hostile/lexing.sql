--# NUL ends the text
select 1«u0000»; drop table customers
--# NUL inside a name
drop«u0000» table customers
--# byte order mark
«ufeff»drop table customers
--# byte order mark before a select of a file
«ufeff»select pg_read_file('«dir»/secret.txt')
--# no-break space
drop«u00a0»table customers
--# ideographic space
delete«u3000»from customers
--# vertical tab
delete«u000b»from«u000b»customers
--# form feed
truncate«u000c»customers
--# line separator
select 1 --«u2028»; drop table customers
--# next line
select 1 --«u0085»; drop table customers
--# zero-width space in a function name
select pg«u200b»_read_file('«dir»/secret.txt')
--# homoglyph, fullwidth
select ｐｇ_sleep(30)
--# homoglyph, cyrillic e
sеlect pg_sleep(30)
--# homoglyph semicolon
select 1;drop table customers
--# kelvin sign
select «u212a»ill()
--# dotless i
select pg_f«u0131»le_write('x')
--# unterminated comment
select 1 /* drop table customers
--# unterminated string
select 'drop table customers
--# unterminated name
select "drop table customers
--# unterminated dollar quote
select $x$ drop table customers
--# comment marks swapped
select 1 */ ; drop table customers /*
--# comments between all words
delete/**/from/**/customers
--# comment in a call; refused
select pg_read_file/* x */(/**/'«dir»/secret.txt'/* y */)
--# line comment in a call; refused
select pg_read_file -- x
('«dir»/secret.txt')
--# quoted function; refused
select "pg_read_file"('«dir»/secret.txt')
--# unicode function name; refused
select U&"pg\005fread_file"('«dir»/secret.txt')
--# unicode function name with its own escape; refused
select U&"pg!005fread!005ffile" uescape '!' ('«dir»/secret.txt')
--# unicode function name with a six-digit escape; refused
select U&"\+000070g_read_file"('«dir»/secret.txt')
--# upper case; refused
SELECT PG_READ_FILE('«dir»/secret.txt')
--# schema and spaces; refused
select pg_catalog . pg_read_file ('«dir»/secret.txt')
--# database, schema, function
select trap.pg_catalog.pg_read_file('«dir»/secret.txt')
--# truncated to 63 bytes
select public.a_function_with_a_name_that_is_exactly_as_long_as_names_may_be_and_then_some('truncated')
--# truncated and quoted
select "a_function_with_a_name_that_is_exactly_as_long_as_names_may_be_and_then_some"('truncated')
--# truncated inside a character; refused
select "a_function_with_a_name_that_is_cut_in_the_middle_of_a_letter_äÄÄÄ"('truncated')
--# name with a trailing dollar
select leave_volatile$('x')
--# operator that starts a comment
select 1 +--
1; drop table customers
--# operator that starts a block comment
select 1 */*x*/ 1; drop table customers
--# at sign before a comment
select @/**/-1; drop table customers
--# dot before a comment; refused
select pg_catalog./**/pg_read_file('«dir»/secret.txt')
--# two-faced string; refused
select 'x' 'y'; drop table customers
--# numbers glued to words
select 1from customers;drop table customers
--# hexadecimal overflow of a parameter
select $99999999999999999999
--# parameter zero
select $0
--# lone surrogates
select U&'\D800'; drop table customers
--# explain with a homoglyph
ехplain analyze delete from customers
--# control characters
select«u0001»1;«u0002»drop table customers
--# bidirectional override
select 1 /*«u202e» */ ; drop table customers --«u202c»
--# escape sequence
drop«u001b»[2J table customers
