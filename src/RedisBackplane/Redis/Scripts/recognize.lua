-- Lets the ids begin anew, far above, where another Redis has taken over the stream: one that was restarted, or a replica that was promoted, may never have heard of
-- the last ids that its predecessor gave, and would give them a second time.
--
-- KEYS[1]  counter  the last id given in this stream; without it, publish.lua begins at the clock, which is above every id given before
-- KEYS[2]  server   the run id of the Redis that gave it
--
-- Returns 1 when the ids begin anew, else 0.

-- Where the user may not ask, or a server does not say who it is, ids go on as they did.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
if not run or redis.call('GET', KEYS[2]) == run then
  return 0
end
redis.call('SET', KEYS[2], run)
return redis.call('DEL', KEYS[1])
