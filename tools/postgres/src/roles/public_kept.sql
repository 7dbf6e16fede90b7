
-- What every role may do through PUBLIC is left as it is: {{reason}}. The roles above may
-- therefore make temporary tables, call functions of your schemas (SECURITY DEFINER ones too), take advisory locks, change
-- settings of their session and write large objects.
