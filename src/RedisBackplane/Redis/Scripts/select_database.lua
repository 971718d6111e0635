-- Asks for the right to the farm's database. The client does not see that SELECT is refused on a connection: its commands then run on
-- database 0. In a script it can be told, and changes nothing outside.

local database = ARGV[1]             -- its number, other than 0

redis.call('SELECT', database)
