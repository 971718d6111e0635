-- Finds out which role a server has, and which history of writes it continues. From version 3 on, the client library
-- refuses INFO on a connection without AllowAdmin, but not in a script.
--
-- Returns the section of INFO.

return redis.call('INFO', 'replication')
