--# two statements
select 1; delete from customers
--# two selects
select 1; select 2
--# empty one between
select 1;;drop table customers
--# after a line comment
select 1 -- harmless
; drop table customers
--# after a comment that ends with a carriage return
select 1 --«u000d»; drop table customers
--# carriage return hides nothing
select 1 -- x«u000d»from customers; delete from customers
--# backslash in a plain string
select '\'; drop table customers; --'
--# backslash in an escape string
select E'\'; drop table customers; --'
--# escape string ends early
select E'\\'; drop table customers; --'
--# dollar quotes
select $a$ $b$ $a$; drop table customers; select $b$ $b$
--# dollar quotes with letters
select $ä$ $ä$; drop table customers; --$ä$
--# nested comment
select /* /* */ ; */ 1; drop table customers
--# comment that is not nested in C
select 1 /* /* */ */; drop table customers /* */
--# quoted name with a semicolon
select 1 as "a;b"; drop table customers
--# quoted name with a quote
select 1 as "a""; b"; drop table customers
--# unicode string
select U&'\0027; x'; drop table customers; --'
--# unicode string with its own escape
select U&'!0027' uescape '!'; drop table customers
--# strings over two lines
select 'a'
'b'; drop table customers
--# strings with a comment between
select 'a' -- c
'b'; drop table customers; --'
--# national string
select n'\'; drop table customers; --'
--# bit string
select b'1'; drop table customers
--# parameter beside dollar quotes
select $1$$; drop table customers; $$
--# psql meta command
select 1 \; drop table customers
--# psql execute
select 'drop table customers' \gexec
--# begin atomic body
select 1; create function f() returns int begin atomic select 1; select 2; end
--# trailing semicolons then statement
select 1; ; ; ; truncate customers
--# copy after select
select 1; copy customers to program 'touch «dir»/several'
--# nothing but a comment
-- nothing
--# nothing but semicolons
;;;
--# commit between
select 1; commit; delete from customers; begin
