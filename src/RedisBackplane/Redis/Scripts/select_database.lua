-- Checks that the farm's database exists, and the right to it. If SELECT is refused on a connection, the client does
-- not see it: its commands then run on database 0. In a script the refusal is visible, and the script changes nothing
-- outside it.

local database = ARGV[1]             -- its number, other than 0

redis.call('SELECT', database)
