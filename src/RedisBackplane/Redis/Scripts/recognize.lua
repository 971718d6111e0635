-- Restarts the ids far above the old ones if another Redis has taken over the stream. A Redis that was restarted, or a
-- replica that was promoted, may lack the last ids that its predecessor assigned, and would assign them a second time.
-- They restart as well if the calling server has seen higher ids.
-- The script also makes all servers of the farm use the same kind of channel.
--
-- Returns {1 if ids restart, 1 if the channel is sharded, 1 if this Redis has sharded channels, otherwise 0 each; the
-- epoch, or '' if Redis does not say who it is; 1 if it does not replicate the texts of scripts, otherwise 0}.

local counterKey = KEYS[1]           -- the last id assigned in this stream; without it, publish.lua starts at the clock,
                                     -- which is above every id assigned before
local serverKey = KEYS[2]            -- the epoch: the run id of the Redis that assigns ids, the id at which the epoch
                                     -- before it ended, when that one began (0 if unknown), and when this one began
local channelKindKey = KEYS[3]       -- 'sharded' or 'plain': what the first server of the farm chose
local wantsSharded = ARGV[1] == '1'  -- the calling server would choose a sharded channel
local floor = tonumber(ARGV[2])      -- the highest id that the calling server has seen

-- A call without arguments shows whether the command exists. It publishes nothing and needs no right.
local refusal = redis.pcall('SPUBLISH')
local can = type(refusal) == 'table' and refusal.err and string.find(refusal.err, 'rong number') and 1 or 0

-- A foreign value is replaced, of whatever type it is.
local kind = redis.pcall('GET', channelKindKey)
if kind ~= 'sharded' and kind ~= 'plain' then
  kind = wantsSharded and can == 1 and 'sharded' or 'plain'
  redis.call('SET', channelKindKey, kind)
end
local sharded = kind == 'sharded' and 1 or 0

-- If the user lacks the right to INFO, or a server does not say who it is, ids continue as they are.
local info = redis.pcall('INFO', 'server')
local run = type(info) == 'string' and string.match(info, 'run_id:(%w+)')
if not run then
  return {0, sharded, can, '', 0}
end
-- Before Redis 7, replicas also receive the texts of scripts.
local keeps = (tonumber(string.match(info, 'redis_version:(%d+)')) or 0) >= 7 and 1 or 0
local known = redis.pcall('GET', serverKey)
-- The name becomes a part of a script (FencedScript).
if type(known) == 'string' and string.find(known, '[^%w:]') then
  known = false
end
local counter = redis.pcall('GET', counterKey)
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if type(known) == 'string' and string.sub(known, 1, #run + 1) == run .. ':' then
  local last = type(counter) == 'string' and tonumber(counter)
  if last and last < floor and floor < now then
    -- Another Redis gave this server higher ids, so it would consider the next ones known. If the clock is behind them,
    -- only a publisher that knows them can raise the ids.
    redis.call('DEL', counterKey)
    return {1, sharded, can, known, keeps}
  end
  return {0, sharded, can, known, keeps}
end
-- The id at which the assigned ids end: that of the counter, or that of an epoch in which none were assigned.
local ended = tonumber(type(counter) == 'string' and counter or type(known) == 'string' and string.match(known, '^%w+:(%d+):') or 0)
if not ended or ended < 0 or ended > 9007199254740000 then
  ended = 0
end
local before = type(known) == 'string' and string.match(known, ':(%d+)$') or '0'
local epoch = string.format('%s:%.0f:%s:%.0f', run, ended, before, now)
-- The order matters: a step that fails because the user lacks a right must fail again, and not count as done. (Earlier
-- previews wrote the run id alone.)
local begun = known ~= run and redis.call('DEL', counterKey) or 0
redis.call('SET', serverKey, epoch)
return {begun, sharded, can, epoch, keeps}
