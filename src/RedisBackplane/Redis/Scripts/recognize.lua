-- Lets the ids begin anew, far above, when another Redis has taken over the stream: one that was restarted, or a replica that was
-- promoted, may never have heard of the last ids that its predecessor gave, and would give them a second time. And sees that all servers
-- of the farm use the same kind of channel.
--
-- Returns {1 when the ids begin again, 1 when the channel is sharded, 1 when this Redis could do that, each else 0; the epoch, or '' where
-- Redis does not say who it is; 1 when it keeps the texts of scripts to itself, else 0}.

local counterKey = KEYS[1]           -- the last id given in this stream; without it, publish.lua begins at the clock, which is above every
                                     -- id given before
local serverKey = KEYS[2]            -- the epoch: the run id of the Redis that gives the ids, and when it was recognised
local channelKindKey = KEYS[3]       -- 'sharded' or 'plain': what the first server of the farm chose
local wantsSharded = ARGV[1] == '1'  -- the asking server would choose a sharded channel

-- Looked for by a call that lacks its arguments: nothing is published, and it needs no right.
local refusal = redis.pcall('SPUBLISH')
local can = type(refusal) == 'table' and refusal.err and string.find(refusal.err, 'rong number') and 1 or 0

-- Somebody else's value is replaced, of whatever type it is.
local kind = redis.pcall('GET', channelKindKey)
if kind ~= 'sharded' and kind ~= 'plain' then
  kind = wantsSharded and can == 1 and 'sharded' or 'plain'
  redis.call('SET', channelKindKey, kind)
end
local sharded = kind == 'sharded' and 1 or 0

-- Where the user may not ask, or a server does not say who it is, ids go on as they did.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
if not run then
  return {0, sharded, can, '', 0}
end
-- Before Redis 7, replicas get the texts as well.
local keeps = (tonumber(string.match(info, 'redis_version:(%d+)')) or 0) >= 7 and 1 or 0
local known = redis.pcall('GET', serverKey)
if type(known) == 'string' and string.sub(known, 1, #run + 1) == run .. ':' then
  return {0, sharded, can, known, keeps}
end
-- Where the ids end that are given so far: of the counter, or of an epoch in which none were given.
local counter = redis.pcall('GET', counterKey)
local ended = tonumber(type(counter) == 'string' and counter or type(known) == 'string' and string.match(known, '^%w+:(%d+):') or 0)
if not ended or ended < 0 or ended > 9007199254740000 then
  ended = 0
end
local time = redis.call('TIME')
local epoch = string.format('%s:%.0f:%.0f', run, ended, time[1] * 1000000 + time[2])
-- In this order: what fails for want of a right must fail again, and not pass for done. (Earlier previews wrote the run id alone.)
local begun = known ~= run and redis.call('DEL', counterKey) or 0
redis.call('SET', serverKey, epoch)
return {begun, sharded, can, epoch, keeps}
